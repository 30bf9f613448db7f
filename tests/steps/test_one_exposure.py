"""One exposure of several resists, computed: which model a run takes, what it refuses, and what it says of stairs, undercuts and scum."""

import pytest
import shapely

from tests.steps.travellers import carried_out
from waferbump.archive import load_run, save_run
from waferbump.geometry.section import Section
from waferbump.line import RunError
from waferbump.steps.rate_front import _without_islands_afloat

START = """
waferbump: 1
name: one-exposure
cell: {pitch: 150 um}
carrier: {kind: wafer, material: Si, thickness: 775 um}
masks:
  bump: {circle: 80 um}
  dots: {circle: 80 um, tone: dark}
  fine: {circle: 80 um, rings: [{circle: 81 um, transmission: 30 %}]}
steps:
"""
SEED = "deposit: {id: seed, material: Cu, thickness: 2 um}"
DEVELOP = "develop: {id: development, grid: 0.5 um}"


def coat(resist, name, thickness="30 um", more=""):
    return f"coat: {{id: {name}, resist: {resist}, thickness: {thickness}{more}}}"


def expose(dose=400, mask="bump", more="", tool="kind: aligner, gap: 50 um, divergence: 3 deg"):
    return f"expose: {{id: exposure, mask: {mask}, dose: {dose} mJ/cm^2, tool: {{{tool}}}{more}}}"


PAIR = (SEED, coat("generic-positive-slow", "low"), coat("generic-positive-fast", "high"))


def made(*steps):
    return carried_out(START, *steps)


def size(step, name):
    return step.measures[name].value * 1e6


@pytest.fixture(scope="module")
def stair():
    return made(*PAIR, expose(), DEVELOP)


def test_a_run_computes_one_exposure_of_several_resists_by_itself(stair):
    assert [stair.step(s).model for s in ("exposure", "development")] == ["scalar_diffraction", "rate_front"]
    alone = made(SEED, coat("generic-positive-medium", "low"), expose(), "develop: {id: development}")
    assert [alone.step(s).model for s in ("exposure", "development")] == ["blurred_image", "threshold"]
    named = made(*PAIR, expose(more=", model: blurred_image"), "develop: {id: development}")
    assert named.step("development").model == "threshold"


def test_every_opening_is_told_at_the_top_halfway_up_and_at_the_foot(stair):
    step = stair.step("development")
    for name in ("low", "high"):
        assert size(step, f"top.{name}") > size(step, f"opening.{name}") > size(step, f"bottom.{name}") > 75.0
        assert 80.0 < step.measures[f"wall_angle.{name}"].value * 57.2958 < 90.0
    assert size(step, "residue.low") == 0.0
    assert 0.0 < size(step, "film_loss.high") < 0.5
    assert step.measures["sensitivity.low"].value == pytest.approx(4 * step.measures["sensitivity.high"].value, rel=1e-3)
    assert size(step, "ledge.high") > 3 * size(step, "grid_error") > 0.0
    assert not step.warnings


def test_the_walls_become_the_sections_with_a_few_dozen_corners(stair):
    section = stair.final.bump
    for name in ("low", "high"):
        assert 6 < len(section.shape(name).exterior.coords if hasattr(section.shape(name), "exterior") else
                       section.shape(name).geoms[0].exterior.coords) < 60  # fmt: skip
    radius = stair.step("development").record["opened"]["low"]["radius"]
    assert section.spans("low", sum(section.bounds("low")[1::2]) / 2)[0][0] == pytest.approx(radius, abs=1e-9)


def test_time_and_over_development_mean_the_same(stair):
    step = stair.step("development")
    through, time = step.measures["time_to_floor"].value, step.measures["time"].value
    assert time == pytest.approx(1.3 * through, rel=1e-12)
    timed = made(*PAIR, expose(), f"develop: {{id: development, grid: 0.5 um, time: {time:.6f} s}}").step("development")
    assert size(timed, "opening.low") == pytest.approx(size(step, "opening.low"), abs=1e-4)


def test_equal_resists_make_no_stair_and_swapped_ones_an_undercut():
    equal = made(SEED, coat("generic-positive-slow", "low"), coat("generic-positive-slow", "high"), expose(), DEVELOP)
    said = " ".join(equal.step("development").warnings)
    assert "no stair between low and high" in said
    swapped = made(SEED, coat("generic-positive-fast", "low"), coat("generic-positive-slow", "high"), expose(), DEVELOP)
    step = swapped.step("development")
    assert size(step, "ledge.high") < -3 * size(step, "grid_error")
    assert any("an undercut, not a stair; in a positive pair the lower resist has to be the less sensitive" in w for w in step.warnings)


def test_a_negative_pair_wants_the_other_order():
    for lower, upper, sign in (("fast", "slow", 1), ("slow", "fast", -1)):
        pair = (SEED, coat(f"generic-negative-{lower}", "low"), coat(f"generic-negative-{upper}", "high"))
        step = made(*pair, expose(1000, "dots"), DEVELOP).step("development")
        assert sign * size(step, "ledge.high") > 3 * size(step, "grid_error"), (lower, upper)
    assert any("in a negative pair the lower resist has to be the more sensitive" in w for w in step.warnings)


def test_too_short_a_development_leaves_the_floor_closed():
    step = made(*PAIR, expose(), "develop: {id: development, grid: 0.5 um, time: 250 s}").step("development")
    assert any("closed at the bottom" in w or "did not open" in w for w in step.warnings)
    assert size(step, "residue.low") > 1.0


def test_a_dose_that_clears_nothing_is_said():
    with pytest.raises(RunError, match=r"does not clear low: the developer would get through low and high only after .* h; raise"):
        made(*PAIR, expose(20), DEVELOP)


def test_a_dose_that_leaves_nothing_is_said():
    with pytest.raises(RunError, match="the developer took all of low and high"):
        made(*PAIR, expose(400), "develop: {id: development, grid: 0.5 um, time: 100 h}")


def test_a_blurred_image_hangs_on_per_cents_of_dose(stair):
    assert 0.01 < size(stair.step("development"), "per_percent_of_dose.low") < 0.2
    far = made(*PAIR, expose(300, tool="kind: aligner, gap: 400 um, divergence: 3 deg"), DEVELOP).step("development")
    assert size(far, "per_percent_of_dose.low") > 0.5
    assert any("the opening of low changes by" in w and "for every per cent of dose" in w for w in far.warnings)


def test_fringes_in_the_middle_and_fine_masks_are_told():
    coherent = made(*PAIR, expose(tool="kind: aligner, gap: 300 um, divergence: 0 deg, wavelength: 405 nm"))
    assert any("fringes leave the middle of the opening" in w for w in coherent.step("exposure").warnings)
    fine = made(*PAIR, expose(mask="fine"))
    assert any("a detail of 0.5 um, finer than the" in w and "washed out" in w for w in fine.step("exposure").warnings)


def test_what_a_resist_lacks_is_named_with_the_way_to_get_it():
    product = (SEED, coat("THB-151N", "low"), coat("generic-negative-slow", "high"))
    assert made(*product, expose(2000, "dots")).step("exposure").model == "blurred_image"
    with pytest.raises(RunError, match=r"low \(THB-151N\) has no .*development_rate_max.*waferbump calibrate.*blurred_image"):
        made(*product, expose(2000, "dots", ", model: scalar_diffraction"))


def test_stated_numbers_stand_in_for_the_librarys():
    more = ", parameters: {dill_c: 0.01908 cm^2/mJ}"  # that of the fast one
    stated = made(SEED, coat("generic-positive-slow", "low"), coat("generic-positive-slow", "high", more=more), expose(), DEVELOP)
    known = made(*PAIR, expose(), DEVELOP)
    for name in ("opening.low", "opening.high", "ledge.high"):
        assert size(stated.step("development"), name) == pytest.approx(size(known.step("development"), name), abs=1e-6)


def test_a_carrier_film_left_on_blurs():
    films = (SEED, "laminate: {id: low, resist: generic-positive-dry-film-slow, thickness: 30 um, bridges: 60 um}",
             "laminate: {id: high, resist: generic-positive-dry-film-fast, thickness: 30 um, bridges: 60 um}")  # fmt: skip
    exposed = (made(*films, expose(more=more)).step("exposure") for more in ("", ", carrier_film: 0 um"))
    left, peeled = (step.measures["log_slope.high"].value for step in exposed)
    assert left < peeled
    with pytest.raises(RunError, match=r"carrier_film: high .* comes without a carrier film"):
        made(*PAIR, expose(more=", carrier_film: 16 um"))


def test_an_amplified_resist_wants_its_bake():
    pair = (SEED, coat("generic-positive-slow", "low"), coat("generic-amplified-positive", "high"))
    with pytest.raises(RunError, match=r"high .* needs a bake between exposure and development"):
        made(*pair, expose(), DEVELOP)
    sizes = []
    for temperature, time in ((90, 60), (90, 120), (100, 60)):
        bake = f"bake: {{purpose: post-exposure, temperature: {temperature} degC, time: {time} s}}"
        step = made(*pair, expose(), bake, DEVELOP).step("development")
        assert step.record["opened"]["high"]["kind"] == "opening"
        sizes.append(size(step, "opening.high"))
    assert sizes[0] < sizes[1] < sizes[2]  # ten degrees more do 2.4 times as much, at 100 kJ/mol


def test_models_that_do_not_fit_together_are_refused():
    with pytest.raises(RunError, match="left the light itself, not a blurred image: develop it with model: rate_front"):
        made(*PAIR, expose(), "develop: {id: development, model: threshold}")
    with pytest.raises(RunError, match="left a blurred image, from which no rate follows"):
        made(*PAIR, expose(more=", model: blurred_image"), "develop: {id: development, model: rate_front}")
    with pytest.raises(RunError, match="a stated blur belongs to model: blurred_image"):
        made(*PAIR, expose(more=", model: scalar_diffraction, blur: 2 um"))
    with pytest.raises(RunError, match="the walls' angle comes out"):
        made(*PAIR, expose(), "develop: {id: development, wall_angle: 80 deg}")
    with pytest.raises(RunError, match="a time in the developer belongs to model: rate_front"):
        made(*PAIR, expose(more=", model: blurred_image"), "develop: {id: development, time: 60 s}")


def test_one_resist_after_the_other_ends_where_both_at_once_do(stair):
    apart = made(*PAIR, expose(), "develop: {id: upper, resists: [high], grid: 0.5 um}", "develop: {id: lower, grid: 0.5 um}")
    assert size(apart.step("upper"), "opening.high") == pytest.approx(size(stair.step("development"), "opening.high"), abs=3.0)
    assert size(apart.step("lower"), "opening.low") == pytest.approx(size(stair.step("development"), "opening.low"), abs=1.0)


def test_with_views_the_model_is_refused():
    plan = START.replace("steps:", "views: {}\nsteps:")
    with pytest.raises(RunError, match="knows round cells; with views, take model: blurred_image"):
        carried_out(plan, *PAIR, expose(more=", model: scalar_diffraction"))
    assert carried_out(plan, *PAIR, expose()).step("exposure").model == "blurred_image"


def test_a_run_between_exposure_and_development_is_read_back(tmp_path):
    result = made(*PAIR, expose())
    save_run(result, tmp_path / "run")
    back = load_run(tmp_path / "run")
    assert back.final.facts["low"].latent == result.final.facts["low"].latent
    assert back.final.facts["low"].latent[0].light.gap == 50e-6


def test_the_cheap_model_and_the_computed_one_agree_where_both_apply(stair):
    """The threshold model with the sensitivities that the computed one found."""
    step = stair.step("development")
    exposure = step.measures["sensitivity.low"].value, step.measures["sensitivity.high"].value
    from waferbump.physics.optics import blur_width, blurred_disc
    from waferbump.physics.resist import cleared_intervals

    blur = blur_width(365e-9, 50e-6, 60e-6 / 1.63, 0.0523599)
    for name, dose in zip(("low", "high"), exposure, strict=True):
        (_, edge), = cleared_intervals(lambda r: 4000.0 * blurred_disc(40e-6, r, blur), dose, "positive", 75e-6)
        # one blur for the whole depth, and no time in which the front still has to go down: 4 % of the opening
        assert 2e6 * edge == pytest.approx(size(step, f"opening.{name}"), abs=3.5)


def test_a_cone_through_both_resists_is_no_stair():
    plan = START.replace("pitch: 150 um", "pitch: 400 um").replace("bump: {circle: 80 um}", "bump: {circle: 140 um}")
    more = ", parameters: {dill_c: 0.0050 cm^2/mJ}"
    lower, upper = coat("generic-positive-slow", "low"), coat("generic-positive-slow", "high", more=more)
    shot = expose(tool="kind: aligner, gap: 500 um, divergence: 10 deg")
    step = carried_out(plan, SEED, lower, upper, shot, DEVELOP).step("development")
    assert step.measures["wall_angle.high"].value < 0.8  # a wall of less than 45 degrees
    assert abs(size(step, "ledge.high")) < 3 * size(step, "grid_error")
    assert any("there is no stair between low and high" in w for w in step.warnings)


def test_rings_that_fringes_leave_inside_an_opening_are_told():
    shot = expose(300, tool="kind: aligner, gap: 80 um, divergence: 0 deg")
    step = made(*PAIR, shot, "develop: {id: development, grid: 0.5 um, over_development: 0}").step("development")
    assert size(step, "residue.low") > 0.5
    assert any("low leaves up to" in w and "standing inside its opening" in w for w in step.warnings)
    assert size(step, "bottom.low") > 70.0  # the wall's foot, not the ring's


def test_what_hangs_in_the_air_goes_with_the_developer():
    section = Section.blank("axisymmetric", 75e-6, material="Si", thickness=100e-6)
    section = section.coated("low", "generic-positive-slow", 30e-6).coated("high", "generic-positive-fast", 60e-6)
    section = section.dissolved({"high": shapely.box(5e-6, 0, 40e-6, 1e-4)}).dissolved({"low": shapely.box(-1e-6, 0, 40e-6, 1e-4)})
    assert len(shapely.get_parts(section.shape("high"))) == 2  # a pillar over nothing
    left, said = _without_islands_afloat(section, ["low", "high"])
    assert len(shapely.get_parts(left.shape("high"))) == 1 and left.bounds("high")[0] == pytest.approx(40e-6, abs=1e-10)
    assert said == ["high was undermined in the opening: what hung in the air there was taken away with the developer"]
    assert _without_islands_afloat(left, ["low", "high"]) == (left, [])


def test_a_resist_baked_hard_is_not_developed():
    with pytest.raises(RunError, match="low and high was baked hard after the exposure"):
        made(*PAIR, expose(), "bake: {purpose: hard, temperature: 120 degC, time: 300 s}", DEVELOP)


def test_a_film_laid_over_after_the_exposure_keeps_the_developer_off():
    step = made(*PAIR, expose(), "deposit: {id: lid, material: Cu, thickness: 100 nm}", DEVELOP).step("development")
    assert any("the developer does not reach high: something lies over it" in w for w in step.warnings)
    with pytest.raises(RunError, match="never gets through low: what lies over it"):
        made(*PAIR, expose(), "develop: {id: development, resists: [low], grid: 0.5 um}")


def test_the_angle_of_a_thin_resists_wall_is_its_own():
    pads = "pad: {id: pad, material: Cu, thickness: 2 um, mask: small}"
    plan = START.replace("masks:", "masks:\n  small: {circle: 90 um}")
    thin = (coat("generic-positive-slow", "low", "4 um"), coat("generic-positive-fast", "high", "4 um"))
    developed = "develop: {id: development, grid: 0.25 um}"
    step = carried_out(plan, pads, SEED, *thin, expose(tool="kind: contact"), developed).step("development")
    assert 1.0 < step.measures["wall_angle.low"].value < 1.5708


@pytest.mark.parametrize(
    ("tool", "says"),
    [
        ("kind: stepper, numerical_aperture: 0.5", "holds for lenses up to NA 0.3"),
        ("kind: aligner, gap: 20 um, divergence: 60 deg", "holds for a divergence up to 15 deg, not 60 deg"),
        ("kind: stepper, numerical_aperture: 0.16, coherence: 0 %", "coherence"),
    ],
)
def test_light_that_the_model_does_not_hold_for_is_refused(tool, says):
    with pytest.raises(RunError, match=says) as caught:
        made(*PAIR, expose(tool=tool))
    assert "please report" not in str(caught.value)


def test_a_pair_that_cannot_be_computed_says_why():
    product = (SEED, coat("THB-151N", "low"), coat("generic-negative-slow", "high"))
    (told,) = made(*product, expose(2000, "dots")).step("exposure").warnings
    assert "one blur stands for the image in low and high: low (THB-151N) has no" in told and "waferbump calibrate" in told
