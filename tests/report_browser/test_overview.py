"""The overview in a real browser: counts, what needs a look, the matrix, its filters and its keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.model.identity import PhoneIdentity
from tests.report_browser.browser import PHONE, WIDE, Browser
from tests.unit.report.page.samples import DESK, PHONES, STORIES, Story, a_run, a_test, many

pytestmark = pytest.mark.judge("chromium")

ROWS = "[...document.querySelectorAll('.matrix tbody tr:not(.file)')].filter(row => !row.hidden).length"
CELLS = "[...document.querySelectorAll('.cell:not(.unwanted)')].map(cell => cell.textContent[0]).join('')"


def test_a_run_is_counted_by_verdict_and_every_test_has_its_cell_with_a_letter(
    browser: Browser, tmp_path: Path
) -> None:
    browser.show(many(24), tmp_path)
    chips = browser.run("return [...document.querySelectorAll('.chip')].map(chip => chip.textContent)")
    assert chips == ["F3failed", "I3invalid", "?3inconclusive", "P15passed"]
    letters = browser.run(f"return {CELLS}")
    assert {letter: letters.count(letter) for letter in "FI?P"} == {"F": 3, "I": 3, "?": 3, "P": 15}


def test_what_is_virtual_is_striped_and_said_in_words(browser: Browser, tmp_path: Path) -> None:
    striped = "getComputedStyle(arguments[0]).backgroundImage.includes('repeating-linear-gradient')"

    def cells(*phones: PhoneIdentity) -> list[bool]:
        browser.show(a_run([a_test(phone=phone) for phone in phones]), tmp_path)
        found = browser.run("return [...document.querySelectorAll('.cell')]")
        return [browser.run(f"return {striped}", cell) for cell in found]

    assert cells(PHONES[0], DESK) == [True, False]
    assert "1 test on real phones, 1 on virtual phones" in browser.run("return document.body.innerText")
    assert cells(DESK) == [False]
    assert "virtual" not in browser.run("return document.getElementById('top').innerText")
    assert cells(PHONES[0]) == [True]
    assert "Seen on virtual phones only." in browser.run("return document.body.innerText")


def test_a_chip_shows_only_its_verdict_and_two_show_both(browser: Browser, tmp_path: Path) -> None:
    browser.show(many(24), tmp_path)
    assert browser.run(f"return {ROWS}") == 6
    browser.run("document.querySelector('.chip.failed').click()")
    assert set(browser.run(f"return {CELLS}")) == {"F"}
    assert browser.run(f"return {ROWS}") < 6
    browser.run("document.querySelector('.chip.invalid').click()")
    assert set(browser.run(f"return {CELLS}")) == {"F", "I"}
    browser.run("for (const chip of document.querySelectorAll('.chip[aria-pressed=true]')) chip.click()")
    assert len(browser.run(f"return {CELLS}")) == 24


@pytest.mark.parametrize(
    ("words", "left"),
    [("test_case_003", 4), ("unexplained", 3), ("no reason not woken", 3), ("iphone14,5", 6), ("nowhere", 0)],
)
def test_the_search_goes_over_tests_reasons_and_phones(
    browser: Browser, tmp_path: Path, words: str, left: int
) -> None:
    browser.show(many(24), tmp_path)
    browser.driver.find_element("css selector", "#top input[type=search]").send_keys(words)
    assert len(browser.run(f"return {CELLS}")) == left
    told = browser.run("return document.querySelector('.matrix').innerText")
    assert ("No test is like that." in told) == (left == 0)


def test_the_last_attempt_counts_and_the_first_stays_to_be_seen(browser: Browser, tmp_path: Path) -> None:
    first = a_test(result="error", phase="setup", message="DeviceLost: desk-15 went away")
    browser.show(a_run([first, a_test(attempt=2)]), tmp_path)
    assert browser.run("return [...document.querySelectorAll('.chip')].map(chip => chip.textContent)") == [
        "P1passed"
    ]
    assert browser.run("return document.querySelector('.cell').textContent") == "P×2"
    browser.run("document.querySelector('.cell').click()")
    browser.soon("document.querySelectorAll('.attempts a').length == 2")
    browser.run("document.querySelector('.attempts a').click()")
    assert "DeviceLost" in browser.soon("document.querySelector('.why')?.innerText")


def test_a_test_without_a_phone_is_shown_with_its_message(browser: Browser, tmp_path: Path) -> None:
    lost = a_test(
        phone=None, result="error", phase="setup", message="NoDeviceFree: held by anna\nsince 10:14"
    )
    browser.show(a_run([lost]), tmp_path)
    assert "NoDeviceFree: held by anna" in browser.run("return document.querySelector('.findings').innerText")
    browser.run("document.querySelector('.finding a').click()")
    assert "since 10:14" in browser.soon("document.querySelector('.message')?.textContent")
    assert "No timeline" in browser.run("return document.querySelector('main').innerText")


def test_findings_with_one_reason_stand_together_and_the_worst_come_first(
    browser: Browser, tmp_path: Path
) -> None:
    browser.show(many(24), tmp_path)
    found = browser.run(
        "return [...document.querySelectorAll('.finding')]"
        ".map(each => [each.querySelector('code').textContent, each.querySelectorAll('li a').length])"
    )
    assert found == [
        ["NOT_WOKEN:UNEXPLAINED", 3],
        ["INVALID:harness_foregrounded", 3],
        ["INCONCLUSIVE:gap", 3],
    ]


def test_keys_alone_lead_through_the_matrix_into_a_test_and_back(browser: Browser, tmp_path: Path) -> None:
    browser.show(many(24), tmp_path)
    assert browser.run("return document.querySelectorAll('.cell[tabindex=\"0\"]').length") == 1
    browser.run("document.querySelector('.cell').focus()")
    keys = browser.driver.switch_to.active_element
    keys.send_keys("\ue014")  # right
    browser.driver.switch_to.active_element.send_keys("\ue015")  # down
    assert browser.run("return document.activeElement.getAttribute('href')") == "#test-5"
    browser.driver.switch_to.active_element.send_keys("\ue007")  # enter
    browser.soon("document.querySelector('.test h2')?.innerText.includes('test_case_001')")
    browser.driver.switch_to.active_element.send_keys("j")
    browser.soon("location.hash == '#test-6'")
    browser.driver.switch_to.active_element.send_keys("\ue00c")  # escape
    browser.soon("document.querySelector('.matrix')")


@pytest.mark.parametrize("size", [WIDE, PHONE, (1600, 1000)])
def test_the_page_is_never_wider_than_its_window(
    browser: Browser, tmp_path: Path, size: tuple[int, int]
) -> None:
    browser.size(size)
    for place in ("", "test-2"):
        browser.show(many(8), tmp_path, place)
        browser.soon("document.querySelector(location.hash ? '.chart' : '.matrix')")
        assert browser.run("return document.documentElement.scrollWidth") <= size[0]


def test_light_and_dark_follow_the_reader_and_the_switch(browser: Browser, tmp_path: Path) -> None:
    ground = "return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
    browser.show(many(4), tmp_path)
    assert min(browser.run(ground)) > 200
    browser.prefer("dark")
    assert max(browser.run(ground)) < 60
    browser.run("localStorage.clear(); document.querySelector('.theme').click()")  # dark
    browser.run("document.querySelector('.theme').click()")  # light
    assert min(browser.run(ground)) > 200
    browser.run("localStorage.clear()")


def test_what_is_written_in_a_cell_can_be_read_in_light_and_dark(browser: Browser, tmp_path: Path) -> None:
    stories = [*STORIES, Story()]
    results = [*(story.outcome.value for story in STORIES), "error"]
    tests = [
        a_test(f"test_{number}", story, result=result)
        for number, (story, result) in enumerate(zip(stories, results, strict=True))
    ]
    for scheme in ("light", "dark"):
        browser.prefer(scheme)
        browser.show(a_run(tests), tmp_path)
        assert min(browser.run(CONTRASTS)) >= 4.5


CONTRASTS = """
const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
  .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
return [...document.querySelectorAll('.cell, .chip b, .tag b')].map((node) => {
  const style = getComputedStyle(node);
  const [a, b] = [light(style.color), light(style.backgroundColor)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
});
"""
"""WCAG's contrast of every letter in a cell or tag to its ground."""
