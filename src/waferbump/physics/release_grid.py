"""A plan grid on which a reactant diffuses from windows into a thin layer and is used up at the front.

Baiocchi's transform w = integral of K c/c0 dt of the quasi-steady problem (laplace(c) = 0 behind the front, c = 0 on it, its speed
-K grad(c)/c0) obeys at every time t an obstacle problem, in which t is a mere parameter: w >= 0, and where w > 0 laplace(w) = 1; w = K t
in the windows, no flux through the layer's edge (Elliott and Janovsky, Proc. R. Soc. Edinb. A 88 (1981) 93, for Hele-Shaw flow).

Finite volumes: a square cell that the layer's edge cuts into several pieces holds several unknowns, which only meet where their common
face is open, so that no wall is leaked through however thin it is. Lengths are in cells here, w in cells squared.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from scipy.sparse import coo_array, csr_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import spsolve

_ON_FACE = 1e-7  # [cells] what lies this near a face lies on it, and what is smaller than this is none: round-off of the overlay is 1e-12
_SNAP = 2.0**-30  # [cells] common edges of a layer and a window are joined over this
_NARROWEST = 0.02  # [cells] least distance of a node from a window's edge: the conductance 1/distance stays finite; our choice
_EQUAL = 1e-9  # [parts of a cell] round-off: a front that stands right between two cells would else be moved to and fro for ever
_FEW_CELLS = 600  # on fewer the free boundary is found without a coarser grid first; our choice
_LARGEST = 1_000_000  # cells; our choice
_ROUNDS = 500  # on the coarsest grid the set grows by one cell a round, on all others by a few


class ReleaseError(ValueError):
    """A release that cannot be computed as asked; the message is one sentence that says why."""


@dataclass(frozen=True)
class PlanGrid:
    """A layer and its windows cut into the cells of a square grid.

    shapes : of the pieces, whole cells or parts of them;  column, row : the cell each piece lies in;  area : [cells^2]
    wetted : which pieces a window holds at its full concentration;  reached : which are connected with such a one
    laplacian : of all pieces, positive;  neighbours : per direction (east, north) pairs of pieces that share an open face
    """

    spacing: float
    origin: tuple[float, float]
    columns: int
    rows: int
    shapes: np.ndarray
    column: np.ndarray
    row: np.ndarray
    area: np.ndarray
    wetted: np.ndarray
    reached: np.ndarray
    laplacian: csr_array
    neighbours: tuple[np.ndarray, np.ndarray]

    @staticmethod
    def over(layer, windows, spacing: float) -> PlanGrid:
        """The grid of cells of `spacing` [m] over a layer (plan polygon [m]) and the windows in it or beside it."""
        if not (np.isfinite(spacing) and spacing > 0):
            raise ReleaseError(f"the spacing of a grid is a length above zero, not {spacing!r} m")
        x0, y0, x1, y1 = shapely.bounds(layer)
        columns, rows = (int(np.ceil((b - a) / spacing - 1e-9)) for a, b in ((x0, x1), (y0, y1)))
        if columns * rows > _LARGEST:
            raise ReleaseError(f"a grid of {columns} by {rows} cells is too fine for one layer")
        scaled = [shapely.transform(shape, lambda xy: (xy - np.array([x0, y0])) / spacing) for shape in (layer, windows)]
        body, window = (shapely.set_precision(shape, _SNAP) for shape in scaled)
        window = shapely.intersection(window, shapely.box(-2, -2, columns + 2, rows + 2))
        domain = shapely.union_all([body, window])
        shapes, column, row = _pieces(domain, columns, rows)
        node = _nodes(shapes, column, row)
        shapely.prepare(window)
        wetted = shapely.contains_xy(window, *node.T)
        east, north = (_open_faces(shapes, column, row, axis) for axis in (0, 1))
        first, second, open_part = (np.concatenate(both) for both in zip(east, north, strict=True))
        mixed = wetted[first] != wetted[second]
        rails = shapely.linestrings(np.stack([node[first[mixed]], node[second[mixed]]], axis=1))
        conductance = open_part.copy()
        conductance[mixed] /= np.maximum(_NARROWEST, shapely.length(shapely.difference(rails, window)) / shapely.length(rails))
        links = coo_array((conductance, (first, second)), shape=(len(shapes), len(shapes))).tocsr()
        links = links + links.T
        _, island = connected_components(links, directed=False)
        reached = np.isin(island, np.unique(island[wetted]))
        laplacian = csr_array(diags_array(links.sum(axis=1)) - links)
        area = shapely.area(shapes)
        pairs = tuple(np.column_stack(faces[:2]) for faces in (east, north))
        return PlanGrid(spacing, (x0, y0), columns, rows, shapes, column, row, area, wetted, reached, laplacian, pairs)

    @cached_property
    def centre_piece(self) -> np.ndarray:
        """The piece that holds the centre of each cell (-1: none), rows by columns."""
        found = np.full((self.rows, self.columns), -1)
        held = shapely.intersects_xy(self.shapes, self.column + 0.5, self.row + 0.5)
        held &= (self.column >= 0) & (self.column < self.columns) & (self.row >= 0) & (self.row < self.rows)
        found[self.row[held], self.column[held]] = np.flatnonzero(held)
        return found

    def depth(self) -> np.ndarray:
        """K t [cells^2] at which the last of each piece's surroundings is free if all is: -v of laplace(v) = 1, v = 0 in the windows."""
        free = np.flatnonzero(self.reached & ~self.wetted)
        depth = np.where(self.reached, 0.0, np.inf)
        if len(free):
            depth[free] = _solved(self.laplacian[free][:, free], self.area[free])
        return depth

    def front(self, supplied: float, guess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """w [cells^2] of each piece and the part of it that is eaten, for K t = `supplied` [cells^2]; `guess`: pieces expected behind.

        Primal-dual active set: the set behind the front loses pieces whose w would be negative and gains those that more reaches than
        they hold; for such a matrix it settles in finitely many rounds (Hintermueller, Ito, Kunisch, SIAM J. Optim. 13 (2002) 865).
        """
        open_to = self.reached & ~self.wetted
        behind = guess & open_to
        inflow_from_windows = -supplied * (self.laplacian @ self.wetted.astype(float))
        for _ in range(_ROUNDS):
            w = np.where(self.wetted, supplied, 0.0)
            inside = np.flatnonzero(behind)
            if len(inside):
                w[inside] = _solved(self.laplacian[inside][:, inside], inflow_from_windows[inside] - self.area[inside])
            eaten = np.ones(len(w))
            ahead = open_to & ~behind
            eaten[ahead] = -(self.laplacian @ w)[ahead] / self.area[ahead]
            following = (behind & (w > 0.0)) | (ahead & (eaten > 1.0 + _EQUAL))
            if (following == behind).all():
                return w, np.where(self.reached, np.clip(eaten, 0.0, 1.0), 0.0)
            behind = following
        raise ReleaseError("the front of the release did not settle on this grid")


def hierarchy(layer, windows, spacing: float) -> list[PlanGrid]:
    """Grids of a spacing, of twice that and so on, as long as they resolve the windows and have cells enough to be worth it.

    Parameters
    ----------
    layer : plan polygon or multipolygon [m]
    windows : plan polygons [m]
    spacing : of the first grid [m]
    """
    grids = [PlanGrid.over(layer, windows, spacing)]
    while len(grids[-1].shapes) > _FEW_CELLS and resolves(windows, 2 * grids[-1].spacing):
        grids.append(PlanGrid.over(layer, windows, 2 * grids[-1].spacing))
    return grids


def nested_front(grids: list[PlanGrid], supplied: float) -> tuple[np.ndarray, np.ndarray]:
    """Transform and filling of the pieces of the first of some grids, each started from the answer on the next coarser one.

    Parameters
    ----------
    grids : of `hierarchy`, each with its spacing [m]
    supplied : K t [m^2]

    Returns
    -------
    (w [cells^2], eaten part [1]), as of `PlanGrid.front`.
    """
    w, eaten = grids[-1].front(supplied / grids[-1].spacing ** 2, grids[-1].reached)
    for coarse, grid in itertools.pairwise(grids[::-1]):
        inside = np.zeros((coarse.rows + 4, coarse.columns + 4), dtype=bool)
        np.logical_or.at(inside, (coarse.row + 2, coarse.column + 2), eaten > 0.5)
        w, eaten = grid.front(supplied / grid.spacing**2, inside[grid.row // 2 + 2, grid.column // 2 + 2])
    return w, eaten


def resolves(windows, spacing: float) -> bool:
    """Whether every part of the windows is wide enough to hold a node of a grid: opened by 0.71 spacings it keeps its area.

    Parameters
    ----------
    windows : plan polygons [m]
    spacing : of the grid [m]
    """
    radius = spacing * np.sqrt(0.5)
    opened = shapely.buffer(shapely.buffer(windows, -radius, join_style="mitre"), radius, join_style="mitre", mitre_limit=10.0)
    return bool(shapely.area(shapely.intersection(opened, windows)) > 0.98 * shapely.area(windows))


def eaten_region(grid: PlanGrid, eaten: np.ndarray):
    """Contour of what is eaten [m]: half-filled on the corners of the cells, joined by straight lines, cut to each piece.

    A corner has the mean of the pieces that meet there through open faces. A front along the grid is met exactly so.

    Parameters
    ----------
    grid : with its spacing [m]
    eaten : part of each piece [1]
    """
    corners = _corner_means(grid, eaten)
    whole = corners.min(axis=1) >= 0.5
    parts = [*_whole_cells(grid, whole)]
    for piece in np.flatnonzero(~whole & (corners.max(axis=1) >= 0.5)).tolist():
        outline = _half_filled(corners[piece], grid.column[piece], grid.row[piece])
        parts += [shapely.intersection(polygon, grid.shapes[piece]) for polygon in outline]
    region = shapely.simplify(shapely.union_all(parts, grid_size=_SNAP), 1e-3)
    return shapely.transform(region, lambda xy: xy * grid.spacing + np.array(grid.origin))


def _corner_means(grid: PlanGrid, eaten: np.ndarray) -> np.ndarray:
    """Mean filling about the four corners (south-west and on, anticlockwise) of every piece's cell."""
    count = len(eaten)
    east, north = (csr_array((np.ones(len(p)), (p[:, 0], p[:, 1])), shape=(count, count)) for p in grid.neighbours)
    means = []
    for across, up in ((east.T, north.T), (east, north.T), (east, north), (east.T, north)):
        together = diags_array(np.ones(count)) + across + up + across @ up + up @ across
        together = csr_array(together)
        together.data[:] = 1.0
        means.append((together @ (eaten * grid.area)) / (together @ grid.area))
    return np.column_stack(means)


def _whole_cells(grid: PlanGrid, taken: np.ndarray) -> np.ndarray:
    """The shapes of some pieces, uncut cells that follow one another in a row joined to one box."""
    full = taken & (grid.area > 1.0 - _ON_FACE)
    order = np.flatnonzero(full)[np.lexsort((grid.column[full], grid.row[full]))]
    column, row = grid.column[order], grid.row[order]
    breaks = np.flatnonzero((np.diff(row) != 0) | (np.diff(column) != 1)) + 1
    starts, ends = np.append(0, breaks)[: len(order)], np.append(breaks, len(order))[: len(order)] - 1
    runs = shapely.box(column[starts], row[starts], column[ends] + 1, row[ends] + 1)
    return np.concatenate([runs, grid.shapes[taken & ~full]])


def _half_filled(values: np.ndarray, column: int, row: int) -> list:
    """The part of one cell where the filling, linear along its sides, is at least a half."""
    places = np.array([(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)], float)
    inside = values >= 0.5
    if inside.sum() == 2 and inside[0] == inside[2] and values.mean() < 0.5:  # a saddle whose middle stands: two separate corners
        return [piece for n in np.flatnonzero(inside) for piece in _half_filled(np.where(np.arange(4) == n, values, 0.0), column, row)]
    outline = []
    for here in range(4):
        there = (here + 1) % 4
        if inside[here]:
            outline.append(places[here])
        if inside[here] != inside[there]:
            part = (0.5 - values[here]) / (values[there] - values[here])
            outline.append(places[here] + part * (places[there] - places[here]))
    return [shapely.Polygon(outline)] if len(outline) > 2 else []


def _pieces(domain, columns: int, rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The parts of a shape in each cell, with the cell's column and row; a margin of two cells holds windows beside the layer."""
    column, row = (a.ravel() for a in np.meshgrid(np.arange(-2, columns + 2), np.arange(-2, rows + 2)))
    cells = shapely.box(column, row, column + 1, row + 1)
    rings = shapely.get_rings(shapely.get_parts(domain))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    edges = shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1)[ring[:-1] == ring[1:]])
    cut = np.unique(shapely.STRtree(cells).query(edges, predicate="intersects")[1])
    shapely.prepare(domain)
    whole = shapely.contains_xy(domain, column + 0.5, row + 0.5)
    whole[cut] = False
    parts, of = shapely.get_parts(shapely.intersection(cells[cut], domain), return_index=True)
    parts, deeper = shapely.get_parts(parts, return_index=True)
    of = of[deeper]
    kept = (shapely.get_type_id(parts) == 3) & (shapely.area(parts) > _ON_FACE)
    number = np.concatenate([np.flatnonzero(whole), cut[of[kept]]])
    return np.concatenate([cells[whole], parts[kept]]), column[number], row[number]


def _nodes(shapes: np.ndarray, column: np.ndarray, row: np.ndarray) -> np.ndarray:
    """A point in each piece: the cell's centre where the piece holds it."""
    centre = np.column_stack([column + 0.5, row + 0.5])
    outside = np.flatnonzero(~shapely.contains_xy(shapes, *centre.T))
    centre[outside] = shapely.get_coordinates(shapely.point_on_surface(shapes[outside]))
    return centre


def _open_faces(shapes: np.ndarray, column: np.ndarray, row: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of pieces (west, east), or (south, north) for axis 1, that touch along a face between two cells, and over what length."""
    rings, piece = shapely.get_rings(shapes, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[:-1] == ring[1:]
    start, end, piece = xy[:-1][same], xy[1:][same], piece[ring[:-1][same]]
    cell = np.column_stack([column, row])[piece, axis]
    along = 1 - axis

    def on(face: np.ndarray) -> tuple:
        """Stretches of the pieces' outlines on a face: number of the face, from, to, piece."""
        lies = (np.abs(start[:, axis] - face) < _ON_FACE) & (np.abs(end[:, axis] - face) < _ON_FACE)
        low, high = np.minimum(start, end)[lies, along], np.maximum(start, end)[lies, along]
        lane = np.column_stack([column, row])[piece[lies], along]
        return (face[lies] + 2) * 10_000_000 + lane + 2, low, high, piece[lies]

    key, low, high, before = on(cell + 1)
    other_key, other_low, other_high, after = on(cell)
    order = np.argsort(other_key, kind="stable")
    left, right = (np.searchsorted(other_key[order], key, side=side) for side in ("left", "right"))
    mine = np.repeat(np.arange(len(key)), right - left)
    theirs = order[np.arange(len(mine)) - np.repeat(np.cumsum(right - left) - (right - left), right - left) + np.repeat(left, right - left)]
    length = np.minimum(high[mine], other_high[theirs]) - np.maximum(low[mine], other_low[theirs])
    touching = length > _ON_FACE
    return before[mine[touching]], after[theirs[touching]], length[touching]


def _solved(matrix: csr_array, right: np.ndarray) -> np.ndarray:
    return np.atleast_1d(spsolve(matrix.tocsc(), right, permc_spec="MMD_AT_PLUS_A"))
