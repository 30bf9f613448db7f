"""A plane cell as it stands under load: the deformed mesh in bands of colour, its undeformed outline behind."""

from __future__ import annotations

import base64
import math
import zlib
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from waferbump.geometry.mesh import Mesh
from waferbump.materials import library

from .package_axes import FAINT, GROUND, TEXT, line, number, opening, text
from .raster import Body, Camera, surfaces
from .shading import png
from .svg_paths import nice_step
from .wording import rounded

Window = tuple[float, float, float, float]
WIDTH = 470.0  # [px] of the drawing field
TALLEST = 400.0  # [px]
MOST = 300_000  # characters of a picture, beyond which it is drawn with coarser corners, and at last in pixels
# dark to bright and even in lightness: the corners of matplotlib's viridis (public domain, CC0)
_RAMP = ("#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725")
_BARE = "#aab1b6"  # parts without a value
_ACROSS, _FOOT, _HEAD = 118.0, 44.0, 26.0  # [px] for the colour bar, the scale bar, the title
_BANDS = 12
_LOOKS = (0.1, 0.4, None)  # roundness of corners [px], the first that is small enough; None: the colours as pixels
_FINE = 2  # pixels of that picture to a px
_DETAIL = 0.3  # of the mesh's width: a picture of a detail (our choice)
_ZERO_CELSIUS = 273.15  # K
_COUNTED = 0.995  # of the area in the window lies below the colour bar's end: corners where stress grows without end do not set it
_SHOWN = {"Pa": ("MPa", 1e6), "m": ("um", 1e-6), "1": ("", 1.0)}  # SI unit -> shown, and its size


def field_figure(
    mesh: Mesh,
    displacement: np.ndarray,
    values_by_part: Mapping[str, np.ndarray],
    *,
    magnify: float,
    title: str,
    unit: str,
    window: Window | None = None,
    faces: Mapping[tuple[str, str], np.ndarray] | None = None,
    top: float | None = None,
) -> str:
    """The deformed plane mesh as SVG, coloured by a value of every element.

    Parameters
    ----------
    mesh : in a plane
    displacement : of the nodes [m], x and z in turn, shape (nodes * 2 or more,) or (nodes, 2)
    values_by_part : {part: value of every element, SI}; parts left out are drawn grey
    magnify : how many times too large displacements are drawn [1]
    title : what the picture shows;  unit : of the values, SI ("Pa", "1")
    window : (x0, z0, x1, z1) of the undeformed mesh that is shown [m]; None: all
    faces : {(upper, lower) of a split interface: value of every face, or of all points of every face}, drawn as coloured lines
    top : value at the colour bar's end, SI; None: what 99.5 % of the coloured area in the window stay below

    Where bodies lie over one another across the plane, what conducts is in front: solder, then metals, then the rest, the narrower first.

    Raises
    ------
    ValueError : a mesh that is not plane, values that do not belong to it, or a window without any of it.
    """
    if mesh.dimension != 2:
        raise ValueError("a field is drawn of a plane mesh; a solid one goes to a viewer as VTU")
    moved = mesh.nodes + magnify * _two(mesh, displacement)
    for name, values in values_by_part.items():
        if len(values) != len(mesh.part(name).cells) or not np.all(np.isfinite(values)):
            raise ValueError(f"{title}: {name} has {len(mesh.part(name).cells)} elements, each of which needs one finite value")
    if window is None:
        low, high = mesh.nodes.min(0), mesh.nodes.max(0)
        window = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    owner, cells = _in_front(mesh, window)
    if not len(cells):
        raise ValueError(f"{title}: nothing of the mesh lies in the window")
    value = np.full(len(cells), np.nan)
    for k, part in enumerate(mesh.parts):
        if part.name in values_by_part:
            here = owner[:, 0] == k
            value[here] = np.asarray(values_by_part[part.name], float)[owner[here, 1]]
    edges = _face_values(mesh, faces or {}, window)
    most = _end(value, mesh.nodes[cells], edges) if top is None else top
    scale = min(WIDTH / (window[2] - window[0]), TALLEST / (window[3] - window[1]))
    for corner in _LOOKS:
        drawn = _drawn(mesh, moved, owner, cells, value, edges, most, corner, scale, window, magnify, title, unit)
        if len(drawn) <= MOST:
            break
    return drawn


def structure_window(mesh: Mesh, drawn: np.ndarray | None = None, *, margin: float = 0.06) -> Window:
    """A window on what stands between die and board [m], with a share of both around it.

    drawn : displacements as they are drawn [m], magnified, so that the joint's top stays in sight; None: free of load
    margin : of the mesh's width, above and below [1]
    """
    rise = 0.0 if drawn is None else max(0.0, float(_two(mesh, drawn)[mesh.sets["top"], 1].max()))
    die, top = mesh.nodes[mesh.sets["die_surface"]], mesh.nodes[mesh.sets["top"]]
    x0, x1 = float(mesh.nodes[:, 0].min()), float(mesh.nodes[:, 0].max())
    room = margin * (x1 - x0)
    return x0, float(die[:, 1].min()) - room, x1, float(top[:, 1].max()) + rise + room


def detail_window(mesh: Mesh, middle: tuple[float, float], width: float, *, ratio: float = 0.6) -> Window:
    """A window of some width [m] about a place (x, z) [m], moved to lie inside the mesh.

    ratio : of height to width [1]
    """
    low, high = mesh.nodes.min(0), mesh.nodes.max(0)
    size = np.minimum(np.array([width, ratio * width]), high - low)
    start = np.clip(np.asarray(middle) - size / 2, low, high - size)
    return float(start[0]), float(start[1]), float(start[0] + size[0]), float(start[1] + size[1])


def fitting_magnification(mesh: Mesh, displacement: np.ndarray, window: Window, *, share: float = 0.06) -> float:
    """A round magnification at which displacements reach about a share of the window's width, at least 1."""
    u = _two(mesh, displacement)
    inside = np.all((mesh.nodes >= window[:2]) & (mesh.nodes <= window[2:]), axis=1)
    largest = float(np.abs(u[inside]).max()) if inside.any() else 0.0
    wanted = share * (window[2] - window[0]) / largest if largest > 0.0 else 1.0
    return nice_step(wanted, down=True) if wanted > 1.0 else 1.0


def cell_figures(judged: Any) -> list[dict[str, str]]:
    """The pictures of a judged structure (`judging.Judged`) as {"svg", "says"}: its two ends, its line's worst place, what has parted."""
    mesh, found = judged.cell.mesh, judged.found
    figures = []
    for end, one in (("cold", found.cold), ("hot", found.hot)):
        magnify = fitting_magnification(mesh, one.u, structure_window(mesh))
        window = structure_window(mesh, magnify * one.u)
        title = f"Von Mises stress at the {end} end, {one.temperature - _ZERO_CELSIUS:.0f} degC"
        says = "In front: what conducts." if end == "cold" else ""
        svg = field_figure(mesh, one.u, one.stress, magnify=magnify, title=title, unit="Pa", window=window)
        figures.append({"svg": svg, "says": says})
    x0, x1 = float(mesh.nodes[:, 0].min()), float(mesh.nodes[:, 0].max())
    if found.last.line.part:
        window = detail_window(mesh, found.last.line.place, _DETAIL * (x1 - x0))
        title = "Where the line's strain is largest, cold end"
        svg = field_figure(mesh, found.cold.u, found.cold.stress, magnify=1.0, title=title, unit="Pa", window=window)
        says = f"Strain range of {100 * found.last.line.size:.3g} % in {found.last.line.part}."
        figures.append({"svg": svg, "says": says})
    pull = judged.pull
    if pull.cell.cohesive:
        mesh = pull.cell.mesh
        damage = {pair: block.damage for pair, block in pull.cell.cohesive.items()}
        magnify = fitting_magnification(mesh, pull.u, structure_window(mesh))
        title = f"Joints between layers, board displaced by {1e6 * pull.displacement[-1]:.3g} um"
        window = structure_window(mesh, magnify * pull.u)
        svg = field_figure(mesh, pull.u, {}, magnify=magnify, title=title, unit="1", window=window, faces=damage, top=1.0)
        figures.append({"svg": svg, "says": "Damage: 0 holds, 1 has parted."})
    return figures


def _two(mesh: Mesh, displacement: np.ndarray) -> np.ndarray:
    """Displacements by node, shape (nodes, 2), of all unknowns of a model."""
    return np.asarray(displacement, float).reshape(-1)[: mesh.nodes.size].reshape(-1, 2)


def _in_front(mesh: Mesh, window: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Of every place in the window the element in front: (number of its part, of the element), and its nodes."""
    known = library()
    rank, width, owner, cells = [], [], [], []
    for k, part in enumerate(mesh.parts):
        corners = mesh.nodes[part.cells]
        low, high = corners.min(1), corners.max(1)
        here = np.flatnonzero(
            (high[:, 0] > window[0]) & (low[:, 0] < window[2]) & (high[:, 1] > window[1]) & (low[:, 1] < window[3]) & (part.widths > 0.0)
        )
        classes = known[part.material].classes if part.material in known else ()
        rank.append(np.full(len(here), 0 if "solder" in classes else 1 if "metal" in classes else 2))
        width.append(part.widths[here])
        owner.append(np.stack([np.full(len(here), k), here], 1))
        cells.append(part.cells[here])
    rank, width, owner, cells = (np.concatenate(one) for one in (rank, width, owner, cells))
    order = np.lexsort((width, rank))
    _, first = np.unique(np.sort(cells[order], axis=1), axis=0, return_index=True)
    kept = np.sort(order[first])
    return owner[kept], cells[kept]


def _face_values(mesh: Mesh, faces: Mapping[tuple[str, str], np.ndarray], window: Sequence[float]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Nodes (faces, 2) of the upper sides and values (faces,) of the interfaces that are drawn."""
    found = []
    for pair in mesh.interfaces:
        values = faces.get((pair.upper, pair.lower))
        if values is None:
            continue
        worst = np.asarray(values, float).reshape(len(pair.upper_nodes), -1).max(1)
        places = mesh.nodes[pair.upper_nodes].mean(1)
        here = np.all((places >= window[:2]) & (places <= window[2:]), axis=1)
        found.append((pair.upper_nodes[here], worst[here]))
    return found


def _end(value: np.ndarray, corners: np.ndarray, edges: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """Value at the colour bar's end: nearly all of the coloured area stays below; of faces, the largest."""
    known = np.isfinite(value)
    largest = max((float(v.max()) for _, v in edges if len(v)), default=0.0)
    if known.any():
        diagonal = corners[known][:, 2] - corners[known][:, 0], corners[known][:, 3] - corners[known][:, 1]
        area = 0.5 * np.abs(diagonal[0][:, 0] * diagonal[1][:, 1] - diagonal[0][:, 1] * diagonal[1][:, 0])
        order = np.argsort(value[known])
        whole = np.cumsum(area[order])
        largest = max(largest, float(value[known][order][np.searchsorted(whole, _COUNTED * whole[-1])]))
    return largest if largest > 0.0 else 1.0


def _drawn(mesh, moved, owner, cells, value, edges, most, corner, scale, window, magnify, title, unit) -> str:
    """The picture, corners rounded to so many px or colours in pixels."""
    width, height = scale * (window[2] - window[0]), scale * (window[3] - window[1])
    full, tall = WIDTH + _ACROSS, height + _HEAD + _FOOT
    shown, size = _SHOWN.get(unit, (unit, 1.0))
    places = (moved - (window[0], window[3])) * (scale, -scale)
    rest = (mesh.nodes - (window[0], window[3])) * (scale, -scale)
    band = np.where(np.isfinite(value), _band_of(np.nan_to_num(value), most), -1)
    body = [_pixels(cells, band, places, width, height)] if corner is None else _bodies(cells, band, places, corner)
    corner = _LOOKS[1] if corner is None else corner
    present = np.unique(owner[:, 0])
    behind = "".join(_path(cells[owner[:, 0] == k], rest, corner) for k in present)
    lines = "".join(_path(cells[owner[:, 0] == k], places, corner) for k in present)
    cracks = []
    for nodes, values in edges:
        of_face = _band_of(values, most)
        for k in np.unique(of_face):
            data = "".join(f"M{a[0]:.1f} {a[1]:.1f}L{b[0]:.1f} {b[1]:.1f}" for a, b in places[nodes[of_face == k]])
            cracks.append(f'<path d="{data}" stroke="{_colour(k)}"/>')
    clip = f"f{zlib.crc32((lines + title).encode()):08x}"
    parts = [
        opening(f"{title}, displacements drawn {magnify:g} times", full, tall),
        f'<defs><clipPath id="{clip}"><rect width="{width:.1f}" height="{height:.1f}"/></clipPath></defs>',
        text(0, 14, title, bold=True),
        f'<g transform="translate(0 {_HEAD:g})"><g clip-path="url(#{clip})">',
        f'<path d="{behind}" fill="none" style="stroke:{FAINT}" stroke-width=".8" stroke-dasharray="4 3"/>',
        *body,
        f'<path d="{lines}" fill="none" style="stroke:{TEXT}" stroke-width=".6" stroke-opacity=".75"/>',
        f'<g fill="none" stroke-width="3.2">{"".join(cracks)}</g>' if cracks else "",
        f'</g><rect width="{width:.1f}" height="{height:.1f}" fill="none" style="stroke:{FAINT}" stroke-width=".6"/>',
        *_bar(width + 14, height, most / size, shown, float(np.nanmax(value)) / size if np.isfinite(value).any() else 0.0),
        *_foot(width, height, scale, magnify),
        "</g></svg>",
    ]
    return "".join(parts)


def _band_of(values: np.ndarray, most: float) -> np.ndarray:
    return np.clip((values / most * _BANDS).astype(int), 0, _BANDS - 1)


def _bodies(cells: np.ndarray, band: np.ndarray, places: np.ndarray, corner: float) -> list[str]:
    """The elements of every band as one path, each with a hair of its own colour so that no ground shines through between bands."""
    paths = []
    for k in np.unique(band):
        colour = _colour(k)
        stroke = f' stroke="{colour}" stroke-width=".5" stroke-linejoin="round"' if k >= 0 else ""
        paths.append(f'<path d="{_path(cells[band == k], places, corner)}" fill="{colour}"{stroke}/>')
    return paths


def _pixels(cells: np.ndarray, band: np.ndarray, places: np.ndarray, width: float, height: float) -> str:
    """The same as a picture of pixels, for meshes so fine that paths would be longer."""
    flat = np.column_stack([places[:, 0], -places[:, 1], np.zeros(len(places))])
    found = np.unique(band)
    bodies = [
        Body(str(k), flat, np.concatenate([cells[band == k][:, [0, 1, 2]], cells[band == k][:, [0, 2, 3]]]), _colour(k)) for k in found
    ]
    size = math.ceil(width * _FINE), math.ceil(height * _FINE)
    middle = (size[0] / 2 / _FINE, -size[1] / 2 / _FINE, 0.0)
    owner = surfaces(bodies, Camera(-math.pi / 2, math.pi / 2, middle, float(_FINE), *size)).owner
    ground = "#010203"  # a colour that no band has; let through
    palette = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in (*(_colour(k) for k in found), ground)], dtype=np.uint8)
    data = base64.b64encode(png(palette[owner], clear=ground)).decode()
    return f'<image width="{size[0] / _FINE:.1f}" height="{size[1] / _FINE:.1f}" href="data:image/png;base64,{data}"/>'


def _path(cells: np.ndarray, places: np.ndarray, corner: float) -> str:
    """Outline of some elements as path data: edges that run both ways cancel, the rest are joined to rings, [px] relative.

    Elements may lie over one another across the plane, so an edge may run several times one way and once the other.
    """
    if not len(cells):
        return ""
    start, end = cells.ravel(), np.roll(cells, -1, axis=1).ravel()
    low, high = np.minimum(start, end), np.maximum(start, end)
    _, first, number_of = np.unique(low * (len(places) + 1) + high, return_index=True, return_inverse=True)
    net = np.bincount(number_of, np.where(start < end, 1.0, -1.0) * (start != end)).astype(int)
    following: dict[int, list[int]] = {}
    for a, b, times in zip(low[first].tolist(), high[first].tolist(), net.tolist(), strict=True):
        if times:
            following.setdefault(a if times > 0 else b, []).extend([b if times > 0 else a] * abs(times))
    grid = np.rint(places / corner).astype(np.int64)
    texts = []
    while following:
        first = next(iter(following))
        ring, here = [first], first
        while here in following:
            onward = following[here].pop()
            if not following[here]:
                del following[here]
            here = onward
            if here == first:
                break
            ring.append(here)
        texts.append(_ring(grid[ring], corner))
    return "".join(texts)


def _ring(points: np.ndarray, corner: float) -> str:
    """A ring on the grid of corners as path data, without corners on a straight line."""
    points = points[np.any(points != np.roll(points, 1, axis=0), axis=1)]
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    points = points[before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0] != 0]
    if len(points) < 3:
        return ""
    steps = " ".join(f"{_short(dx * corner)} {_short(dy * corner)}" for dx, dy in np.diff(points, axis=0).tolist())
    return f"M{_short(points[0, 0] * corner)} {_short(points[0, 1] * corner)}l{steps}z".replace(" -", "-")


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"


def _colour(band: int) -> str:
    """Colour in the middle of a band of the ramp, by straight lines between its corners; of -1, that of bodies without a value."""
    if band < 0:
        return _BARE
    at = (band + 0.5) / _BANDS * (len(_RAMP) - 1)
    low = min(int(at), len(_RAMP) - 2)
    ends = [[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in _RAMP[low : low + 2]]
    return "#" + "".join(f"{round(a + (b - a) * (at - low)):02x}" for a, b in zip(*ends, strict=True))


def _bar(x: float, height: float, most: float, unit: str, largest: float) -> list[str]:
    """The colour bar, its end marked where values lie beyond it."""
    tall = min(height - 40.0, 240.0)
    top, step = 30.0, tall / _BANDS
    parts = [text(x, 12, unit)] if unit else []
    for k in range(_BANDS):
        y = top + tall - (k + 1) * step
        parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="16" height="{step + 0.3:.1f}" fill="{_colour(k)}"/>')
    jump = nice_step(most / 5)
    for k in range(math.floor(most / jump * (1 + 1e-9)) + 1):
        y = top + tall * (1 - k * jump / most)
        parts += [line(x + 16, y, x + 20, y, FAINT, width=0.8), text(x + 23, y + 3.5, number(k * jump), colour=FAINT)]
    if largest > most * (1 + 1e-6):
        parts.append(text(x, top - 6, f"up to {rounded(largest, 3)}", colour=FAINT))
    return parts


def _foot(width: float, height: float, scale: float, magnify: float) -> list[str]:
    """The scale bar and what the picture says of itself."""
    length = nice_step(width / scale / 5, down=True)
    y, bar = height + 16.0, length * scale
    name = f"{length * 1e6:g} um" if length < 1e-3 else f"{length * 1e3:g} mm"
    said = "displacements to scale" if magnify == 1.0 else f"displacements drawn {magnify:g} times, everything else to scale"
    return [
        f'<rect x="0" y="{y - 3:.1f}" width="{bar:.1f}" height="3" style="fill:{TEXT}"/>',
        f'<rect x="{bar:.1f}" y="{y - 4:.1f}" width="2" height="5" style="fill:{GROUND}"/>',
        text(bar + 8, y + 1, f"{name}; {escape(said)}"),
        text(0, y + 17, "dashed: where it lies free of load", colour=FAINT),
    ]
