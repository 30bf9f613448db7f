"""Templates, style sheets and scripts of the pages."""

from __future__ import annotations

from functools import cache

from markupsafe import Markup


@cache
def template(name: str):
    """A page's template; what is put into it is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    room = Environment(
        loader=PackageLoader("waferbump.views"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return room.get_template(name)


@cache
def plain(name: str) -> Markup:
    """A style sheet or script of ours, to stand in the page as it is."""
    from importlib.resources import files

    return Markup(files("waferbump.views").joinpath("templates").joinpath(name).read_text(encoding="utf-8"))
