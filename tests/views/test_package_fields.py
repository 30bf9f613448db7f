"""Deformed meshes as pictures: colours, displacements and sizes, read back from what was drawn."""

from __future__ import annotations

import base64
import io
import math
import re

import numpy as np
import pytest
from PIL import Image

from tests.views.package_records import field, grid
from waferbump.geometry.mesh import Mesh, Pairs, Part
from waferbump.views import package_fields
from waferbump.views.package_fields import detail_window, fitting_magnification, structure_window


def area(data: str) -> float:
    """Area inside path data of relative lines [px^2]."""
    whole = 0.0
    for ring in data.split("z")[:-1]:
        numbers = [float(n) for n in re.findall(r"-?\d*\.?\d+", ring)]
        points = np.cumsum(np.array(numbers).reshape(-1, 2), axis=0)
        x, y = points.T
        whole -= 0.5 * float(x @ np.roll(y, -1) - y @ np.roll(x, -1))  # counterclockwise in z upwards is clockwise in px
    return whole


def filled(svg: str) -> dict[str, float]:
    """Area of every colour of a field [px^2]."""
    found = re.findall(r'<path d="(M[^"]*)" fill="(#[0-9a-f]{6})"', svg)
    return {colour: area(data) for data, colour in found}


def test_colours_cover_the_mesh_once_and_in_proportion():
    mesh = grid(24)
    x = mesh.nodes[mesh.parts[0].cells].mean(1)[:, 0]
    areas = filled(field(mesh, {"metal": 1e6 * x / 1e-4}, top=1e6))
    # a plate of 400 px: corners are rounded to 0.1 px, which moves an outline of 800 px by 0.05 px at most
    assert math.isclose(sum(areas.values()), 400.0**2, abs_tol=12 * 40)
    assert len(areas) == 12 and all(math.isclose(one, 400.0**2 / 12, abs_tol=41) for one in areas.values())


def test_displacements_are_magnified_and_the_outline_of_rest_stays():
    mesh = grid(4)
    u = np.zeros((len(mesh.nodes), 2))
    u[:, 0] = 0.02 * mesh.nodes[:, 0]  # stretched by 2 %
    svg = field(mesh, {"metal": np.ones(16)}, u, magnify=5.0)
    assert math.isclose(next(iter(filled(svg).values())), 1.1 * 400.0**2, rel_tol=1e-3)
    dashed = re.search(r'<path d="([^"]*)"[^>]*stroke-dasharray', svg)[1]
    assert math.isclose(area(dashed), 400.0**2, rel_tol=1e-3)
    assert "displacements drawn 5 times" in svg and "displacements to scale" in field(mesh, {})


def test_what_conducts_is_in_front_of_what_does_not():
    mesh = grid(4, second=True)
    svg = field(mesh, {"metal": np.full(16, 1e6), "film": np.zeros(8)}, top=1e6)
    assert len(filled(svg)) == 1  # the film, narrower, lies behind


def test_outlines_close_where_bodies_lie_over_one_another():
    mesh = grid(3)
    cells = np.array([[0, 1, 5, 4], [4, 5, 9, 8], [4, 5, 13, 12]])  # the third covers the second and what is above it
    mesh = Mesh(mesh.nodes, (Part("metal", "Cu", cells, np.ones(3)),), sets=mesh.sets)
    areas = filled(field(mesh, {"metal": np.ones(3)}, top=1.0))
    one = (400.0 / 3.0) ** 2
    assert math.isclose(sum(areas.values()), 4.0 * one, rel_tol=2e-3)  # once, once, and twice as tall: rings that close


def test_parts_without_values_are_grey_and_the_bar_says_how_far_values_go():
    mesh = grid(20)
    values = np.full(400, 1e6)
    values[7] = 9e7  # one element in 400: a quarter of a percent of the area, beyond the bar's end
    svg = field(mesh, {"metal": values})
    assert "up to 90" in svg and ">1<" in svg and ">80<" not in svg
    assert package_fields._BARE in field(mesh, {}) and package_fields._BARE not in svg


def test_interfaces_are_drawn_in_their_own_colours():
    mesh = grid(2)
    pair = Pairs("metal", "film", np.array([[3, 4], [4, 5]]), np.array([[3, 4], [4, 5]]), np.ones(2), np.zeros((2, 2)))
    mesh = Mesh(mesh.nodes, mesh.parts, (pair,), sets=mesh.sets)
    svg = field(mesh, {}, faces={("film", "metal"): np.array([0.0, 0.2, 1.0, 0.4])}, top=1.0, unit="1")
    strokes = re.findall(r'<path d="M[^"]*" stroke="(#[0-9a-f]{6})"/>', svg)
    assert strokes == [package_fields._colour(2), package_fields._colour(11)]  # 0.2 and 1.0: the worst point of each face


def test_a_picture_stays_small_and_pixels_lie_where_paths_would(monkeypatch):
    mesh = grid(40)
    values = {"metal": 1e6 * mesh.nodes[mesh.parts[0].cells].mean(1).sum(1) / 2e-4}
    drawn = field(mesh, values, top=1e6)
    monkeypatch.setattr(package_fields, "MOST", 100)
    pixels = field(mesh, values, top=1e6)
    picture = Image.open(io.BytesIO(base64.b64decode(re.search(r"base64,([^\"]*)", pixels)[1]))).convert("RGBA")
    shares = {f"#{bytes(colour[:3]).hex()}": count for count, colour in picture.getcolors() if colour[3]}
    exact = filled(drawn)
    assert set(shares) == set(exact)
    for colour, share in shares.items():  # 2 pixels a px and side; edges of a band of 800 px pass through 1600 pixels at most
        assert math.isclose(share / 4.0, exact[colour], abs_tol=400)
    assert picture.getpixel((5, picture.height - 6))[:3] == tuple(bytes.fromhex(package_fields._colour(0)[1:]))
    rough = np.random.default_rng(1).random(1600)
    monkeypatch.setattr(package_fields, "MOST", 60_000)
    assert len(field(mesh, {"metal": 1e6 * rough})) < 60_000


def test_windows_hold_what_they_are_for():
    mesh = grid(10)
    x0, z0, x1, z1 = structure_window(mesh)
    assert (x0, x1) == (0.0, 1e-4) and z0 == pytest.approx(-6e-6) and z1 == pytest.approx(1.06e-4)
    u = np.zeros((len(mesh.nodes), 2))
    u[:, 1] = 2e-5
    assert structure_window(mesh, u)[3] == pytest.approx(z1 + 2e-5)
    assert detail_window(mesh, (0.0, 0.0), 2e-5) == pytest.approx((0.0, 0.0, 2e-5, 1.2e-5))
    assert fitting_magnification(mesh, 1e-3 * u, (0.0, 0.0, 1e-4, 1e-4)) == 200.0  # 6 um over 20 nm is 300: the round number below
    assert fitting_magnification(mesh, u, (0.0, 0.0, 1e-4, 1e-4)) == 1.0


@pytest.mark.parametrize(
    ("values", "window", "said"),
    [
        ({"metal": np.ones(3)}, None, "16 elements"),
        ({"metal": np.full(16, np.nan)}, None, "finite value"),
        ({}, (1.0, 1.0, 2.0, 2.0), "nothing of the mesh"),
    ],
)
def test_fields_that_cannot_be_drawn_are_refused(values, window, said):
    with pytest.raises(ValueError, match=said):
        field(grid(4), values, window=window)
