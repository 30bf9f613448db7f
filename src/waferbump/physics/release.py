"""Release: a sacrificial layer eaten sideways by a reactant that diffuses in, and whether the freed part sticks as it dries."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import ArrayLike

from waferbump.physics.release_grid import PlanGrid, ReleaseError, eaten_region, hierarchy, nested_front, resolves

_STEPS = 24  # of a map of arrival, equal in the square root of time, in which a straight front moves evenly; our choice
_CLOSING = 5  # times more in the last step, each half as far from the end: a front that closes in on itself speeds up


def supply_constant(diffusivity: float, concentration: float, consumption: float) -> float:
    """Supply constant of an etch that waits for its reactant.

    K = D c0 / N

    Parameters
    ----------
    diffusivity : D [m^2/s], of the reactant in the liquid behind the front
    concentration : c0 [mol/m^3], of the reactant at the windows
    consumption : N [mol/m^3], reactant used up per volume of layer

    Returns
    -------
    K [m^2/s]. Valid while c0 is far below N, so that the reactant is in steady state behind a slow front.

    >>> round(supply_constant(1e-9, 1000.0, 50e3) * 1e12, 9)  # um^2/s
    20.0
    """
    if not (diffusivity > 0 and concentration > 0 and consumption > 0):
        raise ReleaseError("diffusivity, concentration and consumption of a release are above zero")
    return diffusivity * concentration / consumption


def straight_front_time(distance: ArrayLike, rate: float, supply: float) -> np.ndarray | float:
    """Time in which a straight front has gone a distance, by reaction and diffusion in series.

    t = x / rate + x^2 / (2 K): at the front the concentration falls until it feeds the front just as fast as it reacts. Exact in one
    dimension for a reaction of first order; in plan the two times do not add, and there this package computes one limit or the other.

    Parameters
    ----------
    distance : x [m], any shape
    rate : [m/s], etch rate at the windows' concentration; infinite leaves the reaction out
    supply : K [m^2/s]; infinite leaves diffusion out

    Returns
    -------
    t [s]. Source: Deal and Grove, J. Appl. Phys. 36 (1965) 3770, whose oxide is here the eaten length.

    >>> float(round(straight_front_time(100e-6, 1e-7, 1e-11), 6))
    1500.0
    """
    x = np.asarray(distance, float)
    if np.any(x < 0) or not (rate > 0 and supply > 0):
        raise ReleaseError("a front goes a distance that is not negative, at a rate and a supply above zero")
    return (x / rate + x * x / (2 * supply))[()]


def straight_front_distance(time: ArrayLike, rate: float, supply: float) -> np.ndarray | float:
    """Distance that a straight front has gone, by reaction and diffusion in series.

    x = 2 t / (1/rate + sqrt(1/rate^2 + 2 t / K)), the inverse of `straight_front_time`.

    Parameters
    ----------
    time : t [s], any shape
    rate : [m/s], etch rate at the windows' concentration; infinite leaves the reaction out
    supply : K [m^2/s]; infinite leaves diffusion out

    Returns
    -------
    x [m]: rate t for short times, sqrt(2 K t) for long ones.

    >>> float(round(straight_front_distance(1500.0, 1e-7, 1e-11) * 1e6, 9))
    100.0
    """
    t = np.asarray(time, float)
    if np.any(t < 0) or not (rate > 0 and supply > 0) or (np.isinf(rate) and np.isinf(supply)):
        raise ReleaseError("a front has a time that is not negative, and a rate and a supply above zero of which one is finite")
    slowness = 1 / rate + np.sqrt(1 / rate**2 + 2 * t / supply)
    return np.where(t > 0, 2 * t / np.where(slowness > 0, slowness, 1.0), 0.0)[()]


def diffusion_front(layer, windows, supply: float, time: float, spacing: float) -> shapely.MultiPolygon:
    """What of a layer is eaten after a time when the reactant's diffusion from the windows sets the pace.

    Behind the front laplace(c) = 0, c = c0 in the windows, c = 0 on the front, no flux through the layer's edge; the front's speed is
    K |grad(c)| / c0. One obstacle problem per time (see `release_grid`), on a square grid whose cells the layer's edge cuts exactly.

    Parameters
    ----------
    layer : plan polygon or multipolygon of the sacrificial layer [m]
    windows : plan polygons where the reactant enters [m]: holes over the layer, or open areas that its edge touches
    supply : K = D c0 / N [m^2/s]
    time : [s]
    spacing : of the grid [m]; each window has to be wider than 1.42 spacings

    Returns
    -------
    MultiPolygon [m], windows over the layer included. On discs of 70 um the front is within 0.1 spacings, and the released area's
    mean front within 0.05 spacings at 35 cells a radius, falling with the square of the spacing. A front less than two
    cells from its window is no better than half a cell.

    Raises
    ------
    ReleaseError : a window too narrow for the grid, a grid of more than a million cells, a quantity that is not positive.

    >>> strip, window = shapely.box(0, 0, 100e-6, 20e-6), shapely.box(-10e-6, 0, 0, 20e-6)
    >>> round(diffusion_front(strip, window, 1e-11, 180.0, 2e-6).bounds[2] * 1e6, 1)  # sqrt(2 K t)
    60.0
    """
    _check(supply, time)
    grids = _grids(layer, windows, spacing)
    _, eaten = nested_front(grids, supply * time)
    whole = shapely.union_all([eaten_region(grids[0], eaten), shapely.intersection(windows, layer)])
    parts = shapely.get_parts(shapely.get_parts(np.atleast_1d(shapely.intersection(whole, layer))))
    return shapely.MultiPolygon(list(parts[shapely.get_type_id(parts) == 3]))


def diffusion_time(layer, windows, supply: float, spacing: float) -> float:
    """Time after which a layer is eaten entirely when the reactant's diffusion from the windows sets the pace.

    t = max(v) / K with laplace(v) = -1 in the layer, v = 0 in the windows and no flux through the layer's edge: once all is free the
    obstacle problem has no obstacle left, and it was so from the moment its solution K t - v was nowhere negative.

    Parameters
    ----------
    layer : plan polygon or multipolygon of the sacrificial layer [m]
    windows : plan polygons where the reactant enters [m]
    supply : K = D c0 / N [m^2/s]
    spacing : of the grid [m]; each window has to be wider than 1.42 spacings

    Returns
    -------
    t [s], infinite if a piece of the layer is reached from no window. Within 0.1 % at 20 cells a radius (disc eaten from its rim),
    falling with the square of the spacing.

    Raises
    ------
    ReleaseError : as for `diffusion_front`.

    >>> strip, window = shapely.box(0, 0, 100e-6, 20e-6), shapely.box(-10e-6, 0, 0, 20e-6)
    >>> round(diffusion_time(strip, window, 1e-11, 2e-6), 0)  # L^2 / (2 K)
    500.0
    """
    _check(supply, 0.0)
    (grid,) = _grids(layer, windows, spacing, nested=False)
    return float(grid.depth().max() * grid.spacing**2 / supply)


def diffusion_arrival(layer, windows, supply: float, spacing: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """When a front that diffusion paces arrives, on a grid, for drawing.

    Fronts at 28 times, equally far apart in sqrt(t) but closer at the end; where one has just passed a node, its distance
    sqrt(2 w) is followed back to zero.

    Parameters
    ----------
    layer : plan polygon or multipolygon of the sacrificial layer [m]
    windows : plan polygons where the reactant enters [m]
    supply : K = D c0 / N [m^2/s]
    spacing : of the grid [m]; each window has to be wider than 1.42 spacings

    Returns
    -------
    (x, y, time): nodes [m] and times [s], time of shape (len(y), len(x)): 0 in windows, infinite where no window reaches, not a
    number outside the layer. On a disc within 2 % of the time to free it (0.3 % in the mean) at 40 cells a radius.

    Raises
    ------
    ReleaseError : as for `diffusion_front`.
    """
    _check(supply, 0.0)
    grids = _grids(layer, windows, spacing)
    grid = grids[0]
    depth = grid.depth()
    evenly, closing = np.arange(_STEPS) / _STEPS, 1 - 0.5 ** np.arange(1, _CLOSING) / _STEPS
    roots = np.sqrt(depth[grid.reached].max(initial=0.0)) * np.concatenate([evenly, closing, [1.0]])
    gone = np.array([_gone_by(*nested_front(grids, (root * grid.spacing) ** 2)) for root in roots[1:]])
    gone = np.vstack([np.full(len(depth), -0.5), gone])
    piece, last = np.arange(len(depth)), len(roots) - 1
    first = np.clip(np.argmax(gone > 0.0, axis=0), 1, last)
    second = np.minimum(first + 1, last)
    before, after, later = (gone[number, piece] for number in (first - 1, first, second))
    root = roots[first] - (roots[first] - roots[first - 1]) * after / np.where(after > before, after - before, np.inf)
    # where the front was not yet in the cell one time before, it is followed back from this time and the next
    followed = (before <= -0.5) & (later > after)
    back = (roots[second] - roots[first]) * after / np.where(followed, later - after, np.inf)
    root = np.where(followed, np.maximum(root, roots[first] - back), root)
    arrival = root**2 * grid.spacing**2 / supply
    arrival = np.where(grid.wetted, 0.0, np.where(grid.reached, arrival, np.inf))
    at = grid.centre_piece
    x, y = (start + grid.spacing * (0.5 + np.arange(n)) for start, n in zip(grid.origin, (grid.columns, grid.rows), strict=True))
    inside = (at >= 0) & shapely.intersects_xy(layer, *np.meshgrid(x, y))
    return x, y, np.where(inside, arrival[at], np.nan)


def _gone_by(w: np.ndarray, eaten: np.ndarray) -> np.ndarray:
    """How far the front has gone past each node [cells]: from the filling of its cell, then from w, which is half the square of it."""
    return np.where(w <= 0.0, eaten - 0.5, np.where(w < 1.0, 0.5 + w, np.sqrt(2.0 * np.maximum(w, 0.0) + 1.0 / 12.0)))


def _check(supply: float, time: float) -> None:
    if not (np.isfinite(supply) and supply > 0 and np.isfinite(time) and time >= 0):
        raise ReleaseError("a release has a finite supply above zero and a finite time that is not negative")


def _grids(layer, windows, spacing: float, nested: bool = True) -> list[PlanGrid]:
    if shapely.is_empty(layer) or shapely.area(layer) <= 0:
        raise ReleaseError("there is no sacrificial layer to release")
    if np.isfinite(spacing) and spacing > 0 and not shapely.is_empty(windows) and not resolves(windows, spacing):
        raise ReleaseError(f"a grid of {spacing * 1e6:.6g} um is too coarse for the etch windows")
    return hierarchy(layer, windows, spacing) if nested else [PlanGrid.over(layer, windows, spacing)]


def cantilever_elastocapillary_number(
    length: ArrayLike, width: ArrayLike, thickness: ArrayLike, gap: ArrayLike, modulus: float, surface_tension: float, contact_angle: float
) -> np.ndarray | float:
    """Elastocapillary number of a cantilever over a drying liquid: below 1 it is pulled down onto its substrate.

    N = 2 E g^2 t^3 / (9 gamma cos(theta) L^4 (1 + t/w))

    Parameters
    ----------
    length, width, thickness, gap : L, w, t, g [m]; arrays that broadcast
    modulus : E [Pa], Young's modulus
    surface_tension : gamma [N/m], of the rinse that dries last
    contact_angle : theta [rad], of the rinse on beam and substrate, between 0 and pi/2

    Returns
    -------
    N [1], above 1: the beam does not touch. Valid for thin beams (t, g below L/10) without residual bending. A beam wet over its whole
    length collapses below N = 1.92 already (its own equation solved, in the tests), so between 1 and 2 the drying decides.

    Raises
    ------
    ReleaseError : a length or modulus that is not positive, a contact angle at which nothing pulls down.

    Source: Mastrangelo and Hsu, J. Microelectromech. Syst. 2 (1993) 33; the factor 2/9 is cited from memory, the paper was not at hand.

    >>> float(cantilever_elastocapillary_number(100e-6, 20e-6, 2e-6, 2e-6, 160e9, 0.072, 0.0).round(3))
    0.144
    """
    elastic = _elastic(length, thickness, gap, modulus)
    return (2 / 9 * elastic / _capillary(surface_tension, contact_angle, thickness, width))[()]


def doubly_clamped_elastocapillary_number(
    length: ArrayLike, width: ArrayLike, thickness: ArrayLike, gap: ArrayLike, modulus: float, surface_tension: float,
    contact_angle: float, residual_stress: float = 0.0,
) -> np.ndarray | float:  # fmt: skip
    """Elastocapillary number of a beam clamped at both ends over a drying liquid: below 1 it is pulled down onto its substrate.

    N = 128 E g^2 t^3 / (15 gamma cos(theta) L^4 (1 + t/w)) (1 + 2 sigma L^2 / (7 E t^2)): the elastic energy of the shape
    g (1 - 4 x^2/L^2)^2, in bending and against the residual stress, over gamma cos(theta) (1 + t/w) times the beam's area.

    Parameters
    ----------
    length, width, thickness, gap : L, w, t, g [m]; arrays that broadcast
    modulus : E [Pa], Young's modulus
    surface_tension : gamma [N/m], of the rinse that dries last
    contact_angle : theta [rad], of the rinse on beam and substrate, between 0 and pi/2
    residual_stress : sigma [Pa], tension positive

    Returns
    -------
    N [1], above 1: the beam does not touch. The stretching of the middle plane is left out, which only helps the beam (by 0.35 g^2/t^2
    of the first term for this shape), so a gap above the thickness is judged too severely.

    Raises
    ------
    ReleaseError : as for a cantilever, and a compression under which the beam has buckled (N not positive).

    Source: Mastrangelo and Hsu, J. Microelectromech. Syst. 2 (1993) 33, cited from memory; both terms were derived again from the energy.
    """
    elastic = _elastic(length, thickness, gap, modulus)
    tension = 1 + 2 / 7 * residual_stress * np.asarray(length, float) ** 2 / (modulus * np.asarray(thickness, float) ** 2)
    if np.any(tension <= 0):
        raise ReleaseError("a beam under so much compression has buckled before it dries")
    return (128 / 15 * elastic * tension / _capillary(surface_tension, contact_angle, thickness, width))[()]


def cantilever_peel_number(
    length: ArrayLike, thickness: ArrayLike, gap: ArrayLike, modulus: float, work_of_adhesion: float
) -> np.ndarray | float:
    """Peel number of a cantilever whose tip touches its substrate: above 1 it comes free by its own stiffness.

    N = 3 E t^3 g^2 / (8 W L^4). The beam bent by a force at its tip holds U = E w t^3 g^2 / (8 L^3); it peels where -dU/dL > W w.

    Parameters
    ----------
    length, thickness, gap : L, t, g [m]; arrays that broadcast
    modulus : E [Pa], Young's modulus
    work_of_adhesion : W [J/m^2], between the dry surfaces (twice the surface energy of like ones, as far as they touch)

    Returns
    -------
    N [1]. Valid for a beam that touches with its tip alone; one that lies flat over a length first peels back to
    s = (3 E t^3 g^2 / (2 W))^(1/4) from its anchor, and comes free if s > L.

    Raises
    ------
    ReleaseError : a quantity that is not positive.

    Source: Mastrangelo and Hsu, J. Microelectromech. Syst. 2 (1993) 44, cited from memory; derived again as above.

    >>> float(cantilever_peel_number(100e-6, 2e-6, 2e-6, 160e9, 0.01).round(2))
    1.92
    """
    return (3 / 8 * _elastic(length, thickness, gap, modulus) / _above_zero(work_of_adhesion, "the work of adhesion"))[()]


def doubly_clamped_peel_number(
    length: ArrayLike, thickness: ArrayLike, gap: ArrayLike, modulus: float, work_of_adhesion: float
) -> np.ndarray | float:
    """Peel number of a beam clamped at both ends whose middle touches: above 1 it comes free by its own stiffness.

    N = 128 E t^3 g^2 / (5 W L^4). The shape g (1 - 4 x^2/L^2)^2 holds U = 128 E w t^3 g^2 / (15 L^3); it peels where -dU/dL > W w.

    Parameters
    ----------
    length, thickness, gap : L, t, g [m]; arrays that broadcast
    modulus : E [Pa], Young's modulus
    work_of_adhesion : W [J/m^2], between the dry surfaces

    Returns
    -------
    N [1]. Valid without residual stress (tension helps, compression harms) and for g below t, where the middle plane hardly stretches.

    Raises
    ------
    ReleaseError : a quantity that is not positive.

    Source: Mastrangelo and Hsu, J. Microelectromech. Syst. 2 (1993) 44, cited from memory; derived again as above. Two straight halves
    that each end in a clamp on the substrate give 24 in the place of 128/5.
    """
    return (128 / 5 * _elastic(length, thickness, gap, modulus) / _above_zero(work_of_adhesion, "the work of adhesion"))[()]


def _above_zero(value: ArrayLike, what: str) -> np.ndarray:
    value = np.asarray(value, float)
    if not (np.isfinite(value).all() and (value > 0).all()):
        raise ReleaseError(f"{what} is finite and above zero")
    return value


def _elastic(length: ArrayLike, thickness: ArrayLike, gap: ArrayLike, modulus: float) -> np.ndarray:
    """E g^2 t^3 / L^4 [J/m^2]."""
    lengths = (_above_zero(value, what) for value, what in ((length, "a length"), (thickness, "a thickness"), (gap, "a gap")))
    long, thick, free = lengths
    return _above_zero(modulus, "a modulus") * free**2 * thick**3 / long**4


def _capillary(surface_tension: float, contact_angle: float, thickness: ArrayLike, width: ArrayLike) -> np.ndarray:
    """Gamma cos(theta) (1 + t/w) [J/m^2]."""
    if not 0.0 <= contact_angle < np.pi / 2:
        raise ReleaseError("a drying liquid pulls down only at a contact angle below a right angle")
    slender = 1 + np.asarray(thickness, float) / _above_zero(width, "a width")
    return _above_zero(surface_tension, "a surface tension") * np.cos(contact_angle) * slender
