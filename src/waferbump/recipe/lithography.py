"""Settings of the verbs that shape polymers: coating, baking, exposing, developing, removing."""

from __future__ import annotations

from typing import Literal

from waferbump.recipe.quantities import (
    Absorption,
    Adhesion,
    Angle,
    AngleOrZero,
    Bleaching,
    DissolutionRate,
    Dose,
    Excess,
    Fraction,
    FractionOrZero,
    GridSpacing,
    Length,
    LengthOrZero,
    MaskName,
    Names,
    NumericalAperture,
    PositiveNumber,
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
_I_LINE = 3.65e-7  # m
LINES = (_I_LINE, 4.05e-7, 4.36e-7)  # m; the lines i, h and g of mercury, to the nanometre (365.0, 404.7 and 435.8 nm)
_COHERENCE = 0.5  # usual for 1X steppers (assumed)
_OVER_DEVELOPMENT = 0.3  # usual practice (assumed)
_GRID = 2.5e-7  # m; walls within 0.1 um (docs/verification.md)
_POLYMERS = ("polymer", "photoresist", "dry-film", "spin-on")


@settings
class ResistParameters:
    """A resist's own numbers in place of the library's, for the models that compute exposure and development.

    dill_a : bleachable absorption [1/m]
    dill_b : absorption that stays [1/m]
    dill_c : rate of bleaching, or of making acid or radicals [m^2/J]
    development_rate_max : of what is fully exposed (positive) or not at all (negative) [m/s]
    development_rate_min : of what is not exposed (positive) or fully (negative) [m/s]
    development_threshold : inhibitor, or cross-linked share, about which the rate falls [1]
    development_contrast : how steeply it falls there [1]
    surface_rate_ratio : rate at the very surface over that deep inside [1]
    surface_inhibition_depth : over which the surface's rate turns into that inside [m]
    """

    dill_a: Absorption | None = None
    dill_b: Absorption | None = None
    dill_c: Bleaching | None = None
    development_rate_max: DissolutionRate | None = None
    development_rate_min: DissolutionRate | None = None
    development_threshold: Fraction | None = None
    development_contrast: PositiveNumber | None = None
    surface_rate_ratio: Fraction | None = None
    surface_inhibition_depth: Length | None = None

    def __post_init__(self) -> None:
        if self.development_contrast is not None and self.development_contrast <= 1.0:
            raise refused("development_contrast is above 1, such as 4")
        if None not in (self.development_rate_min, self.development_rate_max) and self.development_rate_min >= self.development_rate_max:
            raise refused("development_rate_min is below development_rate_max")


@settings
class Coat:
    """A resist or polymer is spun on; its top comes out flat.

    resist : what is spun on
    thickness : thickness over flat ground [m]
    speed : rotation from which the product's speed curve gives the thickness [rad/s]
    adhesion : fracture energy of its joint with what it lies on [J/m^2], by step id or material
    parameters : numbers of this resist in place of the library's, such as calibrated ones
    """

    resist: material_name(*_POLYMERS, example="generic-positive-slow")
    thickness: Length | None = None
    speed: Rotation | None = None
    adhesion: Adhesion | None = None
    parameters: ResistParameters | None = None

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
    parameters : numbers of this resist in place of the library's, such as calibrated ones
    """

    resist: material_name(*_POLYMERS, "structure", example="generic-dry-film")
    thickness: Length
    bridges: LengthOrZero | None = None
    mask: MaskName | None = None
    parameters: ResistParameters | None = None


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
class Spectrum:
    """Shares of a mercury lamp's lines in the dose; they add up to 1.

    i : share of the line at 365 nm [1]
    h : share of the line at 405 nm [1]
    g : share of the line at 436 nm [1]
    """

    i: FractionOrZero = 0.0
    h: FractionOrZero = 0.0
    g: FractionOrZero = 0.0

    def __post_init__(self) -> None:
        if abs(self.i + self.h + self.g - 1.0) > 1e-6:
            raise refused(f"the shares of i, h and g add up to 1, not to {self.i + self.h + self.g:.6g}")


@settings
class Tool:
    """The exposure tool.

    kind : contact, aligner (proximity) or stepper (projection)
    gap : distance of mask and resist [m]; 20 um for an aligner, others take none
    wavelength : of the light [m], where it is one line; 365 nm when neither it nor a spectrum is given
    spectrum : shares of the lines i, h and g, in place of a wavelength
    divergence : half angle of the light at the mask [rad]; 2 deg for a contact tool and an aligner, a stepper takes none
    numerical_aperture : of a stepper's lens [1]
    coherence : of a stepper's illumination, source over pupil [1]; 0.5 when not given; the blurred image does not use it
    defocus : how far a stepper's focal plane lies above the middle of the resists [m]; to the blurred image below is the same as above
    """

    kind: Literal["contact", "aligner", "stepper"] = "aligner"
    gap: LengthOrZero | None = None
    wavelength: Wavelength | None = None
    spectrum: Spectrum | None = None
    divergence: AngleOrZero | None = None
    numerical_aperture: NumericalAperture | None = None
    coherence: FractionOrZero | None = None
    defocus: Shift | None = None

    def __post_init__(self) -> None:
        if self.wavelength is not None and self.spectrum is not None:
            raise refused("give wavelength or spectrum, not both")
        if self.wavelength is None and self.spectrum is None:
            object.__setattr__(self, "wavelength", _I_LINE)
        if self.kind == "stepper":
            if self.numerical_aperture is None:
                raise refused("a stepper needs numerical_aperture, e.g. 0.16")
            if self.gap:
                raise refused("a stepper has no gap; use defocus, or kind: aligner")
            if self.divergence is not None:
                raise refused("divergence belongs to kind: contact and aligner; a stepper's blur comes from its lens and focus")
        elif self.numerical_aperture is not None or self.defocus is not None or self.coherence is not None:
            raise refused("numerical_aperture, coherence and defocus belong to kind: stepper")
        elif self.kind == "contact" and self.gap:
            raise refused("a contact tool has no gap; use kind: aligner")
        if self.kind != "stepper" and self.divergence is None:
            object.__setattr__(self, "divergence", _TWO_DEGREES)
        if self.gap is None:
            object.__setattr__(self, "gap", 2e-5 if self.kind == "aligner" else 0.0)
        if self.kind == "stepper" and self.defocus is None:
            object.__setattr__(self, "defocus", 0.0)
        if self.kind == "stepper" and self.coherence is None:
            object.__setattr__(self, "coherence", _COHERENCE)

    @property
    def lines(self) -> dict[float, float]:
        """Wavelength [m] and share of the dose of every line that shines."""
        if self.spectrum is None:
            return {self.wavelength: 1.0}
        shares = (self.spectrum.i, self.spectrum.h, self.spectrum.g)
        return {wavelength: share for wavelength, share in zip(LINES, shares, strict=True) if share > 0.0}


@settings
class Expose:
    """Light falls through the mask on every resist below it, at once.

    mask : which mask
    dose : energy per area at the resist's top in a large open field, all lines of the lamp together [J/m^2]
    tool : the exposure tool
    blur : stated width (standard deviation) of the image's blur [m]; replaces the tool's
    carrier_film : of the topmost dry film, left on during the exposure [m]; the film's own when not given, 0 um where it was peeled off
    """

    mask: MaskName
    dose: Dose
    tool: Tool = Tool()
    blur: LengthOrZero | None = None
    carrier_film: LengthOrZero | None = None


@settings
class Develop:
    """Developer dissolves what the exposure left soluble, from where it can be reached.

    resists : resists, by region or material; all exposed ones when not given
    wall_angle : angle of the opening's wall from the horizontal [rad]; the resist's own when not given (model threshold)
    time : in the developer [s] (model rate_front)
    over_development : beyond the time at which the floor is reached, as a share of it [1]; 30 % without a time (model rate_front)
    grid : largest side of a cell on which image and front are computed [m] (model rate_front)
    """

    resists: Names = ()
    wall_angle: Angle | None = None
    time: Time | None = None
    over_development: Excess | None = None
    grid: GridSpacing = _GRID

    def __post_init__(self) -> None:
        if self.time is not None and self.over_development is not None:
            raise refused("give time or over_development, not both; set the other to null")
        if self.time is None and self.over_development is None:
            object.__setattr__(self, "over_development", _OVER_DEVELOPMENT)


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
