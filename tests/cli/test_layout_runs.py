"""A run whose masks come from a layout file: made, shown, compared and taken up again without the file."""

import json

import gdstk
import pytest

import waferbump


@pytest.fixture
def mask(tmp_path):
    """Two sites 500 um apart: an under-bump metal and a polymer opening each, the first site drawn twice."""
    library = gdstk.Library("mask", unit=1e-6, precision=1e-9)
    cell = library.new_cell("top")
    for x in (0.0, 500.0):
        for radius, layer in ((125.0, 20), (110.0, 15)):
            for _ in range(2 if x == 0.0 else 1):
                cell.add(gdstk.regular_polygon((x, 0.0), 2 * radius * 0.0871557427, 36, layer=layer))
    path = tmp_path / "mask.gds"
    library.write_gds(path)
    return path


@pytest.mark.parametrize("flow", ["flux-coated-ball-layout", "stair-plated-layout"])
def test_a_layout_run_is_read_back_without_its_file(command, mask, tmp_path, flow):
    folder = tmp_path / "run"
    code, _, err = command("run", flow, "--layout", mask, "--set", "layout.site=2", "-o", folder)
    assert code == 0, err
    assert "layer 20/0 draws 2 identical polygons at (0 um, 0 um)" in err
    mask.unlink()
    code, out, err = command("show", folder)
    assert code == 0 and "bump height" in out, err
    back = waferbump.Run.load(folder)
    saved = json.loads((folder / "run.json").read_text())
    assert back.layout["site"] == "site-002" and back.measures["bump_height"].value == saved["measures"]["bump_height"]["value"]
    # a 36-gon of 125 um from centre to corner has the area of a circle of 125 um sqrt(36 / (2 pi) sin(10 deg))
    assert back.final.plan.radius_in_round_cell("ubm-metal") == pytest.approx(125e-6 * 0.9974617, rel=4e-6)  # corners lie on a 1 nm grid
    code, out, _ = command("diff", folder, folder, "--json")
    assert code == 0 and json.loads(out) == []


def test_two_sites_of_one_mask_run_alike_but_are_told_apart(command, mask, tmp_path):
    for site in (1, 2):
        code, _, err = command(
            "run", "flux-coated-ball-layout", "--layout", mask, "--set", f"layout.site={site}", "-o", tmp_path / str(site)
        )
        assert code == 0, err
    first, second = (waferbump.Run.load(tmp_path / str(site)) for site in (1, 2))
    assert first.layout["duplicates_here"] and not second.layout["duplicates_here"]
    assert first.measures["bump_height"].value == pytest.approx(second.measures["bump_height"].value, rel=1e-9)


def test_check_reads_the_site_of_a_layout(command, mask):
    code, _, err = command("check", "flux-coated-ball-layout", "--layout", mask, "--set", "layout.site=1")
    assert code == 0 and "no error" in err


@pytest.fixture
def routed(tmp_path):
    """One net as designers draw it: a pad opening, a line with a bend to a capture pad, a second polymer's opening, under-bump metal."""
    library = gdstk.Library("mask", unit=1e-6, precision=1e-9)
    cell = library.new_cell("top")
    cell.add(gdstk.rectangle((-320, 180), (-280, 220), layer=5))
    line = gdstk.FlexPath([(-300, 200), (-150, 200), (0, 0)], 40, layer=10)
    whole = gdstk.boolean([gdstk.ellipse((0, 0), 135, layer=10), gdstk.rectangle((-330, 170), (-270, 230))], line, "or", layer=10)
    cell.add(*whole)
    cell.add(gdstk.ellipse((0, 0), 110, layer=15, tolerance=0.01), gdstk.ellipse((0, 0), 125, layer=20, tolerance=0.01))
    cell.add(gdstk.FlexPath([(-310, 210), (-150, 200), (0, 0), (150, -200)], 1, layer=63))
    path = tmp_path / "routed.gds"
    library.write_gds(path)
    return path


def test_a_site_is_carried_from_its_pad_along_its_bending_line_to_the_ball(command, routed, tmp_path):
    folder = tmp_path / "run"
    code, _, err = command("run", "ball-on-redistribution-layout", "--layout", routed, "--set", "layout.site=1", "-o", folder)
    assert code == 0, err
    facts = json.loads((folder / "run.json").read_text())
    way = facts["connections"]["pad"]
    assert way[0] == "pad" and way[-1] == "ball" and "line" in way
    back = waferbump.Run.load(folder)
    line = back.final.sections["cut"].line
    assert len(line) >= 4 and (0.0, 0.0) in {(round(x, 12) + 0.0, round(y, 12) + 0.0) for x, y in line}  # it bends where the metal does
    x0, _, x1, y1 = back.final.stack.window
    assert x0 < -330e-6 and x1 > 125e-6 and y1 > 220e-6
    # the pad's polymer opening is 40 um wide; the pad is taken 10 um wider all round
    assert back.final.stack.plan_area("pad").area == pytest.approx(60e-6**2, rel=1e-6)


def test_a_cut_line_may_be_drawn_in_the_layout(command, routed, tmp_path):
    for layer, wanted, said in (("63/0", 0, ""), ("64/0", 2, "64/0")):
        code, _, err = command(
            "check", "ball-on-redistribution-layout", "--layout", routed, "--set", "layout.site=1", "--set", f"views.cut={{layer: {layer}}}"
        )
        assert code == wanted and said in err and "Traceback" not in err
