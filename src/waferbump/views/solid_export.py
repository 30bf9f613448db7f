"""What stands after a run as files of closed solids, in the colours of the drawings."""

from __future__ import annotations

from pathlib import Path

from waferbump.geometry.solid import solids
from waferbump.geometry.solid_files import write_gltf, write_stl
from waferbump.geometry.solid_step import write_step
from waferbump.materials import library
from waferbump.results import Run
from waferbump.state import listed

_UNITS = {".glb": "millimetres (a unit of the file is 1 mm, so that viewers do not clip it)", ".step": "millimetres", ".stp": "millimetres"}
_GRID = 1e-9  # m
_COARSE = 1e-7  # m; the CAD kernel takes seconds for every ten thousand faces, and a drawing shows no less (our choice)
ENDINGS = (".glb", ".stl", ".step", ".stp")


class ExportError(ValueError):
    """Solids that cannot be written as asked; one sentence that says why."""


def write_solids(
    run: Run, path: Path, *, step: str | None = None, array: tuple[int, int] = (1, 1)
) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Write the solids after a step (the last one if not given); return the files and what is to be said of their error.

    The ending says the format: .glb (glTF 2.0, a file unit is a millimetre), .stl (micrometres), .step or .stp (millimetres); a path
    without an ending becomes a folder of STL files, one a region. `array` copies (columns, rows) stand at the cell's pitch.
    """
    if path.suffix and path.suffix.lower() not in ENDINGS:
        raise ExportError(f"{path}: a name that ends in {path.suffix} is no format of solids; expected one of {', '.join(ENDINGS)}")
    if not path.parent.is_dir():
        raise ExportError(f"{path}: there is no folder {path.parent}")
    state = run.final
    if step is not None:
        try:
            state = run.step(step).state
        except KeyError as problem:
            raise ExportError(str(problem.args[0])) from problem
    pitch = run.recipe.cell.pitch
    kind = path.suffix.lower()
    stack, said = state.stack, (f"lengths in {_UNITS.get(kind, 'micrometres')}",)
    if stack is not None and array != (1, 1):
        x0, y0, x1, y1 = stack.window
        if max(abs(x1 - x0 - pitch), abs(y1 - y0 - pitch)) > _GRID:
            size = f"{(x1 - x0) * 1e6:.6g} x {(y1 - y0) * 1e6:.6g} um"
            raise ExportError(f"copies at the pitch of {pitch * 1e6:.6g} um do not join: views.window is {size}; make it as wide")
    if stack is not None and kind in (".step", ".stp"):
        stack, said = stack.simplified(_COARSE), (*said, f"plan outlines are simplified to {_COARSE * 1e6:g} um",)
    bodies = solids(stack, state.bump)
    try:
        if kind == ".glb":
            shades = {name: _shade(library()[name].colour) for name in {body.material for body in bodies}}
            write_gltf(path, bodies, shades, array=array, pitch=pitch)
            written = (path,)
        elif kind in (".step", ".stp"):
            write_step(path, bodies, array=array, pitch=pitch)
            written = (path,)
        else:
            written = write_stl(path, bodies, array=array, pitch=pitch)
    except ValueError as problem:
        raise ExportError(f"{path}: {problem}") from problem
    by_error: dict[str, list[str]] = {}
    for body in bodies:
        if body.error:
            by_error.setdefault(body.error, []).append(body.name)
    return written, (*said, *(f"{listed(names)}: {error}" for error, names in by_error.items()))


def _shade(colour: str) -> tuple[float, float, float, float]:
    """Red, green, blue and opacity [1] of a colour such as "#c08040"."""
    return (*(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)), 1.0)
