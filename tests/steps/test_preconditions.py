"""A step whose precondition is false stops the run with its sentence, and keeps what was finished."""

import pytest

from waferbump.line import RunError, run
from waferbump.recipe import load

NO_CAP = {"steps.ubm-etch.removes": ["metallic", "adhesion"], "steps.wetting": None}
# flow, changes, the step that stops, words of its sentence
STOPS = [
    ("stair-plated", {"steps.development": None, "steps.descum": None}, "solder", "no seed is exposed"),
    ("stair-plated", {"steps.exposure.dose": "100 mJ/cm^2", "steps.exposure.model": "blurred_image"}, "solder", "no seed"),
    ("stair-plated", {"steps.exposure.dose": "100 mJ/cm^2"}, "development", "the exposure does not clear resist-1"),
    ("stair-plated", {"steps.adhesion.material": "SiN", "steps.seed": None, "steps.seed-etch": None}, "solder", "no seed is exposed"),
    ("stair-plated", {"steps.seed-etch": None}, "reflow", "runs on to the neighbouring bump"),
    ("stair-plated", {"steps.reflow.atmosphere": "nitrogen"}, "reflow", "nothing removes the oxide"),
    ("stair-plated", {"steps.reflow.peak": "200 degC"}, "reflow", "does not melt"),
    ("stair-plated", {"steps.solder.until.height": "120 um"}, "solder", "meet those of the neighbours"),
    ("stair-plated", {"steps.strip.removes": ["resist-1"]}, "strip", "cannot reach"),
    ("flux-coated-ball", {"steps.development": None, "steps.descum": None}, "ball", "finds no opening"),
    ("flux-coated-ball", {"steps.ball.diameter": "130 um"}, "ball", "does not fit"),
    ("flux-coated-ball", {"steps.ball.skin.flux": "rosin-flux"}, "ball", "would run off the block"),
    ("flux-coated-ball", {"steps.ball.skin": None}, "reflow", "nothing removes the oxide"),
    ("flux-coated-ball", {**NO_CAP, "steps.metallic.material": "TiN"}, "reflow", "solder does not wet"),
    ("flux-coated-ball", NO_CAP, "reflow", "solder does not wet"),  # bare NiV oxidises
    ("flux-coated-ball", {"steps.reflow.peak": "300 degC"}, "reflow", "is above what polymer"),
    ("flux-coated-ball", {"steps.polymer.resist": "AZ-P4620", "steps.exposure.dose": "2000 mJ/cm^2"}, "reflow", "is above what polymer"),
    ("flux-on-pad", {"cell.pitch": "102 um"}, "reflow", "runs into its neighbour"),
    ("flux-filled", {"steps.strip.removes": ["seed"]}, "strip", "nothing on the wafer is called seed"),
    ("flux-filled-cube", {"steps.block.side": "95 um"}, "block", "does not fit"),  # 134 um across its diagonal, 125 um of opening
    # a film that tents from pad to pad is left without support by its own opening
    ("flux-filled-board", {"steps.pad.thickness": "40 um"}, "development", "hang in the air"),
    ("flux-on-pad", {"steps.pad.material": "Al"}, "reflow", "solder does not wet"),
    ("flux-on-pad", {"steps.flux": None}, "reflow", "nothing removes the oxide"),
    ("two-mask-fused", {"steps.first-solder.metal_fraction": "70 %"}, "first-solder", "denser than spheres pack"),
    ("two-mask-fused-powder", {"steps.first-solder.metal_fraction": None}, "first-solder", "give metal_fraction"),
]


@pytest.mark.parametrize(("flow", "changes", "stops_at", "words"), STOPS)
def test_stops_with_a_sentence(flow, changes, stops_at, words):
    recipe = load(flow).with_changes(changes)
    with pytest.raises(RunError, match=words) as caught:
        run(recipe)
    partial = caught.value.run
    ids = [step.id for step in recipe.steps]
    assert partial.status == "failed"
    assert [s.id for s in partial.steps] == ids[: ids.index(stops_at)], "everything before the failing step is kept"
    assert f": {stops_at}: " in str(caught.value)


def test_a_strip_before_plating_stops_the_plating():
    text = load("stair-plated").to_yaml()
    recipe = load("stair-plated")
    early = recipe.with_changes({"steps.descum": {"strip": {}}})
    assert text  # the recipe itself is untouched
    with pytest.raises(RunError, match="stripped before plating"):
        run(early)


def test_an_unpatterned_positive_resist_is_exposed_again_unless_baked_hard():
    kept = run(load("two-mask-fused"))
    first = kept.step("second-development").state.bump
    assert first.spans("first-mask", first.bounds("first-mask")[1] + 20e-6)[0][0] == pytest.approx(40e-6, abs=1e-6)
    soft = load("two-mask-one-reflow").with_changes({"steps.first-hard-bake": None})
    again = run(soft).step("second-development")
    assert set(again.record["opened"]) == {"first-mask", "second-mask"}
    assert again.record["opened"]["first-mask"]["radius"] > 60e-6  # the second exposure opened the first mask as wide as the second
