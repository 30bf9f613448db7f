"""What a resist model raises when it is asked for something that cannot be."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


class ResistError(ValueError):
    """A resist, an exposure or a development that cannot be; the sentence says what is impossible and why."""


def finite(
    what: str, value: ArrayLike, *, lowest: float | None = None, above: float | None = None, highest: float | None = None
) -> np.ndarray:
    """The value as a float array once it is finite and within its limits.

    lowest <= value <= highest, value > above

    Parameters
    ----------
    what : its name in a sentence [a word or more]
    value : [any], array-like
    lowest : least value allowed [as value], None for no limit
    above : value that must be exceeded [as value], None for no limit
    highest : largest value allowed [as value], None for no limit

    Raises
    ------
    ResistError : a value that is not finite or is out of its limits.

    Valid for numbers and arrays of them. Source: our choice of words.

    >>> float(finite("a dose", 3, lowest=0.0))
    3.0
    """
    try:
        array = np.asarray(value, float)
    except (TypeError, ValueError):
        raise ResistError(f"{what} must be a number or an array of numbers") from None
    if not np.all(np.isfinite(array)):
        raise ResistError(f"{what} must be a finite number")
    if lowest is not None and np.any(array < lowest):
        raise ResistError(f"{what} must not be {'negative' if lowest == 0 else f'below {lowest:g}'}, it is {array.min():g}")
    if above is not None and np.any(array <= above):
        raise ResistError(f"{what} must be {'positive' if above == 0 else f'more than {above:g}'}, it is {array.min():g}")
    if highest is not None and np.any(array > highest):
        raise ResistError(f"{what} must not exceed {highest:g}, it is {array.max():g}")
    return array
