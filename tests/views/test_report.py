"""The report of a run: what it must say, in which order, and what it must not contain."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest

import waferbump
from waferbump.line import run as carry_out
from waferbump.materials import library
from waferbump.results import Run
from waferbump.units import show
from waferbump.views.report import overview_html, report_html

VOID = {"meta", "input", "br", "link", "img"}


class Page(HTMLParser):
    """A page's text outside style and script, its ids and references; it fails on tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.ids: list[str] = []
        self.targets: list[tuple[str, str, str]] = []
        self.scripts = 0
        self.feed(text)
        assert not self.open, self.open
        self.text = re.sub(r"\s+", " ", " ".join(self.words))

    def handle_starttag(self, tag, attrs):
        self.scripts += tag == "script"
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name in ("href", "src", "action", "data", "poster", "srcset", "xlink:href"):
                self.targets.append((tag, name, value))
            assert not name.startswith("on"), f"{tag} carries {name}"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.words.append(data)


@pytest.fixture(scope="module")
def html(plated):
    return report_html(plated, library())


def test_it_is_well_formed_with_unique_ids(html):
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    assert page.scripts == 1


def test_it_says_things_in_the_promised_order(html, plated):
    text = Page(html).text
    headings = [
        plated.recipe.title,
        "What was asked",
        "Assumptions:",
        "Warnings:",
        "What came out",
        "Steps",
        "Other values used",
        "Bibliography",
    ]
    places = [text.index(heading) for heading in headings]
    assert places == sorted(places)
    assert plated.key in text and waferbump.__version__ in text and "circle: 80 um" in text and "none: nominal values" in text


def test_every_assumption_is_there_and_counted(html, plated):
    block = html[html.index('<section class="assumptions">') :]
    block = block[: block.index("</section>")]
    assert f"Assumptions: {len(plated.assumed)} of {len(plated.sources)} values used" in block
    assert block.count("<tr>") == len(plated.assumed) + 1 and plated.assumed
    for value in plated.assumed:
        assert value["of"] in block and unescape(value["note"]) in unescape(block)


def test_every_other_value_names_its_source_and_every_source_is_in_the_bibliography(html, plated):
    page = Page(html)
    cited = {value["source"] for value in plated.sources}
    assert {ident.removeprefix("source-") for ident in page.ids if ident.startswith("source-")} == cited
    others = [value for value in plated.sources if value["kind"] != "assumed"]
    block = html[html.index("<h2>Other values used") : html.index("<footer>")]
    assert f"Other values used: {len(others)}" in block and block.count("<tr>") == len(others) + 1
    for value in others:
        assert f'<a href="#source-{value["source"]}">' in block


def test_measures_are_shown_in_usual_units_and_exact_in_the_title(html, plated):
    height = plated.measures["bump_height"]
    assert f'title="{height.value!r} m">{show(height.value, "length", 4)}</td>' in html


def test_every_step_has_its_picture_settings_measures_and_deeds(html, plated):
    articles = re.findall(r'<article class="step".*?</article>', html, flags=re.S)
    assert len(articles) == len(plated.steps)
    for step, article in zip(plated.steps, articles, strict=True):
        assert step.id in article and step.verb in article and step.model.replace("_", " ") in article
        assert article.count("<figure>") == 1 and 'class="drawing"' in article
        for name in step.state.bump.names[:-1]:
            assert f'data-region="{name}"' in article and f"{name} –" in article
        assert len(re.findall(r'<tr><th scope="row">', article)) == len(step.measures)
    plating = articles[[step.verb for step in plated.steps].index("plate")]
    assert "4 A/dm^2" in plating and "height: 55 um" in plating and "by electroplating" in plating


def test_a_failed_run_says_so_first_and_still_shows_its_finished_steps(failed):
    html = report_html(failed, library())
    text = Page(html).text
    assert failed.status == "failed" and "nothing removes the oxide" in failed.message
    assert text.index("This run failed") < text.index("What was asked")
    assert '<p class="failed" role="alert"><strong>This run failed' in html
    assert text.index("nothing removes the oxide") < text.index("What was asked")
    assert html.count('<article class="step"') == len(failed.steps) == len(failed.recipe.steps) - 1
    assert "Not done: reflow (reflow)" in text


def test_an_interrupted_run_without_any_step_is_a_page_too(plated):
    empty = Run(plated.recipe, plated.start, (), {}, "0" * 16, status="interrupted", message="stopped by the user")
    text = Page(report_html(empty, library())).text
    assert "This run was interrupted after 0 of 15 steps: stopped by the user" in text
    assert "No step was finished." in text and "No bump was made." in text


def test_hostile_texts_stay_texts(plated):
    nasty = '<script>alert("1")</script><img src=x onerror=alert(2)>'
    recipe = replace(plated.recipe, title=nasty, description=nasty, name=nasty)
    run = replace(plated, recipe=recipe, message=nasty, status="failed", layout={"file": nasty, "report": nasty + "\n" + nasty})
    html = report_html(run, library())
    page = Page(html)  # refuses attributes that start with "on"
    assert page.scripts == 1 and "<img" not in html
    assert nasty in page.text


def test_nothing_outside_is_needed(html, fused):
    for text in (html, report_html(fused, library())):
        for tag, name, value in Page(text).targets:
            assert value.startswith("#") or (tag == "a" and name == "href" and re.match(r"https?://", value)), (tag, name, value)
        outside = re.sub(r'<a href="https?://[^"]*" rel="noreferrer">[^<]*</a>', "", text)
        outside = outside.replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"https?:", outside)
        assert "@import" not in text and not re.search(r"url\((?!#)", text)


def test_limits_missed_are_listed(plated):
    recipe = plated.recipe.with_changes({"spec.bump_height.min": "80 um", "spec.bump_diameter.max": "100 um"})
    run = replace(plated, recipe=recipe)
    html = report_html(run, library())
    assert "Limits missed: 1 of 2" in html
    assert run.missed_limits()[0] in unescape(html)


def test_facts_of_the_mask_file_are_shown(plated):
    facts = {
        "file": "mask.gds",
        "site": "site-17",
        "centre": [1e-3, 2e-3],
        "duplicates_here": ["20/0 drawn twice"],
        "polygons": "never",
        "report": "a\nb",
    }
    text = Page(report_html(replace(plated, layout=facts), library())).text
    for words in ("From the mask file", "mask.gds", "site-17", "1000 um, 2000 um", "20/0 drawn twice"):
        assert words in text
    assert "never" not in text


def test_the_same_run_gives_the_same_page(plated, html):
    again = carry_out(waferbump.load("stair-plated"))
    # only the clock may differ
    steps = tuple(replace(step, seconds=0.0) for step in again.steps)
    first = replace(plated, steps=tuple(replace(step, seconds=0.0) for step in plated.steps))
    assert report_html(replace(again, steps=steps), library()) == report_html(first, library())
    assert report_html(plated, library()) == html


def test_a_report_of_25_steps_is_quick_and_below_a_megabyte(fused):
    report_html(fused, library())  # the template is compiled once
    start = time.process_time()
    html = report_html(fused, library())
    assert len(fused.steps) == 25
    assert time.process_time() - start < 1.5  # s of this process; it takes a tenth of that
    assert len(html.encode()) < 1_000_000


def test_the_overview_holds_all_runs_and_what_came_out(plated, fused, failed):
    runs = {"C: plated <b>": plated, "D: fused": fused, "C: failed": failed}
    html = overview_html(runs, library())
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    head = html[: html.index('<main class="run"')]
    assert "C: plated &lt;b&gt;" in head and show(fused.measures["bump_height"].value, "length", 4) in head and "failed" in head
    assert html.count('<article class="step"') == sum(len(run.steps) for run in runs.values())
    assert "nothing removes the oxide" in head
