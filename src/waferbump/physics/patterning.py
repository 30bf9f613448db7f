"""One exposure through several resists, and their development: mask and lamp to the time at which the developer reaches every place.

image (angular spectrum or pupil) -> absorption and bleaching through all layers -> bakes -> dissolution rate -> eikonal front.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.ndimage import distance_transform_edt

from .front import arrival
from .front_outline import developed
from .light import Light, PatterningError
from .optics import LinearMask, RoundMask, projection, proximity, reflectance
from .resist import ResistParameters, exposed

OPEN, SOLID = -1, -2  # what a cell holds where it is no resist: nothing that absorbs or resists; something that light and developer end at
_CHORD = (0.1, 0.6)  # of a layer's thickness from an interface, between which the angle of its wall is read
_UPWARD_STEP = 1e-6  # m; depths at which light thrown back is sampled, between which it is interpolated (our choice)


@dataclass(frozen=True)
class ResistCut:
    """The resists of one cut in cells, from their top down.

    depth : edges of the rows [m], (rows + 1,), 0 at the highest top;  across : edges of the columns [m], (columns + 1,), from the axis out
    layer : (rows, columns), index of the resist in a cell, OPEN or SOLID
    path : index of the resist and thickness [m], from the top down, as the light crosses them on the field
    round : whether the cut is one of bodies of revolution about x = 0, or of what is the same along y and a mirror image about x = 0
    """

    depth: np.ndarray
    across: np.ndarray
    layer: np.ndarray
    path: tuple[tuple[int, float], ...]
    round: bool = True

    @property
    def rows(self) -> np.ndarray:
        """Heights of the rows [m]."""
        return np.diff(self.depth)

    @property
    def middles(self) -> tuple[np.ndarray, np.ndarray]:
        """Depth of the rows' and place of the columns' middles [m]."""
        return (self.depth[1:] + self.depth[:-1]) / 2, (self.across[1:] + self.across[:-1]) / 2

    @property
    def floor(self) -> np.ndarray:
        """Depth at which the first solid begins in every column [m]; the deepest edge where none does."""
        solid = self.layer == SOLID
        return self.depth[np.where(solid.any(axis=0), solid.argmax(axis=0), len(self.layer))]


def flat_cut(thicknesses: Sequence[float], width: float, spacing: float, *, round: bool = True) -> ResistCut:
    """Flat layers, from the top down, over one row of solid.

    Parameters
    ----------
    thicknesses : of the layers, top first [m]
    width : of the cut [m], from the axis
    spacing : [m], largest height and width of a cell; every layer is divided evenly
    round : as in ResistCut

    Returns
    -------
    ResistCut; its layers are numbered as given.

    >>> cut = flat_cut([2e-6, 1e-6], 4e-6, 1e-6)
    >>> cut.layer[:, 0].tolist(), (cut.depth * 1e6).round(6).tolist()
    ([0, 0, 1, -2], [0.0, 1.0, 2.0, 3.0, 4.0])
    """
    counts = [max(1, int(np.ceil(t / spacing - 1e-9))) for t in thicknesses]
    rows = np.concatenate([*(np.full(n, t / n) for n, t in zip(counts, thicknesses, strict=True)), [spacing]])
    kinds = np.concatenate([*(np.full(n, i) for i, n in enumerate(counts)), [SOLID]])
    columns = max(1, int(np.ceil(width / spacing - 1e-9)))
    depth = np.concatenate([[0.0], np.cumsum(rows)])
    layer = np.repeat(kinds[:, None], columns, axis=1)
    return ResistCut(depth, np.linspace(0.0, width, columns + 1), layer, tuple(enumerate(thicknesses)), round)


@dataclass(frozen=True)
class Image:
    """The light in a cut before anything absorbs it, and what the floor throws back, relative to the open field's.

    down, upward : (lines, rows, columns) [1]; upward None where the floor throws nothing back
    floor : its reflectance [1], (lines, columns)
    """

    down: np.ndarray
    upward: np.ndarray | None
    floor: np.ndarray


def image_of(
    cut: ResistCut, resists: Sequence[ResistParameters], mask: RoundMask | LinearMask, light: Light, *, floor: np.ndarray | float = 0.0
) -> Image:
    """The image of a mask in all resists of a cut, and its way back from the floor.

    Parameters
    ----------
    cut : whose layers the light crosses
    resists : parameters by index
    mask : round about the axis, or in one plane
    light : Light
    floor : reflectance of the floor [1], (lines, columns) or one number

    Returns
    -------
    Image.
    """
    depths, at = cut.middles
    layers = _layers(cut, resists)
    floor = np.broadcast_to(np.asarray(floor, float), (len(light.wavelengths), len(at)))
    down = _seen(mask, light, depths, at, layers)
    if not np.any(floor > 0.0):
        return Image(down, None, floor)
    bottom = cut.floor
    sampled = np.arange(bottom.min(), 2 * bottom.max() + _UPWARD_STEP, _UPWARD_STEP)
    there_and_back = _seen(mask, light, sampled, at, (*layers, *reversed(layers)))
    return Image(down, _at_depths(sampled, there_and_back, 2 * bottom - depths[:, None]), floor)


def latent_image(
    cut: ResistCut, resists: Sequence[ResistParameters], image: Image, light: Light, dose: float, *, surface: bool = True,
    before: np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
    """What one exposure leaves of the photoactive compound (or of the acid generator) in all resists of a cut, (rows, columns) [1].

    I_i(x, z) = D_i(x, z) exp(-int (A_i m + B_i) dz'), dm/dt = -m sum_i C_i I_i: the image D_i of every line without absorption, weakened
    along the depth of its own column, plus what the floor throws back. Valid where a resist absorbs little within one Fresnel length.

    Parameters
    ----------
    cut : ResistCut
    resists : parameters by index
    image : from `image_of`
    light : Light
    dose : incident, in a large open field [J/m^2]
    surface : whether the resist's surface throws its share of the incident dose back (Fresnel); without it the dose is that inside
    before : what earlier exposures left, (rows, columns) [1]
    """
    weights = np.array(light.weights)
    if surface:
        weights = weights * entering(resists[cut.path[0][0]].refractive_index, light)
    a, b, c = (np.array([[getattr(r, name)[i] for r in resists] for i in range(len(weights))]) for name in "abc")
    found = exposed(
        image.down, cut.rows, dose * weights.sum(), cut.layer, a, b, c,
        weights=weights / weights.sum(), upward=image.upward, reflectance=image.floor, inhibitor=before,
    )  # fmt: skip
    return found.inhibitor


def image_at(
    cut: ResistCut, resists: Sequence[ResistParameters], mask: RoundMask | LinearMask, light: Light, depths: np.ndarray, at: np.ndarray
) -> np.ndarray:
    """Relative intensity of the whole lamp at some depths and places, before anything absorbs.

    Parameters
    ----------
    cut : whose layers the light crosses
    resists : parameters by index
    mask : round about the axis, or in one plane
    light : Light
    depths : below the resists' top [m], (n,), ascending
    at : places [m], (m,)

    Returns
    -------
    (n, m) [1].
    """
    layers = _layers(cut, resists)
    return np.tensordot(np.array(light.weights), _seen(mask, light, depths, at, layers), axes=1)


def _layers(cut: ResistCut, resists: Sequence[ResistParameters]) -> tuple[tuple[float, tuple[float, ...]], ...]:
    """Thickness and index on the light's way; neighbours of one index are one layer, so that dividing a layer changes no digit."""
    found: list[tuple[float, tuple[float, ...]]] = []
    for i, thickness in cut.path:
        index = resists[i].refractive_index
        if found and found[-1][1] == index:
            thickness += found.pop()[0]
        found.append((thickness, index))
    return tuple(found)


def entering(index: Sequence[float] | float, light: Light) -> np.ndarray:
    """Share of every line that enters a resist through its surface and a cover film, at normal incidence.

    Parameters
    ----------
    index : of the resist [1], one or one a line
    light : Light

    Returns
    -------
    (lines,) [1].
    """
    inside = np.broadcast_to(np.asarray(index, float), (len(light.wavelengths),))
    if light.cover is None:
        return 1.0 - reflectance(1.0, inside, 0.0)
    return (1.0 - reflectance(1.0, light.cover[1], 0.0)) * (1.0 - reflectance(light.cover[1], inside, 0.0))


def _seen(mask, light: Light, depths: np.ndarray, at: np.ndarray, layers) -> np.ndarray:
    if light.kind == "stepper":
        lens = {"numerical_aperture": light.numerical_aperture, "coherence": light.coherence, "focus": light.focus}
        image = projection(mask, depths, light.wavelengths, at=at, layers=layers, **lens)
    else:
        way = {"divergence": light.divergence, "cover": light.cover}
        image = proximity(mask, light.gap, depths, light.wavelengths, at=at, layers=layers, **way)
    return np.maximum(image, 0.0)  # where it is dark, sums and interpolation in depth leave some 1e-6 on either side of nothing


def _at_depths(sampled: np.ndarray, image: np.ndarray, depths: np.ndarray) -> np.ndarray:
    """The image (lines, sampled, columns) at depths (rows, columns), interpolated."""
    place = np.clip((depths - sampled[0]) / (sampled[1] - sampled[0]), 0.0, len(sampled) - 1.000001)
    low = place.astype(int)
    part = place - low
    column = np.arange(image.shape[2])[None, :]
    return (1.0 - part) * image[:, low, column] + part * image[:, low + 1, column]


@dataclass(frozen=True)
class Development:
    """When the developer reaches every place of a cut.

    time : [s] at the cells' corners, (rows + 1, columns + 1), inf where it never comes;  rate : of every cell [m/s]
    """

    cut: ResistCut
    time: np.ndarray
    rate: np.ndarray

    def time_to_floor(self, column: int) -> float:
        """Time at which the developer has gone through all resists that it attacks beside a column edge [s]."""
        rows = np.flatnonzero(_touched((self.rate > 0.0) & np.isfinite(self.rate))[:, column])
        return float(self.time[rows[-1], column]) if len(rows) else 0.0

    def of_layer(self, index: int) -> np.ndarray:
        """The times at the corners of one resist's cells [s], everywhere else those of the nearest such corner.

        So an outline of the dissolved part can be cut with the resist's true outline, which no grid follows.
        """
        own = _touched(self.cut.layer == index)
        if not own.any():
            raise PatterningError(f"the cut holds no cell of resist {index}")
        nearest = distance_transform_edt(~own, return_distances=False, return_indices=True)
        return self.time[tuple(nearest)]

    def dissolved(self, index: int, at: float) -> shapely.MultiPolygon:
        """What is gone of one resist after a time [s], as outlines over (x, -depth) [m]; beyond the resist's own cells it runs on."""
        # nothing is solid here: where the layer is not, its times run on, and its own outline cuts what is too much
        anywhere = np.ones_like(self.rate)
        region = developed(self.of_layer(index), self.cut.depth, self.cut.across, at, rate=anywhere)
        return shapely.transform(region, lambda points: points * np.array([1.0, -1.0]))

    def wall(self, index: int, depth: float, at: float, *, outer: bool = False) -> float:
        """Where the wall of one resist stands at a depth after a time [m]: nan where all or nothing of it is dissolved there.

        The innermost edge between dissolved and not (the outermost with `outer`), on the straight line between corners.
        """
        times, edges = self.of_layer(index), self.cut.depth
        row = min(max(int(np.searchsorted(edges, depth, side="right")) - 1, 0), len(edges) - 2)
        part = (depth - edges[row]) / (edges[row + 1] - edges[row])
        along = times[row] if part == 0.0 else times[row + 1] if part == 1.0 else (1.0 - part) * times[row] + part * times[row + 1]
        gone = along <= at
        steps = np.flatnonzero(gone[1:] != gone[:-1])
        if not len(steps):
            return float("nan")
        i = steps[-1] if outer else steps[0]
        fast, slow = (i, i + 1) if gone[i] else (i + 1, i)
        share = 0.0 if not np.isfinite(along[slow]) else (at - along[fast]) / (along[slow] - along[fast])
        return float(self.cut.across[fast] + share * (self.cut.across[slow] - self.cut.across[fast]))

    def shelf(self, upper: int, lower: int, depth: float, at: float) -> float:
        """Width of the shelf at the interface of two resists [m], negative for an overhang of the upper one; nan where a wall is missing.

        What runs on from the foot of the upper wall at less than 45 degrees and less than half the upper wall's own angle, read from row
        to row; of an overhang, the same against the lower wall.
        """
        edges = self.cut.depth
        start = self.wall(upper, depth, at)
        down, up = edges[edges > depth + 1e-12], edges[edges < depth - 1e-12][::-1]
        below = self._flat_run(lower, start, down, depth, at, self._steepest(upper, up, depth, at, 1.0))
        above = self._flat_run(upper, start, up, depth, at, self._steepest(lower, down, depth, at, -1.0))
        return below if below > 0.0 or not np.isfinite(above) else -above

    def _steepest(self, index: int, depths: np.ndarray, depth: float, at: float, up: float) -> float:
        """Steepest slope of a shelf that ends at a resist's wall."""
        own = depths[self._rows_of(index, depths, depth)]
        if not len(own):
            return 1.0
        height = abs(own[-1] - depth)
        near, far = (self.wall(index, depth - up * part * height, at, outer=True) for part in _CHORD)
        outwards = up * (far - near)
        if not outwards > 0:
            return 1.0
        return float(np.tan(min(np.pi / 4, 0.5 * np.arctan2((_CHORD[1] - _CHORD[0]) * height, outwards))))

    def _rows_of(self, index: int, depths: np.ndarray, depth: float) -> np.ndarray:
        """Which of some depths lie in a resist on the field."""
        start = 0.0
        for layer, thickness in self.cut.path:
            if layer == index:
                return (depths >= start - 1e-12) & (depths <= start + thickness + 1e-12)
            start += thickness
        return np.zeros(len(depths), bool)

    def _flat_run(self, index: int, start: float, depths: np.ndarray, depth: float, at: float, steepest: float) -> float:
        """How far a resist's wall runs inwards from the interface before it turns steep [m]."""
        x, z = start, depth
        for here in depths:
            wall = self.wall(index, here, at)
            if not steepest * (x - wall) >= abs(here - z):
                break
            x, z = wall, here
        return start - x


def development(
    cut: ResistCut, resists: Sequence[ResistParameters], photoactive: np.ndarray, *, developed_resists: Sequence[bool] | None = None
) -> Development:
    """When the developer reaches every place of a cut after an exposure: |grad t| = 1 / R.

    R follows from what the exposure and the bakes left of the inhibitor (or have cross-linked) by every resist's own rate law; below a
    resist's own top it is slowed by its surface inhibition.

    Parameters
    ----------
    cut : ResistCut
    resists : parameters by index
    photoactive : from `latent_image` [1], (rows, columns)
    developed_resists : which of the resists the developer attacks; all without it

    Returns
    -------
    Development.
    """
    rate = np.where(cut.layer == OPEN, np.inf, 0.0)
    spacing = (cut.rows, np.diff(cut.across))
    for index, resist in enumerate(resists):
        own = cut.layer == index
        if not own.any() or (developed_resists is not None and not developed_resists[index]):
            continue
        soluble = resist.developable(photoactive, spacing, axis_of_symmetry=cut.round, inside=own)
        below = np.maximum(cut.middles[0][:, None] - cut.depth[own.argmax(axis=0)], 0.0)
        rate[own] = resist.dissolution(soluble, below)[own]
    return Development(cut, arrival(rate, spacing), rate)


def _touched(cells: np.ndarray) -> np.ndarray:
    """Corners that touch any of some cells."""
    corners = np.zeros((cells.shape[0] + 1, cells.shape[1] + 1), bool)
    for low in (slice(None, -1), slice(1, None)):
        for left in (slice(None, -1), slice(1, None)):
            corners[low, left] |= cells
    return corners
