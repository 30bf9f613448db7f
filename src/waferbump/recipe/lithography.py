"""Settings of the verbs that shape polymers: coating, baking, exposing, developing, removing."""

from __future__ import annotations

from typing import Literal

from waferbump.recipe.quantities import (
    Adhesion,
    Angle,
    AngleOrZero,
    Dose,
    Length,
    LengthOrZero,
    MaskName,
    Names,
    NumericalAperture,
    Rotation,
    Shift,
    Temperature,
    Time,
    Wavelength,
    material_name,
    refused,
    settings,
)

_TWO_DEGREES = 0.0349065850398866  # 2 deg as units.parse reads it
_POLYMERS = ("polymer", "photoresist", "dry-film", "spin-on")


@settings
class Coat:
    """A resist or polymer is spun on; its top comes out flat.

    resist : what is spun on
    thickness : thickness over flat ground [m]
    speed : rotation from which the product's speed curve gives the thickness [rad/s]
    adhesion : fracture energy of its joint with what it lies on [J/m^2], by step id or material
    """

    resist: material_name(*_POLYMERS, example="generic-positive-slow")
    thickness: Length | None = None
    speed: Rotation | None = None
    adhesion: Adhesion | None = None

    def __post_init__(self) -> None:
        if (self.thickness is None) == (self.speed is None):
            raise refused("needs exactly one of thickness (e.g. 30 um) and speed (e.g. 1500 rpm)")


@settings
class Laminate:
    """A dry film, or a pre-punched foil, is laid over the surface and spans small holes.

    resist : the film
    thickness : its thickness [m]
    bridges : width of the widest gap that it spans flat [m]; the film's own when not given
    mask : openings of a pre-punched foil
    """

    resist: material_name(*_POLYMERS, "structure", example="generic-dry-film")
    thickness: Length
    bridges: LengthOrZero | None = None
    mask: MaskName | None = None


@settings
class Bake:
    """The stack is heated so that a polymer dries, reacts or hardens.

    purpose : what the bake is for
    temperature : hot-plate or oven temperature [K]
    time : how long [s]
    """

    purpose: Literal["soft", "post-exposure", "cure", "hard"]
    temperature: Temperature
    time: Time


@settings
class Tool:
    """The exposure tool.

    kind : contact, aligner (proximity) or stepper (projection)
    gap : distance of mask and resist [m]; 20 um for an aligner, others take none
    wavelength : of the light [m]
    divergence : half angle of the light at the mask [rad]; 2 deg for a contact tool and an aligner, a stepper takes none
    numerical_aperture : of a stepper's lens [1]
    defocus : distance of a stepper's focal plane from the middle of the resists [m]; above or below is all one, the sign changes nothing
    """

    kind: Literal["contact", "aligner", "stepper"] = "aligner"
    gap: LengthOrZero | None = None
    wavelength: Wavelength = 3.65e-7
    divergence: AngleOrZero | None = None
    numerical_aperture: NumericalAperture | None = None
    defocus: Shift | None = None

    def __post_init__(self) -> None:
        if self.kind == "stepper":
            if self.numerical_aperture is None:
                raise refused("a stepper needs numerical_aperture, e.g. 0.16")
            if self.gap:
                raise refused("a stepper has no gap; use defocus, or kind: aligner")
            if self.divergence is not None:
                raise refused("divergence belongs to kind: contact and aligner; a stepper's blur comes from its lens and focus")
        elif self.numerical_aperture is not None or self.defocus is not None:
            raise refused("numerical_aperture and defocus belong to kind: stepper")
        elif self.kind == "contact" and self.gap:
            raise refused("a contact tool has no gap; use kind: aligner")
        if self.kind != "stepper" and self.divergence is None:
            object.__setattr__(self, "divergence", _TWO_DEGREES)
        if self.gap is None:
            object.__setattr__(self, "gap", 2e-5 if self.kind == "aligner" else 0.0)
        if self.kind == "stepper" and self.defocus is None:
            object.__setattr__(self, "defocus", 0.0)


@settings
class Expose:
    """Light falls through the mask on every resist below it, at once.

    mask : which mask
    dose : energy per area at the resist's top in a large open field [J/m^2]
    tool : the exposure tool
    blur : stated width (standard deviation) of the image's blur [m]; replaces the tool's
    """

    mask: MaskName
    dose: Dose
    tool: Tool = Tool()
    blur: LengthOrZero | None = None


@settings
class Develop:
    """Developer dissolves what the exposure left soluble, from where it can be reached.

    resists : resists, by region or material; all exposed ones when not given
    wall_angle : angle of the opening's wall from the horizontal [rad]; the resist's own when not given
    """

    resists: Names = ()
    wall_angle: Angle | None = None


@settings
class Strip:
    """A stripper removes resist and other polymer masks.

    removes : what goes, by region or material; all mask layers when not given
    """

    removes: Names = ()


@settings
class Clean:
    """Flux and its residues are washed off.

    removes : what goes, by region or material; all flux when not given
    """

    removes: Names = ()
