"""A GDSII stream, checked record by record before any reader trusts it.

The records and their order are those of Calma's GDSII Stream Format, release 6. A stream that passes is handed on without what
carries no geometry (properties, nodes, library notes) and without elements that have no area, so that the reader behind it
meets only records it knows. gdstk itself reads past the end of short records and keeps a path's width for the next path
that states none.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from struct import unpack_from

from .limits import LayoutError, quoted

_NONE, _BITS, _SHORT, _LONG, _REAL, _TEXT = 0, 1, 2, 3, 5, 6
_SIZE_OF = {_BITS: 2, _SHORT: 2, _LONG: 4, _REAL: 8, _TEXT: 1}

# record type: (name, data type, number of values or None for any)
_RECORDS = {
    0x00: ("HEADER", _SHORT, 1), 0x01: ("BGNLIB", _SHORT, None), 0x02: ("LIBNAME", _TEXT, None), 0x03: ("UNITS", _REAL, 2),
    0x04: ("ENDLIB", _NONE, 0), 0x05: ("BGNSTR", _SHORT, None), 0x06: ("STRNAME", _TEXT, None), 0x07: ("ENDSTR", _NONE, 0),
    0x08: ("BOUNDARY", _NONE, 0), 0x09: ("PATH", _NONE, 0), 0x0A: ("SREF", _NONE, 0), 0x0B: ("AREF", _NONE, 0),
    0x0C: ("TEXT", _NONE, 0), 0x0D: ("LAYER", _SHORT, 1), 0x0E: ("DATATYPE", _SHORT, 1), 0x0F: ("WIDTH", _LONG, 1),
    0x10: ("XY", _LONG, None), 0x11: ("ENDEL", _NONE, 0), 0x12: ("SNAME", _TEXT, None), 0x13: ("COLROW", _SHORT, 2),
    0x15: ("NODE", _NONE, 0), 0x16: ("TEXTTYPE", _SHORT, 1), 0x17: ("PRESENTATION", _BITS, 1), 0x19: ("STRING", _TEXT, None),
    0x1A: ("STRANS", _BITS, 1), 0x1B: ("MAG", _REAL, 1), 0x1C: ("ANGLE", _REAL, 1), 0x1F: ("REFLIBS", _TEXT, None),
    0x20: ("FONTS", _TEXT, None), 0x21: ("PATHTYPE", _SHORT, 1), 0x22: ("GENERATIONS", _SHORT, 1), 0x23: ("ATTRTABLE", _TEXT, None),
    0x26: ("ELFLAGS", _BITS, 1), 0x2A: ("NODETYPE", _SHORT, 1), 0x2B: ("PROPATTR", _SHORT, 1), 0x2C: ("PROPVALUE", _TEXT, None),
    0x2D: ("BOX", _NONE, 0), 0x2E: ("BOXTYPE", _SHORT, 1), 0x2F: ("PLEX", _LONG, 1), 0x30: ("BGNEXTN", _LONG, 1),
    0x31: ("ENDEXTN", _LONG, 1), 0x32: ("TAPENUM", _SHORT, 1), 0x33: ("TAPECODE", _SHORT, 6), 0x34: ("STRCLASS", _BITS, 1),
    0x36: ("FORMAT", _SHORT, 1), 0x37: ("MASK", _TEXT, None), 0x38: ("ENDMASKS", _NONE, 0), 0x39: ("LIBDIRSIZE", _SHORT, 1),
    0x3A: ("SRFNAME", _TEXT, None), 0x3B: ("LIBSECUR", _SHORT, None),
}
_IGNORED = frozenset({"ELFLAGS", "PLEX", "PROPATTR", "PROPVALUE", "PRESENTATION"})
_COMMON = frozenset({"ELFLAGS", "PLEX", "PROPATTR", "PROPVALUE", "XY", "ENDEL"})
_PLACED = frozenset({"STRANS", "MAG", "ANGLE"})
# element: (records it may have, records it must have)
_ELEMENTS = {
    "BOUNDARY": ({"LAYER", "DATATYPE"}, {"LAYER", "DATATYPE", "XY"}),
    "PATH": ({"LAYER", "DATATYPE", "PATHTYPE", "WIDTH", "BGNEXTN", "ENDEXTN"}, {"LAYER", "DATATYPE", "XY"}),
    "SREF": ({"SNAME"} | _PLACED, {"SNAME", "XY"}),
    "AREF": ({"SNAME", "COLROW"} | _PLACED, {"SNAME", "COLROW", "XY"}),
    "TEXT": ({"LAYER", "TEXTTYPE", "PRESENTATION", "PATHTYPE", "WIDTH", "STRING"} | _PLACED, {"LAYER", "TEXTTYPE", "XY", "STRING"}),
    "NODE": ({"LAYER", "NODETYPE"}, {"XY"}),
    "BOX": ({"LAYER", "BOXTYPE"}, {"LAYER", "BOXTYPE", "XY"}),
}
_AFTER_XY = frozenset({"XY", "STRING", "PROPATTR", "PROPVALUE", "ENDEL"})
_LIBRARY = frozenset({"LIBDIRSIZE", "SRFNAME", "LIBSECUR", "REFLIBS", "FONTS", "ATTRTABLE", "GENERATIONS", "FORMAT", "MASK", "ENDMASKS",
                      "TAPENUM", "TAPECODE", "STRCLASS", "PROPATTR", "PROPVALUE"})
_SMALLEST_UNIT, _LARGEST_UNIT = 1e-12, 1e-5  # m: a picometre to ten micrometres; layouts are drawn in 0.1 to 10 nm


@dataclass(frozen=True)
class CheckedStream:
    """A GDSII stream without faults.

    Parameters
    ----------
    data : the stream to hand on [byte]
    database_unit : length of one step of the coordinates [m]
    without_area : elements left out because they cover nothing (paths of no width or of one point) [1]
    """

    data: bytes
    database_unit: float
    without_area: int


@dataclass
class _Element:
    kind: str
    start: int
    seen: set[str] = field(default_factory=set)
    pieces: list[bytes] = field(default_factory=list)
    points: int = 0
    first: bytes = b""
    last: bytes = b""
    width: int = 0
    layer: int = -1
    datatype: int = -1
    turned: bool = False


def real8(raw: bytes) -> float:
    """A GDSII eight-byte real: sign, exponent to base 16 in excess 64, 56-bit fraction; value = (-1)^s 16^(e-64) f / 2^56.

    Parameters
    ----------
    raw : eight bytes, most significant first

    >>> real8(bytes.fromhex("3e4189374bc6a7f0"))
    0.001
    """
    fraction = int.from_bytes(raw[1:8], "big")
    value = fraction * 16.0 ** ((raw[0] & 0x7F) - 64) / 2.0**56
    return -value if raw[0] & 0x80 else value


def checked(data: bytes, file: str, lines: Collection[tuple[int, int]] = ()) -> CheckedStream:
    """Go through a GDSII stream record by record and refuse whatever is not one whole, well-formed library.

    Parameters
    ----------
    data : the whole stream [byte]
    file : the file's name, for the messages
    lines : layers, (layer, datatype), whose paths are wanted as lines, with a width or without

    Raises
    ------
    LayoutError : truncated, unknown or misplaced records, wrong lengths, open boundaries, two cells of one name, absurd units.
    """
    return _Checker(data, file, frozenset(lines)).stream()


class _Checker:
    def __init__(self, data: bytes, file: str, lines: frozenset[tuple[int, int]]) -> None:
        self.data, self.file, self.lines = data, file, lines
        self.at = 0
        self.kept: list[bytes] = []
        self.cells: set[bytes] = set()
        self.targets: dict[bytes, bytes] = {}
        self.cell: bytes | None = None
        self.open = False
        self.element: _Element | None = None
        self.seen: set[str] = set()
        self.unit = 0.0
        self.without_area = 0

    def fault(self, what: str) -> LayoutError:
        where = f" in cell {quoted(_text(self.cell))}" if self.cell else ""
        return LayoutError(f"{self.file}: damaged GDSII at byte {self.at}{where}: {what}")

    def stream(self) -> CheckedStream:
        data, end = self.data, len(self.data)
        while True:
            if self.at + 4 > end:
                raise self.fault("the file ends before its ENDLIB record (truncated copy?)")
            length, code, kind = unpack_from(">HBB", data, self.at)
            if code not in _RECORDS:
                raise self.fault(f"record type 0x{code:02X} is unknown")
            name, expected, count = _RECORDS[code]
            if length < 4 or length % 2:
                raise self.fault(f"a {name} record has the impossible length {length}")
            if self.at + length > end:
                raise self.fault(f"a {name} record reaches past the end of the file (truncated copy?)")
            body = length - 4
            if kind != expected or (count is not None and body != count * _SIZE_OF.get(kind, 0)) or (kind and body % _SIZE_OF[kind]):
                raise self.fault(f"a {name} record of {body} bytes and data type {kind} is not well-formed")
            record = data[self.at : self.at + length]
            if self.element is not None:
                self.inside_element(name, record)
            elif self.open:
                self.inside_cell(name, record)
            else:
                self.inside_library(name, record)
            if name == "ENDLIB":
                break
            self.at += length
        if data[self.at + 4 :].strip(b"\0"):
            self.at += 4
            raise self.fault("there is something after the ENDLIB record")
        for target, cell in self.targets.items():
            if target not in self.cells:
                raise LayoutError(f"{self.file}: cell {quoted(_text(target))}, referenced in {quoted(_text(cell))}, is not in the file; "
                                  "write the file out whole")
        return CheckedStream(b"".join(self.kept), self.unit, self.without_area)

    def inside_library(self, name: str, record: bytes) -> None:
        order = ("HEADER", "BGNLIB", "LIBNAME", "UNITS")
        if name in order:
            if name in self.seen or any(earlier not in self.seen for earlier in order[: order.index(name)]):
                raise self.fault(f"a {name} record is out of place")
            self.seen.add(name)
            if name == "UNITS":
                self.read_units(record)
        elif name in ("BGNSTR", "ENDLIB"):
            if "UNITS" not in self.seen:
                raise self.fault(f"{name} comes before the UNITS record")
            if name == "BGNSTR":
                self.open, self.cell = True, None
        elif name in _LIBRARY and "BGNLIB" in self.seen:
            return
        else:
            raise self.fault(f"a {name} record is out of place")
        self.kept.append(_named(record, b"LIB") if name == "LIBNAME" else record)

    def read_units(self, record: bytes) -> None:
        user, metres = real8(record[4:12]), real8(record[12:20])
        if not _SMALLEST_UNIT <= metres <= _LARGEST_UNIT or not user > 0.0:
            raise self.fault(f"a database unit of {metres:g} m (user unit ratio {user:g}) is absurd; layouts are drawn in 0.1 to 10 nm")
        self.unit = metres

    def inside_cell(self, name: str, record: bytes) -> None:
        if self.cell is None:
            if name != "STRNAME":
                raise self.fault(f"{name} where the cell's STRNAME should be")
            record = _named(record, b"")
            if not record[4:].strip(b"\0"):
                raise self.fault("a cell without a name")
            self.cell = record[4:].rstrip(b"\0")
            if self.cell in self.cells:
                raise self.fault("there are two cells of this name")
            self.cells.add(self.cell)
        elif name == "ENDSTR":
            self.open, self.cell = False, None
        elif name in _ELEMENTS:
            self.element = _Element(name, self.at, pieces=[record])
            return
        elif name in _LIBRARY:
            return
        else:
            raise self.fault(f"a {name} record is out of place")
        self.kept.append(record)

    def inside_element(self, name: str, record: bytes) -> None:
        element = self.element
        allowed, needed = _ELEMENTS[element.kind]
        repeats = name in ("PROPATTR", "PROPVALUE") or (name == "XY" and element.kind == "BOUNDARY")
        if (name not in allowed and name not in _COMMON) or (name in element.seen and not repeats):
            raise self.fault(f"a {name} record is out of place in a {element.kind}")
        if "XY" in element.seen and name not in _AFTER_XY:
            raise self.fault(f"a {name} record after the coordinates of a {element.kind}")
        element.seen.add(name)
        if name == "ENDEL":
            if missing := needed - element.seen:
                raise self.fault(f"a {element.kind} lacks its {sorted(missing)[0]}")
            self.finish(element, record)
            return
        if name == "XY":
            self.read_points(element, record)
        elif name == "WIDTH":
            element.width = unpack_from(">i", record, 4)[0]
        elif name in ("LAYER", "DATATYPE"):
            setattr(element, name.lower(), unpack_from(">H", record, 4)[0])
        elif name == "COLROW" and min(unpack_from(">2h", record, 4)) < 1:
            raise self.fault("an array of references has no columns or no rows")
        elif name == "STRANS":
            if record[5] & 0x06:
                raise self.fault("a reference with absolute magnification or rotation, which is not supported")
            element.turned |= bool(record[4] & 0x80)
        elif name == "ANGLE":
            element.turned |= real8(record[4:12]) != 0.0
        elif name == "MAG" and not 1e-6 <= real8(record[4:12]) <= 1e6:
            raise self.fault(f"a magnification of {real8(record[4:12]):g}")
        elif name in ("SNAME", "STRING"):
            record = _named(record, b" ")
            if name == "SNAME":
                self.targets.setdefault(record[4:].rstrip(b"\0"), self.cell)
        if name not in _IGNORED:
            element.pieces.append(record)

    def read_points(self, element: _Element, record: bytes) -> None:
        if (len(record) - 4) % 8 or len(record) == 4:
            raise self.fault("coordinates that are not pairs")
        element.first = element.first or record[4:12]
        element.last = record[-8:]
        element.points += (len(record) - 4) // 8
        if element.kind == "AREF" and element.points == 3 and not element.turned:
            x, y, _, columns_y, rows_x, _ = unpack_from(">6i", record, 4)
            if columns_y == 0 and rows_x == 0 and (x or y):
                # gdstk takes this for an upright lattice, which it is only when x = y = 0
                raise self.fault(f"an unturned array of references at ({x}, {y}) whose lattice is not upright, which is not supported")

    def finish(self, element: _Element, record: bytes) -> None:
        wanted = {"SREF": 1, "AREF": 3, "TEXT": 1}.get(element.kind)
        if wanted is not None and element.points != wanted:
            raise self.fault(f"a {element.kind} with {element.points} points instead of {wanted}")
        if element.kind in ("BOUNDARY", "BOX") and (element.points < 4 or element.first != element.last):
            raise self.fault(f"a {element.kind} of {element.points} points that does not close")
        self.element = None
        thin = element.width == 0 and (element.layer, element.datatype) not in self.lines
        if element.kind == "PATH" and (thin or element.points < 2):
            self.without_area += 1
        elif element.kind != "NODE":
            self.kept.extend(element.pieces)
            self.kept.append(record)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _named(record: bytes, empty: bytes) -> bytes:
    """The record with its text as valid UTF-8 that ends at its first NUL, padded to an even length."""
    text = record[4:].split(b"\0", 1)[0] or empty
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        text = text.decode("latin-1").encode("utf-8")[:65000].decode("utf-8", "ignore").encode("utf-8")
    text += b"\0" * (len(text) % 2)
    return (len(text) + 4).to_bytes(2, "big") + record[2:4] + text
