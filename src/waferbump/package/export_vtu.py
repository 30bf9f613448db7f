"""Meshes and results as VTU files (VTK's unstructured grids in XML), which ParaView and VTK open."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np

from ..geometry.mesh import Mesh
from .export_errors import ExportError

_LINE, _QUAD, _HEXAHEDRON = 3, 9, 12  # numbers of VTK's cells
_NAMES = {"float64": "Float64", "int64": "Int64", "uint8": "UInt8"}


@dataclass(frozen=True)
class _Group:
    """Cells of one part or interface: its key in the fields, its name, nodes (cells, k), widths [m], and VTK's number of the cell."""

    key: str | tuple[str, str]
    name: str
    material: str
    cells: np.ndarray
    widths: np.ndarray
    kind: int


def write_vtu(
    path: str | Path,
    mesh: Mesh,
    displacement: np.ndarray | None = None,
    *,
    cell_fields: Mapping[str, Mapping[str | tuple[str, str], np.ndarray]] | None = None,
    point_fields: Mapping[str, np.ndarray] | None = None,
) -> Path:
    """Write a mesh with its fields as a VTU file.

    x = X + u: points are the undeformed ones, and u is a field of vectors, by which ParaView's filter "Warp By Vector" moves them

    Parameters
    ----------
    path : of the file [-];  mesh : plane (x, z), drawn as (x, 0, z), or solid [m]
    displacement : u of the nodes [m], shape (nodes, d) or (at least nodes d,), d the mesh's dimension; what follows them is left out
    cell_fields : {name: {part: values}}, values of shape (elements,) or (elements, k) [as the caller's]; an interface goes by its
        (lower, upper) pair, values by face; cells of parts that are not named hold no number (NaN), which ParaView leaves blank
    point_fields : {name: values}, shape (nodes,) or (nodes, k) [as the caller's]

    Raises
    ------
    ExportError : a part that is not there, or values that do not fit its elements.

    Every cell carries `part` (a number), `width` [m]; names of parts and of their materials lie in the file's field data, in that order.
    Source: the file format of VTK 0.1 to 2.2, uncompressed base64 in line.
    """
    groups = [
        _Group(p.name, p.name, p.material, p.cells, p.widths, _QUAD if mesh.dimension == 2 else _HEXAHEDRON) for p in mesh.parts
    ] + [
        _Group((i.lower, i.upper), f"{i.upper} on {i.lower}", "", i.lower_nodes, i.widths, _LINE if mesh.dimension == 2 else _QUAD)
        for i in mesh.interfaces
    ]  # fmt: skip
    points = np.zeros((len(mesh.nodes), 3))
    points[:, [0, 2] if mesh.dimension == 2 else [0, 1, 2]] = mesh.nodes
    of_points = {name: _checked(name, values, len(points), "nodes") for name, values in (point_fields or {}).items()}
    if displacement is not None:
        of_points = {"displacement": _vectors(mesh, displacement), **of_points}
    counts = [len(g.cells) for g in groups]
    of_cells = {
        "part": np.repeat(np.arange(len(groups)), counts),
        "width": np.concatenate([np.asarray(g.widths, float) for g in groups]),
    }  # fmt: skip
    for name, given in (cell_fields or {}).items():
        of_cells[name] = _joined(name, given, groups)
    lines = [
        '<?xml version="1.0"?>',
        '<VTKFile type="UnstructuredGrid" version="1.0" byte_order="LittleEndian" header_type="UInt64">',
        "<UnstructuredGrid>",
        "<FieldData>",
        _strings("part names", [g.name for g in groups]),
        _strings("materials", [g.material for g in groups]),
        "</FieldData>",
        f'<Piece NumberOfPoints="{len(points)}" NumberOfCells="{sum(counts)}">',
        "<Points>", _array("points", points), "</Points>",
        "<Cells>",
        _array("connectivity", np.concatenate([np.asarray(g.cells, np.int64).ravel() for g in groups])),
        _array("offsets", np.cumsum(np.concatenate([np.full(len(g.cells), g.cells.shape[1], np.int64) for g in groups]))),
        _array("types", np.repeat(np.array([g.kind for g in groups], np.uint8), counts)),
        "</Cells>",
        "<PointData>", *(_array(name, values) for name, values in of_points.items()), "</PointData>",
        "<CellData>", *(_array(name, values) for name, values in of_cells.items()), "</CellData>",
        "</Piece>", "</UnstructuredGrid>", "</VTKFile>", "",
    ]  # fmt: skip
    path = Path(path)
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _vectors(mesh: Mesh, displacement: np.ndarray) -> np.ndarray:
    nodes, dimension = mesh.nodes.shape
    flat = np.asarray(displacement, float).ravel()
    if len(flat) < nodes * dimension:
        raise ExportError(f"displacements of {nodes} nodes in {dimension} directions are {nodes * dimension} numbers, not {len(flat)}")
    found = np.zeros((nodes, 3))
    found[:, [0, 2] if dimension == 2 else [0, 1, 2]] = flat[: nodes * dimension].reshape(nodes, dimension)
    return found


def _checked(name: str, values: np.ndarray, count: int, of: str) -> np.ndarray:
    values = np.asarray(values, float)
    if values.ndim not in (1, 2) or len(values) != count:
        raise ExportError(f"the field {name!r} has the shape {values.shape}, for {count} {of}")
    return values


def _joined(name: str, given: Mapping, groups: list[_Group]) -> np.ndarray:
    """A field over all cells, in the groups' order; NaN where it is not given."""
    if unknown := [key for key in given if key not in {g.key for g in groups}]:
        raise ExportError(f"the field {name!r} is given for {unknown[0]!r}, which the mesh does not have")
    found = {g.key: _checked(name, given[g.key], len(g.cells), f"cells of {g.name}") for g in groups if g.key in given}
    shapes = {values.shape[1:] for values in found.values()}
    if len(shapes) > 1:
        raise ExportError(f"the field {name!r} has values of different length: {', '.join(map(str, sorted(shapes)))}")
    shape = shapes.pop() if shapes else ()
    return np.concatenate([found.get(g.key, np.full((len(g.cells), *shape), np.nan)) for g in groups])


def _array(name: str, values: np.ndarray) -> str:
    values = np.ascontiguousarray(values)
    wide = f' NumberOfComponents="{values.shape[1]}"' if values.ndim == 2 else ""
    data = values.astype(values.dtype.newbyteorder("<")).tobytes()
    text = base64.b64encode(np.array([len(data)], "<u8").tobytes() + data).decode("ascii")
    return f'<DataArray type="{_NAMES[values.dtype.name]}" Name={quoteattr(name)}{wide} format="binary">{text}</DataArray>'


def _strings(name: str, texts: list[str]) -> str:
    """Strings as VTK keeps them: the codes of their letters, each closed by a zero."""
    codes = " ".join(str(code) for text in texts for code in (*text.encode("utf-8"), 0))
    return f'<Array type="String" Name={quoteattr(name)} NumberOfTuples="{len(texts)}" format="ascii">{codes}</Array>'
