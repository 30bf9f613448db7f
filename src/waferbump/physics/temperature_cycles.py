"""Temperature cycles of the reliability standards: how low, how high, how long, and how fast between them.

The standards themselves could not be opened: their numbers are remembered, as the `source` of every cycle says, and want a look into the
edition that is called for. Neither names one ramp: both bound it from above, so the time of a ramp is ours (see RAMP_RATE).
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np

from .constitutive.impossible import ConstitutiveError

ZERO_CELSIUS = 273.15  # K
MINUTE = 60.0  # s
# K/s: 165 K in 15 min, so that condition G with soak mode 4 is one cycle an hour, as boards are cycled most; our choice. Below the
# 20 K/min that IPC-9701 allows and the 15 K/min that JESD22-A104 recommends for solder joints (both remembered)
RAMP_RATE = 165.0 / (15.0 * MINUTE)

_REMEMBERED = "remembered, standard not opened"
_JEDEC = f"JESD22-A104, table of test conditions and soak modes ({_REMEMBERED})"
_IPC = f"IPC-9701A, table of test conditions, 10 min dwells ({_REMEMBERED})"
_CONFLICT = "; a public tool prints -25/125 degC for TC2"
# low and high [degC]
_CONDITIONS = MappingProxyType(
    {
        "A": (-55.0, 85.0), "B": (-55.0, 125.0), "C": (-65.0, 150.0), "G": (-40.0, 125.0), "H": (-55.0, 150.0), "I": (-40.0, 115.0),
        "J": (0.0, 100.0), "K": (0.0, 125.0), "L": (-55.0, 110.0), "M": (-40.0, 150.0), "N": (-40.0, 85.0), "R": (-25.0, 125.0),
        "T": (-40.0, 100.0),
    }
)  # fmt: skip
_SOAKS = MappingProxyType({"1": 1.0, "2": 5.0, "3": 10.0, "4": 15.0})  # min
_BOARDS = MappingProxyType(
    {"TC1": (0.0, 100.0), "TC2": (-25.0, 100.0), "TC3": (-40.0, 125.0), "TC4": (-55.0, 125.0), "TC5": (-55.0, 100.0)}
)


class TemperatureCycleError(ConstitutiveError):
    """A temperature cycle that is not known or cannot be run, in words."""


@dataclass(frozen=True)
class Cycle:
    """A temperature cycle of straight ramps and dwells.

    low, high : [K];  ramp_up, ramp_down, dwell_high, dwell_low : [s], dwells may be 0;  source : where the numbers come from;  name

    >>> cycle("JESD22-A104 condition G soak mode 4").period
    3600.0
    """

    low: float
    high: float
    ramp_up: float
    ramp_down: float
    dwell_high: float
    dwell_low: float
    source: str
    name: str = ""

    def __post_init__(self):
        numbers = (self.low, self.high, self.ramp_up, self.ramp_down, self.dwell_high, self.dwell_low)
        if not np.all(np.isfinite(numbers)):
            raise TemperatureCycleError("the temperatures and times of a cycle must be finite numbers")
        if not 0 < self.low < self.high:
            raise TemperatureCycleError(f"a cycle's low must lie above 0 K and below its high, they are {self.low:g} K and {self.high:g} K")
        if self.ramp_up <= 0 or self.ramp_down <= 0:
            raise TemperatureCycleError("a ramp takes time: no oven changes its temperature at once")
        if self.dwell_high < 0 or self.dwell_low < 0:
            raise TemperatureCycleError("a dwell must not be negative")

    @property
    def period(self) -> float:
        """Time of one cycle [s]."""
        return self.ramp_up + self.ramp_down + self.dwell_high + self.dwell_low

    @property
    def range(self) -> float:
        """High less low [K]."""
        return self.high - self.low

    def with_ramp_rate(self, rate: float) -> Cycle:
        """The cycle with both ramps at a rate [K/s]."""
        if not (np.isfinite(rate) and rate > 0):
            raise TemperatureCycleError("the rate of a ramp must be a positive number")
        return replace(self, ramp_up=self.range / rate, ramp_down=self.range / rate)

    def profile(self, cycles: int, start_temperature: float, first: Literal["cool", "heat"] = "heat") -> tuple[np.ndarray, np.ndarray]:
        """Corners of the temperature over time: from the start to the first extreme, then whole cycles that each end there again.

        cycles : how many;  start_temperature : [K], may lie outside the cycle, as the solidus does;  first : "heat" goes to the high
        first, "cool" to the low. The way from the start is taken at the rate of the ramp in its direction.

        Returns time [s] and temperature [K], shape (corners,), the times rising. Raises TemperatureCycleError.

        >>> time, temperature = cycle("IPC-9701 TC1").profile(1, 298.15)
        >>> (temperature - 273.15).round(2).tolist()
        [25.0, 100.0, 100.0, 0.0, 0.0, 100.0]
        """
        if isinstance(cycles, bool) or not isinstance(cycles, int | np.integer) or cycles < 1:
            raise TemperatureCycleError(f"the number of cycles must be a whole number from 1 on, it is {cycles!r}")
        if first not in ("cool", "heat"):
            raise TemperatureCycleError(f'the first ramp is to "cool" or to "heat", not {first!r}')
        if not (np.isfinite(start_temperature) and start_temperature > 0):
            raise TemperatureCycleError("the temperature at the start must be a finite number above 0 K")
        up, down = (self.ramp_up, self.high, self.dwell_high), (self.ramp_down, self.low, self.dwell_low)
        near, far = (up, down) if first == "heat" else (down, up)
        way = near[1] - start_temperature
        legs = [(abs(way) * (self.ramp_up if way > 0 else self.ramp_down) / self.range, near[1])]
        for _ in range(cycles):
            legs += [(near[2], near[1]), (far[0], far[1]), (far[2], far[1]), (near[0], near[1])]
        legs = [leg for leg in legs if leg[0] > 0]
        time = np.concatenate([[0.0], np.cumsum([duration for duration, _ in legs])])
        return time, np.array([start_temperature, *(temperature for _, temperature in legs)])


def names() -> tuple[str, ...]:
    """Names of all cycles that `cycle` knows.

    Parameters
    ----------
    None.

    Raises
    ------
    Nothing.

    Valid always. Source: the tables above.

    >>> len(names())
    57
    """
    jedec = [f"JESD22-A104 condition {letter} soak mode {mode}" for letter in _CONDITIONS for mode in _SOAKS]
    return (*jedec, *(f"IPC-9701 {condition}" for condition in _BOARDS))


def cycle(name: str) -> Cycle:
    """A standard's temperature cycle by its name, ramps at 11 K/min.

    ramp = (T_high - T_low) / 11 K/min

    Parameters
    ----------
    name : "JESD22-A104 condition G soak mode 4" or "IPC-9701 TC3" [a name, capitals and edition letters free]

    Raises
    ------
    TemperatureCycleError : a name that is not known; the sentence gives near ones.

    Valid for the conditions in `names()`; `with_ramp_rate` changes the ramps. Source: JESD22-A104 and IPC-9701A, remembered: the standards
    were not opened; the rate of the ramps is our choice.

    >>> three = cycle("IPC-9701 TC3")
    >>> round(three.low, 2), three.high, three.dwell_high
    (233.15, 398.15, 600.0)
    """
    known = {_plain(one): one for one in names()}
    plain = _plain(name)
    if plain not in known:
        near = difflib.get_close_matches(plain, known, n=4, cutoff=0.6)
        hint = f"near it are {', '.join(known[k] for k in near)}" if near else f"there are {', '.join(names())}"
        raise TemperatureCycleError(f"no temperature cycle is called {name!r}; {hint}")
    full = known[plain]
    words = full.split()
    if full.startswith("JESD"):
        (low, high), dwell, source = _CONDITIONS[words[2]], _SOAKS[words[5]] * MINUTE, _JEDEC
    else:
        (low, high), dwell = _BOARDS[words[1]], 10.0 * MINUTE
        source = _IPC + (_CONFLICT if words[1] == "TC2" else "")
    ramp = (high - low) / RAMP_RATE
    source += "; ramps of 11 K/min are our choice"
    return Cycle(low + ZERO_CELSIUS, high + ZERO_CELSIUS, ramp, ramp, dwell, dwell, source, full)


def _plain(name: str) -> str:
    """A name without what writers vary: capitals, edition letters, commas, spaces."""
    words = re.sub(r"(a104|9701)[a-z]?\b", r"\1", str(name).lower())
    return " ".join(words.replace(",", " ").split())
