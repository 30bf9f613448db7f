"""What a constitutive law raises when it is asked for something that cannot be, and the checks its numbers pass."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


class ConstitutiveError(ValueError):
    """A material or a strain history that cannot be; the sentence says what is impossible and why."""


def checked(
    what: str, value: ArrayLike, *, above: float | None = None, lowest: float | None = None, below: float | None = None
) -> np.ndarray:
    """The value as a float array once it is finite and within its limits.

    lowest <= value, above < value < below

    Parameters
    ----------
    what : its name in a sentence [a word or more]
    value : [any], array-like
    above : value that must be exceeded [as value], None for no limit
    lowest : least value allowed [as value], None for no limit
    below : value that must not be reached [as value], None for no limit

    Raises
    ------
    ConstitutiveError : a value that is no number, is not finite or is out of its limits.

    Valid for numbers and arrays of them. Source: our choice of words.

    >>> float(checked("a yield stress", 3, above=0.0))
    3.0
    """
    try:
        array = np.asarray(value, float)
    except (TypeError, ValueError):
        raise ConstitutiveError(f"{what} must be a number or an array of numbers") from None
    if not np.all(np.isfinite(array)):
        raise ConstitutiveError(f"{what} must be a finite number")
    if above is not None and np.any(array <= above):
        raise ConstitutiveError(f"{what} must be {'positive' if above == 0 else f'more than {above:g}'}, it is {array.min():g}")
    if lowest is not None and np.any(array < lowest):
        raise ConstitutiveError(f"{what} must not be {'negative' if lowest == 0 else f'below {lowest:g}'}, it is {array.min():g}")
    if below is not None and np.any(array >= below):
        raise ConstitutiveError(f"{what} must be less than {below:g}, it is {array.max():g}")
    return array


def checked_points(strain: ArrayLike, temperature: ArrayLike, dt: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Strain, temperature and time step of an update as arrays of the right shapes.

    shape (points, 6) and (points,); T > 0, dt >= 0

    Parameters
    ----------
    strain : mechanical strain [1], shape (points, 6)
    temperature : T [K], shape (points,) or one for all
    dt : time step [s]

    Raises
    ------
    ConstitutiveError : shapes that do not fit, values that are not finite, a temperature not above 0 K, time that runs backwards.

    Valid for any number of points. Source: our choice of words.

    >>> checked_points([[0.0] * 6], 300.0, 1.0)[1]
    array([300.])
    """
    strain = np.ascontiguousarray(checked("a strain", strain))
    if strain.ndim != 2 or strain.shape[1] != 6:
        raise ConstitutiveError(f"a strain has six components at each point, the shape given is {strain.shape}")
    temperature = checked("a temperature in kelvin", temperature, above=0.0)
    if temperature.shape not in ((), (1,), (len(strain),)):
        raise ConstitutiveError(f"temperatures are given at {len(temperature)} points and strains at {len(strain)}")
    temperature = np.ascontiguousarray(np.broadcast_to(temperature, len(strain)))
    return strain, temperature, float(checked("a time step", dt, lowest=0.0))
