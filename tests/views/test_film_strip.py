"""Film strips, and the sides that a report shows of a run with a plan."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.views.test_report import Page
from waferbump.geometry.partition import GeometryError
from waferbump.materials import library
from waferbump.views import step_views
from waferbump.views.film_strip import film_strip_html, write_film_strip
from waferbump.views.report import MOST_SOLIDS, report_html, solid_steps
from waferbump.views.step_views import changing_steps, figure_of, figured_steps


@pytest.fixture(scope="module")
def strip(suspended):
    return film_strip_html(suspended, library())


def outside(text: str) -> list[str]:
    """What a page would fetch."""
    found = [value for tag, name, value in Page(text).targets if not value.startswith(("#", "data:image/png;base64,")) and tag != "a"]
    bare = re.sub(r"data:image/png;base64,[^\"]*", "", re.sub(r'<a href="https?://[^"]*" rel="noreferrer">[^<]*</a>', "", text))
    return found + re.findall(r"https?://(?!www\.w3\.org/2000/svg)[^\"]*", bare) + re.findall(r"@import|url\((?!#)", bare)


def test_a_strip_shows_the_figures_in_order_in_rows_of_every_side(strip, suspended):
    page = Page(strip)
    assert re.findall(r"<b>(Fig\. \d+\w)</b>", strip) == [f"Fig. 12{letter}" for letter in "ABCDEFG"]
    assert len(page.ids) == len(set(page.ids))
    assert strip.count('<figure class="cut">') == strip.count('<figure class="plan">') == strip.count('<figure class="solid">') == 7
    assert strip.count('class="solid" width=') == 7 and strip.count("<h2>") == 3
    for words in ("cut A–A′, heights x", "from above, to scale", "in three dimensions, cut open along A–A′", suspended.recipe.title):
        assert words in page.text
    for name, material in (("sacrificial", "SiO2"), ("line", "Cu"), ("ball", "SAC305")):
        assert strip[strip.index("<footer>") :].count(f"{name} – {material}") == 1


def test_a_strip_needs_nothing_else(strip):
    assert outside(strip) == [] and "<script" not in strip and len(strip.encode()) < 1_000_000


def test_all_cuts_of_a_strip_have_one_scale(strip):
    assert len(set(re.findall(r'data-scale="([^"]*)" data-exaggeration="[^"]*" data-upto', strip))) == 1


def test_steps_can_be_chosen(suspended, tmp_path):
    ids = [suspended.steps[6].id, suspended.steps[2].id]
    file = write_film_strip(suspended, tmp_path / "strip.html", ids)
    text = file.read_text(encoding="utf-8")
    assert re.findall(r"<b>(Fig\. \d+\w)</b>", text) == ["Fig. 12G", "Fig. 12C"]
    with pytest.raises(KeyError, match="no step 'nowhere'"):
        write_film_strip(suspended, tmp_path / "strip.html", ["nowhere"])
    with pytest.raises(ValueError, match="no step to show"):
        film_strip_html(replace(suspended, steps=()), library())


def test_without_figures_the_steps_that_changed_something_are_shown(plated):
    text = film_strip_html(plated, library())
    assert figured_steps(plated) == {}
    ids = changing_steps(plated)
    assert {"pad", "development", "reflow"} <= set(ids) and not {"soft-bake-1", "soft-bake-2", "exposure"} & set(ids)
    assert re.findall(r'<span class="id">([^<]*)</span>', text) == list(ids)
    assert text.count('<figure class="bump">') == len(ids) and "three dimensions" not in text and "Dashed in plan" not in text
    assert text.count('<section class="band"') == -(-len(ids) // 7)


def test_of_several_steps_of_one_figure_the_last_is_shown(suspended):
    asked = [replace(one, note="Fig. 3") if n in (1, 4) else replace(one, note=None) for n, one in enumerate(suspended.recipe.steps)]
    run = replace(suspended, recipe=replace(suspended.recipe, steps=tuple(asked)))
    assert figured_steps(run) == {suspended.steps[4].id: "3"}


@pytest.mark.parametrize(
    ("note", "figure"),
    [("fig. 12A: pad", "12A"), ("as in Figs. 5 and 6", "5"), ("FIG 12 b", "12B"), ("figure it out", ""), ("config 12", ""), (None, "")],
)
def test_figures_are_read_from_notes(note, figure):
    assert figure_of(note) == figure


def test_hostile_texts_stay_texts(suspended):
    nasty = '<script>alert("1")</script><img src=x onerror=alert(2)>'
    run = replace(suspended, recipe=replace(suspended.recipe, title=nasty), status="failed", message=nasty)
    text = film_strip_html(run, library(), [suspended.steps[0].id])
    assert Page(text).scripts == 0 and "<img" not in text and nasty in Page(text).text


def test_a_report_shows_a_run_with_a_plan_from_every_side(suspended):
    text = report_html(suspended, library())
    page = Page(text)
    assert len(page.ids) == len(set(page.ids)) and outside(text) == []
    articles = re.findall(r'<article class="step".*?</article>', text, flags=re.S)
    assert len(articles) == 7
    for article in articles:
        assert article.count("<figure>") == 1 and all(f'<div class="side {side}">' in article for side in ("cut", "plan", "solid", "bump"))
    assert "ball – SAC305 (slice of the round shape in the cut)" in articles[-1]
    assert len(text.encode()) < 5_000_000


def test_pictures_that_cost_time_are_few(suspended):
    last = suspended.steps[-1].id
    assert len(solid_steps(suspended)) == 7
    many = [replace(one, note=f"fig. {n}") for n, one in enumerate(suspended.recipe.steps)]
    longer = replace(
        suspended,
        recipe=replace(suspended.recipe, steps=tuple(many)),
        steps=tuple(replace(suspended.steps[-1], id=one.id) for one in suspended.recipe.steps),
    )
    assert len(longer.steps) > MOST_SOLIDS and len(solid_steps(longer)) == MOST_SOLIDS
    quiet = replace(suspended, recipe=replace(suspended.recipe, steps=tuple(replace(one, note=None) for one in many)))
    assert solid_steps(quiet) == {last}


def test_a_body_that_cannot_be_drawn_is_said_and_the_rest_is_shown(suspended, monkeypatch):
    def refused(*_, **__):
        raise GeometryError("the surface of 'line' could not be closed")

    monkeypatch.setattr(step_views, "bodies_of", refused)
    text = report_html(suspended, library())
    assert "no picture in three dimensions: the surface of &#39;line&#39; could not be closed" in text
    assert text.count('<div class="side plan">') == 7 and 'class="solid" width=' not in text


def test_a_run_without_a_plan_shows_its_round_cut_alone(plated):
    assert solid_steps(plated) == frozenset()
    assert 'class="sides"' not in report_html(plated, library())
