"""Hostile and broken recipe files: one line that names the file, no traceback, and soon."""

import os
import time

import pytest

from tests.recipe.samples import STAIR
from waferbump import recipe

SOON = 2.0  # [s]; each takes milliseconds, the bound only tells an endless one from a slow machine


def refused(path):
    start = time.perf_counter()
    with pytest.raises(recipe.RecipeError) as caught:
        recipe.load(path)
    assert time.perf_counter() - start < SOON
    text = str(caught.value)
    assert "\n" not in text and text.isprintable() and len(text) < 500
    return text


def file_of(tmp_path, data):
    path = tmp_path / "bad.yaml"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def test_ten_megabytes_are_refused_before_they_are_parsed(tmp_path):
    path = file_of(tmp_path, STAIR + "# " + "x" * 10_000_000)
    start = time.perf_counter()
    assert refused(path) == f"{path}: is 10.0 MB; a recipe may have at most 1 MB"
    assert time.perf_counter() - start < 0.5  # [s]; reading stops after one megabyte


def test_text_of_more_than_a_megabyte_is_refused_too():
    with pytest.raises(recipe.RecipeError, match="at most 1 MB"):
        recipe.Recipe.from_yaml("#" * 1_000_001)


def test_a_megabyte_of_entries_ends_early(tmp_path):
    assert "more than 20000 entries" in refused(file_of(tmp_path, "[" + "1," * 400_000 + "]"))


def test_missing_folder_device_and_unreadable(tmp_path):
    assert refused(tmp_path / "none.yaml") == f"{tmp_path}/none.yaml: no such file"
    assert "is a folder" in refused(tmp_path)
    assert "not an ordinary file" in refused("/dev/null")
    assert "cannot be read" in refused("a" * 300 + ".yaml")
    assert "cannot be read" in refused("a\0b.yaml")
    hidden = file_of(tmp_path, STAIR)
    hidden.chmod(0)
    if not os.access(hidden, os.R_OK):
        assert "cannot be read: Permission denied" in refused(hidden)


def test_a_pipe_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    assert "not an ordinary file" in refused(tmp_path / "pipe.yaml")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (STAIR.encode("utf-16"), "is not UTF-8 text"),
        (STAIR.replace("stair", "stäir").encode("latin-1"), ":2: is not UTF-8 text (byte 0xe4)"),
        (STAIR.replace("stair", "sta\0ir"), ":2: holds a NUL byte"),
        (STAIR.replace("stair", "sta\x07ir"), "is no YAML"),
        (STAIR.replace("stair-plated", '"\\0"'), ":2: name: holds a character that is no text (U+0000)"),
        (STAIR.replace("stair-plated", '"\\ud800"'), ":2: name: holds a character that is no text (U+D800)"),
        (STAIR.replace("stair-plated", '"\\UFFFFFFFF"'), "is no YAML"),
        (STAIR.replace("stair-plated", "!!python/object/apply:os.system [ls]"), ":2: name: the YAML tag"),
        (STAIR.replace("150 um", "!!str 150 um"), "cell.pitch: the YAML tag"),
        (STAIR.replace("150 um", "! 150 um"), "cell.pitch: the YAML tag"),
        (STAIR.replace("150 um", "!mine 150 um"), "cell.pitch: the YAML tag"),
        ("%TAG ! tag:x.org,2000:\n---\n" + STAIR.replace("150 um", "!mine 150 um"), "the YAML tag"),
        (STAIR.replace("150 um", "*nothing"), "cell.pitch: the alias *nothing has no anchor"),
        (STAIR.replace("{pitch: 150 um}", "&a {pitch: *a}"), "cell.pitch: the alias *a stands inside its own anchor"),
        (STAIR.replace("{pitch: 150 um}", "{? [a] : b}"), "a field's name must be text"),
        (STAIR.replace("{pitch: 150 um}", "{<<: {pitch: 150 um}}"), "unknown field"),
        (STAIR.replace("{pitch: 150 um}", "{pitch: 150 um"), "is no YAML"),
        (STAIR.replace("{pitch: 150 um}", "\t- x"), "is no YAML"),
        ("[" * 100_000, "nested more than 32 levels"),
        ("{a: " * 100_000, "nested more than 32 levels"),
        ("- " * 100_000, "nested more than 32 levels"),
        ("? " * 50_000, ""),
        ("a: " + "9" * 100_000, ""),
        ("\ufeff" + STAIR.replace("150 um", "150"), "needs a unit"),
        ("a: &x [1]\n" * 3, "is given twice"),
        (b"\xff\xfe\x00\x00", "is not UTF-8 text"),
        ("--- --- ---", ""),
        ("%YAML 9.9\n---\n" + STAIR, ""),
        (": : : :", ""),
        ("'" * 1001, ""),
        ("\u2028" * 50, ""),
        ("a: |" + "\n b" * 1000, ""),
        ("x" * 900_000, ""),
        ("x: " + "y " * 400_000, ""),
    ],
)
def test_broken_documents(tmp_path, data, expected):
    path = file_of(tmp_path, data)
    start = time.perf_counter()
    with pytest.raises(recipe.RecipeError) as caught:
        recipe.load(path)
    assert time.perf_counter() - start < SOON
    assert expected in str(caught.value)
    for line in str(caught.value).split("\n"):
        assert line.startswith(str(path)) and line.isprintable() and len(line) < 800


def test_a_bomb_of_aliases_is_counted_not_built(tmp_path):
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 12)]
    assert "more than 20000 entries (aliases counted at each use)" in refused(file_of(tmp_path, "\n".join(rows)))


def test_a_ladder_of_aliases_is_not_deeper_than_the_limit(tmp_path):
    rows = ["a0: &a0 [x]"] + [f"a{level}: &a{level} [*a{level - 1}]" for level in range(1, 200)]
    assert "nested more than 32 levels" in refused(file_of(tmp_path, "\n".join(rows)))


def test_anchors_of_honest_size_are_allowed():
    text = STAIR.replace("thickness: 100 nm", "thickness: &thin 100 nm").replace("thickness: 30 um", "thickness: *thin")
    assert recipe.Recipe.from_yaml(text).step("resist-1").settings.thickness == 1e-7


def test_huge_texts_in_settings_are_not_repeated_in_the_message():
    for text in ("1" * 5000, "1" + " " * 500_000 + "x", "um " * 2000, "1e" + "9" * 5000, "-" * 9000):
        start = time.perf_counter()
        with pytest.raises(recipe.RecipeError) as caught:
            recipe.Recipe.from_yaml(STAIR.replace("100 nm", f'"{text}"'))
        assert time.perf_counter() - start < SOON
        assert len(str(caught.value)) < 300


def test_huge_numbers():
    for number in ("1" * 5000, "1e5000", "-1e5000", "0x" + "f" * 500, ".inf", "-.inf", ".nan", "1e-5000"):
        for old in ("100 nm", "150 um", "80 um", "waferbump: 1\n"):
            new = f"waferbump: {number}\n" if old.startswith("w") else number
            with pytest.raises(recipe.RecipeError) as caught:
                recipe.Recipe.from_yaml(STAIR.replace(old, new) + f"seed: {number}\n")
            assert all(len(line) < 300 for line in str(caught.value).split("\n"))
