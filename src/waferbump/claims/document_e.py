"""E: stress-releasing packages. They need the plan: none can be judged on a round cut."""

from __future__ import annotations

from .claim import Claim, waiting

_PLAN = "plan sections with the metal line and planar cuts along it"
_RELEASE = "the release of the sacrificial layer through its windows"
_OVERSTRESS = "the stress in the joint, to show what lets go first and that the path from pad to bump survives"


def _all() -> tuple[Claim, ...]:
    gap, filled = f"{_PLAN}; {_RELEASE}; {_OVERSTRESS}", f"{_PLAN}; {_OVERSTRESS}"
    beams = "beams of the line's metal stiffen the suspended part"
    four = "the sacrificial layer is a metal, an epoxy, an organic polymer or an inorganic oxide"
    return (
        waiting("E1", "bump above a suspended part of the insulating layer over an empty gap; it swings and the line survives", gap),
        waiting("E2", beams, gap, "E1"),
        waiting("E3", "a sacrificial layer stays below the bump; its joint with the substrate cracks first", filled, "E1"),
        waiting("E4", beams, filled, "E3"),
        waiting("E5", four, filled, "E3"),
        waiting("E6", "a sacrificial layer on an elastic layer below the bump; the elastic layer takes the excess", filled, "E1"),
        waiting("E7", beams, filled, "E6"),
        waiting("E8", four, filled, "E6"),
        waiting("E9", "an elastic layer alone below the bump, which cracks off the substrate first", filled, "E1"),
        waiting("E10", beams, filled, "E9"),
        waiting("E11", "two joined parts of a second insulating layer; the weakly adhering one below the bump lets go", filled),
        waiting("E12", beams, filled, "E11"),
    )


CLAIMS_E = _all()
