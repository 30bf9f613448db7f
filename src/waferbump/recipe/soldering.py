"""Settings of the verbs that bring solder and melt it: plating, printing, fluxing, placing, reflow."""

from __future__ import annotations

from typing import Literal

from waferbump.recipe.quantities import (
    CurrentDensity,
    Fraction,
    Length,
    LengthOrZero,
    Temperature,
    Time,
    TimeOrZero,
    Volume,
    material_name,
    refused,
    settings,
)
from waferbump.recipe.reflow_profiles import NAMED_PROFILES

_SOLDERS = ("solder", "mixed-solder", "metal", "metallic")


@settings
class Until:
    """When plating stops: exactly one of these.

    height : height of the metal in the middle, above the seed it grew from [m]
    time : how long [s]
    """

    height: Length | None = None
    time: Time | None = None

    def __post_init__(self) -> None:
        if (self.height is None) == (self.time is None):
            raise refused("needs exactly one of height (e.g. 55 um) and time (e.g. 40 min)")


@settings
class Plate:
    """Metal is electroplated on whatever exposed seed there is.

    solder : what is plated
    current_density : mean current per exposed area [A/m^2]
    until : when it stops
    efficiency : part of the current that deposits metal [1]; the bath's own when not given
    """

    solder: material_name(*_SOLDERS, example="Sn3.5Ag")
    current_density: CurrentDensity
    until: Until
    efficiency: Fraction | None = None


@settings
class Print:
    """Solder paste or powder is squeegeed into the openings.

    solder : the alloy
    form : paste or powder
    metal_fraction : metal by volume [1]; the product's own when not given
    fill : part of the opening that is filled [1]
    scoop : how far the squeegee digs below the mask's top [m]
    """

    solder: material_name(*_SOLDERS, example="Sn3.0Ag0.5Cu")
    form: Literal["paste", "powder"] = "paste"
    metal_fraction: Fraction | None = None
    fill: Fraction = 1.0
    scoop: LengthOrZero = 0.0


@settings
class Flux:
    """Flux fills the openings, or is dispensed as a drop or film.

    flux : which flux
    method : fill (to the brim unless an amount is given) or dispense
    volume : volume a site [m^3]
    thickness : height of the filling or film [m]
    """

    flux: material_name("flux", example="rosin")
    method: Literal["fill", "dispense"] = "fill"
    volume: Volume | None = None
    thickness: Length | None = None

    def __post_init__(self) -> None:
        if self.volume is not None and self.thickness is not None:
            raise refused("give volume or thickness, not both")
        if self.method == "dispense" and self.volume is None and self.thickness is None:
            raise refused("method dispense needs a volume (e.g. 50000 um^3) or a thickness (e.g. 10 um)")


@settings
class Skin:
    """A solid flux skin that a block carries.

    flux : which flux
    thickness : thickness of the skin [m]
    """

    flux: material_name("flux", example="solid-flux")
    thickness: Length


# what each block needs: (sizes that must be given, sizes of which exactly one must be given)
_SIZES = {
    "ball": (("diameter",), ()),
    "disc": (("diameter", "height"), ()),
    "cube": (("side",), ()),
    "preform": (("height",), ("diameter", "side")),
}


@settings
class Place:
    """A solder block is placed in each opening, bare or with a solid flux skin.

    solder : the alloy
    shape : ball, disc, cube, or preform (a flat block, round by diameter or square by side)
    diameter : of a ball, a disc or a round preform [m]
    side : of a cube or a square preform [m]
    height : of a disc or preform [m]
    skin : flux skin, if it carries one
    """

    solder: material_name(*_SOLDERS, example="Sn3.0Ag0.5Cu")
    shape: Literal["ball", "disc", "cube", "preform"]
    diameter: Length | None = None
    side: Length | None = None
    height: Length | None = None
    skin: Skin | None = None

    def __post_init__(self) -> None:
        needed, one_of = _SIZES[self.shape]
        given = {name for name in ("diameter", "side", "height") if getattr(self, name) is not None}
        wants = " and ".join(needed) + (f" and one of {', '.join(one_of)}" if one_of else "")
        chosen = given & set(one_of)
        if not set(needed) <= given or (one_of and len(chosen) != 1) or given - set(needed) - set(one_of):
            had = " and ".join(sorted(given)) or "no size"
            raise refused(f"a {self.shape} needs {wants}; given: {had}")


@settings
class ProfilePoint:
    """One point of a reflow profile.

    temperature : reached at that time [K]
    time : since the start of the reflow [s]
    """

    temperature: Temperature
    time: TimeOrZero


@settings
class Reflow:
    """The solder melts, wets what it wets, takes its shape, and freezes.

    peak : highest temperature [K]
    above_liquidus : how long the solder is molten [s]; 60 s when not given, and not with a profile, which says it itself
    atmosphere : what surrounds it
    profile : temperature over time, if the whole course matters
    named_profile : a usual course in place of a profile of one's own
    """

    peak: Temperature | None = None
    above_liquidus: Time | None = None
    atmosphere: Literal["air", "nitrogen", "forming-gas", "formic-acid", "hydrogen"] = "nitrogen"
    profile: tuple[ProfilePoint, ...] = ()
    named_profile: Literal["lead-free", "tin-lead", "tin-bismuth", "high-lead", "gold-tin"] | None = None

    def __post_init__(self) -> None:
        if self.named_profile is not None:
            usual = tuple(ProfilePoint(temperature=t + 273.15, time=s) for s, t in NAMED_PROFILES[self.named_profile])
            if self.profile and self.profile != usual:
                raise refused(f"give profile or named_profile, not both: this profile is not the one named {self.named_profile}")
            object.__setattr__(self, "profile", usual)
        if not self.profile:
            if self.peak is None:
                raise refused('needs peak, e.g. "250 degC", a profile or a named_profile')
            if self.above_liquidus is None:
                object.__setattr__(self, "above_liquidus", 60.0)
            return
        if self.above_liquidus is not None:
            raise refused("give above_liquidus or a profile, not both: the profile says how long the solder is molten")
        if any(later.time <= earlier.time for earlier, later in zip(self.profile, self.profile[1:], strict=False)):
            raise refused("the times of a profile must rise from point to point")
        highest = max(point.temperature for point in self.profile)
        if self.peak is None:
            object.__setattr__(self, "peak", highest)
        elif abs(self.peak - highest) > 0.01:  # [K], below what any profile is written with
            raise refused("peak is not the highest temperature of the profile; leave peak out, or mend one of them")
