"""Exposure, bake and sensitivity of resists: what a section, a quarter of a plan and one layer take, each with its error."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.timing import best

LINES = (0.40, 0.25, 0.35)  # shares of 365, 405 and 436 nm, nominal for a mercury lamp
UPPER, LOWER = (0.015e6, 0.010e6, 2.4e-3), (0.015e6, 0.010e6, 0.6e-3)  # A, B [1/m] and C [m^2/J] of two thick resists, nominal
DOSE = 4000.0  # [J/m^2]
FINE_STEPS = 1000  # of dose: sixteen times those of the rule, hence an error 250 times smaller


def two_layers(shape: tuple[int, ...], spacing: float, steps: int | None = None):
    """The call that exposes two resists, one on the other, in an image without order, above metal that reflects."""
    from waferbump.physics.resist import exposed

    light = np.random.default_rng(1).uniform(0.0, 1.2, (len(LINES), *shape))
    layer = np.repeat([0, 1], shape[0] // 2)
    layer[-1] = -2
    constants = [[list(pair)] * len(LINES) for pair in zip(UPPER, LOWER, strict=True)]
    return lambda: exposed(light, spacing, DOSE, layer, *constants, weights=LINES, upward=light, reflectance=0.3, steps=steps)


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Work, what it took, what is to be reached, and the error beside it."""
    from waferbump.physics.resist import MackRate, ResistParameters, bleach, clearing_dose, diffused, exposed

    a, b, c = 0.6e6, 0.05e6, 1.2e-3
    for name, steps, reach in (("by rule", None, "4e-4"), ("120 steps", 120, "1e-4")):

        def column(steps=steps):
            return exposed(np.ones((1, 240, 1)), 5e-8, 3000.0, np.zeros(240, int), [[a]], [[b]], [[c]], weights=[1.0], steps=steps)

        column()
        off = np.abs(column().inhibitor[:, 0] - bleach((np.arange(240) + 0.5) * 5e-8, 3000.0, a, b, c)[0]).max()
        yield f"column of 240 cells bleached, {name}", f"{best(column, 5) * 1e3:.2f} ms", "", f"inhibitor off by {off:.0e} ({reach})"

    for name, shape, spacing, reach in (
        ("section 240 x 300", (240, 300), 0.25e-6, 0.1),
        ("quarter plan 60 x 75 x 75", (60, 75, 75), 1e-6, 0.5),
    ):
        work = two_layers(shape, spacing)
        done = work()
        seconds = best(work, 3)
        off = np.abs(done.inhibitor - two_layers(shape, spacing, FINE_STEPS)().inhibitor).max()
        error = f"{done.steps} dose steps, off by {off:.0e} (4e-4)"
        yield f"{name} exposed, 3 lines, 2 resists", f"{seconds:.3f} s", f"{reach} s", error

    length, cell = 0.5e-6, 0.25e-6
    step = np.zeros((240, 300))
    step[:120] = 1.0
    seconds = best(lambda: diffused(step, length, cell, axis_of_symmetry=True), 3)
    halves = diffused(diffused(step, length / np.sqrt(2), cell, axis_of_symmetry=True), length / np.sqrt(2), cell, axis_of_symmetry=True)
    apart = np.abs(halves - diffused(step, length, cell, axis_of_symmetry=True)).max()
    yield "bake of a section 240 x 300, 2 cells long", f"{seconds:.3f} s", "0.1 s", f"two half bakes differ by {apart:.0e}"

    resist = ResistParameters("positive", "inhibitor", (1.63,), (0.0,), (0.0,), (1e-3,), MackRate(0.25e-6, 0.3e-9, 0.4, 4.0))
    thick = ResistParameters("positive", "inhibitor", (1.63,) * 3, *((value,) * 3 for value in LOWER), resist.rate)
    seconds = best(lambda: clearing_dose(thick, 30e-6, 400.0, weights=LINES), 3)
    exact = -np.log(0.3) / 1e-3
    off = abs(clearing_dose(resist, 30e-6, 30e-6 / float(resist.rate(0.3)), weights=[1.0]) / exact - 1)
    yield "dose that clears 30 um", f"{seconds * 1e3:.1f} ms", "", f"off by {off:.0e} where nothing absorbs"
