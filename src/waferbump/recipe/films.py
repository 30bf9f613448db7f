"""Settings of the verbs that make and remove solid films: what arrives on the carrier, deposition, etching, thinning."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from waferbump.recipe.quantities import (
    Adhesion,
    Angle,
    BodyNames,
    Diffusivity,
    Excess,
    Fraction,
    FractureEnergy,
    Length,
    MaskName,
    Quantity,
    Rates,
    Speed,
    Time,
    material_name,
    refused,
    settings,
)

_RIGHT_ANGLE = float(f"{math.pi / 2:.15g}")  # 90 deg as units.parse reads it
# grinding leaves some ten micrometres at best; below one there is no wafer any more
Remaining = Annotated[float, Quantity("length", "1 um", "10 mm", example="100 um")]


@settings
class Pad:
    """A contact pad, already on the carrier when it arrives.

    material : metal of the pad
    thickness : height of the pad [m]
    mask : outline of the pad
    """

    material: material_name(example="Al")
    thickness: Length
    mask: MaskName


@settings
class Passivation:
    """A passivation over carrier and pads, with an opening over each pad.

    material : what the passivation is made of
    thickness : thickness on flat ground [m]
    mask : outline of the opening
    side_coverage : thickness on side walls over that on flat ground [1]
    wall_angle : angle of the opening's wall from the horizontal [rad]
    """

    material: material_name(example="SiN")
    thickness: Length
    mask: MaskName
    side_coverage: Fraction = 1.0
    wall_angle: Angle = _RIGHT_ANGLE


@settings
class Redistribution:
    """A redistribution layer: a dielectric with a metal line on it that ends in a landing pad, and optionally a cover with an opening.

    material : metal of the line and the landing pad
    thickness : height of the line [m]
    mask : outline of the landing pad
    dielectric : what lies below the line
    dielectric_thickness : its thickness [m]
    dielectric_mask : outline of the dielectric's opening over the chip's pad; needed where the plan is carried
    cover : what lies over the line
    cover_thickness : its thickness [m]
    cover_mask : outline of the cover's opening over the landing pad
    """

    material: material_name(example="Cu") = "Cu"
    thickness: Length
    mask: MaskName
    dielectric: material_name(example="polyimide")
    dielectric_thickness: Length
    dielectric_mask: MaskName | None = None
    cover: material_name(example="polyimide") | None = None
    cover_thickness: Length | None = None
    cover_mask: MaskName | None = None

    def __post_init__(self) -> None:
        given = [name for name in ("cover", "cover_thickness", "cover_mask") if getattr(self, name) is not None]
        if len(given) in (1, 2):
            absent = [name for name in ("cover", "cover_thickness", "cover_mask") if name not in given]
            raise refused(f"{' and '.join(given)} also needs {' and '.join(absent)}")


@settings
class Deposit:
    """A film grows on every surface that the vapour or bath reaches.

    material : what is deposited
    thickness : thickness on flat ground [m]
    method : how it is deposited
    side_coverage : thickness on side walls over that on flat ground [1]; the method's own when not given
    adhesion : fracture energy of its joint with what it lies on [J/m^2], by step id or material
    """

    material: material_name(example="Ti")
    thickness: Length
    method: Literal["sputter", "evaporate", "cvd", "electroless"] = "sputter"
    side_coverage: Fraction | None = None
    adhesion: Adhesion | None = None


@settings
class Release:
    """An etchant that comes in through etch windows eats a sacrificial layer away below what is to be free.

    removes : the sacrificial layer, by step id or material
    rate : speed of the front where the reaction limits it [m/s]
    diffusion : D c0 / N where the way in limits it: diffusivity times concentration at the window over what a volume takes up [m^2/s]
    time : how long [s]; until all that can be reached is gone plus `overetch`, when not given
    overetch : time added after that, as a part of it [1]
    attacks : rates at which the etchant eats other materials that it touches [m/s]
    rinse : liquid that dries last below the freed part; not given for vapour or supercritical drying
    work_of_adhesion : between the freed part and what it may touch [J/m^2], to judge whether it comes free again
    """

    removes: BodyNames
    rate: Speed | None = None
    diffusion: Diffusivity | None = None
    time: Time | None = None
    overetch: Excess | None = None
    attacks: Rates | None = None
    rinse: material_name("rinse", example="water") | None = None
    work_of_adhesion: FractureEnergy | None = None

    def __post_init__(self) -> None:
        if not self.removes:
            raise refused("needs what it removes, e.g. removes: [sacrificial]")
        if (self.rate is None) == (self.diffusion is None):
            raise refused('needs rate (e.g. "2 um/min": the reaction limits) or diffusion (e.g. "100 um^2/min": the way in), one of them')
        if self.rate is not None and self.rate <= 0.0:
            raise refused("needs a rate above zero")
        if self.time is not None and self.overetch is not None:
            raise refused("give time, or overetch after all is gone, not both")
        if self.time is None and self.overetch is None:
            object.__setattr__(self, "overetch", 0.2)


@settings
class Descum:
    """A short plasma takes a little of every polymer off, and the scum from the openings.

    thickness : what is taken off [m]
    """

    thickness: Length


@settings
class Etch:
    """An etchant removes what it attacks, from where it touches open surface; wet undercuts, dry goes straight down.

    removes : what is to be cleared, by material or by the id of the step that made it; with rates, the materials among them
    kind : wet (isotropic) or dry (directional)
    rates : etch rate of each material it attacks [m/s], for as long as time says
    time : how long [s]; without rates and time, until `removes` is cleared plus `overetch`
    overetch : time added after clearing, as a part of the clearing time [1]
    """

    removes: BodyNames = ()
    kind: Literal["wet", "dry"] = "wet"
    rates: Rates | None = None
    time: Time | None = None
    overetch: Excess | None = None

    def __post_init__(self) -> None:
        if self.time is not None and self.overetch is not None:
            raise refused("give time, or overetch after clearing, not both")
        if self.time is not None and self.rates is None:
            raise refused("time also needs rates, e.g. rates: {Cu: 1 um/min}; without time: removes: [Cu], overetch: 0.5")
        if not self.removes and not self.rates:
            raise refused("needs what it removes, e.g. removes: [Cu], or rates and time")
        if self.rates is not None and not any(self.rates.values()):
            raise refused("needs a rate above zero")
        if self.rates is not None and self.time is None:
            raise refused("rates also need time, e.g. time: 2 min; without rates: removes: [Cu], overetch: 0.5")
        if unrated := [name for name in self.removes if self.rates is not None and not self.rates.get(name)]:
            raise refused(f"nothing would remove {' and '.join(unrated)}: with rates and time, removes names materials that have a rate")
        if not self.removes:
            object.__setattr__(self, "removes", tuple(name for name, rate in self.rates.items() if rate > 0))
        if self.time is None and self.overetch is None:
            object.__setattr__(self, "overetch", 0.5)


@settings
class Thin:
    """The carrier is ground from its back.

    to : thickness that remains [m]
    """

    to: Remaining
