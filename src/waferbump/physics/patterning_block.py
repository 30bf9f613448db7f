"""The same exposure and development in three dimensions, for masks that are not round: a quarter of a cell, mirrored at all its sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .front import arrival
from .light import Light, PatterningError
from .optics import PlaneMask, projection, proximity, reflectance
from .resist import ResistParameters, exposed


@dataclass(frozen=True)
class Block:
    """When the developer reaches every corner of a quarter cell's cubes.

    time : [s], (rows + 1, along y + 1, along x + 1), from the resists' top down;  depth : of the rows' edges [m]
    spacing : of the cubes along x and y [m];  photoactive : (rows, along y, along x) share that is left [1]
    """

    time: np.ndarray
    depth: np.ndarray
    spacing: float
    photoactive: np.ndarray

    def wall(self, depth: float, at: float, angle: float = 0.0) -> float:
        """How far from the axis the wall stands at a depth after a time, in a direction from x [m]; nan where it never crosses it.

        Parameters
        ----------
        depth : below the top [m]
        at : time [s]
        angle : of the direction, from x towards y [rad]
        """
        from scipy.interpolate import RegularGridInterpolator

        along, across = self.time.shape[1:]
        edges = self.spacing * np.arange(max(along, across))
        reach = self.spacing * min((n - 1) / max(abs(c), 1e-12) for n, c in ((across, np.cos(angle)), (along, np.sin(angle))))
        # where the developer comes late its time grows by orders of magnitude in a cell: the wall is found on the rates' own scale, time
        field = RegularGridInterpolator((self.depth, edges[:along], edges[:across]), np.minimum(self.time, 10.0 * at))
        r = np.arange(0.0, reach * (1 - 1e-12), self.spacing / 4)
        times = field(np.column_stack([np.full(len(r), depth), r * np.sin(angle), r * np.cos(angle)]))
        gone = times <= at
        steps = np.flatnonzero(gone[1:] != gone[:-1])
        if not len(steps):
            return float("nan")
        i = steps[0]
        return float(r[i] + (at - times[i]) / (times[i + 1] - times[i]) * (r[i + 1] - r[i]))


def block_development(
    mask: PlaneMask, thicknesses: Sequence[float], resists: Sequence[ResistParameters], light: Light, dose: float, *, rows: float,
    surface: bool = True,
) -> Block:  # fmt: skip
    """Image, bleaching and front of flat layers under a mask of any shape, over a floor that throws nothing back.

    The equations are those of `patterning.latent_image` and `patterning.development`.

    Parameters
    ----------
    mask : PlaneMask, a quarter of the cell, even about its sides
    thicknesses : of the layers, from the top down [m]
    resists : parameters of every layer, from the top down
    light : Light
    dose : incident, in a large open field [J/m^2]
    rows : largest height of a cube [m]; every layer is divided evenly
    surface : whether the resist's surface throws its share of the dose back

    Returns
    -------
    Block.

    Raises
    ------
    PatterningError : layers and resists that do not pair.
    """
    if len(thicknesses) != len(resists) or not len(resists):
        raise PatterningError(f"{len(thicknesses)} layers and {len(resists)} resists do not pair")
    counts = [max(1, int(np.ceil(t / rows - 1e-9))) for t in thicknesses]
    heights = np.concatenate([np.full(n, t / n) for n, t in zip(counts, thicknesses, strict=True)])
    kinds = np.concatenate([np.full(n, i) for i, n in enumerate(counts)])
    depth = np.concatenate([[0.0], np.cumsum(heights)])
    layers = tuple((t, r.refractive_index) for t, r in zip(thicknesses, resists, strict=True))
    middles = (depth[1:] + depth[:-1]) / 2
    if light.kind == "stepper":
        lens = {"numerical_aperture": light.numerical_aperture, "coherence": light.coherence, "focus": light.focus}
        image = projection(mask, middles, light.wavelengths, at=None, layers=layers, **lens)
    else:
        image = proximity(
            mask, light.gap, middles, light.wavelengths, at=None, layers=layers, divergence=light.divergence, cover=light.cover
        )  # fmt: skip
    lines, count, along, across = image.shape
    weights = np.array(light.weights)
    if surface:
        weights = weights * (1.0 - np.array([reflectance(1.0, n, 0.0) for n in resists[0].refractive_index]))
    a, b, c = (np.array([[getattr(r, name)[i] for r in resists] for i in range(lines)]) for name in "abc")
    layer = np.repeat(kinds[:, None], along * across, axis=1)
    found = exposed(image.reshape(lines, count, -1), heights, dose * weights.sum(), layer, a, b, c, weights=weights / weights.sum())
    photoactive = found.inhibitor.reshape(count, along, across)
    rate = np.empty_like(photoactive)
    for index, resist in enumerate(resists):
        own = kinds == index
        if resist.diffusion_length > mask.spacing:
            raise PatterningError("a bake that diffuses farther than one cube is not computed in three dimensions")
        below = (middles[own] - depth[own.argmax()])[:, None, None]
        soluble = _still(resist).developable(photoactive[own], heights[0])
        rate[own] = resist.dissolution(soluble, below)
    return Block(arrival(rate, (heights, mask.spacing, mask.spacing)), depth, mask.spacing, photoactive)


def _still(resist: ResistParameters) -> ResistParameters:
    """The resist without a diffusion that moves nothing on this grid."""
    from dataclasses import replace

    return replace(resist, diffusion_length=0.0)
