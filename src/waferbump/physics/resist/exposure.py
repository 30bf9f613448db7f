"""What an exposure leaves in a stack of bleaching resists (F. H. Dill and others, IEEE Transactions on Electron Devices 22 (1975) 445)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .exposure_march import march
from .impossible import ResistError, finite

LARGEST_STEP = 0.2  # our choice: bleaching exponent of one dose step; its measured error stands in `exposed`
BLEACHED = 8.0  # our choice: bleaching exponent at which too little is left (3e-4) to change the light
MOST_STEPS = 20_000  # our choice: a bleachable optical depth of 4000, beyond any resist's use


@dataclass(frozen=True)
class Exposed:
    """State of a resist after its exposure; balances hold line by line.

    inhibitor (nz, *plan): 1 where no light came or no resist is, energy (lines, nz, *plan) absorbed [J/m^3], and (lines, *plan) [J/m^2]
    transmitted (into the solid or out at the bottom), reflected (out at the top), incident; steps: of dose, taken
    """

    inhibitor: np.ndarray
    energy: np.ndarray
    transmitted: np.ndarray
    reflected: np.ndarray
    incident: np.ndarray
    steps: int


def exposed(
    intensity: ArrayLike,
    spacing: ArrayLike,
    dose: float,
    layer: ArrayLike,
    a: ArrayLike,
    b: ArrayLike,
    c: ArrayLike,
    *,
    weights: ArrayLike,
    upward: ArrayLike | None = None,
    reflectance: ArrayLike = 0.0,
    inhibitor: ArrayLike | None = None,
    steps: int | None = None,
) -> Exposed:
    """Inhibitor and absorbed light of a stack of resists after one exposure with several lines that bleach one inhibitor.

    I_i = D_i exp(-int (A_i m + B_i) dz),  dm/dt = -m sum_i C_i I_i

    D is the diffracted image; absorption multiplies it, downwards and, after a solid that reflects, upwards. Cells hold their mean light.
    Second order in depth and dose. Steps when none are given: X / 0.2 with the largest bleaching exponent X = sum_i C_i E_i max(D_i), but
    never more than (8 + int A dz) max(1, int B dz) / 0.2, after which all is bleached; one, which is then exact, where nothing bleaches.
    So the inhibitor is off by at most 4e-4, or 1.5e-4 int A dz where a front has walked down more than 3 optical depths, or 1e-3 where
    resists differ twentyfold in C. Twice the steps leave a quarter of it.

    Parameters
    ----------
    intensity : D [1], shape (lines, nz, *plan), relative to the open field, at the cells' centres; axis 1 runs from the top down
    spacing : dz [m], one number or shape (nz)
    dose : just inside the resist's top in the open field [J/m^2], all lines together
    layer : index of the resist in each cell [1], shape (nz, *plan) or (nz); -1 absorbs nothing (air), -2 is solid and ends the light
    a : bleachable absorption A [1/m], shape (lines, layers)
    b : lasting absorption B [1/m], shape (lines, layers)
    c : bleaching rate C [m^2/J], shape (lines, layers)
    weights : share of each line in the dose [1], shape (lines), sum 1
    upward : relative diffracted intensity of the light that came back [1], shape of `intensity`; None: straight back up each column
    reflectance : of the first solid cell [1], one number, shape (lines) or (lines, *plan); a column without a solid cell reflects nothing
    inhibitor : before the exposure [1], shape (nz, *plan); None: 1
    steps : of dose [count], None: by the rule above

    Raises
    ------
    ResistError : shapes that do not fit, values that are negative or not finite, weights that do not add up to 1, too many steps.

    Valid while absorption is weak over a length in which diffraction changes the image. Source: F. H. Dill, W. P. Hornberger,
    P. S. Hauge, J. M. Shaw, IEEE Transactions on Electron Devices 22 (1975) 445, equations 1 to 3.

    >>> done = exposed(np.ones((1, 200, 1)), 5e-8, 3000.0, np.zeros(200, int), [[0.6e6]], [[0.0]], [[1.2e-3]], weights=[1.0])
    >>> float(round(done.inhibitor[100, 0], 2)), float(round(done.energy.sum() * 5e-8 + done.transmitted[0, 0], 6))
    (0.36, 3000.0)
    """
    intensity = finite("the diffracted intensity", intensity, lowest=0.0)
    if intensity.ndim < 3 or intensity.size == 0:
        raise ResistError(f"the diffracted intensity must have the shape (lines, depths, places), not {intensity.shape}")
    lines, nz, *plan = intensity.shape
    columns = int(np.prod(plan))
    spacing = _shaped("the cells' height", finite("the cells' height", spacing, above=0.0), (nz,))
    dose = float(finite("a dose", dose, lowest=0.0))
    layer = _layers(layer, (nz, *plan))
    constants = [finite(f"the resist's {name}", value, lowest=0.0) for name, value in zip("ABC", (a, b, c), strict=True)]
    if any(x.ndim != 2 or x.shape != (lines, constants[0].shape[1]) for x in constants):
        raise ResistError(f"A, B and C need one number a line and layer ({lines} lines), their shapes are {[x.shape for x in constants]}")
    if layer.max() >= constants[0].shape[1]:
        raise ResistError(f"a cell is of layer {layer.max()}, but A, B and C are given for {constants[0].shape[1]} layers")
    weights = _shaped("the weights of the lines", finite("the weight of a line", weights, lowest=0.0), (lines,))
    if abs(weights.sum() - 1.0) > 1e-9:
        raise ResistError(f"the weights of the lines must add up to 1, not to {weights.sum():g}")
    back = np.zeros((0, 0, 0))
    if upward is not None:
        back = _shaped("the upward intensity", finite("the upward intensity", upward, lowest=0.0), intensity.shape)
    reflectance = finite("a reflectance", reflectance, lowest=0.0, highest=1.0)
    if reflectance.ndim == 1:
        reflectance = reflectance.reshape(-1, *(1 for _ in plan))
    reflectance = _shaped("the reflectance", reflectance, (lines, *plan))
    start = np.ones((nz, *plan)) if inhibitor is None else finite("the inhibitor", inhibitor, lowest=0.0, highest=1.0)
    start = _shaped("the inhibitor", start, (nz, *plan))
    if steps is None:
        steps = _steps(intensity, back, reflectance, dose * weights, layer, spacing, *constants)
    if int(steps) != steps or not 1 <= steps <= MOST_STEPS:
        raise ResistError(f"an exposure takes 1 to {MOST_STEPS} steps of dose, not {steps}; a resist that needs more is opaque")
    left, energy, through, out = march(
        _plain(intensity).reshape(lines, nz, columns),
        _plain(back).reshape(lines, nz, columns) if back.size else back,
        _plain(reflectance).reshape(lines, columns),
        _plain(spacing),
        _plain(layer).reshape(nz, columns),
        *(_plain(x) for x in constants),
        dose * weights,
        _plain(start).reshape(nz, columns),
        int(steps),
    )
    return Exposed(
        inhibitor=left.reshape(nz, *plan),
        energy=energy.reshape(intensity.shape),
        transmitted=through.reshape(lines, *plan),
        reflected=out.reshape(lines, *plan),
        incident=(dose * weights).reshape(-1, *(1 for _ in plan)) * intensity[:, 0],
        steps=int(steps),
    )


def _plain(array: np.ndarray) -> np.ndarray:
    """The array in C order and writable, because the compiler makes another version of its code for any other kind."""
    return np.require(array, requirements=("C_CONTIGUOUS", "WRITEABLE"))


def _shaped(what: str, value: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The array broadcast to its shape, or a sentence."""
    try:
        return np.broadcast_to(value, shape)
    except ValueError:
        raise ResistError(f"{what} must have the shape {shape}, not {value.shape}") from None


def _layers(layer: ArrayLike, shape: tuple[int, ...]) -> np.ndarray:
    """Layer indices of all cells."""
    layer = np.asarray(layer)
    if not np.issubdtype(layer.dtype, np.integer):
        raise ResistError("a cell's layer must be a whole number")
    if layer.ndim == 1:
        layer = layer.reshape(-1, *(1 for _ in shape[1:]))
    layer = _shaped("the cells' layers", layer, shape).astype(np.int64)
    if layer.min() < -2:
        raise ResistError(f"a cell's layer is the index of a resist, -1 (nothing that absorbs) or -2 (solid), not {layer.min()}")
    return layer


def _steps(
    intensity: np.ndarray,
    back: np.ndarray,
    reflectance: np.ndarray,
    dose: np.ndarray,
    layer: np.ndarray,
    spacing: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    c: np.ndarray,
) -> int:
    """Steps of dose from the largest bleaching exponent, as far as it can still change what the light meets."""
    present = [int(x) for x in np.unique(layer) if x >= 0]
    if not present or not np.any(a[:, present] > 0):
        return 1  # the light does not change while it shines
    lines = len(dose)
    brightest = intensity.reshape(lines, -1).max(axis=1)
    returned = back.reshape(lines, -1).max(axis=1) if back.size else brightest
    light = dose * (brightest + reflectance.reshape(lines, -1).max(axis=1) * returned)
    exponent = (c[:, present] * light[:, None]).sum(axis=0).max()
    absorbing, lasting = (_deepest(x, layer, spacing) for x in (a, b))
    # A front has gone through once the exponent exceeds the bleachable depth by a few; lasting absorption holds it back
    return max(1, int(np.ceil(min(exponent, (BLEACHED + absorbing) * max(1.0, lasting)) / LARGEST_STEP - 1e-9)))


def _deepest(absorption: np.ndarray, layer: np.ndarray, spacing: np.ndarray) -> float:
    """Largest optical depth of any column at any line."""
    each = np.append(absorption.max(axis=0), [0.0, 0.0])  # of layers -2 and -1: nothing
    return float(np.tensordot(spacing, each[layer].reshape(len(spacing), -1), axes=1).max())
