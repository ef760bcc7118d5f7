"""The drawn timeline in a real browser: what is in it, zoom and folding, pinned facts and the table."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.model.reasons import Outcome, Reason
from tests.report_browser.browser import PHONE, Browser
from tests.unit.report.page.samples import Story, a_run, a_test

pytestmark = pytest.mark.judge("chromium")

AXIS = "[...document.querySelectorAll('.chart .axis')].map(each => each.textContent)"
TITLES = "[...document.querySelectorAll('.chart .lane-title')].map(each => each.firstChild.textContent)"
TEXTS = "[...document.querySelectorAll('.chart text')].map(each => each.textContent)"


def opened(browser: Browser, directory: Path, story: Story | None = None) -> None:
    browser.show(a_run([a_test(story=story)]), directory, "test-0")
    browser.soon("document.querySelectorAll('.chart .band').length")


def test_every_kind_of_evidence_has_its_lane(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path)
    assert browser.run(f"return {TITLES}") == [
        "harness",
        "expectations",
        "app state, state stream",
        "app state, system log",
        "callbacks",
        "episode.mp4 (50 MB)",
        "wifi",
        "other settings",
        "phone's log",
        "process list",
        "coverage, journal",
        "coverage, receipt",
        "coverage, state stream",
        "coverage, system log",
    ]
    texts = set(browser.run(f"return {TEXTS}"))
    assert {"launch", "kill", "foreground active · 83", "held at 10 MB", "finished, whole"} <= texts
    assert {"handleEventsForBackgroundURLSession", "completionHandlerCalled"} <= texts
    assert {"P PASS_CLAIMS_PROVEN", "P PASS_RELAUNCHED"} <= texts


def test_a_callback_told_twice_is_one_mark(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path)
    assert browser.run("return document.querySelectorAll('.chart .mark.twice').length") == 10
    assert browser.run("return document.querySelectorAll('.chart .mark.once').length") == 0


def test_lost_evidence_is_hatched_where_it_would_have_counted(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path)
    assert browser.run("return document.querySelectorAll('.chart .gap').length") == 0
    opened(browser, tmp_path, Story(Outcome.INCONCLUSIVE, Reason.INCONCLUSIVE_GAP, gap=True))
    # The state by the log, the phone's log, and how far the log was watched; each gap once.
    assert browser.run("return document.querySelectorAll('.chart .gap').length") == 3


def test_sources_that_disagree_about_the_state_are_shown_to(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path)
    assert "they disagree" not in browser.run(f"return {TITLES}")
    opened(browser, tmp_path, Story(torn=True))
    assert "they disagree" in browser.run(f"return {TITLES}")
    assert browser.run("return document.querySelectorAll('.chart .band.disagree').length") == 1


def test_a_week_in_which_nothing_happened_is_folded_and_can_be_unfolded(
    browser: Browser, tmp_path: Path
) -> None:
    opened(browser, tmp_path, Story(wait_s=7 * 86_400.0))
    folds = browser.run("return [...document.querySelectorAll('.fold-label')].map(each => each.textContent)")
    assert any("days" in label for label in folds)
    wide = "document.querySelector('.band.foreground-active').getBoundingClientRect().width"
    assert browser.run(f"return {wide}") > 100
    browser.run("document.querySelector('.fold-switch input').click()")
    browser.soon(f"{wide} < 5")
    assert any(label.endswith(" d") for label in browser.run(f"return {AXIS}"))


@pytest.mark.parametrize("way", ["button", "key", "wheel"])
def test_zooming_changes_the_axis_and_all_of_it_comes_back(
    browser: Browser, tmp_path: Path, way: str
) -> None:
    opened(browser, tmp_path)
    before = browser.run(f"return {AXIS}")
    for _ in range(4):
        zoom(browser, way)
    browser.soon(f"({AXIS}).join() != {before!r}.join()")
    browser.run("document.querySelector('.stage').focus()")
    browser.driver.switch_to.active_element.send_keys("0")
    browser.soon(f"({AXIS}).join() == {before!r}.join()")


def zoom(browser: Browser, way: str) -> None:
    if way == "button":
        browser.run("document.querySelector('[aria-label=\"Zoom in\"]').click()")
    elif way == "key":
        browser.run("document.querySelector('.stage').focus()")
        browser.driver.switch_to.active_element.send_keys("+")
    else:
        x, y = place_of(browser, ".chart .band.suspended")
        browser.press("mouseWheel", x, y, deltaX=0, deltaY=-240, modifiers=2)  # with Ctrl


def place_of(browser: Browser, selector: str) -> tuple[float, float]:
    """The middle of an element, brought into the window."""
    x, y = browser.run(
        "const node = document.querySelector(arguments[0]); node.scrollIntoView({block: 'center'});"
        "const box = node.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]",
        selector,
    )
    return x, y


def test_the_wheel_scrolls_the_page_unless_the_chart_is_meant(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path)
    before = browser.run(f"return {AXIS}")
    x, y = place_of(browser, ".chart .band.suspended")
    scrolled = browser.run("return scrollY")
    browser.press("mouseWheel", x, y, deltaX=0, deltaY=120)
    browser.soon(f"scrollY > {scrolled}")
    assert browser.run(f"return {AXIS}") == before


def test_what_lies_under_the_pointer_is_told_whole_and_a_click_pins_it(
    browser: Browser, tmp_path: Path
) -> None:
    opened(browser, tmp_path)
    x, y = place_of(browser, ".chart .mark.ProcessEnded")
    browser.press("mouseMoved", x, y)
    tip = browser.soon("!document.querySelector('.tip').hidden && document.querySelector('.tip').innerText")
    assert "signal" in tip
    assert "2026-11-22" in tip
    browser.press("mousePressed", x, y, button="left", clickCount=1)
    browser.press("mouseReleased", x, y, button="left", clickCount=1)
    assert "system log" in browser.soon("document.querySelector('.pin:not([hidden])')?.innerText")
    chosen = browser.run("return document.querySelector('.facts tr[aria-selected]').innerText")
    assert "ended: signal 9" in chosen
    assert browser.run("return document.querySelectorAll('.chart .chosen').length") == 1


def test_a_row_of_the_table_is_shown_in_the_chart(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path)
    rows = "[...document.querySelectorAll('.facts tbody tr')]"
    all_rows = browser.run(f"return {rows}.length")
    browser.driver.find_element("css selector", ".facts input[type=search]").send_keys("completionHandler")
    assert browser.run(f"return {rows}.length") == 2
    assert all_rows > 40
    browser.run(f"{rows}[0].click()")
    browser.soon("document.querySelector('.chart .chosen')")
    assert "completionHandlerCalled" in browser.run("return document.querySelector('.pin').innerText")


def test_rows_of_what_the_chart_does_not_show_are_dimmed(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path)
    dimmed = "document.querySelectorAll('.facts tr.outside').length"
    assert browser.run(f"return {dimmed}") == 0
    for _ in range(4):
        zoom(browser, "button")
    browser.soon(f"{dimmed} > 10")
    assert browser.run(f"return {dimmed} < document.querySelectorAll('.facts tbody tr').length")


def test_the_window_of_a_verdict_can_be_looked_at(browser: Browser, tmp_path: Path) -> None:
    opened(browser, tmp_path, Story(Outcome.FAILED, Reason.NOT_WOKEN_UNEXPLAINED, wait_s=45))
    before = browser.run(f"return {AXIS}")
    assert "expected: the app is relaunched" in browser.run(
        "return document.querySelector('.verdicts').innerText"
    )
    browser.run("document.querySelector('.verdict.failed button').click()")
    browser.soon(f"({AXIS}).join() != {before!r}.join()")


@pytest.mark.parametrize("size", [(1440, 900), PHONE])
def test_no_two_labels_of_a_lane_lie_over_each_other(
    browser: Browser, tmp_path: Path, size: tuple[int, int]
) -> None:
    browser.size(size)
    opened(browser, tmp_path)
    assert browser.run(OVERLAPS) == []


OVERLAPS = """
const boxes = [...document.querySelectorAll('.chart .label, .chart .axis')]
  .map((node) => [node.textContent, node.getBoundingClientRect()]);
const beside = (a, b) => a.left > b.right - 1 || b.left > a.right - 1;
const below = (a, b) => a.top > b.bottom - 4 || b.top > a.bottom - 4;
return boxes.flatMap(([one, a], i) => boxes.slice(i + 1)
  .filter(([, b]) => !beside(a, b) && !below(a, b)).map(([other]) => [one, other]));
"""
"""Pairs of texts that cover each other; a box of text is taller than its letters."""
