"""Plane meshes of built-in structures: volumes against the stack's, bodies in one piece, and what they rest on."""

import functools

import numpy as np
import pytest
import shapely

import waferbump
from tests.geometry.test_mesh_plane import BOARD, UM, contact, joint, sound, volume
from waferbump.geometry.mesh import Joint
from waferbump.geometry.mesh_plane import GROUND, plane_mesh, slice_mesh

pytestmark = pytest.mark.slow  # cells under load take seconds each; `test_evidence.py` pulls one by default

KEPT = 1e-3  # of a region's volume: what is narrower than a ten-thousandth of the strip, and stands alone, is left out
BALL = Joint(joint(foot=125, top=85, bulge=50, height=200).radius, joint(height=200).height)
SLOW = [
    "suspended-over-gap-beams", "suspended-over-gap-epoxy", "sacrificial-left", "sacrificial-on-elastic", "elastic-alone",
    "elastic-alone-beams", "two-part-insulator", "two-part-insulator-beams", "plain-bump", "soft-buffer", "copper-post", "air-pocket",
]  # fmt: skip
WINDOWS = 150 * UM  # the middle of the slot on the far side of all parts that windows free


@functools.cache
def site(name: str):
    return waferbump.run(waferbump.load(name)).final.stack


def in_strip(stack, name: str, half: float, end: float) -> float:
    x0, _, x1, _ = stack.window
    box = shapely.box(x0, -half, min(end, x1), half)
    made = 0.0
    for column in stack.columns:
        tall = sum(layer.top - layer.bottom for layer in column.layers if layer.name == name)
        made += tall * shapely.intersection(column.shape, box).area if tall else 0.0
    return made


def check(name: str, mesh) -> None:
    stack = site(name)
    half = volume(mesh, "passivation"), volume(mesh, "pad")
    assert min(half) > 0.0
    strip = np.max(mesh.part("passivation").widths) / 2
    freed = any(all(layer.name in (*GROUND, "air") for layer in column.layers) for column in stack.columns) and name != "air-pocket"
    for part in mesh.parts:
        if not stack.has(part.name) or part.name in ("carrier", "ball", "underfill"):
            continue
        end = np.inf if part.name in GROUND or not freed else WINDOWS
        assert volume(mesh, part.name) == pytest.approx(in_strip(stack, part.name, strip, end), rel=KEPT), part.name
    assert sound(mesh) == 1
    count = sum(len(part.cells) for part in mesh.parts)
    assert 2500 < count < 6000


def test_a_suspended_part():
    mesh = plane_mesh(site("suspended-over-gap"), BALL, BOARD)
    check("suspended-over-gap", mesh)
    bound = np.intersect1d(mesh.part("insulating").cells, mesh.part("passivation").cells)
    assert mesh.nodes[bound, 0].max() == pytest.approx(-259 * UM, abs=1.5 * UM)  # held 260 um from the bump, edges snap within 1 um
    (gap,) = mesh.gaps
    assert gap.heights == pytest.approx(5 * UM, rel=1e-6)
    assert contact(mesh, gap) == pytest.approx(403 * 320e-12, rel=0.01)  # from -259 to 144 um, 320 um wide, rounded corners
    assert gap.widths.max() == pytest.approx(320 * UM, rel=5e-3)
    # solder stands on the line within the opening of the protection, and nothing else bears it
    assert set(mesh.sets["foot"]) <= set(mesh.part("line").cells.ravel())


def test_an_underfilled_bump_and_a_row_of_it():
    stack = site("plain-bump-underfilled")
    mesh = plane_mesh(stack, BALL, BOARD, filled="underfill")
    check("plain-bump-underfilled", mesh)
    top = 16.25 * UM + 200 * UM
    assert mesh.nodes[np.unique(mesh.part("underfill").cells), 1].max() == pytest.approx(top + 20 * UM, rel=1e-6)
    row = slice_mesh(stack, BALL, BOARD, count=4, pitch=500 * UM, filled="underfill")
    assert volume(row, "underfill") == pytest.approx(4 * volume(mesh, "underfill"), rel=2e-3)  # a coarser outline of the joint beside it
    assert volume(row, "line") == pytest.approx(4 * stack.volume("line"), rel=KEPT)
    assert sound(row) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_structures(name):
    mesh = plane_mesh(site(name), BALL, BOARD)
    check(name, mesh)
    gaps = {(gap.lower, gap.upper) for gap in mesh.gaps}
    assert gaps == ({("passivation", "insulating")} if name.startswith(("suspended", "air")) else set())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "upper", "lower"),
    [
        ("sacrificial-left", "insulating", "sacrificial"),
        ("sacrificial-on-elastic", "insulating", "sacrificial"),
        ("elastic-alone", "insulating", "elastic"),
        ("two-part-insulator", "second", "passivation"),
    ],
)
def test_weak_interfaces(name, upper, lower):
    stack = site(name)
    mesh = plane_mesh(stack, BALL, BOARD, split=[(upper, lower)])
    strip = np.max(mesh.part("passivation").widths) / 2
    box = shapely.box(stack.window[0], -strip, WINDOWS, strip)
    area = 0.0
    for column in stack.columns:
        for below, above in zip(column.layers, column.layers[1:], strict=False):
            if (below.name, above.name) == (lower, upper):
                area += shapely.intersection(column.shape, box).area
    found = {(one.lower, one.upper): contact(mesh, one) for one in mesh.interfaces}
    assert found[lower, upper] == pytest.approx(area, rel=KEPT)
    assert sound(mesh) == 1
