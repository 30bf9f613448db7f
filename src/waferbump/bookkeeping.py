"""Materials that remember which of their values and facts were used, so that a run can list its sources and its assumptions."""

from __future__ import annotations

from typing import Any

from .materials import Library
from .sources import Fact, Value


class Ledger:
    """A library that notes every value and fact read through it, in order of first use. It lives for one step."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self.used: dict[tuple[str, str], Value | Fact] = {}

    def __getitem__(self, name: str) -> _Noted:
        return _Noted(self._library[name], name, self)

    def element(self, symbol: str) -> _Noted:
        """An element's data, noted like a material's."""
        return _Noted(self._library.element(symbol), f"element {symbol}", self)

    def note(self, owner: str, prop: str, value: Value | Fact) -> None:
        """Remember that a value or a fact was used."""
        self.used.setdefault((owner, prop), value)

    def cited(self) -> tuple[dict[str, Any], ...]:
        """What was used, as run.json lists it under "sources"; the value of a fact is its answer."""
        return tuple(
            {
                "of": owner,
                "property": prop,
                "value": known.answer if isinstance(known, Fact) else known.number,
                "unit": "" if isinstance(known, Fact) else known.unit,
                "source": known.source,
                "where": known.where,
                "kind": known.kind,
                "spread": getattr(known, "spread", ""),
                "note": known.note,
            }
            for (owner, prop), known in self.used.items()
        )


class _Noted:
    """A material whose look-ups go through the ledger; everything else is the material's own."""

    def __init__(self, material: Any, owner: str, ledger: Ledger) -> None:
        self._material, self._owner, self._ledger = material, owner, ledger

    def __getattr__(self, name: str) -> Any:
        return getattr(self._material, name)

    def value(self, prop: str, **conditions: Any) -> Value:
        """The value of a property, noted."""
        found = self._material.value(prop, **conditions)
        self._ledger.note(self._owner, prop, found)
        return found

    def number(self, prop: str, **conditions: Any) -> float:
        """The number of a property, noted."""
        self.value(prop, **conditions)
        return self._material.number(prop, **conditions)

    def answer(self, fact: str) -> str | None:
        """The answer of a fact, noted."""
        if fact in self._material.facts:
            self._ledger.note(self._owner, fact, self._material.facts[fact])
        return self._material.answer(fact)

    @property
    def wetted_by_solder(self) -> str | None:
        """Whether solder wets it, noted."""
        return self.answer("wetted_by_solder")

    @property
    def tone(self) -> str | None:
        """Positive or negative, noted."""
        return self.answer("tone")
