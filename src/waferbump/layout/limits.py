"""What reading a mask file may cost, and the error that says what is wrong with one."""

from __future__ import annotations

from dataclasses import dataclass


class LayoutError(ValueError):
    """A mask file that cannot be used: one line with the file, what is wrong, and how to mend it."""


@dataclass(frozen=True)
class Limits:
    """What one mask file may take before it is refused.

    Parameters
    ----------
    size : decompressed size of the file [byte]
    polygons : polygons of the chosen layers after every reference is expanded [1]
    points : corners of those polygons [1]
    labels : texts on the chosen layers after every reference is expanded [1]
    lines : cut lines on the chosen layers after every reference is expanded [1]
    depth : levels of cells within cells [1]
    seconds : time that the OASIS reader's own process may take [s]
    memory : address space of that process [byte]
    """

    size: int = 512 * 1024**2
    polygons: int = 5_000_000
    points: int = 50_000_000
    labels: int = 1_000_000
    lines: int = 10_000
    depth: int = 200
    seconds: float = 120.0
    memory: int = 6 * 1024**3


def quoted(text: str, longest: int = 60) -> str:
    """Text from a file in a form that fits one line: no control characters, shortened.

    Parameters
    ----------
    text : any text
    longest : characters kept [1]

    >>> quoted("TOP")
    "'TOP'"
    """
    short = text if len(text) <= longest else text[: longest - 3] + "..."
    return repr(short)


def listed(names: list[str], most: int = 8) -> str:
    """Names from a file, quoted and shortened, for the end of an error.

    Parameters
    ----------
    names : names to show, shape (n,)
    most : names shown before the rest is counted [1]

    >>> listed(["A", "B"])
    "'A', 'B'"
    """
    shown = ", ".join(quoted(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
