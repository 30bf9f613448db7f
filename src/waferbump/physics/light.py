"""What falls on a mask: the lamp's lines and the way to the resist, through a gap or a lens."""

from __future__ import annotations

from dataclasses import dataclass


class PatterningError(ValueError):
    """An exposure or a development that cannot be computed as asked."""


@dataclass(frozen=True)
class Light:
    """What falls on the mask and how it gets to the resist.

    kind : "aligner" (mask in contact or at a gap) or "stepper" (projection lens)
    wavelengths : of the lamp's lines in air [m];  weights : their shares of the dose, sum 1
    gap : mask to resist [m];  divergence : half angle of the source [rad];  cover : thickness [m] and index of a film left on the resist
    numerical_aperture, coherence : of a stepper [1];  focus : depth of its sharp image below the resists' top [m]
    """

    kind: str
    wavelengths: tuple[float, ...]
    weights: tuple[float, ...]
    gap: float = 0.0
    divergence: float = 0.0
    cover: tuple[float, float] | None = None
    numerical_aperture: float = 0.0
    coherence: float = 0.0
    focus: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in ("aligner", "stepper"):
            raise PatterningError(f"light comes from an aligner or a stepper, not from {self.kind!r}")
        if len(self.wavelengths) != len(self.weights) or not self.wavelengths or abs(sum(self.weights) - 1.0) > 1e-9:
            raise PatterningError("every line of the lamp has a share of the dose, and the shares add up to one")
