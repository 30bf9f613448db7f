"""A layer's sensitivity: the dose that opens it, or keeps half of it, when it stands alone in open light."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .exposure import exposed
from .impossible import ResistError, finite
from .parameters import ResistParameters

CELLS = 400  # our choice: second order in the cells; with an absorption of one a layer the dose is then off by 1e-6
OPTICAL_CELL = 0.1  # our choice: largest absorption in one cell
MOST_CELLS = 4000  # our choice: an absorption of 400 in the layer, through which no light comes
SHARPEST = 1e-10  # our choice: relative, of the dose
DOUBLINGS = 14  # our choice: of the dose, from a bleaching exponent of one: 16000 times what the top needs is beyond reason
HALVINGS = 60  # our choice: of the same dose, down to where rounding hides it


def clearing_dose(
    parameters: ResistParameters, thickness: float, development_time: float, *, weights: ArrayLike, reflectance: float = 0.0
) -> float:
    """Dose at which a layer alone, in open light, is just through (positive) or keeps half its thickness (negative) after development.

    int_0^h dz / R(z; dose) = t, with h the thickness of a positive layer, or half of a negative one's

    The front comes down from the layer's top. Bracketed from one dose to its double, then found by Brent's method.

    Parameters
    ----------
    parameters : of the resist [ResistParameters]
    thickness : of the layer [m]
    development_time : t [s]
    weights : share of each line in the dose [1], shape (lines), sum 1
    reflectance : of the ground below the layer [1], 0 to 1

    Returns
    -------
    dose just inside the layer's top [J/m^2], all lines together.

    Raises
    ------
    ResistError : no dose does it (the time is too short, or the layer too dark), or none is needed.

    Valid for one resist on a flat ground. Source: definition of the dose to clear, C. A. Mack, Fundamental Principles of Optical
    Lithography (2007), chapter 8.

    >>> from waferbump.physics.resist import MackRate
    >>> clear = ResistParameters("positive", "inhibitor", (1.63,), (0.0,), (0.0,), (1e-3,), MackRate(0.25e-6, 0.3e-9, 0.4, 4.0))
    >>> round(clearing_dose(clear, 10e-6, 10e-6 / float(clear.rate(0.5)), weights=[1.0]), 4)   # ln 2 / c
    693.1472
    """
    thickness = float(finite("the layer's thickness", thickness, above=0.0))
    time = float(finite("a development time", development_time, above=0.0))
    weights = finite("the weight of a line", weights, lowest=0.0)
    if weights.shape != (len(parameters.c),):
        raise ResistError(f"the resist is known at {len(parameters.c)} lines, the weights are of {weights.size}")
    reflectance = float(finite("a reflectance", reflectance, lowest=0.0, highest=1.0))
    seen = float(np.dot(weights, parameters.c))
    if not seen > 0.0:
        raise ResistError("the resist does not see the light: its c is zero at every line that shines")
    positive = parameters.tone == "positive"
    column = _Column(parameters, thickness, weights, reflectance)

    def ahead(dose: float) -> float:
        """Share of the time left over when the front has come far enough: positive where it comes further."""
        return 1.0 - column.front(dose) / time

    _refuse(parameters, column, time, positive)
    sign = 1.0 if positive else -1.0
    # The shares at the two ends differ in sign: from a bleaching exponent of one at the top upwards or downwards
    low = high = 1.0 / seen
    for _ in range(DOUBLINGS):
        if sign * ahead(high) > 0.0:
            break
        low, high = high, 2.0 * high
    else:
        raise ResistError(_too_dark(positive))
    if low == high:
        for _ in range(HALVINGS):
            low = 0.5 * low
            if sign * ahead(low) <= 0.0:
                break
            high = low
        else:
            raise ResistError("the layer is that sensitive that no dose can be told from none")
    from scipy.optimize import brentq

    return float(brentq(ahead, low, high, xtol=SHARPEST * low, rtol=SHARPEST))


def working_curve(dose: ArrayLike, penetration_depth: float, critical_dose: float) -> np.ndarray | float:
    """Thickness of resin that light from one side hardens.

    C_d = D_p ln(E_0 / E_c), zero below the critical dose

    Parameters
    ----------
    dose : E_0 [J/m^2], at the surface, array-like
    penetration_depth : D_p [m], at which the light has fallen to 1 / e
    critical_dose : E_c [J/m^2], that just gels

    Raises
    ------
    ResistError : a depth or critical dose that is not positive, a dose that is negative.

    Valid for resins whose absorption does not change with the dose. Source: P. F. Jacobs, Rapid Prototyping and Manufacturing (1992),
    chapter 4.

    >>> float(working_curve(np.e * 100.0, 50e-6, 100.0))
    5e-05
    """
    dose = finite("a dose", dose, lowest=0.0)
    depth = float(finite("a penetration depth", penetration_depth, above=0.0))
    critical = float(finite("a critical dose", critical_dose, above=0.0))
    return (depth * np.log(np.maximum(dose / critical, 1.0)))[()]


class _Column:
    """One layer in open light, cut into cells."""

    def __init__(self, parameters: ResistParameters, thickness: float, weights: np.ndarray, reflectance: float) -> None:
        cells = max(CELLS, int(np.ceil((max(parameters.a) + max(parameters.b)) * thickness / OPTICAL_CELL)))
        if cells > MOST_CELLS:
            raise ResistError("no light comes through a layer that absorbs that much: its a + b times its thickness exceeds 400")
        self.parameters, self.weights, self.reflectance = parameters, weights, reflectance
        self.spacing = thickness / cells
        self.depth = (np.arange(cells) + 0.5) * self.spacing
        self.reach = cells if parameters.tone == "positive" else cells // 2 + cells % 2
        # an odd number of cells is cut in the middle of one
        self.share = np.ones(self.reach)
        if parameters.tone == "negative" and cells % 2:
            self.share[-1] = 0.5
        self.layer = np.append(np.zeros(cells, int), -2)  # the ground

    def front(self, dose: float) -> float:
        """Time at which the developer has come as far down as it should [s], inf where it never does."""
        of, lines = self.parameters, len(self.weights)
        done = exposed(
            np.ones((lines, len(self.layer), 1)),
            self.spacing,
            dose,
            self.layer,
            *(np.array(x)[:, None] for x in (of.a, of.b, of.c)),
            weights=self.weights,
            reflectance=self.reflectance,
        )
        return self.passed(done.inhibitor[:-1, 0])

    def passed(self, inhibitor: np.ndarray) -> float:
        """The same time through given inhibitor."""
        rate = np.asarray(self.parameters.dissolution(self.parameters.developable(inhibitor, self.spacing), self.depth))[: self.reach]
        if np.any(rate <= 0.0):
            return np.inf
        return float(np.sum(self.share * self.spacing / rate))


def _refuse(parameters: ResistParameters, column: _Column, time: float, positive: bool) -> None:
    """Say so where the time decides before any light does."""
    dark, bright = column.passed(np.ones(len(column.depth))), column.passed(np.zeros(len(column.depth)))
    if positive and bright > time:
        raise ResistError(f"no dose clears the layer: fully exposed it needs {bright:.4g} s, the development ends after {time:.4g} s")
    if positive and dark <= time:
        raise ResistError(f"the layer needs no light: unexposed it is gone after {dark:.4g} s, the development ends after {time:.4g} s")
    if not positive and bright < time:
        raise ResistError(f"no dose keeps half the layer: fully exposed it goes in {bright:.4g} s, the development ends after {time:.4g} s")
    if not positive and dark >= time:
        raise ResistError(f"half the layer stays without light: unexposed it takes {dark:.4g} s, the development ends after {time:.4g} s")


def _too_dark(positive: bool) -> str:
    """What is wrong with a layer that no dose reaches."""
    return f"no dose within reason {'clears' if positive else 'keeps half'} the layer: its ground stays dark, it absorbs too much"
