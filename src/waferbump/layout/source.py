"""A mask file's bytes: opened, decompressed within a limit, and told apart."""

from __future__ import annotations

import gzip
import os
import stat
import zlib
from pathlib import Path

from .limits import LayoutError, Limits, quoted

_CHUNK = 1024**2
_GZIP = b"\x1f\x8b"
_OASIS = b"%SEMI-OASIS\r\n"
_GDSII = b"\x00\x06\x00\x02"
_STRANGERS = (
    (b"PK\x03\x04", "a zip archive: unpack it first"),
    (b"BZh", "compressed by bzip2: unpack it first"),
    (b"\xfd7zXZ", "compressed by xz: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd: unpack it first"),
    (_GZIP, "compressed by gzip twice: unpack it once"),
    (b"VERSION ", "a text file (LEF or DEF?): this reader takes GDSII and OASIS"),
    (b"HEADER ", "GDSII written out as text: convert it to a GDSII stream"),
    (b"%PDF", "a PDF"),
)


def open_stream(path: str | os.PathLike, limits: Limits) -> tuple[str, bytes]:
    """Read a mask file, plain or gzipped, and say which format it is ("gdsii" or "oasis").

    Parameters
    ----------
    path : the file
    limits : the decompressed size at most

    Raises
    ------
    LayoutError : not there, not readable, not a file, empty, too large once decompressed, a broken gzip, or neither format.
    """
    file = Path(path)
    shown = printable(path)
    try:
        with open(file, "rb") as handle:
            if not stat.S_ISREG(os.fstat(handle.fileno()).st_mode):
                raise LayoutError(f"{shown}: is not a regular file")
            data = _contents(handle, shown, limits)
    except FileNotFoundError:
        raise LayoutError(f"{shown}: there is no such file") from None
    except IsADirectoryError:
        raise LayoutError(f"{shown}: is a folder; name the GDSII or OASIS file in it") from None
    except PermissionError:
        raise LayoutError(f"{shown}: may not be read (permission denied)") from None
    except (OSError, ValueError) as problem:
        if isinstance(problem, LayoutError):
            raise
        raise LayoutError(f"{shown}: cannot be read ({getattr(problem, 'strerror', None) or problem})") from None
    return _format(data, shown), data


def printable(path: str | os.PathLike) -> str:
    """A file's name on one line, whatever characters it is made of.

    Parameters
    ----------
    path : the file

    >>> printable("mask.gds")
    'mask.gds'
    """
    text = os.fsdecode(path)
    return text if text.isprintable() else ascii(text)


def _contents(handle, shown: str, limits: Limits) -> bytes:
    packed = handle.read(2) == _GZIP
    handle.seek(0)
    size = os.fstat(handle.fileno()).st_size
    if size > limits.size:
        raise LayoutError(f"{shown}: {_megabytes(size)} is more than the {_megabytes(limits.size)} this reader takes; "
                          "write out only the bump layers")
    if not packed:
        return handle.read(limits.size + 1)
    pieces, total = [], 0
    try:
        with gzip.GzipFile(fileobj=handle) as unpacked:
            while piece := unpacked.read(_CHUNK):
                total += len(piece)
                if total > limits.size:
                    raise LayoutError(f"{shown}: unpacks to more than the {_megabytes(limits.size)} this reader takes; "
                                      "write out only the bump layers")
                pieces.append(piece)
    except EOFError:
        raise LayoutError(f"{shown}: the gzip ends too early (truncated copy?)") from None
    except (gzip.BadGzipFile, zlib.error) as problem:
        raise LayoutError(f"{shown}: the gzip is damaged ({problem})") from None
    return b"".join(pieces)


def _megabytes(size: int) -> str:
    return f"{size / 1024**2:.6g} MiB"


def _format(data: bytes, shown: str) -> str:
    if not data:
        raise LayoutError(f"{shown}: is empty")
    if data.startswith(_OASIS):
        return "oasis"
    if data.startswith(_GDSII):
        return "gdsii"
    for magic, meaning in _STRANGERS:
        if data.startswith(magic):
            raise LayoutError(f"{shown}: is {meaning}")
    start = quoted(data[:16].decode("latin-1"))
    raise LayoutError(f"{shown}: is neither GDSII nor OASIS (it starts with {start})")
