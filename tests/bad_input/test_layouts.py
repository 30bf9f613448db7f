"""Mask files that are not what they seem: each ends in one line that names the file, never in a traceback or a crash."""

from __future__ import annotations

import gzip
import math
import os
import random
import struct
import subprocess
import sys
import tracemalloc
import zlib

import gdstk
import pytest

from tests.layout import masks
from tests.layout.masks import SQUARE, array, boundary, cell, longs, record, reference, shorts, stream, text
from waferbump.layout import LayoutError, Limits, read_layout
from waferbump.layout.reading import parse_layer

MAP = {"ubm": "20/0"}


def refused(path, match: str, **options) -> None:
    with pytest.raises(LayoutError, match=match) as caught:
        read_layout(path, layers=options.pop("layers", MAP), **options)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path)) or not str(path).isprintable()


def put(tmp_path, data: bytes, name: str = "mask.gds"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


def test_the_hand_made_stream_is_sound(tmp_path) -> None:
    layout = read_layout(put(tmp_path, stream(cell("A", SQUARE), cell("T", reference("A", 100, 100)))), layers=MAP)
    assert layout.site(1).centre == pytest.approx((40.1e-6, 40.1e-6), rel=1e-12)


@pytest.mark.parametrize(("data", "match"), [
    (b"", "is empty"),
    (b"hello, this is no mask", "is neither GDSII nor OASIS"),
    (bytes(random.Random(1).randrange(256) for _ in range(5000)), "is neither GDSII nor OASIS"),
    (b"\x00\x06\x00\x02", "truncated"),
    (b"\x00\x06\x00\x02" + bytes(random.Random(2).randrange(256) for _ in range(5000)), "damaged GDSII at byte"),
    (b"VERSION 5.8 ;\nDESIGN chip ;\n", "a text file"),
    (b"PK\x03\x04rest", "a zip archive"),
    (gzip.compress(b""), "is empty"),
    (gzip.compress(b"no mask either"), "is neither GDSII nor OASIS"),
    (gzip.compress(gzip.compress(stream(cell("T", SQUARE)))), "compressed by gzip twice"),
    (gzip.compress(stream(cell("T", SQUARE)))[:-12], "gzip ends too early"),
    (gzip.compress(stream(cell("T", SQUARE)))[:20] + b"\xff\xff\xff" + gzip.compress(stream(cell("T", SQUARE)))[23:], "gzip is damaged"),
    (b"\x1f\x8b", "gzip"),
    (b"%SEMI-OASIS\r\n", "OASIS"),
    (b"%SEMI-OASIS\r\n\x01\x031.0\x00\x00", "OASIS"),
    (b"%SEMI-OASIS\r\n" + bytes(random.Random(3).randrange(256) for _ in range(3000)), "OASIS"),
])
def test_files_that_are_no_mask(tmp_path, data, match) -> None:
    refused(put(tmp_path, data), match)


def test_absent_files_folders_and_pipes(tmp_path) -> None:
    refused(tmp_path / "absent.gds", "there is no such file")
    refused(tmp_path, "is a folder")
    refused(tmp_path / "mask.gds" / "deeper.gds", "there is no such file")
    refused(put(tmp_path, stream(cell("T", SQUARE))) / "deeper.gds", "cannot be read")
    refused("/dev/null", "is not a regular file")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read every file")
def test_a_file_that_may_not_be_read(tmp_path) -> None:
    path = put(tmp_path, stream(cell("T", SQUARE)))
    path.chmod(0)
    refused(path, "may not be read")


def test_a_refused_permission_is_one_line(tmp_path, monkeypatch) -> None:
    def deny(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", deny)
    refused(tmp_path / "mask.gds", "may not be read")


def test_a_name_that_would_break_the_line(tmp_path) -> None:
    refused(tmp_path / "two\nlines.gds", "there is no such file")
    refused("nul\0inside.gds", "cannot be read")


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.999])
def test_truncated_files(tmp_path, share) -> None:
    for name in ("mask.gds", "mask.oas"):
        data = masks.written(masks.grid_of_bumps(), tmp_path / name).read_bytes()
        refused(put(tmp_path, data[: int(share * len(data))], name), "truncated|damaged|OASIS|holds no cell")


def test_a_gzip_bomb_stops_at_the_limit(tmp_path) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = stream(cell("T", SQUARE))[:-4]
    path = put(tmp_path, packer.compress(head) + b"".join(packer.compress(bytes(2**20)) for _ in range(200)) + packer.flush(), "bomb.gds.gz")
    assert path.stat().st_size < 400_000
    tracemalloc.start()
    refused(path, "unpacks to more than the 16 MiB", limits=Limits(size=16 * 2**20))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40 * 2**20  # the limit and the pieces in flight, not the 200 MiB packed
    refused(put(tmp_path, bytes(2000)), "more than the", limits=Limits(size=1000))


def spoiled(**changes: bytes) -> bytes:
    parts = {"header": record(0x00, 2, shorts(600)), "library": record(0x01, 2, bytes(24)), "name": record(0x02, 6, text("LIB")),
             "units": record(0x03, 5, masks.real8(1e-3) + masks.real8(1e-9)), "cells": cell("T", SQUARE), "end": record(0x04, 0)}
    return b"".join((parts | changes).values())


@pytest.mark.parametrize(("data", "match"), [
    (spoiled(library=b""), "LIBNAME record is out of place"),
    (spoiled(name=b""), "UNITS record is out of place"),
    (spoiled(units=b""), "BGNSTR comes before the UNITS record"),
    (spoiled(end=b""), "ends before its ENDLIB record"),
    (spoiled(cells=b""), "holds no cell"),
    (spoiled(cells=cell("T")), "draws no shape in any cell"),
    (spoiled(cells=SQUARE), "BOUNDARY record is out of place"),
    (spoiled(cells=cell("", SQUARE)), "without a name"),
    (spoiled(cells=cell("T", SQUARE) * 2), "two cells of this name"),
    (spoiled(end=record(0x04, 0) + b"more"), "something after the ENDLIB"),
    (spoiled(header=record(0x00, 2, shorts(600)) * 2), "HEADER record is out of place"),
    (spoiled(cells=b"\x00\x00\x00\x00"), "impossible length 0"),
    (spoiled(cells=b"\x00\x05\x05\x02\x00"), "impossible length 5"),
    (spoiled(cells=record(0x77, 0)), "record type 0x77 is unknown"),
    (spoiled(cells=record(0x05, 3, bytes(24))), "BGNSTR record of 24 bytes and data type 3"),
    (stream(cell("T", record(0x08, 0) + record(0x11, 0))), "lacks its DATATYPE"),
    (stream(cell("T", record(0x08, 0) + record(0x0D, 2, b"") + record(0x11, 0))), "LAYER record of 0 bytes"),
    (stream(cell("T", boundary([(0, 0), (9, 9)]))), "of 3 points that does not close"),
    (stream(cell("T", SQUARE[:-12] + longs(5, 5) + record(0x11, 0))), "does not close"),
    (stream(cell("T", SQUARE.replace(record(0x0E, 2, shorts(0)), record(0x0D, 2, shorts(1))))), "LAYER record is out of place"),
    (stream(cell("T", record(0x08, 0) + record(0x10, 3, longs(0, 0)) + record(0x0D, 2, shorts(1)))), "after the coordinates"),
    (stream(cell("T", SQUARE), cell("U", array("T", 0, 5, (0, 0, 9, 0, 0, 9)))), "no columns or no rows"),
    (stream(cell("T", SQUARE), cell("U", array("T", 2, -5, (0, 0, 9, 0, 0, 9)))), "no columns or no rows"),
    (stream(cell("T", SQUARE), cell("U", array("T", 2, 2, (0, 0, 9, 0)))), "with 2 points instead of 3"),
    (stream(cell("T", SQUARE), cell("U", array("T", 2, 2, (5, 5, 9, 0, 0, 9)))), "lattice is not upright"),
    (stream(cell("T", SQUARE, reference("GONE"))), "cell 'GONE', referenced in 'T', is not in the file"),
    (stream(cell("T", SQUARE), user=0.0), "absurd"),
    (stream(cell("T", SQUARE), metres=0.0), "absurd"),
    (stream(cell("T", SQUARE), metres=-1e-9), "absurd"),
    (stream(cell("T", SQUARE), metres=1.0), "absurd"),
    (stream(cell("T", SQUARE), metres=1e-30), "absurd"),
    (stream(cell("T", boundary([(0, 0), (2**31 - 1, 0), (0, 2**31 - 1)]))), "reaches beyond 1 m"),
    (stream(cell("T", boundary([(0, 0), (500, 500), (900, 900)]))), "covers any area"),
])
def test_streams_with_one_fault(tmp_path, data, match) -> None:
    refused(put(tmp_path, data), match)


def mag(value: float) -> bytes:
    return (record(0x0A, 0) + record(0x12, 6, text("A")) + record(0x1A, 1, b"\0\0") + record(0x1B, 5, masks.real8(value))
            + record(0x10, 3, longs(0, 0)) + record(0x11, 0))


@pytest.mark.parametrize("value", [0.0, -1.0, 1e30])
def test_absurd_magnifications(tmp_path, value) -> None:
    refused(put(tmp_path, stream(cell("A", SQUARE), cell("T", mag(value)))), "a magnification of")


def test_magnification_upon_magnification_leaves_no_mask(tmp_path) -> None:
    nest = [cell("A", SQUARE)]
    for level in range(30):
        nest.append(cell(f"L{level}", mag(1e6).replace(text("A"), text("A" if level == 0 else f"L{level - 1}"), 1)
                         if level == 0 else record(0x0A, 0) + record(0x12, 6, text(f"L{level - 1}")) + record(0x1A, 1, b"\0\0")
                         + record(0x1B, 5, masks.real8(1e6)) + record(0x10, 3, longs(0, 0)) + record(0x11, 0)))
    refused(put(tmp_path, stream(*nest)), "reaches beyond 1 m")


def test_what_has_no_area_is_left_out_and_counted(tmp_path) -> None:
    head = record(0x09, 0) + record(0x0D, 2, shorts(20)) + record(0x0E, 2, shorts(0))
    wide = head + record(0x0F, 3, longs(10_000)) + record(0x10, 3, longs(200_000, 0, 300_000, 0)) + record(0x11, 0)
    without_width = head + record(0x10, 3, longs(500_000, 0, 600_000, 0)) + record(0x11, 0)
    point = head + record(0x0F, 3, longs(10_000)) + record(0x10, 3, longs(0, 0)) + record(0x11, 0)
    node = record(0x15, 0) + record(0x0D, 2, shorts(20)) + record(0x2A, 2, shorts(0)) + record(0x10, 3, longs(0, 0)) + record(0x11, 0)
    named = record(0x2B, 2, shorts(1)) + record(0x2C, 6, b"\xb5m \xff note\0")
    layout = read_layout(put(tmp_path, stream(cell("T", SQUARE[:-4] + named + record(0x11, 0), wide, without_width, point, node))), layers=MAP)
    # gdstk alone would give the path without a width the width of the path before it
    assert layout.counts == {"20/0": 2}
    assert layout.without_area == 2
    assert len(layout.sites()) == 2


def test_padding_after_the_end_and_foreign_names_are_fine(tmp_path) -> None:
    latin = record(0x05, 2, bytes(24)) + record(0x06, 6, b"\xb5bump\0") + SQUARE + record(0x07, 0)
    label = record(0x0C, 0) + record(0x0D, 2, shorts(20)) + record(0x16, 2, shorts(0)) + record(0x10, 3, longs(9, 9)) + record(0x19, 6, b"\xb5\0") + record(0x11, 0)
    layout = read_layout(put(tmp_path, stream(latin, cell("T", record(0x0A, 0) + record(0x12, 6, b"\xb5bump\0")
                                                          + record(0x10, 3, longs(0, 0)) + record(0x11, 0), label)) + bytes(1500)), layers=MAP)
    assert layout.site("µ").number == 1


def test_cells_that_contain_themselves(tmp_path) -> None:
    refused(put(tmp_path, stream(cell("A", SQUARE, reference("A")))), "cells contain themselves: 'A'")
    ring = stream(cell("A", SQUARE, reference("B")), cell("B", reference("C")), cell("C", reference("A")), cell("T", SQUARE, reference("A")))
    refused(put(tmp_path, ring), "cells contain themselves: 'A', 'B', 'C'")
    mask = masks.library()
    one, two = mask.new_cell("A"), mask.new_cell("B")
    one.add(masks.polygon(40.0, 36, 20), gdstk.Reference(two))
    two.add(gdstk.Reference(one))
    refused(masks.written(mask, tmp_path / "ring.oas"), "cells contain themselves")


def test_cells_nested_without_end(tmp_path) -> None:
    # gdstk expands by recursion: 60 000 levels end the process that tries
    chain = [cell("C0", SQUARE)] + [cell(f"C{level}", reference(f"C{level - 1}")) for level in range(1, 20_000)]
    refused(put(tmp_path, stream(*chain)), "nested 20000 deep")


def test_references_that_multiply(tmp_path) -> None:
    doubled = [cell("C0", SQUARE)] + [cell(f"C{level}", reference(f"C{level - 1}"), reference(f"C{level - 1}", 9)) for level in range(1, 90)]
    refused(put(tmp_path, stream(*doubled)), "asks for more than 10\\^15 polygons")
    rows = array("A", 32767, 32767, (0, 0, 32767, 0, 0, 32767))
    refused(put(tmp_path, stream(cell("A", SQUARE), cell("T", rows))), "asks for 1,073,676,289 polygons")
    # nothing at the bottom: what multiplies is never visited
    empty = [cell("C0")] + doubled[1:] + [cell("T", SQUARE, reference("C89"))]
    assert len(read_layout(put(tmp_path, stream(*empty)), layers=MAP).sites()) == 1


def test_oasis_repetitions_that_multiply(tmp_path) -> None:
    mask = masks.library()
    square = masks.polygon(40.0, 4, 20)
    square.repetition = gdstk.Repetition(columns=2**33, rows=2**31, spacing=(1.0, 1.0))  # the product overflows 64 bits
    mask.new_cell("T").add(square)
    refused(masks.written(mask, tmp_path / "mask.oas"), "asks for more than 10\\^15 polygons")


def test_too_many_corners_and_texts(tmp_path) -> None:
    path = masks.written(masks.grid_of_bumps(), tmp_path / "mask.gds")
    refused(path, "216 corners on these layers", limits=Limits(points=215))
    mask = masks.grid_of_bumps()
    mask.top_level()[0].add(*(gdstk.Label("A", (0, 0), layer=20) for _ in range(5)))
    refused(masks.written(mask, path), "5 texts on these layers", limits=Limits(labels=4))


def test_shapes_heaped_upon_each_other(tmp_path) -> None:
    heap = array("A", 300, 300, (0, 0, 300, 0, 0, 300))
    refused(put(tmp_path, stream(cell("A", SQUARE), cell("T", heap))), "pairs of polygons on top of each other")


def test_a_polygon_that_crosses_itself_everywhere(tmp_path) -> None:
    rng = random.Random(5)
    points = [(rng.randrange(10**6), rng.randrange(10**6)) for _ in range(3000)]
    refused(put(tmp_path, stream(cell("T", boundary(points)))), "cross themselves too often")


def test_a_bow_tie_covers_both_its_lobes(tmp_path) -> None:
    layout = read_layout(put(tmp_path, stream(cell("T", boundary([(0, 0), (10_000, 10_000), (10_000, 0), (0, 10_000)])))), layers=MAP)
    assert sum(shape.area for shape in layout.shapes("ubm")) == pytest.approx(50e-12, rel=1e-9)
    assert layout.layers["ubm"].crossing == 1


def test_absent_layers_are_answered_with_those_there_are(tmp_path) -> None:
    path = masks.written(masks.grid_of_bumps(), tmp_path / "mask.gds")
    refused(path, r"has nothing on layer 21/0 \('ubm'\); it has 15/0 \(6 polygons\), 20/0 \(6 polygons\)", layers={"ubm": "21/0"})
    refused(path, "the layer map is empty", layers={})


@pytest.mark.parametrize("number", ["20", "ubm", "", "20/0/0", "-1/0", "70000/0", "20/0.5", 20, None, 20.0, (20, 0)])
def test_layer_numbers_that_are_none(number) -> None:
    with pytest.raises(LayoutError, match='like "20/0"'):
        parse_layer(number, "ubm")


def test_the_oasis_reader_has_a_time_limit(tmp_path) -> None:
    path = masks.written(masks.grid_of_bumps(), tmp_path / "mask.oas")
    refused(path, "took more than 0.01 s", limits=Limits(seconds=0.01))


def test_a_wrong_oasis_checksum(tmp_path) -> None:
    path = tmp_path / "mask.oas"
    masks.grid_of_bumps().write_oas(path, validation="crc32")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    refused(path, "its checksum is wrong")


def oasis_number(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


@pytest.mark.parametrize("record_type", [4, 6, 8, 10])
def test_oasis_tables_with_a_number_beyond_memory(tmp_path, record_type) -> None:
    # a name table entry numbered 2^44: gdstk makes room for all below it
    head = b"%SEMI-OASIS\r\n\x01\x031.0\x00\x01\x01" + bytes(12)
    data = head + bytes([record_type]) + b"\x01A" + oasis_number(2**44) + b"\x02" + bytes(254)
    refused(put(tmp_path, data, "mask.oas"), "OASIS|damaged|memory|holds no cell")


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Bytes overwritten, bits flipped, pieces cut out, put in, doubled or cut off."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
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


def victim(folder, name: str) -> bytes:
    """A small file with a bit of everything that a mask may hold."""
    mask = masks.library()
    bump = mask.new_cell("BUMP")
    bump.add(masks.polygon(40.0, 36, 20), masks.polygon(30.0, 36, 15))
    row = mask.new_cell("ROW")
    row.add(gdstk.Reference(bump, columns=3, rows=2, spacing=(150, 150)))
    mask.new_cell("TOP").add(
        gdstk.Reference(row), gdstk.Reference(bump, (900, 0), rotation=0.7, magnification=1.5),
        gdstk.Reference(bump, (1500, 0), x_reflection=True), gdstk.Reference(bump, (0, 900), rotation=math.pi / 2, columns=2, rows=2, spacing=(150, 200)),
        gdstk.Label("A1", (0, 0), layer=20),
        gdstk.FlexPath([(0, 0), (100, 0), (100, 70)], 5, layer=10, simple_path=True, ends="round"))
    return masks.written(mask, folder / name).read_bytes()


def hunt(tmp_path, name: str, mutate, seeds: range) -> dict[str, int]:
    """Read one mutated file a seed; anything but a Layout or a one-line LayoutError fails here."""
    data = victim(tmp_path, "victim" + os.path.splitext(name)[1])
    tally = {"read": 0, "refused": 0}
    path = tmp_path / name
    for seed in seeds:
        path.write_bytes(mutate(data, random.Random(seed)))
        try:
            layout = read_layout(path)
            anchor = next(iter(layout.layers))
            layout.report(anchor)
        except LayoutError as problem:
            tally["refused"] += 1
            assert "\n" not in str(problem) and str(problem).startswith(str(path)), f"seed {seed}: {problem}"
        except Exception as problem:
            raise AssertionError(f"seed {seed}") from problem
        else:
            tally["read"] += 1
    return tally


# a crash would end the whole test run: the GDSII hunts run in a process of their own, so that one shows as a failure
_HUNT = """
import pathlib, sys
from tests.bad_input import test_layouts as tests
print(tests.hunt(pathlib.Path(sys.argv[1]), "mask.gds", getattr(tests, sys.argv[2]), range(int(sys.argv[3]), int(sys.argv[4]))))
"""


def hunted_apart(tmp_path, mutate: str, seeds: range) -> dict[str, int]:
    command = [sys.executable, "-c", _HUNT, str(tmp_path), mutate, str(seeds.start), str(seeds.stop)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    assert done.returncode == 0, done.stderr[-2000:]
    return eval(done.stdout.strip().splitlines()[-1])  # our own print of a dict of two counts


@pytest.mark.parametrize("mutate", ["mutated", "mutated_inside_records"])
def test_mutated_gdsii(tmp_path, mutate) -> None:
    tally = hunted_apart(tmp_path, mutate, range(300))
    assert tally["read"] + tally["refused"] == 300
    assert min(tally.values()) > 20  # the mutations are neither all harmless nor all caught at the first byte


def test_mutated_oasis(tmp_path) -> None:
    tally = hunt(tmp_path, "mask.oas", mutated, range(100))
    assert min(tally.values()) > 10


@pytest.mark.slow
@pytest.mark.parametrize("mutate", ["mutated", "mutated_inside_records"])
def test_thousands_of_mutated_gdsii(tmp_path, mutate) -> None:
    assert sum(hunted_apart(tmp_path, mutate, range(1000, 6000)).values()) == 5000


@pytest.mark.slow
def test_thousands_of_mutated_oasis(tmp_path) -> None:
    assert sum(hunt(tmp_path, "mask.oas", mutated, range(1000, 3000)).values()) == 2000
