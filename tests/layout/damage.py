"""Mask files with seeded damage, and the reading of them."""

from __future__ import annotations

import math
import os
import random
import struct
import subprocess
import sys
from pathlib import Path

import gdstk

from tests.layout import masks
from waferbump.layout import LayoutError, read_layout


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Bytes overwritten, bits flipped, pieces cut out, put in, doubled or cut off."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        if not out:
            break
        how, at = rng.random(), rng.randrange(len(out))
        if how < 0.6:
            out[at] = rng.randrange(256)
        elif how < 0.7:
            out[at] ^= 1 << rng.randrange(8)
        elif how < 0.8:
            del out[at : at + rng.choice((1, 2, 4, 16))]
        elif how < 0.9:
            out[at:at] = rng.randbytes(rng.choice((1, 2, 4)))
        elif how < 0.95:
            start = rng.randrange(len(out))
            out[at:at] = out[start : start + rng.randrange(64)]
        else:
            del out[at + 1 :]
    return bytes(out)


def mutated_before_the_end(data: bytes, rng: random.Random) -> bytes:
    """The same for all but an OASIS file's END record, so that its absence does not end every reading at once."""
    return mutated(data[:-256], rng) + data[-256:]


def mutated_inside_records(data: bytes, rng: random.Random) -> bytes:
    """Values changed and whole records dropped, doubled or swapped, so that every length stays right."""
    records, at = [], 0
    while at < len(data):
        length = struct.unpack_from(">H", data, at)[0]
        records.append(bytearray(data[at : at + length]))
        at += length
    for _ in range(rng.choice((1, 1, 2, 4))):
        how, place = rng.random(), rng.randrange(1, len(records) - 1)
        each = records[place]
        if how < 0.7 and len(each) > 4:
            each[rng.randrange(4, len(each))] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        elif how < 0.8:
            del records[place]
        elif how < 0.9:
            records.insert(place, bytearray(each))
        else:
            other = rng.randrange(1, len(records) - 1)
            records[place], records[other] = records[other], records[place]
    return b"".join(records)


def victim(folder: Path, name: str) -> bytes:
    """A small file with a bit of everything that a mask may hold."""
    mask = masks.library()
    bump = mask.new_cell("BUMP")
    bump.add(masks.polygon(40.0, 36, 20), masks.polygon(30.0, 36, 15))
    row = mask.new_cell("ROW")
    row.add(gdstk.Reference(bump, columns=3, rows=2, spacing=(150, 150)))
    mask.new_cell("TOP").add(
        gdstk.Reference(row), gdstk.Reference(bump, (900, 0), rotation=0.7, magnification=1.5),
        gdstk.Reference(bump, (1500, 0), x_reflection=True),
        gdstk.Reference(bump, (0, 900), rotation=math.pi / 2, columns=2, rows=2, spacing=(150, 200)),
        gdstk.Label("A1", (0, 0), layer=20),
        gdstk.FlexPath([(0, 0), (100, 0), (100, 70)], 5, layer=10, simple_path=True, ends="round"))
    return masks.written(mask, folder / name).read_bytes()


def hunt(tmp_path: Path, name: str, mutate, seeds: range) -> tuple[int, int]:
    """Read one mutated file a seed and count those read and those refused; anything else fails here."""
    data = victim(tmp_path, "victim" + os.path.splitext(name)[1])
    read = refused = 0
    path = tmp_path / name
    for seed in seeds:
        path.write_bytes(mutate(data, random.Random(seed)))
        try:
            layout = read_layout(path)
            anchor = next(iter(layout.layers))
            layout.report(anchor)
        except LayoutError as problem:
            refused += 1
            assert "\n" not in str(problem) and str(problem).startswith(str(path)), f"seed {seed}: {problem}"
        except Exception as problem:
            raise AssertionError(f"seed {seed}") from problem
        else:
            read += 1
    return read, refused


_HUNT = """
import pathlib, sys
from tests.layout import damage
print(*damage.hunt(pathlib.Path(sys.argv[1]), "mask.gds", getattr(damage, sys.argv[2]), range(int(sys.argv[3]), int(sys.argv[4]))))
"""


def hunt_apart(tmp_path: Path, mutate: str, seeds: range) -> tuple[int, int]:
    """The same for GDSII in a process of its own: a crash is then a failed test and not the end of all of them."""
    command = [sys.executable, "-c", _HUNT, str(tmp_path), mutate, str(seeds.start), str(seeds.stop)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    assert done.returncode == 0, done.stderr[-2000:]
    read, refused = done.stdout.split()
    return int(read), int(refused)
