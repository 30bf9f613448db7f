"""Recipes written out: every default there, and reading gives the very same recipe."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recipe.samples import EVERY_VERB, STAIR
from waferbump import recipe
from waferbump.recipe.films import Deposit
from waferbump.recipe.masks import Carrier, Cell, Mask
from waferbump.recipe.soldering import Reflow


def test_every_verb_survives():
    written = recipe.Recipe.from_yaml(EVERY_VERB)
    text = written.to_yaml()
    again = recipe.Recipe.from_yaml(text)
    assert again == written
    assert again.to_yaml() == text
    assert again.key_text() == written.key_text()


def test_defaults_are_written_out():
    text = recipe.Recipe.from_yaml(STAIR).to_yaml()
    for default in ("id: deposit-1", "method: sputter", "tone: clear", "wavelength: 365 nm", "divergence: 2 deg"):
        assert default in text
    assert "  - deposit: {id: deposit-1, material: Ti, thickness: 100 nm, method: sputter}\n" in text


def test_the_key_ignores_words_and_sees_settings():
    written = recipe.Recipe.from_yaml(STAIR)
    told = written.with_changes({"title": "another", "name": "other", "steps.deposit-1.note": "thin", "description": "words"})
    assert told.key_text() == written.key_text()
    assert told != written
    for change in ({"steps.deposit-1.thickness": 1.01e-7}, {"seed": 1}, {"steps.plate-1.model": "x"}, {"cell.pitch": "151 um"}):
        assert written.with_changes(change).key_text() != written.key_text(), change
    assert written.with_changes({"cell.pitch": "0.15 mm"}).key_text() == written.key_text()
    assert written.steps[0].key_text() != written.steps[1].key_text()


def test_awkward_texts_survive():
    words = ["a: b", "# no comment", "'", '"', "{", "[x]", "- x", "5", "true", "null", "ä µm ☃", "%", "a\\b", "---", "...", "20:30", "~"]
    for text in (*words, "a\nb", "a\n\n  b\n c", "x " * 200, "  lead"):
        written = recipe.Recipe.from_yaml(STAIR).with_changes({"title": text, "steps.deposit-1.note": text})
        again = recipe.Recipe.from_yaml(written.to_yaml())
        assert (again.title, again.steps[0].note) == (text.strip(), text)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    pitch=st.floats(5e-5, 5e-3),
    thickness=st.floats(1e-12, 1e-2),
    part=st.floats(1e-6, 1.0),
    diameter=st.floats(1e-9, 4.9e-5),
    overlay=st.tuples(st.floats(-1e-9, 1e-9), st.floats(-1e-9, 1e-9)),
    peak=st.floats(1.0, 2000.0),
)
def test_any_number_survives_to_the_last_digit(pitch, thickness, part, diameter, overlay, peak):
    written = recipe.Recipe(
        name="any",
        cell=Cell(pitch=pitch),
        carrier=Carrier(material="Si", thickness=5e-4),
        masks={"m": Mask(circle=diameter, overlay=overlay)},
        steps=[Deposit(material="Ti", thickness=thickness, side_coverage=part), Reflow(peak=peak)],
    )
    assert recipe.Recipe.from_yaml(written.to_yaml()) == written


def test_the_commented_copy_is_the_flow(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(EVERY_VERB, encoding="utf-8")
    text = recipe.commented(path)
    assert recipe.Recipe.from_yaml(text) == recipe.load(path)
    rows = text.split("\n")
    for index, row in enumerate(rows):
        if row.startswith("  - "):
            assert rows[index - 1].startswith("  # "), f"{row} has no comment"
    assert max(map(len, rows)) <= 140


def test_changes_in_any_order_of_writing_give_the_same_text():
    # a recipe is a value: however it came about, equal recipes are written equally
    source = random.Random(1)
    changes = [("cell.pitch", "160 um"), ("steps.deposit-1.thickness", "50 nm"), ("masks.bump.circle", "70 um"), ("seed", 4)]
    texts = set()
    for _ in range(6):
        source.shuffle(changes)
        texts.add(recipe.Recipe.from_yaml(STAIR).with_changes(list(changes)).to_yaml())
    assert len(texts) == 1
