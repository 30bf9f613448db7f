"""The built-in flows with the document each comes from."""

from __future__ import annotations

from .recipe import flow_names, load


def listed_flows() -> list[dict[str, str]]:
    """Name, document, title and description of every built-in flow, ordered by document and name."""
    recipes = [load(name) for name in flow_names()]
    rows = [{"name": r.name, "document": r.document or "", "title": r.title, "description": r.description} for r in recipes]
    return sorted(rows, key=lambda row: (row["document"], row["name"]))
