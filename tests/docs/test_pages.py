"""The pages are executed: what they show runs, and what they name exists."""

import re
from pathlib import Path

import pytest

import waferbump
from waferbump.recipe import VERBS, Recipe, flow_names

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def test_the_python_example_runs_and_is_short(capsys):
    (example,) = blocks("python")
    assert example.count("\n") <= 15
    exec(compile(example, "README.md", "exec"), {})
    out = capsys.readouterr().out
    assert out.count("bump") == 3 and "ledge" in out and "assumed" in out


def test_the_recipe_example_runs_within_its_spec():
    (example,) = blocks("yaml")
    run = waferbump.run(Recipe.from_yaml(example))
    assert run.status == "done" and not run.missed_limits() and not run.warnings


def test_the_commands_exist(command):
    listed = {line.split()[1] for line in README.splitlines() if line.startswith("waferbump ")}
    assert listed >= {"flows", "run", "new", "check", "diff", "claims", "materials"}
    for name in listed:
        assert command(name, "--help")[0] == 0


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/**/*.md")), ids=lambda p: p.name)
def test_what_a_page_points_to_is_there(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (page.parent / target).exists(), target
    for path in re.findall(r"`((?:src|docs|tests|benchmarks)/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path


def test_the_language_page_knows_every_verb_and_setting():
    page = (ROOT / "docs" / "recipe-language.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.M))
    for verb, settings in VERBS.items():
        assert verb in rows, verb
        for name in settings.__dataclass_fields__:
            assert re.search(rf"\b{name}\b", rows[verb]), f"{verb}: {name} is not on the page"


def test_the_changelog_counts_what_ships():
    from waferbump.claims import CLAIMS
    from waferbump.materials import library

    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"{len(library())} materials and {len(library().elements)} elements" in changelog
    assert f"{len(CLAIMS)} claims" in changelog
    assert f"{len(flow_names())} built-in flows" in changelog
