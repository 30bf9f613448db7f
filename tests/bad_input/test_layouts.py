"""Mask files that are not what they seem: each ends in one line that names the file, never in a traceback or a crash."""

from __future__ import annotations

import gzip
import os
import random
import tracemalloc
import zlib

import gdstk
import pytest

from tests.layout import damage, masks
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


def zipped(data: bytes) -> bytes:
    """Compressed without the time of day, so that every process names these cases alike."""
    return gzip.compress(data, mtime=0)



@pytest.mark.parametrize(("data", "match"), [
    (b"", "is empty"),
    (b"hello, this is no mask", "is neither GDSII nor OASIS"),
    (bytes(random.Random(1).randrange(256) for _ in range(5000)), "is neither GDSII nor OASIS"),
    (b"\x00\x06\x00\x02", "truncated"),
    (b"\x00\x06\x00\x02" + bytes(random.Random(2).randrange(256) for _ in range(5000)), "damaged GDSII at byte"),
    (b"VERSION 5.8 ;\nDESIGN chip ;\n", "a text file"),
    (b"PK\x03\x04rest", "a zip archive"),
    (zipped(b""), "is empty"),
    (zipped(b"no mask either"), "is neither GDSII nor OASIS"),
    (zipped(zipped(stream(cell("T", SQUARE)))), "compressed by gzip twice"),
    (zipped(stream(cell("T", SQUARE)))[:-12], "gzip ends too early"),
    (zipped(stream(cell("T", SQUARE)))[:20] + b"\xff\xff\xff" + zipped(stream(cell("T", SQUARE)))[23:], "gzip is damaged"),
    (b"\x1f\x8b", "gzip"),
    (b"%SEMI-OASIS\r\n", "OASIS"),
    (b"%SEMI-OASIS\r\n\x01\x031.0\x00\x00", "OASIS"),
    (b"%SEMI-OASIS\r\n" + bytes(random.Random(3).randrange(256) for _ in range(3000)), "OASIS"),
    (b"%SEMI-OASIS\r\n\x01\x031.0" + random.Random(3).randbytes(3000) + b"\x02" + bytes(255), "OASIS|damaged|absurd"),
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
        refused(put(tmp_path, data[: int(share * len(data))], name), "truncated|neither")


def test_a_gzip_bomb_stops_at_the_limit(tmp_path) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = stream(cell("T", SQUARE))[:-4]
    zeros = b"".join(packer.compress(bytes(2**20)) for _ in range(200))
    path = put(tmp_path, packer.compress(head) + zeros + packer.flush(), "bomb.gds.gz")
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


def magnified(name: str, value: float) -> bytes:
    strans = record(0x1A, 1, b"\0\0") + record(0x1B, 5, masks.real8(value))
    return record(0x0A, 0) + record(0x12, 6, text(name)) + strans + record(0x10, 3, longs(0, 0)) + record(0x11, 0)


@pytest.mark.parametrize("value", [0.0, -1.0, 1e30])
def test_absurd_magnifications(tmp_path, value) -> None:
    refused(put(tmp_path, stream(cell("A", SQUARE), cell("T", magnified("A", value)))), "a magnification of")


def test_magnification_upon_magnification_leaves_no_mask(tmp_path) -> None:
    nest = [cell("L0", SQUARE)] + [cell(f"L{level}", magnified(f"L{level - 1}", 1e6)) for level in range(1, 80)]  # 10^474: beyond a double
    refused(put(tmp_path, stream(*nest)), "reaches beyond 1 m")


def test_what_has_no_area_is_left_out_and_counted(tmp_path) -> None:
    head = record(0x09, 0) + record(0x0D, 2, shorts(20)) + record(0x0E, 2, shorts(0))
    wide = head + record(0x0F, 3, longs(10_000)) + record(0x10, 3, longs(200_000, 0, 300_000, 0)) + record(0x11, 0)
    without_width = head + record(0x10, 3, longs(500_000, 0, 600_000, 0)) + record(0x11, 0)
    point = head + record(0x0F, 3, longs(10_000)) + record(0x10, 3, longs(0, 0)) + record(0x11, 0)
    node = record(0x15, 0) + record(0x0D, 2, shorts(20)) + record(0x2A, 2, shorts(0)) + record(0x10, 3, longs(0, 0)) + record(0x11, 0)
    square = SQUARE[:-4] + record(0x2B, 2, shorts(1)) + record(0x2C, 6, b"\xb5m \xff note\0") + record(0x11, 0)  # with a property
    layout = read_layout(put(tmp_path, stream(cell("T", square, wide, without_width, point, node))), layers=MAP)
    # gdstk alone would give the path without a width the width of the path before it
    assert layout.counts == {"20/0": 2}
    assert layout.without_area == 2
    assert len(layout.sites()) == 2


def test_padding_after_the_end_and_foreign_names_are_fine(tmp_path) -> None:
    latin = record(0x05, 2, bytes(24)) + record(0x06, 6, b"\xb5bump\0") + SQUARE + record(0x07, 0)
    label = (record(0x0C, 0) + record(0x0D, 2, shorts(20)) + record(0x16, 2, shorts(0)) + record(0x10, 3, longs(9, 9))
             + record(0x19, 6, b"\xb5\0") + record(0x11, 0))
    layout = read_layout(put(tmp_path, stream(latin, cell("T", reference("\xb5bump"), label)) + bytes(1500)), layers=MAP)
    assert layout.site("µ").number == 1


def test_cells_that_contain_themselves(tmp_path) -> None:
    refused(put(tmp_path, stream(cell("A", SQUARE, reference("A")))), "cells contain themselves: 'A'")
    ring = [cell("A", SQUARE, reference("B")), cell("B", reference("C")), cell("C", reference("A")), cell("T", SQUARE, reference("A"))]
    refused(put(tmp_path, stream(*ring)), "cells contain themselves: 'A', 'B', 'C'")
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
    doubled = [cell(f"C{level}", reference(f"C{level - 1}"), reference(f"C{level - 1}", 9)) for level in range(1, 90)]
    refused(put(tmp_path, stream(cell("C0", SQUARE), *doubled)), "asks for more than 10\\^15 polygons")
    rows = array("A", 32767, 32767, (0, 0, 32767, 0, 0, 32767))
    refused(put(tmp_path, stream(cell("A", SQUARE), cell("T", rows))), "asks for 1,073,676,289 polygons")
    # nothing at the bottom: what multiplies is never visited
    empty = stream(cell("C0"), *doubled, cell("T", SQUARE, reference("C89")))
    assert len(read_layout(put(tmp_path, empty), layers=MAP).sites()) == 1


def test_oasis_repetitions_that_multiply(tmp_path) -> None:
    rectangle = b"\x14\x7f\x14\x00" + oasis_number(80_000) * 2 + b"\x00\x00\x01"  # layer 20, 80 um by 80 um at the origin, in a matrix
    overflow = (2**33, 2**31, "asks for more than 10\\^15 polygons")  # the product is 0 in 64 bits
    for columns, rows, match in ((3, 2, None), (10_000, 10_000, "asks for 100,000,000 polygons"), overflow):
        matrix = oasis_number(columns - 2) + oasis_number(rows - 2) + oasis_number(100_000) * 2
        path = put(tmp_path, oasis(b"\x0e\x01T" + rectangle + matrix), "mask.oas")
        if match:
            refused(path, match)
        else:
            assert len(read_layout(path, layers=MAP).sites()) == 6


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


@pytest.mark.parametrize("name", ["mask.gds", "mask.oas"])
def test_a_full_disk(tmp_path, monkeypatch, name) -> None:
    path = masks.written(masks.grid_of_bumps(), tmp_path / name)

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    refused(path, "temporary folder \\(No space left on device\\)")


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


def oasis(records: bytes) -> bytes:
    """An OASIS file of these records: version 1.0, 1000 steps a micrometre, no tables, no checksum."""
    start = b"%SEMI-OASIS\r\n\x01\x031.0\x00" + oasis_number(1000) + b"\x00" + bytes(12)
    return start + records + b"\x02" + oasis_number(252) + bytes(252) + b"\x00"


@pytest.mark.parametrize("record_type", [4, 6, 8, 10])
def test_oasis_tables_with_a_number_beyond_memory(tmp_path, record_type) -> None:
    # a name table entry numbered 2^44: gdstk makes room for all below it
    refused(put(tmp_path, oasis(bytes([record_type]) + b"\x01A" + oasis_number(2**44)), "mask.oas"), "damaged|memory|holds no cell")


@pytest.mark.parametrize("mutate", ["mutated", "mutated_inside_records"])
def test_mutated_gdsii(tmp_path, mutate) -> None:
    read, refused = damage.hunt_apart(tmp_path, mutate, range(300))
    assert read + refused == 300
    assert min(read, refused) > 20  # the damage is neither always harmless nor always caught at the first byte


def test_mutated_oasis(tmp_path) -> None:
    assert min(damage.hunt(tmp_path, "mask.oas", damage.mutated_before_the_end, range(80))) > 5


@pytest.mark.slow
@pytest.mark.parametrize("mutate", ["mutated", "mutated_inside_records"])
def test_thousands_of_mutated_gdsii(tmp_path, mutate) -> None:
    assert sum(damage.hunt_apart(tmp_path, mutate, range(1000, 6000))) == 5000


@pytest.mark.slow
def test_thousands_of_mutated_oasis(tmp_path) -> None:
    assert sum(damage.hunt(tmp_path, "mask.oas", damage.mutated_before_the_end, range(1000, 3000))) == 2000
