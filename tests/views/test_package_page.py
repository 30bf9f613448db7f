"""Pictures and pages of the package room: they show what the records say, read back from what was drawn."""

from __future__ import annotations

import copy
import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.views.package_records import ROWS, charts, cycle_record, dies, field, grid, life, lives_of, pull_of, record_of, row
from tests.views.test_report import Page
from tests.views.test_report_in_a_browser import browser, opened  # noqa: F401  (a fixture)
from waferbump.package.judging import rank
from waferbump.package.reading import read_vehicle
from waferbump.package.spring_limits import FARTHEST
from waferbump.views.package_axes import spread
from waferbump.views.package_charts import loop_figure, weibull_figure
from waferbump.views.package_page import cycle_page, rank_page
from waferbump.views.package_rank import pitch_of, rank_figure, searched_in
from waferbump.views.package_words import cycle_verdict, rank_verdict


def test_names_are_spread_as_little_as_needed():
    assert spread([5.0, 5.0, 5.0], 0.0, 100.0, 10.0) == [0.0, 10.0, 20.0]
    places = spread([50.0, 52.0, 51.0, 90.0], 0.0, 95.0, 10.0)
    assert places[0] < places[2] < places[1] and np.diff(sorted(places)).min() >= 10.0 - 1e-9 and places[3] == 90.0


@pytest.mark.parametrize("scale", ["logarithmic", "linear"])
def test_bars_end_at_their_distances(scale):
    svg = rank_figure(ROWS, edges=dies(4, 10, 20), scale=scale)
    ElementTree.fromstring(svg)
    lines = sorted(float(x) for x in re.findall(r'<line x1="([\d.]+)"[^>]*stroke-width="1" stroke-dasharray="5 3"', svg))
    known = [one["corner"] for one in dies(4, 10, 20)]
    scaled = np.log(known) if scale == "logarithmic" else np.array(known)
    slope, start = np.polyfit(lines, scaled, 1)
    ends = [float(x) + float(w) for x, w in re.findall(r'<rect x="(92)" y="[\d.]+" width="([\d.]+)"', svg)]
    found = slope * np.array(ends) + start
    found = np.exp(found) if scale == "logarithmic" else found
    # places are rounded to 0.1 px of some 500 px over two decades: 0.1 % of a distance, or 1e-6 m on the straight axis
    assert found[:2] == pytest.approx([3e-3, 1e-3], rel=2e-3, abs=4e-6) and len(ends) == 3
    ticks = [float(x) for x in re.findall(r'<text x="([\d.]+)"[^>]*>100</text>', svg)]
    assert ticks == pytest.approx([lines[1]], abs=0.2)  # the upper axis: a corner bump of 10 x 10 stands at the second die's line


def test_the_pitch_is_read_off_the_dies():
    assert pitch_of(dies(1, 7)) == pytest.approx(5e-4) and pitch_of(dies(1)) is None


def test_a_ranking_says_what_holds_and_what_does_not():
    svg = rank_figure(ROWS, edges=dies(4, 10, 20), searched=50e-3)
    for words in ("3 mm (2 to 4.5 mm), solder", "not limited up to 50 mm", "no conducting path: electrically open",
                  "the weak joint lets go at", "the gap closes at 2 mm"):  # fmt: skip
        assert words in svg
    assert "not limited as far as tried" in rank_figure(ROWS)
    assert searched_in({"level": "springs"}) == FARTHEST and searched_in({"level": "plane_cell"}) is None
    with pytest.raises(ValueError, match="without structures"):
        rank_figure([])
    with pytest.raises(ValueError, match="logarithmic or linear"):
        rank_figure(ROWS, scale="square")


def test_the_verdict_of_a_ranking():
    said = rank_verdict(record_of(ROWS))
    assert said[0].startswith("Of those that fail, P0 (structure P0) goes farthest: 3 mm from the neutral point (2 to 4.5 mm)")
    assert "a full array of 64 bumps on a die of 4 mm; its solder fails first." in said[0]
    assert "The bands of E1 reach into that of P0: they cannot be told apart from it." in said
    assert "E2 is not limited up to 50 mm." in said and "In E3 no conducting path is left: electrically open." in said
    assert "2 are softer than P0; farther than it goes E2." in said
    apart = copy.deepcopy(ROWS)
    apart[1]["high"] = 1.9e-3
    assert not any("told apart" in sentence for sentence in rank_verdict(record_of(apart)))
    assert rank_verdict(record_of([row("A", None, first="")])) == ["A is not limited up to 50 mm."]


@pytest.mark.parametrize(
    ("models", "said"),
    [
        ([life("solder", 5000.0), life("line", 120.0, 3.0)], "The metal line fails first, after 120 cycles (40 to 360 over all models"),
        ([life("solder", 5000.0), life("line", 120.0, 3.0)], "the joint's solder would last 5000 (2500 to 10000)."),
        ([life("solder", 5000.0), life("line", 120.0, 3.0)], "it misses them by every model"),
        ([life("solder", 5000.0), life("line", 9000.0)], "The bands of the two overlap"),
        ([life("solder", 5000.0), life("line", 9000.0)], "it reaches them by every model"),
        ([life("solder", 900.0)], "nominally it misses them"),
        ([life("solder", 1100.0)], "nominally it reaches them"),
        ([life("solder", 900.0)], "no life model applies to the metal line"),
        ([life("solder", 900.0), life("line", None)], "the metal line has no end of life in this cycle"),
        ([life("line", None)], "Nothing tires: the metal line has no end of life"),
        ([], "No life model applies"),
    ],
)
def test_the_verdict_of_a_cycled_structure(models, said):
    assert said in " ".join(cycle_verdict(cycle_record(lives_of(*models))))


def test_bands_that_stay_apart_are_not_called_overlapping():
    said = " ".join(cycle_verdict(cycle_record(lives_of(life("solder", 5000.0), life("line", 120.0, 3.0)))))
    assert "overlap" not in said and "not steady" not in said


def test_the_verdict_tells_what_lets_go_first():
    record = cycle_record(lives_of(life("line", 120.0)), pull_of(("joint", "film on oxide", 4e-6, 0.2), ("line", "trace", 8e-6, 0.4)))
    assert "first film on oxide lets go, at 4 um and 200 mN; the path from pad to bump stays closed." in " ".join(cycle_verdict(record))
    record["path"] = False
    record["overstress"]["events"].reverse()
    assert "first the metal line tears, at 8 um and 400 mN; the path from pad to bump is cut." in " ".join(cycle_verdict(record))
    record["cycled"]["steady"] = False
    record["overstress"] = pull_of(stopped="no equilibrium at 3 s")
    said = " ".join(cycle_verdict(record))
    assert (
        "nothing lets go, yet the path is open" in said and "The pull ended early: no equilibrium at 3 s." in said and "not steady" in said
    )


def test_charts_are_well_formed_and_hold_no_nan():
    for name, svg in charts().items():
        ElementTree.fromstring(svg)
        assert "nan" not in svg and "inf" not in svg, name


def test_a_weibull_line_runs_through_its_own_numbers():
    lives = lives_of(life("solder", 5000.0))
    svg = weibull_figure(lives)
    (x0, y0), (x1, y1) = [tuple(map(float, p.split())) for p in re.search(r'd="M([\d. ]+)L([\d. ]+)"', svg).groups()]
    dot = re.search(r'<circle cx="([\d.]+)" cy="([\d.]+)"', svg)
    part = (float(dot[1]) - x0) / (x1 - x0)
    assert float(dot[2]) == pytest.approx(y0 + part * (y1 - y0), abs=0.3)  # 63.2 % at the characteristic life; 0.1 px steps
    assert weibull_figure(lives_of()) == ""


def test_only_the_last_cycle_of_a_loop_is_strong():
    loop = cycle_record(lives_of())["cycled"]["loop"]
    strong = re.search(r'd="(M[^"]*)" fill="none" style="stroke:#2f7fb5"', loop_figure(loop, 3600.0))[1]
    assert strong.count("L") == 40  # of 80 steps in two cycles


def test_the_page_of_a_cycled_structure_says_all_of_it():
    lives = lives_of(life("solder", 5000.0), life("line", 120.0, 3.0, title="foil"))
    record = cycle_record(
        lives, pull_of(("joint", "film on oxide", 4e-6, 0.2)), interval={"sentence": "film on oxide lets go first for 0.1"}
    )
    svg = field(grid(4), {"metal": np.linspace(0, 1e8, 16)})
    html = cycle_page(json.loads(json.dumps(record)), [{"svg": svg, "says": "cold"}])
    page = Page(html)
    assert len(page.ids) == len(set(page.ids)) and page.scripts == 0 and not [t for t in page.targets if t[1] != "href"]
    verdict = html.index('<section class="verdict"')
    assert verdict < html.index("<table") < html.index("How it stands under load") < html.index('<section class="assumptions"')
    for words in ("The metal line fails first", "Suspended <b>bump</b>", "Assumptions: 1 of 1 values used", "bulk <value>",
                  "foil: a remark", "another: it needs a layer", "Film on oxide lets go first for 0.1.",
                  "What this level assumes: plane cell", "Anand"):  # fmt: skip
        assert words in page.text, words
    assert {"source-syed-2004", "source-waferbump-assumption"} <= set(page.ids) and not re.search(r"\bnan\b", html)


def test_the_page_of_a_ranking_says_all_of_it():
    html = rank_page(json.loads(json.dumps(record_of(list(ROWS)))))
    page = Page(html)
    assert page.scripts == 0 and len(page.ids) == len(set(page.ids))
    assert "Suhir" in page.text
    for words in ("goes farthest", "structure E1", "not limited up to 50 mm", "no conducting path", "2 to 4.5 mm"):
        assert words in page.text or words in page.text.replace("Springs", "springs"), words
    assert html.count("<li>one</li>") == 1 and html.count("<li>two</li>") == 1  # a note of two structures stands once


@pytest.fixture(scope="module")
def ranking():
    return json.loads(json.dumps(rank(read_vehicle(), "springs", None)))


def test_the_built_in_structures_have_their_page(ranking):
    html = rank_page(ranking)
    page = Page(html)
    for one in ranking["rows"]:
        assert one["title"] in page.text
    assert f"Assumptions: {len(ranking['assumed'])} of {len(ranking['sources'])} values used" in page.text and len(html) < 400_000


# Counts what only the browser knows: letters that lie on other letters in one chart, or beyond its edge, and ids that occur twice.
PROBE = """<script>
let on = 0, out = 0;
for (const chart of document.querySelectorAll("svg.chart")) {
  const whole = chart.getBoundingClientRect();
  const boxes = [...chart.querySelectorAll("text")].map((e) => e.getBoundingClientRect());
  boxes.forEach((a, i) => {
    if (a.left < whole.left - 1 || a.right > whole.right + 1 || a.top < whole.top - 1 || a.bottom > whole.bottom + 1) out++;
    for (const b of boxes.slice(i + 1))
      if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3) on++;
  });
}
const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
Object.assign(document.body.dataset, {on, out, twice: ids.length - new Set(ids).size,
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth});
</script></body>"""


@pytest.mark.browser
@pytest.mark.parametrize("width", [1200, 500])
@pytest.mark.parametrize("kind", ["cycle", "rank", "charts"])
def test_no_letter_lies_on_another(browser, ranking, tmp_path, width, kind):  # noqa: F811
    if kind == "rank":
        html = rank_page(ranking)
    else:
        html = cycle_page(
            cycle_record(lives_of(life("solder", 5000.0), life("line", 120.0, 3.0)), pull_of(("joint", "film on oxide", 4e-6, 0.2)))
        )
    if kind == "charts":
        html = html.replace("</main>", "".join(f"<figure>{svg}</figure>" for svg in charts().values()).replace("rank-", "r-") + "</main>")
    dom, log = opened(browser, html.replace("</body>", PROBE), tmp_path, width=width)
    assert "CONSOLE" not in log, log
    body = re.search(r"<body[^>]*>", dom)[0]
    assert all(f'data-{name}="0"' in body for name in ("on", "out", "twice", "wide")), body
