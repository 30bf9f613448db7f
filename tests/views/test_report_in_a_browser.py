"""The report opened in a real browser: its slider runs and nothing complains."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest

from waferbump.materials import library
from waferbump.views.report import overview_html, report_html

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Moves the sliders to step 2 and writes down what only the browser knows.
PROBE = """<script>
for (const slider of document.querySelectorAll(".viewer input")) { slider.value = 2; slider.dispatchEvent(new Event("input")); }
const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
document.body.dataset.twice = ids.length - new Set(ids).size;
document.body.dataset.wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
const marks = [...document.querySelectorAll(".stage figure [fill^='url(']")].map((e) => e.getAttribute("fill").slice(5, -1));
document.body.dataset.lost = marks.filter((id) => !id.startsWith("v") || !document.getElementById(id)).length;
</script></body>"""


@pytest.fixture(scope="module")
def browser():
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        reason = "no Chromium browser: report not opened"
        if "browser" in os.environ.get("WAFERBUMP_REQUIRE", "").replace(",", " ").split():
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def opened(browser: str, page, tmp_path, *, width: int) -> tuple[str, str]:
    """The page's DOM after its scripts ran, and what the browser logged."""
    file = tmp_path / "report.html"
    file.write_text(page, encoding="utf-8")
    quiet = [f"--disable-{thing}" for thing in ("gpu", "background-networking", "component-update", "sync", "dev-shm-usage", "extensions")]
    command = [
        browser,
        "--headless",
        "--no-sandbox",
        "--no-first-run",
        *quiet,
        f"--user-data-dir={tmp_path / 'profile'}",
        "--enable-logging=stderr",
    ]
    command += [f"--window-size={width},900", "--dump-dom", file.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout, done.stderr


@pytest.mark.browser
@pytest.mark.parametrize("width", [1200, 500])  # px; 500 is the narrowest window that headless Chromium opens
def test_the_slider_flips_through_the_steps_and_nothing_complains(browser, plated, tmp_path, width):
    page = report_html(plated, library())
    dom, log = opened(browser, page.replace("</body>", PROBE), tmp_path, width=width)
    assert "CONSOLE" not in log, log
    viewer = re.search(r'<div class="viewer"[^>]*>', dom)[0]
    assert "hidden" not in viewer and 'data-step="2"' in viewer
    assert f"2 of {len(plated.steps)}: {plated.steps[1].id}" in dom
    stage = dom[dom.index('<div class="stage">') : dom.index('<article class="step"')]
    regions = [name for name in plated.steps[1].state.bump.names if name != "air"]
    assert {name for name in regions if f'data-region="{name}"' in stage} == set(regions)
    body = re.search(r"<body[^>]*>", dom)[0]
    assert 'data-twice="0"' in body and 'data-lost="0"' in body
    assert 'data-wide="0"' in body  # the page itself never scrolls sideways


@pytest.mark.browser
@pytest.mark.parametrize("width", [1200, 500])
def test_a_run_with_a_plan_is_shown_from_every_side(browser, suspended, tmp_path, width):
    page = report_html(suspended, library())
    dom, log = opened(browser, page.replace("</body>", PROBE), tmp_path, width=width)
    assert "CONSOLE" not in log, log
    stage = dom[dom.index('<div class="stage">') : dom.index('<article class="step"')]
    assert all(f'class="side {side}"' in stage for side in ("cut", "plan", "solid", "bump"))
    body = re.search(r"<body[^>]*>", dom)[0]
    assert 'data-twice="0"' in body and 'data-lost="0"' in body and 'data-wide="0"' in body


@pytest.mark.browser
def test_every_run_of_an_overview_has_its_own_slider(browser, plated, fused, tmp_path):
    page = overview_html({"one": plated, "two": fused}, library())
    dom, log = opened(browser, page.replace("</body>", PROBE), tmp_path, width=1200)
    assert "CONSOLE" not in log, log
    assert dom.count('data-step="2"') == 2 and 'data-twice="0"' in dom and 'data-lost="0"' in dom


def test_a_missing_browser_is_a_failure_where_one_is_required(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    fixture = browser.__wrapped__ if hasattr(browser, "__wrapped__") else browser._get_wrapped_function()
    monkeypatch.delenv("WAFERBUMP_REQUIRE", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no Chromium browser: report not opened"):
        fixture()
    monkeypatch.setenv("WAFERBUMP_REQUIRE", "debian,browser")
    with pytest.raises(pytest.fail.Exception, match="no Chromium browser"):
        fixture()
