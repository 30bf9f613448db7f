"""What the colours and hatches of a picture mean, drawn below it or left to the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from waferbump.geometry.section import Section

from .colours import Paint, outline_colour, paint_of
from .frame import Frame, contents_of, shades_of

LINE = 14.0  # [px] from line to line
SLICE = "slice of the round shape"


@dataclass(frozen=True)
class LegendEntry:
    """One line of a legend: the region, its material, how it is painted, and what else is known of it."""

    name: str
    material: str
    paint: Paint
    remark: str = ""

    @property
    def text(self) -> str:
        """Region – material, with the remark."""
        return f"{self.name} – {self.material}" + (f" ({self.remark})" if self.remark else "")


def legend(
    section: Section, materials: Mapping[str, Any], *, facts: Mapping[str, Any] | None = None, frame: Frame | None = None
) -> tuple[LegendEntry, ...]:
    """What stands in a section, last made first, as the legend lists it."""
    contents = {name: material for name, material in contents_of(section).items() if name != "air"}
    shades = frame.shades if frame is not None else shades_of([contents])
    sliced = slices(section, facts)
    return tuple(
        LegendEntry(one.name, one.material, one.paint, "; ".join(filter(None, (one.remark, SLICE if one.name in sliced else ""))))
        for one in legend_of(contents, materials, facts=facts, shades=shades)
    )


def legend_of(
    contents: Mapping[str, str], materials: Mapping[str, Any], *, facts: Mapping[str, Any] | None = None, shades: Mapping[str, int]
) -> tuple[LegendEntry, ...]:
    """A legend of regions (name -> material, from the carrier up), last made first."""
    facts = facts or {}
    entries = [
        LegendEntry(name, material, paint_of(material, materials, shades.get(name, 0), facts.get(name)), _remark(facts.get(name)))
        for name, material in contents.items()
    ]
    return tuple(reversed(entries))


def slices(section: Section, facts: Mapping[str, Any] | None) -> frozenset[str]:
    """Regions of a planar cut whose shape is the round section's, cut where the line runs."""
    if section.kind != "planar" or not facts:
        return frozenset()
    return frozenset(name for name in section.names if name in facts and facts[name].imported)


def _remark(fact: Any) -> str:
    if fact is None:
        return ""
    words = []
    if fact.phase == "paste":
        words.append(f"paste, {fact.metal_fraction * 100:.3g} % metal by volume")
    if any(exposure.step not in fact.opened_by for exposure in fact.latent):
        words.append("exposed")
    if fact.cured:
        words.append("cured")
    if len(fact.made_from) > 1:
        words.append(("grown of " if fact.role == "intermetallic" else "fused from ") + ", ".join(fact.made_from))
    return "; ".join(words)


def legend_rows(entries: tuple[LegendEntry, ...], top: float, total: float, prefix: str) -> list[str]:
    """A legend in two columns from y = top [px] in a picture `total` [px] wide."""
    half = -(-len(entries) // 2)
    parts = []
    for number, entry in enumerate(entries):
        x, y = 8 + (number // half) * total / 2, top + 8 + (number % half) * LINE
        paint = f'fill="{entry.paint.fill(prefix)}" stroke="{outline_colour(entry.paint.colour)}" stroke-width=".6"'
        parts.append(f'<rect x="{x:.1f}" y="{y - 8:.1f}" width="16" height="10" {paint}/>')
        parts.append(f'<text x="{x + 22:.1f}" y="{y:.1f}">{escape(entry.text)}</text>')
    return parts


def swatch(entry: LegendEntry, prefix: str, patterns: Iterable[str] = ()) -> str:
    """A small painted field for a legend in a page; `patterns` are what its paint needs where it is not on the page yet."""
    return (
        f'<svg class="swatch" viewBox="0 0 22 12" aria-hidden="true">{"".join(patterns)}<rect x=".5" y=".5" width="21" height="11" '
        f'fill="{entry.paint.fill(prefix)}" stroke="{outline_colour(entry.paint.colour)}"/></svg>'
    )
