"""What phones, apps and servers wrote does nothing in the page but stand there to be read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.model.facts import CallbackSeen, SettingRead, Source, WakeRefused
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.run import Judged
from harness.model.time import written
from harness.report.run import RunRecord, TestRecord
from tests.report_browser.browser import Browser
from tests.unit.report.page.samples import APP, START_S, Story, a_run, a_test

pytestmark = pytest.mark.judge("chromium")

HOSTILE = (
    "</script><script>window.ran = 1</script>",
    "<img src=x onerror='window.ran = 1'>",
    "<svg onload=window.ran=1>",
    "javascript:window.ran=1",
    "\"><iframe srcdoc='<script>parent.ran = 1</script>'>",
    "<!--<script>",
    "]]>&lt;b&gt;{{ 7 * 7 }}${7 * 7}",
    "\x1b[2J\x1b]0;owned\x07\x00\x9b31m",
    "invoice\u202egpj.exe\u2066\u200f",
    "two\u2028lines\u2029or\r\nmore",
    "__proto__",
    "constructor",
    "half \ud83d of a pair",
)


def hostile_test(text: str) -> TestRecord:
    """A test of which every string that a device or a person can choose is that one."""
    phone = PhoneIdentity(text, "udid", "16.7", text, Hardware.VIRTUAL)
    at = written(START_S + 1)
    entries = [
        replace(entry, told=text, story=text) if isinstance(entry, Judged) else entry
        for entry in Story().entries(phone)
    ]
    facts = (
        CallbackSeen(
            at=at, source=Source.JOURNAL, bundle_id=APP, name=text, seq=99, session=text, detail={text: text}
        ),
        SettingRead(at=at, source=Source.SETTINGS, name=text, value=text),
        SettingRead(at=written(START_S + 2), source=Source.SETTINGS, name=text, value="other"),
        WakeRefused(at=at, source=Source.SYSTEM_LOG, text=text),
    )
    return a_test(
        f"test_{text}",
        phone=phone,
        result="failed",
        entries=(*entries, *facts),
        message=text,
        worker=text,
        artifacts=(text, f"{text}/../x"),
    )


def run_of(text: str) -> RunRecord:
    run = a_run([hostile_test(text)])
    return replace(run, command=text)


STRANGERS = """
return [...document.querySelectorAll('*')].map((node) => node.localName)
  .filter((name) => !arguments[0].split(' ').includes(name));
"""
KNOWN = (
    "html head meta title style body noscript header main script div h1 h2 h3 p a b bdi i span strong small"
    " code pre button input label section aside article nav ul ol li details summary table colgroup col thead"
    " tbody tr th td dl dt dd wbr sup svg defs clipPath pattern g rect line path circle text"
)
"""Every element that the page itself is made of."""


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_script_runs_and_no_element_appears(browser: Browser, tmp_path: Path, text: str) -> None:
    browser.show(run_of(text), tmp_path)
    assert browser.run(STRANGERS, KNOWN) == []
    browser.run("document.querySelector('.cell').click()")
    browser.soon("document.querySelectorAll('.chart .band').length")
    browser.run("for (const row of document.querySelectorAll('.facts tbody tr')) row.click()")
    assert browser.run(STRANGERS, KNOWN) == []
    assert browser.run("return window.ran === undefined && ({}).ran === undefined")
    links = browser.run("return [...document.querySelectorAll('a')].map(link => link.protocol)")
    assert set(links) == {"file:"}


def test_a_text_that_turns_the_reading_round_is_spelt_out(browser: Browser, tmp_path: Path) -> None:
    browser.show(run_of("invoice\u202egpj.exe\x1b[2J"), tmp_path, "test-0")
    told = browser.soon("document.querySelector('.message')?.textContent")
    assert told == "invoice⟨U+202E⟩gpj.exe␛[2J"
    assert not browser.run("return /[\\u202a-\\u202e\\u2066-\\u2069\\x1b]/.test(document.body.innerText)")


def test_a_message_of_60_kb_is_cut_and_says_how_much_more_there_was(browser: Browser, tmp_path: Path) -> None:
    long = WakeRefused(at=written(START_S + 3), source=Source.SYSTEM_LOG, text="x" * 60_000)
    browser.show(a_run([a_test(entries=(*Story().entries(), long))]), tmp_path, "test-0")
    browser.soon("document.querySelector('.chart')")
    cells = browser.run("return [...document.querySelectorAll('.facts td')].map(cell => cell.textContent)")
    (cut,) = [cell for cell in cells if "xxx" in cell]
    assert cut.endswith("… 59,880 more characters")
    assert len(cut) < 200
    assert browser.run("return document.documentElement.scrollWidth") <= 1440
