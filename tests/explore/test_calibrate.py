"""Numbers of a resist from what was measured on it: recovered, with honest uncertainties, and unsaid where the data cannot tell."""

import dataclasses
import json

import numpy as np
import pytest

from tests.explore.stair import written
from tests.explore.test_study_format import CALIBRATION
from waferbump.archive import ArchiveError
from waferbump.explore import calibrate_study, read_calibration
from waferbump.explore.calibrate import calibrated
from waferbump.explore.fit import NoFitError, fitted_parts
from waferbump.explore.observations import MODELS
from waferbump.recipe import Recipe, RecipeError, load
from waferbump.recipe.reading import tree_of

TWO = CALIBRATION.replace(
    "fixed: {",
    "  development_rate_max: {from: 5 um/min, to: 40 um/min, scale: log}\nfixed: {",
).replace(
    "observations:\n",
    "observations:\n"
    "  - {measure: dose_to_clear, thickness: 20 um, time: 180 s, value: 230 mJ/cm^2, spread: 5 %}\n"
    "  - {measure: dose_to_clear, thickness: 30 um, time: 900 s, value: 150 mJ/cm^2, spread: 5 %}\n",
)
TRUE = {"dill_c": 6e-4, "development_rate_max": 2e-7}


def exact(study, numbers, spread=0.02, noise=None):
    """The study with its observations replaced by what the model gives for known numbers."""
    stated = {**study.fixed, **numbers}
    found = []
    for index, one in enumerate(study.observations):
        value = MODELS[one.measure].of(one, stated, study.resist)
        value *= 1.0 + (0.0 if noise is None else spread * noise[index])
        found.append(dataclasses.replace(one, value=value, spread=spread * value))
    return dataclasses.replace(study, observations=tuple(found))


def decay(times, true, spread, rng=None):
    """Residuals of y = 10^(2 p) exp(-(0.1 + 4 q) t): a model that costs nothing, with noise of the stated spread."""

    def model(parts):
        return 10.0 ** (2 * parts[0]) * np.exp(-(0.1 + 4 * parts[1]) * times)

    measured = model(np.array(true))
    sigma = spread * measured
    if rng is not None:
        measured = measured + sigma * rng.standard_normal(len(times))
    return lambda parts: (model(parts) - measured) / sigma


def test_exact_data_give_the_numbers_back(tmp_path):
    study = exact(read_calibration(written(tmp_path, TWO)), TRUE)
    found = calibrated(study, tmp_path)
    assert found.status == "calibrated" and found.fit.chi_square < 1e-6
    for one in found.parameters:
        assert one.value == pytest.approx(TRUE[one.name], rel=1e-4)  # the fit stops at 1e-8 of chi-square, a flat bottom


def test_an_uncertainty_does_not_hang_on_how_the_range_is_written(tmp_path):
    linear = TWO.replace(", scale: log", "")
    both = [calibrated(exact(read_calibration(written(tmp_path, text)), TRUE), tmp_path).parameters for text in (TWO, linear)]
    for one, other in zip(*both, strict=True):
        # derivatives over a thousandth of either range; the curvature over it moves them by a per cent
        assert one.uncertainty == pytest.approx(other.uncertainty, rel=0.02) and one.value == pytest.approx(other.value, rel=1e-3)


def test_a_dose_to_clear_is_what_falls_on_the_surface(tmp_path):
    from waferbump.materials import library
    from waferbump.physics.resist import clearing_dose
    from waferbump.steps.resist_cut import resist_parameters

    (one, *_) = read_calibration(written(tmp_path, TWO)).observations
    inside = clearing_dose(resist_parameters(library()["generic-positive-slow"], {}, (3.65e-7,), 20e-6), 20e-6, 180.0, weights=[1.0])
    lost = (0.63 / 2.63) ** 2  # Fresnel, at an index of 1.63
    assert MODELS["dose_to_clear"].of(one, {}, "generic-positive-slow") == pytest.approx(inside / (1.0 - lost), rel=1e-9)


def test_numbers_are_recovered_within_their_uncertainty_over_forty_seeds():
    times, true = np.linspace(0.2, 3.0, 8), (0.6, 0.3)
    pulls, scaled = [], []
    for seed in range(40):
        fit = fitted_parts(decay(times, true, 0.05, np.random.default_rng(seed)), 2, seed=seed)
        sigma = np.sqrt(np.diag(fit.covariance))
        pulls.append((fit.parts - true) / sigma)
        scaled.append(fit.scale)
    inside = (np.abs(pulls) < 1.0).mean(), (np.abs(pulls) < 2.0).mean()
    # 80 pulls of a normal distribution: 68 % and 95 %, give or take three binomial deviations (16 and 7 per cent)
    assert 0.52 < inside[0] < 0.84 and inside[1] > 0.88
    assert np.mean(np.square(scaled)) == pytest.approx(1.0, abs=0.3)  # reduced chi-square: 1 +- 3 sqrt(2 / (40 x 6))


def test_correlations_and_scaling_are_those_of_the_jacobian():
    times = np.linspace(0.2, 3.0, 8)
    fit = fitted_parts(decay(times, (0.6, 0.3), 0.05, np.random.default_rng(5)), 2)
    # ln y = 2 ln 10 p - (0.1 + 4 q) t: a straight line with known weights
    slopes = np.column_stack([np.full(8, 2 * np.log(10.0)), -4 * times]) / 0.05
    expected = np.linalg.inv(slopes.T @ slopes)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(np.sqrt(np.diag(expected)), rel=0.1)  # noise of 5 % moves the weights
    assert fit.correlation()[0, 1] == pytest.approx(expected[0, 1] / np.sqrt(expected[0, 0] * expected[1, 1]), abs=0.05)
    assert fit.scale == pytest.approx(np.sqrt(fit.chi_square / 6))


def test_what_the_data_cannot_tell_is_named():
    # only the sum of the two counts
    fit = fitted_parts(lambda parts: np.array([(parts[0] + parts[1] - 0.9) / 0.01, (parts[2] - 0.4) / 0.01, parts[2] - 0.4]), 3)
    assert fit.untold == ((0, 1),) and np.isnan(fit.covariance[0, 0])
    assert np.sqrt(fit.covariance[2, 2]) == pytest.approx(0.01, rel=1e-3)


def test_a_calibration_that_cannot_tell_says_which_numbers(tmp_path):
    # clearing doses say nothing of the surface's slowness over a depth of 10 nm
    more = "  surface_inhibition_depth: {from: 1 nm, to: 10 nm}\nfixed: {surface_rate_ratio: 0.9, "
    text = TWO.replace("fixed: {", more)
    study = exact(read_calibration(written(tmp_path, text)), {**TRUE, "surface_inhibition_depth": 5e-9})
    found = calibrated(study, tmp_path)
    assert found.status == "not told"
    assert any(sentence.startswith("the data cannot tell surface_inhibition_depth") for sentence in found.sentences())
    lost = next(p for p in found.parameters if p.name == "surface_inhibition_depth")
    assert lost.uncertainty is None and "\n  # surface_inhibition_depth: " in found.to_yaml() and "not told by the data" in found.to_yaml()
    pasted = tree_of(found.to_yaml(), "resist.yaml").plain()["parameters"]
    assert set(pasted) == {"dill_c", "development_rate_max", "development_contrast", "surface_rate_ratio"}
    assert any(said.endswith("those not told by the data commented out") for said in found.sentences())
    json.dumps(found.summary(), allow_nan=False)


def test_a_number_at_its_bound_is_said(tmp_path):
    text = TWO.replace("dill_c: {from: 0.002 cm^2/mJ, to: 0.02 cm^2/mJ, scale: log}", "dill_c: {from: 0.002 cm^2/mJ, to: 0.005 cm^2/mJ}")
    found = calibrated(exact(read_calibration(written(tmp_path, text)), TRUE), tmp_path)
    assert found.fit.at_bound == (0,)
    assert any("dill_c lies at the bound of its range, 0.005 cm^2/mJ" in sentence for sentence in found.sentences())


def test_a_wrong_model_is_said():
    times = np.linspace(0.2, 3.0, 8)
    fit = fitted_parts(lambda parts: decay(times, (0.6, 0.3), 0.05)(parts) + 20.0 * (-1.0) ** np.arange(8), 2)
    assert fit.scale > 10.0


def test_as_many_numbers_as_observations_that_still_miss_them_are_no_calibration(tmp_path):
    # a thicker layer that clears at a tenth of the thinner one's dose in less time: no numbers give both
    text = CALIBRATION.replace("fixed: {", "  development_rate_max: {from: 5 um/min, to: 40 um/min, scale: log}\nfixed: {")
    text = text.replace("value: 283 mJ/cm^2", "value: 40 mJ/cm^2")
    found = calibrated(read_calibration(written(tmp_path, text)), tmp_path)
    assert found.fit.freedom == 0 and found.fit.chi_square > 1.0 and found.status == "not explained"
    sigma = np.abs(found.fit.residuals).max()
    first = found.sentences()[0]
    assert first.startswith("THE MODEL DOES NOT EXPLAIN THE DATA") and f"is missed by {sigma:.3g} sigma" in first
    assert "# the model does not explain the data" in found.to_yaml()


def test_every_observation_is_told_beside_the_model(tmp_path):
    found = calibrated(exact(read_calibration(written(tmp_path, TWO)), TRUE), tmp_path)
    rows = [said for said in found.sentences() if "by the model" in said]
    assert len(rows) == 4 and rows[0].startswith("dose_to_clear (thickness 20 um, time 180 s): ")
    assert all("mJ/cm^2 measured, " in row and row.endswith("0.00 sigma)") for row in rows)


def test_progress_is_told_of_what_is_new_or_once_a_second(monkeypatch):
    from waferbump.explore import calibrate

    clock, said = iter([0.0, 0.1, 0.2, 0.3, 0.9, 1.4, 1.5]), []
    monkeypatch.setattr(calibrate, "monotonic", lambda: next(clock))
    report = calibrate._thinned(lambda done, most, sentence: said.append((done, sentence)))
    for done, least in enumerate([np.inf, 8.0, 8.0, 7.99, 7.99, 7.99, 2.0], 1):
        report(done, least)
    assert [done for done, _ in said] == [1, 2, 6, 7] and said[-1][1] == "least chi-square 2"


def test_ranges_without_any_answer_are_an_error():
    with pytest.raises(NoFitError, match="no parameters tried"):
        fitted_parts(lambda parts: None, 2)


def test_ranges_without_any_answer_say_why(tmp_path):
    text = CALIBRATION.replace("fixed: {", "fixed: {development_rate_max: 0.1 um/min, ")
    with pytest.raises(RecipeError, match="no dose clears the layer"):
        calibrate_study(written(tmp_path, text), tmp_path / "out")


def test_openings_and_walls_are_fitted_too(tmp_path):
    more = "mask: 20 um, thickness: 10 um, dose: 250 mJ/cm^2, time: 200 s, tool: {kind: aligner, gap: 20 um}"
    text = TWO.replace(
        "observations:\n",
        f"observations:\n  - {{measure: opening, place: top, {more}, value: 22 um, spread: 0.2 um}}\n"
        f"  - {{measure: opening, place: bottom, {more}, value: 20 um, spread: 0.2 um}}\n"
        f"  - {{measure: wall_angle, {more}, value: 85 deg, spread: 0.5 deg}}\n",
    ).replace("fixed: {development_contrast: 4}", "  development_contrast: {from: 2, to: 8}")
    true = {**TRUE, "development_contrast": 4.0}
    study = exact(read_calibration(written(tmp_path, text)), true, spread=0.01)
    top, bottom, angle = (one.value for one in study.observations[:3])
    assert bottom < top < 25e-6 and bottom > 20e-6 and 1.3 < angle < np.pi / 2
    found = calibrated(study, tmp_path)
    for one in found.parameters:
        assert one.value == pytest.approx(true[one.name], rel=0.01)  # walls are read off a grid, and derivatives off walls


def test_what_is_written_can_be_pasted_into_a_step(tmp_path):
    said = []
    study = written(tmp_path, TWO)
    found = calibrate_study(study, tmp_path / "out", lambda done, most, sentence: said.append(sentence))
    assert said and "least chi-square" in said[-1]
    block = (tmp_path / "out" / "resist.yaml").read_text(encoding="utf-8")
    assert "±" in block and "development_contrast: 4  # taken as known" in block
    step = "  - coat: {id: resist-1, resist: generic-positive-slow, thickness: 30 um}"
    text = load("stair-plated").to_yaml()
    assert step in text
    opened = step[:-1].replace("- coat: {", "- coat:\n      ").replace(", ", "\n      ")
    pasted = opened + "\n" + "".join(f"      {line}\n" for line in block.splitlines())
    settings = Recipe.from_yaml(text.replace(step + "\n", pasted)).step("resist-1").settings
    assert settings.parameters.dill_c == pytest.approx(found.parameters[0].value, rel=1e-4)
    flow = block.partition("for - coat: {...}: ")[2].partition("\n")[0]
    assert tree_of(flow, "line").plain() == tree_of(block, "block").plain()
    in_one = Recipe.from_yaml(text.replace(step, f"{step[:-1]}, {flow}}}")).step("resist-1").settings
    assert in_one.parameters == settings.parameters
    facts = json.loads((tmp_path / "out" / "study.json").read_text())
    assert facts["does"] == "calibrate" and len(facts["observations"]) == 4 and facts["parameters"]["dill_c"]["unit"] == "m^2/J"
    calibrate_study(study, tmp_path / "out")  # the same study may be repeated in its folder
    other = written(tmp_path, TWO.replace("name: positive", "name: other"), "other.yaml")
    with pytest.raises(ArchiveError, match="holds another study"):
        calibrate_study(other, tmp_path / "out")
