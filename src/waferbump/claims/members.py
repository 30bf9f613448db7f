"""The lists of materials that the documents name, and what makes a film, a pad or a solder one of them (by composition, never by name)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from .claim import Lot, Shown, lot
from .trace import NotShown, Trace, alloy, material_of, parts

ADHESION_A = ("Ti", "TiW", "Cr", "CrCu", "Cu", "Ta")
ADHESION_B = (*ADHESION_A, "Al")
METALLIC = ("NiV", "TiN", "TaN", "Ni", "CrCu", "Cr", "Cu", "Pd")
SOLDER = ("Pb", "Au", "Ag", "Cu", "Mg", "Bi", "Sb", "In", "Zn")
PADS = ("Cu", "Al")
CONTRADICTION = "lead cannot be a member of an alloy that is lead-free: this one member contradicts the claim's own parent"

_ELEMENTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "Ti": frozenset({"Ti"}), "TiW": frozenset({"Ti", "W"}), "Cr": frozenset({"Cr"}), "CrCu": frozenset({"Cr", "Cu"}),
        "Cu": frozenset({"Cu"}), "Ta": frozenset({"Ta"}), "Al": frozenset({"Al"}), "NiV": frozenset({"Ni", "V"}),
        "TiN": frozenset({"Ti", "N"}), "TaN": frozenset({"Ta", "N"}), "Ni": frozenset({"Ni"}), "Pd": frozenset({"Pd"}),
    }
)  # fmt: skip

# an alloy for each member, with a peak that melts it and that a resist in place survives
_WITH_LEAD = MappingProxyType(
    {
        "Pb": "63Sn37Pb", "Au": "62.7Sn36.8Pb0.5Au", "Ag": "62Sn36Pb2Ag", "Cu": "60Sn38Pb2Cu", "Mg": "62.7Sn36.8Pb0.5Mg",
        "Bi": "43Sn43Pb14Bi", "Sb": "63Sn36.5Pb0.5Sb", "In": "37.5Sn37.5Pb25In", "Zn": "62.7Sn36.8Pb0.5Zn",
    }
)  # fmt: skip
_LEAD_FREE = MappingProxyType(
    {
        "Au": ("Sn10Au", "240 degC"), "Ag": ("Sn3.5Ag", "245 degC"), "Cu": ("Sn0.7Cu", "250 degC"), "Mg": ("Sn2Mg", "230 degC"),
        "Bi": ("58Bi42Sn", "165 degC"), "Sb": ("Sn5Sb", "258 degC"), "In": ("52In48Sn", "145 degC"), "Zn": ("Sn9Zn", "225 degC"),
    }
)  # fmt: skip


def films_shown(trace: Trace, films: tuple[str, ...], names: tuple[str, ...], what: str) -> Shown:
    """Which of the listed materials are among some films."""
    state = trace.after(max(trace.maker(f) for f in films))
    found = {f: {n for n in names if frozenset(material_of(state, f).composition) == _ELEMENTS[n]} for f in films}
    members = frozenset().union(*found.values())
    said = ", ".join(f"{f} of {state.material(f)}" for f in films)
    if not members:
        raise NotShown(f"{what}: {said}; none is in the list {', '.join(names)}")
    wetted = [f"{f} of {state.material(f)} (wetted by solder: {material_of(state, f).wetted_by_solder})" for f in films]
    return Shown(evidence=(f"{what}: {', '.join(wetted)}",), members=members)


def pad_shown(trace: Trace, pad: str, films: tuple[str, ...] = ()) -> Shown:
    """Whether the pad is of copper or aluminium."""
    material = material_of(trace.final, pad)
    members = frozenset(n for n in PADS if frozenset(material.composition) == _ELEMENTS[n])
    if not members:
        raise NotShown(f"the pad is of {material.name}, neither copper nor aluminium")
    through = f"; the solder bonds to it through {', '.join(films)}" if films else "; the solder bonds straight to it"
    return Shown(evidence=(f"the pad is of {material.name}{through}",), members=members)


def tin_lead(trace: Trace, placed: int, block: str) -> Shown:
    """Whether a block's alloy includes tin and lead."""
    metal = alloy(trace.after(placed), block)
    if not {"Sn", "Pb"} <= metal.keys():
        raise NotShown(f"the block is of {parts(metal)}, no tin-lead")
    return Shown(evidence=(f"the block is of {parts(metal)}",))


def lead_free(trace: Trace, placed: int, block: str) -> Shown:
    """Whether a block's alloy is free of lead."""
    metal = alloy(trace.after(placed), block)
    if "Pb" in metal:
        raise NotShown(f"the block is of {parts(metal)}, not free of lead")
    return Shown(evidence=(f"the block is of {parts(metal)}: no lead",))


def solder_members(trace: Trace, placed: int, block: str) -> Shown:
    """Which of the listed solder members a block's alloy holds."""
    metal = alloy(trace.after(placed), block)
    members = frozenset(metal) & frozenset(SOLDER)
    if not members:
        raise NotShown(f"the block is of {parts(metal)}: none of {', '.join(SOLDER)}")
    return Shown(evidence=(f"the block is of {parts(metal)}",), members=members)


def each(names: tuple[str, ...], flow: str, path: str, more: Callable[[str], dict] | None = None) -> list[tuple[str, Lot]]:
    """A run of a flow for each material, set at a path."""
    return [(name, lot(flow, {path: name, **(more(name) if more else {})})) for name in names]


def each_with_lead(flow: str, step: str) -> list[tuple[str, Lot]]:
    """A run of a flow for each solder member in tin-lead."""
    return [(member, lot(flow, {f"steps.{step}.solder": _WITH_LEAD[member]})) for member in SOLDER]


def each_lead_free(flow: str, step: str, reflow: str = "reflow") -> list[tuple[str, Lot]]:
    """A run of a flow for each solder member that a lead-free alloy can have."""
    return [
        (member, lot(flow, {f"steps.{step}.solder": solder, f"steps.{reflow}.peak": peak})) for member, (solder, peak) in _LEAD_FREE.items()
    ]


UNSATISFIABLE = MappingProxyType({"Pb": CONTRADICTION})
