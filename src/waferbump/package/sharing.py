"""How much of the free mismatch of die and board is left to the corner bump, once all bumps of the array pull on both.

The unit cell takes a distance from the neutral point as if die and board expanded freely. The bumps hold them back: the corner bump of a
die that reaches far sees what a lone bump would see nearer to the neutral point. Two ways lead from one to the other. By shear lag (Suhir):
closed, die and board of equal size. By plates (`global_model`): die and board as plates, the board wider than the die, which therefore
bows less and leaves the corner joint more. Every bump has the secant stiffness of the corner one; nearer the middle, where they are shifted
less and flow less, they are stiffer in truth and hold a little more. Where bumps are stiff the way back is steep: the corner's shift hardly
grows with the distance any more, so that a few per cent of one are tens of per cent of the other.
"""

from __future__ import annotations

import numpy as np

from ..physics.package_bow import relative_displacement
from .constitution import Laws
from .global_model import Plate, global_model
from .solids import array_of
from .spring_chain import Array
from .vehicle import PackageError, Vehicle

LAG, PLATES = "shear lag", "plates"
BOARD = 3.0  # edges of the die along the board's edge: wider ones change the corner's share by 3 % (our choice)
AXIAL = 2.0  # axial over lateral stiffness of a joint, where it is not stated: that of the plain bump (our choice)
FARTHEST_ROWS = 80  # rows of the largest array that is looked at by plates (our choice)


def shared_shift(
    distance: np.ndarray, stiffness: np.ndarray, vehicle: Vehicle, laws: Laws, *, die: str, stand_off: float, by: str = PLATES,
    axial: float | None = None,
) -> np.ndarray:  # fmt: skip
    """Shift of the corner bump over its free mismatch.

    Shear lag: tanh(k e) / (k e), k^2 = lambda K / p^2, e = distance / sqrt 2 half the array's edge

    Parameters
    ----------
    distance : of the corner bump of a square full array from the neutral point [m], shape (...)
    stiffness : lateral and secant, of every bump, the board's end kept upright [N/m], shape (...)
    vehicle, laws : of the package;  die : material of the die
    stand_off : between the faces of die and board [m]
    by : LAG or PLATES
    axial : stiffness of every bump, of plates alone [N/m]; None: AXIAL times the lateral one

    Raises
    ------
    PackageError : a way that does not exist, values that are not above zero, an array larger than is looked at.

    Source: Suhir, J. Appl. Mech. 53 (1986) 657; `global_model`
    """
    distance, stiffness = np.broadcast_arrays(np.asarray(distance, float), np.asarray(stiffness, float))
    _check(distance, stiffness, stand_off, by)
    array = array_of(laws, vehicle, die)
    if by == LAG:
        edge = distance / np.sqrt(2.0)
        return relative_displacement(edge, edge, stiffness / array.pitch**2, array.compliance(stand_off), 1.0) / edge
    rows = {k: _Row(array, k, stand_off, axial) for k in np.unique(stiffness)}
    pairs = zip(distance.ravel(), stiffness.ravel(), strict=True)
    return np.array([rows[k].ratio_at(d) for d, k in pairs]).reshape(distance.shape)


def distance_for(
    effective: np.ndarray, stiffness: np.ndarray, vehicle: Vehicle, laws: Laws, *, die: str, stand_off: float, by: str = PLATES,
    axial: float | None = None,
) -> np.ndarray:  # fmt: skip
    """Distance from the neutral point at which the corner bump is shifted as a lone one would be at the effective distance [m].

    Shear lag: sqrt 2 / k artanh(k effective / sqrt 2). Infinite where no array shifts its corner so far: by shear lag for any size, by
    plates up to FARTHEST_ROWS rows.

    Parameters
    ----------
    effective : distance that the unit cell takes [m], shape (...)
    stiffness : lateral and secant, of the cell at that distance [N/m], shape (...)
    vehicle, laws, die, by : as for `shared_shift`
    stand_off : between the faces of die and board [m]
    axial : stiffness of every bump, of plates alone [N/m]; None: AXIAL times the lateral one

    Raises
    ------
    PackageError : as `shared_shift`.

    Source: Suhir, J. Appl. Mech. 53 (1986) 657; `global_model`
    """
    effective, stiffness = np.broadcast_arrays(np.asarray(effective, float), np.asarray(stiffness, float))
    _check(effective, stiffness, stand_off, by)
    array = array_of(laws, vehicle, die)
    if by == LAG:
        k = np.sqrt(array.compliance(stand_off) * stiffness) / array.pitch / np.sqrt(2.0)
        part = k * effective
        inside = part < 1.0
        return np.where(inside, np.arctanh(np.where(inside, part, 0.0)) / k, np.inf)
    rows = {k: _Row(array, k, stand_off, axial) for k in np.unique(stiffness)}
    pairs = zip(effective.ravel(), stiffness.ravel(), strict=True)
    return np.array([rows[k].distance_of(e) for e, k in pairs]).reshape(effective.shape)


class _Row:
    """Square arrays of one kind of bump, by their rows; each is solved once."""

    def __init__(self, array: Array, stiffness: float, stand_off: float, axial: float | None) -> None:
        if axial is not None and not axial > 0.0:
            raise PackageError(f"a bump's axial stiffness is above zero, not {axial:.4g} N/m")
        self.array, self.height = array, stand_off
        self.spring = np.diag([stiffness, stiffness, AXIAL * stiffness if axial is None else axial, 0.0, 0.0, 0.0])
        self.known = {1: 1.0}

    def place(self, rows: int) -> float:
        """Of the corner bump of an array of so many rows [m]."""
        return (rows - 1) * self.array.pitch / np.sqrt(2.0)

    def ratio(self, rows: int) -> float:
        """Shift of the corner bump over its free mismatch."""
        if rows not in self.known:
            a, edge = self.array, rows * self.array.pitch
            die = Plate((edge, edge), a.die_thickness, a.die_modulus, a.die_poisson, a.die_expansion)
            wide = BOARD * edge
            board = Plate((wide, wide), a.board_thickness, a.board_modulus, a.board_poisson, a.board_expansion)
            found = global_model(die, board, a.pitch, (rows, rows), self.spring, self.height, 1.0)
            self.known[rows] = float(np.linalg.norm(found.lateral[-1]) / (abs(a.mismatch) * self.place(rows)))
        return self.known[rows]

    def ratio_at(self, distance: float) -> float:
        """Between arrays of neighbouring numbers of rows, by a straight line."""
        rows = distance * np.sqrt(2.0) / self.array.pitch + 1.0
        if rows > FARTHEST_ROWS:
            raise PackageError(
                f"a corner bump {1e3 * distance:.4g} mm from the neutral point belongs to {rows:.0f} rows of bumps; "
                f"{FARTHEST_ROWS} are the most that are reckoned with"
            )
        low = int(rows)
        part = rows - low
        return self.ratio(low) if part < 1e-9 else (1.0 - part) * self.ratio(low) + part * self.ratio(low + 1)

    def distance_of(self, effective: float) -> float:
        """The inverse of distance times ratio, which grows with the distance."""
        low, high = 1, 2
        while self.place(high) * self.ratio(high) < effective:
            if high == FARTHEST_ROWS:
                return np.inf
            low, high = high, min(2 * high, FARTHEST_ROWS)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.place(middle) * self.ratio(middle) < effective else (low, middle)
        # between two arrays the ratio is a straight line over the distance: (a + b s) s = effective
        d0, d1, r0, r1 = self.place(low), self.place(high), self.ratio(low), self.ratio(high)
        b = (r1 - r0) / (d1 - d0)
        a = r0 - b * d0
        return effective / a if b == 0.0 else float(2.0 * effective / (a + np.sqrt(max(a**2 + 4.0 * b * effective, 0.0))))


def _check(distance: np.ndarray, stiffness: np.ndarray, stand_off: float, by: str) -> None:
    if by not in (LAG, PLATES):
        raise PackageError(f"the shift is shared by {LAG!r} or {PLATES!r}, not {by!r}")
    if not (np.all(distance > 0.0) and np.all(stiffness > 0.0) and np.all(np.isfinite(distance)) and np.all(np.isfinite(stiffness))):
        raise PackageError("distances from the neutral point and stiffnesses of bumps are above zero")
    if not (np.isfinite(stand_off) and stand_off >= 0.0):
        raise PackageError(f"the stand-off between die and board is zero or above, not {stand_off!r}")
