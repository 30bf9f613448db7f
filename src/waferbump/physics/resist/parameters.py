"""What one resist is to light, bake and developer: a value that materials fill and solvers read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .development import EnhancedMackRate, MackRate, NotchRate, surface_inhibited
from .impossible import ResistError, finite

# What a developer distinguishes, by chemistry: an inhibitor that light destroys, an acid that a bake multiplies, radicals that crosslink.
TONES = (("inhibitor", ("positive",)), ("amplified", ("positive", "negative")), ("crosslinking", ("negative",)))


@dataclass(frozen=True)
class ResistParameters:
    """One resist's optical, bake and development parameters; a, b, c and refractive_index have one entry a line.

    tone "positive" | "negative", chemistry "inhibitor" | "amplified" | "crosslinking", refractive_index [1], a, b [1/m], c [m^2/J],
    rate [m/s] of what `developable` gives, diffusion_length of the bake [m], amplification k t of the bake [1] and its order in acid [1],
    inhibition_dose [J/m^2] that oxygen takes from a radical film (at the line of its largest c), surface_ratio [1] and surface_depth [m] of
    a skin that dissolves more slowly.
    """

    tone: str
    chemistry: str
    refractive_index: tuple[float, ...]
    a: tuple[float, ...]
    b: tuple[float, ...]
    c: tuple[float, ...]
    rate: MackRate | EnhancedMackRate | NotchRate
    diffusion_length: float = 0.0
    amplification: float = 0.0
    amplification_order: float = 1.0
    inhibition_dose: float = 0.0
    surface_ratio: float = 1.0
    surface_depth: float = 0.0

    def __post_init__(self) -> None:
        tones = dict(TONES).get(self.chemistry)
        if tones is None:
            raise ResistError(f"the chemistry {self.chemistry!r} is none of {', '.join(name for name, _ in TONES)}")
        if self.tone not in ("positive", "negative"):
            raise ResistError(f"tone {self.tone!r} is neither positive nor negative")
        if self.tone not in tones:
            raise ResistError(f"a resist of {self.chemistry} chemistry is {tones[0]}, not {self.tone}")
        for name in ("refractive_index", "a", "b", "c"):
            values = finite(f"the resist's {name.replace('_', ' ')}", getattr(self, name), lowest=0.0)
            if values.shape != (len(self.refractive_index),) or not values.size:
                raise ResistError("a resist's refractive index, a, b and c need one number for each line of the light")
        finite("the refractive index", self.refractive_index, above=0.0)
        if not max(self.c) > 0.0:
            raise ResistError("a resist whose c is zero at every line does not see the light")
        finite("the diffusion length of the bake", self.diffusion_length, lowest=0.0)
        finite("the amplification of the bake", self.amplification, lowest=0.0)
        finite("the order of the amplification", self.amplification_order, above=0.0)
        finite("the dose that inhibits crosslinking", self.inhibition_dose, lowest=0.0)
        if (self.chemistry == "amplified") != (self.amplification > 0.0):
            raise ResistError(f"a resist of {self.chemistry} chemistry and an amplification of {self.amplification:g} exclude each other")
        if self.inhibition_dose > 0.0 and self.chemistry != "crosslinking":
            raise ResistError(f"oxygen inhibits radicals alone: a resist of {self.chemistry} chemistry has no inhibition dose")
        surface_inhibited(0.0, 0.0, self.surface_ratio, self.surface_depth)

    def developable(
        self, photoactive: ArrayLike, spacing: ArrayLike, *, axis_of_symmetry: bool = False, inside: np.ndarray | None = None
    ) -> np.ndarray:
        """What the rate law takes, 0 to 1, of the `inhibitor` (m, axis 0 downwards) that `exposed` left; bakes are applied here.

        inhibitor: m after the bake. amplified: acid 1 - m, after the bake M = exp(-k t acid^q), or 1 - M where the tone is negative.
        crosslinking: x = 1 - exp(-(u - c E_inh)) with u = -ln m, nothing below the inhibition dose. m is 1 where no light came.
        spacing [m] of the cells, axis_of_symmetry and inside as in `diffused`; spacing is not looked at where nothing diffuses.
        """
        from .bakes import deprotected, diffused

        m = np.clip(finite("the inhibitor", photoactive, lowest=-1e-9, highest=1.0 + 1e-9), 0.0, 1.0)
        if self.chemistry == "inhibitor":
            field = m
        elif self.chemistry == "amplified":
            field = 1.0 - m
        else:  # the exponent is what light has done; oxygen takes the first of it
            with np.errstate(divide="ignore"):  # an exponent without end crosslinks all
                exponent = -np.log(m) - max(self.c) * self.inhibition_dose
            field = -np.expm1(-np.maximum(exponent, 0.0))
        if self.diffusion_length > 0.0:
            field = diffused(field, self.diffusion_length, spacing, axis_of_symmetry=axis_of_symmetry, inside=inside)
        if self.chemistry == "amplified":
            kept = deprotected(field, self.amplification, self.amplification_order)
            field = kept if self.tone == "positive" else 1.0 - kept
        return np.asarray(field)

    def dissolution(self, developable: ArrayLike, depth: ArrayLike) -> np.ndarray | float:
        """Rate [m/s] at a depth below the resist's top [m, broadcasts] of what `developable` gives, the slower skin included."""
        return surface_inhibited(self.rate(developable), depth, self.surface_ratio, self.surface_depth)
