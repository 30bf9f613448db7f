"""Solids as files: binary glTF 2.0 for viewers, binary STL for everything that knows triangles only.

Each writer writes beside its target and moves the result into place, so that a failing one leaves what was there.
"""

from __future__ import annotations

import json
import re
import secrets
import struct
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from waferbump.geometry.partition import GeometryError
from waferbump.geometry.solid import Solid

GLTF_UNITS_PER_METRE = 1e3  # viewers clip what is smaller than about a millimetre, so a millimetre is one of glTF's units
STL_UNITS_PER_METRE = 1e6
MOST_STL_TRIANGLES = 2**32 - 1  # the file counts them in 32 bits
_TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_BLOCK = 2**14  # triangles written at a time, 0.8 MB, so that they stay in the processor's cache
_FLOAT, _UINT16, _UINT32, _ARRAY, _INDICES = 5126, 5123, 5125, 34962, 34963  # names of kinds in the glTF 2.0 specification, 5.1 and 5.11
_UPRIGHT = (-(0.5**0.5), 0.0, 0.0, 0.5**0.5)  # a quarter turn about x: our z is glTF's y


def sites(array: tuple[int, int] = (1, 1), pitch: float | tuple[float, float] | None = None) -> np.ndarray:
    """Centres (x, y) [m] of an array of `array` columns and rows at `pitch` [m] (one, or along x and y), about the origin: (n, 2).

    >>> sites((2, 1), 100e-6).tolist()
    [[-5e-05, 0.0], [5e-05, 0.0]]
    """
    columns, rows = array
    if min(columns, rows) < 1 or columns != int(columns) or rows != int(rows):
        raise GeometryError(f"an array has one column and one row at least, not {columns} x {rows}")
    if pitch is None:
        if (columns, rows) != (1, 1):
            raise GeometryError(f"an array of {columns} x {rows} sites needs their pitch")
        return np.zeros((1, 2))
    across, along = pitch if isinstance(pitch, tuple) else (pitch, pitch)
    if not (0.0 < across < np.inf and 0.0 < along < np.inf):
        raise GeometryError(f"a pitch is a length above zero, not {pitch!r} m")
    x, y = np.meshgrid((np.arange(columns) - (columns - 1) / 2) * across, (np.arange(rows) - (rows - 1) / 2) * along)
    return np.column_stack([x.ravel(), y.ravel()])


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A path beside the target to write to; what is there when the block ends takes the target's place, and goes when it fails."""
    path = Path(path)
    if not path.parent.is_dir():
        raise GeometryError(f"there is no folder {str(path.parent)!r} to write {path.name!r} to")
    beside = path.with_name(f".{secrets.token_hex(6)}.{path.name}")
    try:
        yield beside
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def checked(solids: Collection[Solid]) -> tuple[Solid, ...]:
    """The solids, when there are any and all are closed."""
    solids = tuple(solids)
    if not solids:
        raise GeometryError("there is no solid to write")
    for solid in solids:
        if not solid.watertight:
            raise GeometryError(f"the surface of {solid.name!r} is not closed")
    return solids


def write_gltf(path: str | Path, solids: Sequence[Solid], colours: Mapping[str, tuple[float, float, float, float]], *,
               array: tuple[int, int] = (1, 1), pitch: float | tuple[float, float] | None = None) -> None:
    """Solids as binary glTF 2.0 (.glb): a mesh and a node for each region, under it a node for each site of the array.

    One unit of the file is a millimetre (glTF's own is the metre, in which viewers cut a bump away); the root node says so in its
    `extras`, and turns z up into y up. Normals are left out: the specification has viewers shade flat then.

    colours : by material, (red, green, blue, opacity) in 0..1, sRGB;  pitch : between the sites of the array [m]
    """
    solids, places = checked(solids), sites(array, pitch) * GLTF_UNITS_PER_METRE
    document, data = _document(solids, colours, places)
    text = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    size = sum(len(block) for block in data)
    with replacing(path) as beside, beside.open("wb") as file:
        file.write(struct.pack("<4sIIII", b"glTF", 2, 12 + 8 + len(text) + 8 + size, len(text), 0x4E4F534A) + text)
        file.write(struct.pack("<II", size, 0x004E4942))
        for block in data:
            file.write(block)


def _document(solids: Sequence[Solid], colours: Mapping, places: np.ndarray) -> tuple[dict[str, Any], list[bytes]]:
    materials = list(dict.fromkeys(solid.material for solid in solids))
    nodes: list[dict[str, Any]] = [{"name": "site" if len(places) == 1 else "array", "rotation": _UPRIGHT, "children": [],
                                    "extras": {"metres_per_unit": 1.0 / GLTF_UNITS_PER_METRE}}]
    meshes, accessors, views, data, offset = [], [], [], [], 0
    for mesh, solid in enumerate(solids):
        points = (solid.vertices * GLTF_UNITS_PER_METRE).astype("<f4")
        small = len(points) < 2**16 - 1  # the highest number is kept for a restart
        numbers = solid.triangles.astype("<u2" if small else "<u4")
        accessors += [
            {"bufferView": 2 * mesh, "componentType": _FLOAT, "count": len(points), "type": "VEC3",
             "min": points.min(axis=0).tolist(), "max": points.max(axis=0).tolist()},
            {"bufferView": 2 * mesh + 1, "componentType": _UINT16 if small else _UINT32, "count": numbers.size, "type": "SCALAR"},
        ]
        for block, target in ((points, _ARRAY), (numbers, _INDICES)):
            views.append({"buffer": 0, "byteOffset": offset, "byteLength": block.nbytes, "target": target})
            data.append(block.tobytes() + b"\0" * (-block.nbytes % 4))
            offset += len(data[-1])
        meshes.append({"name": solid.name, "primitives": [
            {"attributes": {"POSITION": 2 * mesh}, "indices": 2 * mesh + 1, "material": materials.index(solid.material)}]})
        node: dict[str, Any] = {"name": solid.name, "extras": {"region": solid.name, "material": solid.material, "error": solid.error}}
        nodes[0]["children"].append(len(nodes))
        nodes.append(node)
        if len(places) == 1:
            node["mesh"] = mesh
        else:
            node["children"] = list(range(len(nodes), len(nodes) + len(places)))
            nodes += [{"mesh": mesh, "translation": [x, y, 0.0]} for x, y in places.tolist()]
    document = {
        "asset": {"version": "2.0", "generator": "waferbump"},
        "scene": 0, "scenes": [{"nodes": [0]}], "nodes": nodes, "meshes": meshes,
        "materials": [_painted(material, colours) for material in materials],
        "accessors": accessors, "bufferViews": views, "buffers": [{"byteLength": offset}],
    }  # fmt: skip
    return document, data


def _painted(material: str, colours: Mapping[str, tuple[float, float, float, float]]) -> dict[str, Any]:
    if material not in colours:
        raise GeometryError(f"there is no colour for {material!r}")
    *colour, opacity = (float(part) for part in colours[material])
    if len(colour) != 3 or not all(0.0 <= part <= 1.0 for part in (*colour, opacity)):
        raise GeometryError(f"a colour is four numbers from 0 to 1, not {colours[material]!r}")
    # glTF's factors are linear: IEC 61966-2-1, the inverse of the sRGB transfer function
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
    paint: dict[str, Any] = {
        "name": material, "pbrMetallicRoughness": {"baseColorFactor": [*linear, opacity], "metallicFactor": 0.0, "roughnessFactor": 0.6},
    }  # fmt: skip
    return paint | ({"alphaMode": "BLEND"} if opacity < 1.0 else {})


def write_stl(path: str | Path, solids: Sequence[Solid], *, array: tuple[int, int] = (1, 1),
              pitch: float | tuple[float, float] | None = None) -> tuple[Path, ...]:
    """Solids as binary STL in micrometres, every site of the array written out: a `.stl` file with all of them, or a folder with one each.

    Any other path than `*.stl` is a folder, made when it is not there. Returns the files. The unit stands in the header, since STL has
    none of its own. Regions that touch have a face each where they do, so a file with all of them is a set of closed surfaces.

    pitch : between the sites of the array [m]
    """
    solids, places, path = checked(solids), sites(array, pitch) * STL_UNITS_PER_METRE, Path(path)
    if path.suffix.lower() == ".stl":
        _write_stl(path, solids, places)
        return (path,)
    path.mkdir(exist_ok=True)
    files = {solid.name: path / f"{re.sub(r'[^A-Za-z0-9._-]', '_', solid.name)}.stl" for solid in solids}
    if len(set(files.values())) < len(solids):
        raise GeometryError("two regions would be written to one file: their names differ in signs that no file name carries")
    for solid in solids:
        _write_stl(files[solid.name], (solid,), places)
    return tuple(files.values())


def _write_stl(path: Path, solids: Sequence[Solid], places: np.ndarray) -> None:
    count = len(places) * sum(len(solid.triangles) for solid in solids)
    if count > MOST_STL_TRIANGLES:
        raise GeometryError(f"{count} triangles are more than an STL file can count")
    corners = np.concatenate([solid.vertices[solid.triangles] for solid in solids]) * STL_UNITS_PER_METRE
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(across, axis=1, keepdims=True)
    block = np.zeros(len(corners), dtype=_TRIANGLE)
    block["normal"] = np.divide(across, length, out=np.zeros_like(across), where=length > 0.0)
    block["corners"] = corners
    with replacing(path) as beside, beside.open("wb") as file:
        file.write(b"waferbump; lengths in micrometres".ljust(80) + struct.pack("<I", count))
        for x, y in places:
            for first in range(0, len(block), _BLOCK):
                part = slice(first, first + _BLOCK)
                block["corners"][part, :, 0] = corners[part, :, 0] + x
                block["corners"][part, :, 1] = corners[part, :, 1] + y
                file.write(block[part].data)
