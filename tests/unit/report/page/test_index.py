"""The overview: one row for a test on all phones, and why a test is what it is."""

from __future__ import annotations

import pytest

from harness.model.reasons import MEANINGS, Outcome, Reason
from harness.report.page.index import row_of, run_index
from tests.unit.report.page.samples import DESK, PHONES, Story, a_run, a_test


@pytest.mark.parametrize(
    ("nodeid", "name"),
    [
        ("a.py::test_x[ios-16.7]", "test_x"),
        ("a.py::test_x[ios-26.0-large]", "test_x[large]"),
        ("a.py::test_x[large-ios-15.8]", "test_x[large]"),
        ("a.py::test_x[large-ios-15.8-wifi]", "test_x[large-wifi]"),
        ("a.py::TestGroup::test_x", "TestGroup::test_x"),
        ("a.py::test_x[bios-16]", "test_x[bios-16]"),
        ("a.py::test_x[]", "test_x"),
        ("a.py", ""),
    ],
)
def test_the_row_of_a_test_is_its_name_without_the_phone_it_was_made_for(nodeid: str, name: str) -> None:
    assert row_of(nodeid) == ("a.py", name)


def test_a_test_on_four_phones_is_one_row_and_phones_stand_by_their_ios() -> None:
    tests = [a_test(phone=phone) for phone in (DESK, *reversed(PHONES))]
    told = run_index(a_run(tests))
    assert [row["name"] for row in told["rows"]] == ["test_download"]
    assert [phone["ios"] for phone in told["phones"]] == ["15.8", "16.7", "17.5", "18.5", "26.0"]
    assert [phone["hardware"] for phone in told["phones"]].count("real") == 1
    assert [test["phone"] for test in told["tests"]] == [2, 4, 3, 1, 0]


def test_a_test_that_never_got_a_phone_tells_why_by_its_message() -> None:
    lost = a_test(
        phone=None, result="error", phase="setup", message="\n NoDeviceFree: held by anna\n since 10:14"
    )
    (told,) = run_index(a_run([lost]))["tests"]
    assert (told["phone"], told["reason"], told["brief"]) == (-1, "", "NoDeviceFree: held by anna")


def test_the_reason_shown_is_of_the_verdict_that_decided() -> None:
    failed = a_test(story=Story(outcome=Outcome.FAILED, reason=Reason.KILLED_WATCHDOG))
    told = run_index(a_run([failed]))
    assert told["tests"][0]["reason"] == "KILLED:watchdog"
    assert "relaunched" in told["tests"][0]["brief"]
    assert told["meanings"]["KILLED:watchdog"] == MEANINGS[Reason.KILLED_WATCHDOG].sentence


def test_a_failure_that_no_verdict_decided_has_no_reason() -> None:
    asserted = a_test(result="failed", message="AssertionError: assert 1 == 2")
    (told,) = run_index(a_run([asserted]))["tests"]
    assert told["reason"] == ""
    assert told["brief"] == "AssertionError: assert 1 == 2"


def test_what_people_and_phones_called_themselves_is_made_visible() -> None:
    told = run_index(a_run([a_test("test_\u202etxt\x1b")]))
    assert told["rows"][0]["name"] == "test_⟨U+202E⟩txt␛"
