"""Materials that remember which of their values were used, so that a run can list its sources and its assumptions."""

from __future__ import annotations

from typing import Any

from .materials import Library
from .sources import Value


class Ledger:
    """A library that notes every value read through it, in order of first use.

    It lives for one step.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self.used: dict[tuple[str, str], Value] = {}

    def __getitem__(self, name: str) -> _Noted:
        return _Noted(self._library[name], name, self)

    def element(self, symbol: str) -> _Noted:
        """An element's data, noted like a material's."""
        return _Noted(self._library.element(symbol), f"element {symbol}", self)

    def note(self, owner: str, value: Value) -> None:
        """Remember that a value was used."""
        self.used.setdefault((owner, value.name), value)

    def cited(self) -> tuple[dict[str, Any], ...]:
        """The values used, as run.json lists them under "sources"."""
        return tuple(
            {
                "of": owner,
                "property": name,
                "value": value.number,
                "unit": value.unit,
                "source": value.source,
                "where": value.where,
                "kind": value.kind,
                "spread": value.spread,
                "note": value.note,
            }
            for (owner, name), value in self.used.items()
        )


class _Noted:
    """A material whose look-ups go through the ledger; everything else is the material's own."""

    def __init__(self, material: Any, owner: str, ledger: Ledger) -> None:
        self._material, self._owner, self._ledger = material, owner, ledger

    def __getattr__(self, name: str) -> Any:
        return getattr(self._material, name)

    def value(self, prop: str, **conditions: Any) -> Value:
        found = self._material.value(prop, **conditions)
        self._ledger.note(self._owner, found)
        return found

    def number(self, prop: str, **conditions: Any) -> float:
        self.value(prop, **conditions)
        return self._material.number(prop, **conditions)
