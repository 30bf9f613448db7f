"""Mask to developed wall: one exposure of two resists of 30 um, round on three grids and in a quarter of a cell cube by cube."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.timing import best

UM = 1e-6
LINES, WEIGHTS, DOSE = (365e-9, 405e-9, 436e-9), (0.40, 0.25, 0.35), 4000.0
RADIUS, WIDTH, DEPTHS = 40 * UM, 75 * UM, (15 * UM, 28 * UM, 45 * UM, 57 * UM)
FINEST = 0.0625 * UM  # the grid that the others are compared with


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Work, what it took, what is to be reached, and the error beside it."""
    from waferbump.physics.light import Light
    from waferbump.physics.optics import PlaneMask, RoundMask
    from waferbump.physics.patterning import development, flat_cut, image_of, latent_image
    from waferbump.physics.patterning_block import block_development
    from waferbump.physics.resist import MackRate, ResistParameters

    rate = MackRate(0.25 * UM, 3e-4 * UM, 0.4, 4.0)
    upper, lower = (
        ResistParameters("positive", "inhibitor", (1.63,) * 3, (0.015e6,) * 3, (0.010e6,) * 3, (c,) * 3, rate) for c in (24e-4, 6e-4)
    )
    light = Light("aligner", LINES, WEIGHTS, gap=20 * UM, divergence=np.deg2rad(2))
    lens = Light("stepper", LINES, WEIGHTS, numerical_aperture=0.16, coherence=0.5, focus=30 * UM)
    mask = RoundMask((RADIUS,), (1.0,), 0.0)

    def axial(spacing: float, shone: Light = light) -> np.ndarray:
        cut = flat_cut((30 * UM, 30 * UM), WIDTH, spacing)
        image = image_of(cut, (upper, lower), mask, shone)
        front = development(cut, (upper, lower), latent_image(cut, (upper, lower), image, shone, DOSE, surface=False))
        at = 1.3 * front.time_to_floor(0)
        return np.array([front.wall(int(depth > 30 * UM), depth, at) for depth in DEPTHS])

    exact = axial(FINEST)
    for spacing, reach, error in ((0.25, "2 s", " (0.1 um)"), (0.5, "", ""), (1.0, "", "")):
        off = np.abs(axial(spacing * UM) - exact).max() / UM
        seconds = best(lambda spacing=spacing: axial(spacing * UM), 3)
        yield f"expose, bleach, develop: round, {spacing} um", f"{seconds:.2f} s", reach, f"walls off by {off:.3f} um{error}"
    focused = axial(FINEST * 2, lens)
    off = np.abs(axial(0.25 * UM, lens) - focused).max() / UM
    yield "  the same under a 1X stepper", f"{best(lambda: axial(0.25 * UM, lens), 1):.2f} s", "", f"walls off by {off:.3f} um"

    at = (np.arange(750) + 0.5) / 10  # ten points along a cube's side, on which the disc's share of it is counted
    share = (at[:, None] ** 2 + at[None, :] ** 2 <= 40.0**2).reshape(75, 10, 75, 10).mean(axis=(1, 3))

    def block():
        return block_development(
            PlaneMask(share, UM), (30 * UM, 30 * UM), (upper, lower), light, DOSE, rows=UM, surface=False
        )  # fmt: skip

    found = block()
    end = 1.3 * found.time[-1, 0, 0]
    angles = (0.0, np.pi / 8, np.pi / 4)
    off = max(abs(found.wall(depth, end, angle) - wall) for depth, wall in zip(DEPTHS, exact, strict=True) for angle in angles) / UM
    yield "  a quarter of 150 x 150 x 60 um, cubes of 1 um", f"{best(block, 2):.2f} s", "6 s", f"walls off by {off:.2f} um (0.4 um)"
