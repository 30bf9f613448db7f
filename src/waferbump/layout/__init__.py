"""Layout: mask files in, and the openings of one real bump site out."""

from __future__ import annotations

from importlib import import_module

_HOMES = {"LayoutError": "limits", "Limits": "limits", "Layout": "reading", "read_layout": "reading", "parse_layer": "reading",
          "Site": "sites", "Opening": "sites", "Nearby": "sites", "Duplicate": "shapes", "Facets": "facets",
          "Net": "nets", "connected": "nets", "within": "nets", "cut_lines": "lines", "cut_line": "lines"}
__all__ = sorted(_HOMES)


def __getattr__(name: str):
    """Import on first use, so that the OASIS reader's own process starts without the geometry it does not need."""
    if name not in _HOMES:
        raise AttributeError(f"module 'waferbump.layout' has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
