"""waferbump: a virtual bumping line, from a recipe to a bump."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .line import run
    from .recipe import Recipe, load
    from .results import Run

__version__ = "0.1.0"
__all__ = ["Recipe", "Run", "__version__", "load", "run"]

_HOMES = {"load": "recipe", "Recipe": "recipe", "run": "line", "Run": "results"}


def __getattr__(name: str):
    """Import the few public names on first use, so that `import waferbump` stays quick."""
    if name not in _HOMES:
        raise AttributeError(f"module 'waferbump' has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
