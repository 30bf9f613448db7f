"""Light in thick resist behind a mask or a lens: what an image takes on one core once compiled, with its error against a finer sum."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from benchmarks.timing import best

UM = 1e-6
LINES = (365e-9, 405e-9, 436e-9)  # i, h and g lines of a mercury lamp
RESIST = ((30 * UM, (1.680, 1.664, 1.655)), (30 * UM, 1.63))  # our choice: two layers of 30 um
HOLE, RING = 40 * UM, 50 * UM  # a clear hole with a grey ring about it


@contextmanager
def changed(module, **values):
    """Module's own choices replaced for a while."""
    kept = {name: getattr(module, name) for name in values}
    for name, value in values.items():
        setattr(module, name, value)
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(module, name, value)


def off(usual: np.ndarray, fine: np.ndarray) -> str:
    """Largest and root mean square difference, in words."""
    error = np.abs(usual - fine)
    return f"intensity off by {error.max():.0e} at most, {np.sqrt(np.mean(error**2)):.0e} rms, against a finer sum"


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Work, what it took, what is to be reached, and the error beside it."""
    from waferbump.physics.optics import PlaneMask, RoundMask, lens_images, modes, plane_shadow, projection, proximity, shadow

    mask = RoundMask((HOLE, RING), (1.0, 0.25), 0.0)
    r = np.linspace(0, 75, 300) * UM
    depth = (np.arange(480) + 0.5) * 0.25 * UM  # 60 um of resist, and its mirror image below for the light that comes back

    def aligner(depths=depth):
        return proximity(mask, 50 * UM, depths, LINES, at=r, layers=RESIST, divergence=np.radians(3))

    aligner()  # compiles
    seconds, some = best(aligner, 3), depth[::40]
    with (
        changed(modes, _MARGIN=1.6, _MORE=80),
        changed(shadow, _COARSE=6.6, _FINE=18.0, _CELLS=12.0),
    ):
        fine = aligner(some)
    yield "proximity, round, 300 x 480 x 3 lines, 50 um gap", f"{seconds:.2f} s", "0.4 s", off(aligner()[:, ::40], fine)

    x = (np.arange(8 * 75) + 0.5) / 8 * UM
    cells = (np.hypot.outer(x, x) < HOLE).reshape(75, 8, 75, 8).mean(axis=(1, 3)) ** 2
    plane, levels = PlaneMask(cells, UM), (np.arange(60) + 0.5) * UM

    def array():
        return proximity(plane, 20 * UM, levels, LINES, layers=RESIST, divergence=np.radians(2))

    seconds, usual = best(array, 1), array()[:, ::20]
    with changed(plane_shadow, _BLURRED=3 * plane_shadow._BLURRED):
        fine = proximity(plane, 20 * UM, levels[::20], LINES, layers=RESIST, divergence=np.radians(2))
    yield "proximity, quarter 75 x 75 x 60 x 3 lines, 20 um", f"{seconds:.2f} s", "2.5 s", off(usual, fine)

    lens = dict(numerical_aperture=0.16, coherence=0.5, focus=30 * UM, layers=RESIST)

    def stepper(depths=depth[:240]):
        return projection(mask, depths, LINES, at=r, **lens)

    stepper()
    seconds = best(stepper, 3)
    with changed(lens_images, _MARGIN=1.2, _MORE=30, _RADIAL=14.0, _ROUND=12.0):
        fine = stepper(some[:6])
    yield "projection, round, 300 x 240 x 3 lines, NA 0.16", f"{seconds:.2f} s", "2 s", off(stepper()[:, ::40], fine)

    seconds, usual = best(lambda: projection(plane, levels, LINES, **lens), 1), projection(plane, levels[::20], LINES, **lens)
    with changed(lens_images, _PLANE=(10.0, 9.0)):
        fine = projection(plane, levels[::20], LINES, **lens)
    yield "projection, quarter 75 x 75 x 60 x 3 lines", f"{seconds:.2f} s", "", off(usual, fine)
