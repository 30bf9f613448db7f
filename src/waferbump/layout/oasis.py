"""OASIS, read in a process of its own: a damaged file may take that process down, never this one.

gdstk follows the table numbers of an OASIS file without checking them, so corrupt bytes end in a segmentation fault or in
an allocation without end. The reading process has a limit on time and memory, and hands back plain arrays.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np

from .flatten import Drawn, Layer, flattened
from .limits import LayoutError, Limits

_SMALLEST_UNIT, _LARGEST_UNIT = 1e-12, 1e-5  # m, as for GDSII
_END, _END_SIZE = 2, 256  # an OASIS file's last record, END, is padded to just this size
_REFUSED = 3
_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from waferbump.layout.oasis import read_here; read_here(*sys.argv[2:])"


def drawn_in_own_process(data: bytes, file: str, *, wanted: list[Layer] | None, cell: str | None, limits: Limits,
                         lines: list[Layer] | tuple[Layer, ...] = ()) -> Drawn:
    """Read an OASIS stream in a short-lived process and return what it draws.

    Parameters
    ----------
    data : the whole stream [byte]
    file : the file's name, for the messages
    wanted : layers to expand, (layer, datatype); None for all
    cell : the cell to take; None for the only top cell that draws anything
    limits : time, memory and counts at most
    lines : layers whose paths are taken as lines

    Raises
    ------
    LayoutError : whatever the reader refuses, and whatever ends it: a crash, too much time, too much memory.
    """
    if len(data) <= _END_SIZE or data[-_END_SIZE] != _END:  # gdstk does not miss a cut-off end
        raise LayoutError(f"{file}: this OASIS file does not end with its END record (truncated copy?)")
    try:
        return _read_apart(data, file, {"wanted": wanted, "lines": list(lines), "cell": cell}, limits)
    except OSError as problem:
        raise LayoutError(f"{file}: cannot be unpacked in the temporary folder ({problem.strerror or problem})") from None


def _read_apart(data: bytes, file: str, asked: dict, limits: Limits) -> Drawn:
    with tempfile.TemporaryDirectory(prefix="waferbump-oasis-") as folder:
        stream, result = Path(folder, "stream.oas"), Path(folder, "drawn.npz")
        stream.write_bytes(data)
        request = json.dumps({"file": file, **asked, "limits": asdict(limits)})
        # the child finds its modules where this process found them, not where its own start-up would look
        command = [sys.executable, "-I", "-c", _START, json.dumps(sys.path), str(stream), str(result), request]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=limits.seconds, check=False)
        except subprocess.TimeoutExpired:
            raise LayoutError(f"{file}: reading this OASIS file took more than {limits.seconds:g} s; it is damaged or too large") from None
        if done.returncode == _REFUSED:
            raise LayoutError(done.stdout.decode("utf-8", "replace").strip().replace("\n", " ") or f"{file}: cannot be read")
        if done.returncode or not result.is_file():
            raise LayoutError(f"{file}: is damaged: the OASIS reader could not get through it; write the file out again")
        return _unpacked(result)


def read_here(stream: str, result: str, request: str) -> None:
    """The reading process itself: read `stream`, write the arrays to `result`, or say on standard output why not and leave with 3.

    Parameters
    ----------
    stream : the OASIS file
    result : the .npz file to write
    request : JSON with the file's name for messages, the wanted layers, the layers of lines, the cell and the limits
    """
    asked = json.loads(request)
    limits = Limits(**asked["limits"])
    _confine(limits)
    wanted = None if asked["wanted"] is None else {(int(layer), int(datatype)) for layer, datatype in asked["wanted"]}
    lines = {(int(layer), int(datatype)) for layer, datatype in asked["lines"]}
    try:
        drawn = _drawn(stream, asked["file"], wanted, asked["cell"], limits, lines)
        _pack(drawn, result)
    except LayoutError as problem:
        sys.stdout.buffer.write(str(problem).encode())
    except MemoryError:
        sys.stdout.buffer.write(f"{asked['file']}: needs more memory than the {limits.memory / 1024**3:g} GiB it may take".encode())
    else:
        return
    sys.stdout.flush()
    os._exit(_REFUSED)  # gdstk's own clean-up after a damaged file may crash


def _confine(limits: Limits) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits; the time limit still holds
        return
    most_of = {resource.RLIMIT_AS: limits.memory, resource.RLIMIT_CORE: 0, resource.RLIMIT_CPU: math.ceil(limits.seconds) + 1}
    for kind, most in most_of.items():
        try:
            _, hard = resource.getrlimit(kind)
            resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
        except (OSError, ValueError):
            continue  # a system that refuses one limit may grant the others


def _drawn(stream: str, file: str, wanted: set[Layer] | None, cell: str | None, limits: Limits, lines: set[Layer]) -> Drawn:
    import gdstk

    try:
        intact, checksum = gdstk.oas_validate(stream)
        unit = float(gdstk.oas_precision(stream))
        if intact is False:
            raise LayoutError(f"{file}: is damaged: its checksum is wrong ({checksum:#x}); copy it again")
        if not _SMALLEST_UNIT <= unit <= _LARGEST_UNIT:
            raise LayoutError(f"{file}: a database unit of {unit:g} m is absurd; layouts are drawn in 0.1 to 10 nm")
        library = gdstk.read_oas(stream, unit=unit)
        return flattened(library, file, wanted=wanted, cell=cell, limits=limits, lines=lines)
    except (LayoutError, MemoryError):
        raise
    except Exception as problem:  # whatever gdstk makes of a damaged file: each means that it cannot be read
        raise LayoutError(f"{file}: is not a readable OASIS file ({' '.join(str(problem).split())[:200]})") from None


def _pack(drawn: Drawn, result: str) -> None:
    layers = sorted(drawn.polygons)
    facts = {"cell": drawn.cell, "unit": drawn.unit, "counts": [[*layer, count] for layer, count in drawn.counts.items()],
             "layers": layers, "lines": sorted(drawn.lines), "labels": [[text, *layer, x, y] for text, layer, x, y in drawn.labels]}
    arrays = {"facts": np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8)}
    for number, layer in enumerate(layers):
        arrays[f"points{number}"], arrays[f"sizes{number}"] = drawn.polygons[layer]
    for number, layer in enumerate(sorted(drawn.lines)):
        arrays[f"spines{number}"], arrays[f"spine_sizes{number}"] = drawn.lines[layer]
    np.savez(result, **arrays)


def _unpacked(result: Path) -> Drawn:
    with np.load(result, allow_pickle=False) as arrays:
        facts = json.loads(arrays["facts"].tobytes())
        polygons = {tuple(layer): (arrays[f"points{number}"], arrays[f"sizes{number}"]) for number, layer in enumerate(facts["layers"])}
        lines = {tuple(layer): (arrays[f"spines{number}"], arrays[f"spine_sizes{number}"]) for number, layer in enumerate(facts["lines"])}
    counts = {(layer, datatype): count for layer, datatype, count in facts["counts"]}
    labels = tuple((text, (layer, kind), x, y) for text, layer, kind, x, y in facts["labels"])
    return Drawn(facts["cell"], facts["unit"], counts, polygons, labels, lines)
