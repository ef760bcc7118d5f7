"""Reports to facts: every form a phone writes, and nothing worse than an error from any other bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import EvidenceError
from harness.evidence.reports import report_facts
from harness.evidence.reports.values import instant_of
from harness.model.facts import ReportFound, ReportKind
from tests.unit.evidence.reports.files import (
    AT,
    AT_S,
    BUNDLE,
    CONTEXT,
    EXECUTABLE,
    PID,
    crash,
    file_of,
    header_of,
    jetsam,
    text_crash,
)

WORDS = (
    f"process-launch watchdog transgression: app<{BUNDLE}(0A)>:{PID} exhausted real (wall clock) time "
    "allowance of 20.00 seconds"
)


def facts(data: bytes, *, bundle_id: str = BUNDLE, executable: str = EXECUTABLE) -> tuple[ReportFound, ...]:
    return report_facts("R.ips", data, bundle_id=bundle_id, executable=executable)


def only(data: bytes) -> ReportFound:
    [fact] = facts(data)
    return fact


TERMINATIONS: dict[str, tuple[bytes, tuple[str, int, int, str]]] = {
    "a context split over the reasons": (
        crash({"namespace": "FRONTBOARD", "flags": 6, "code": 2343432205, "reasons": list(CONTEXT)}),
        ("FRONTBOARD", 0x8BADF00D, 9, WORDS),
    ),
    "the code of the context counts": (
        crash({"namespace": "FRONTBOARD", "code": 1, "reasons": list(CONTEXT)}),
        ("FRONTBOARD", 0x8BADF00D, 9, WORDS),
    ),
    "no reasons at all": (
        crash({"namespace": "RUNNINGBOARD", "flags": 6, "code": 3735883980}),
        ("RUNNINGBOARD", 0xDEAD10CC, 9, ""),
    ),
    "a crash by signal": (
        crash(
            {"namespace": "SIGNAL", "flags": 0, "code": 11, "indicator": "Segmentation fault: 11"},
            signal="SIGSEGV",
        ),
        ("SIGNAL", 11, 11, "Segmentation fault: 11"),
    ),
    "an exception's own words": (
        crash(
            {"namespace": "SIGNAL", "code": 6, "indicator": "Abort trap: 6"},
            signal="SIGABRT",
            exceptionReason={"composed_message": "nothing here", "name": "NSRangeException"},
        ),
        ("SIGNAL", 6, 6, "nothing here"),
    ),
    "no termination": (crash({}, signal="SIGTRAP"), ("", 0, 5, "")),
    "text, up to iOS 14": (
        text_crash(
            "Termination Reason:  Namespace SPRINGBOARD, Code 0x8badf00d",
            f"Termination Description: SPRINGBOARD, {' | '.join(CONTEXT)}",
        ),
        ("SPRINGBOARD", 0x8BADF00D, 9, WORDS),
    ),
    "text with a decimal code": (
        text_crash("Termination Reason:  FRONTBOARD 2343432205"),
        ("FRONTBOARD", 0x8BADF00D, 9, ""),
    ),
    "text with a code and no more": (
        text_crash("Termination Reason:  RUNNINGBOARD 0xdead10cc"),
        ("RUNNINGBOARD", 0xDEAD10CC, 9, ""),
    ),
    "text of a crash": (
        text_crash(
            "Termination Reason:  SIGNAL 6 Abort trap: 6",
            exception="EXC_CRASH (SIGABRT)",
            below="Application Specific Information:\nabort() called",
        ),
        ("SIGNAL", 6, 6, "abort() called"),
    ),
    "text without a reason": (text_crash(exception="EXC_BAD_ACCESS (SIGSEGV)"), ("", 0, 11, "")),
}


@pytest.mark.parametrize("what", TERMINATIONS)
def test_a_termination_is_read_in_each_spelling(what: str) -> None:
    data, expected = TERMINATIONS[what]
    fact = only(data)
    assert (fact.namespace, fact.code, fact.signal, fact.explanation) == expected
    assert (fact.kind, fact.pid, fact.name, fact.bundle_id) == (ReportKind.CRASH, PID, "R.ips", BUNDLE)


def test_the_instant_is_the_phone_s_with_the_zone_it_names() -> None:
    at = only(crash({})).at
    assert at.earliest_s <= AT_S <= at.latest_s
    assert at.error_s == pytest.approx(0.00005)


@pytest.mark.parametrize(
    ("text", "at_s"),
    [
        ("2026-03-01 12:00:00.5000 +0000", 1772366400.5),
        ("2026-03-01 12:00:00.50 -0330", 1772379000.5),
        ("2026-03-01 12:00:00 +05:45", 1772345700.5),
    ],
)
def test_an_offset_moves_the_instant(text: str, at_s: float) -> None:
    at = instant_of(text)
    assert at is not None
    assert at.earliest_s - 1e-6 <= at_s <= at.latest_s + 1e-6


@pytest.mark.parametrize("text", ["", "soon", "2026-13-41 12:00:00 +0000", "2026-03-01 12:00:00 +9999"])
def test_what_is_no_date_is_no_instant(text: str) -> None:
    assert instant_of(text) is None


class TestJetsam:
    """A JetsamEvent lists everyone; the victim has a reason."""

    def test_the_victim_has_a_reason(self) -> None:
        fact = only(jetsam({"pid": PID, "name": EXECUTABLE, "reason": "vm-pageshortage"}))
        assert (fact.kind, fact.victim, fact.explanation) == (ReportKind.JETSAM, True, "vm-pageshortage")
        assert (fact.namespace, fact.signal, fact.pid) == ("JETSAM", 9, PID)

    def test_a_bystander_with_a_skip_reason_is_none(self) -> None:
        others = (
            {"pid": 9, "name": "Notes", "reason": "highwater"},
            {"pid": PID, "name": EXECUTABLE, "freeze_skip_reason:": "out-of-budget"},
        )
        fact = only(jetsam(*others))
        assert (fact.pid, fact.victim, fact.explanation) == (PID, False, "")

    def test_a_name_is_cut_to_thirty_two_characters(self) -> None:
        name = "AnAppWithAVeryLongNameIndeed-Nightly"
        data = jetsam({"pid": PID, "name": name[:32], "reason": "highwater"})
        assert [fact.victim for fact in facts(data, executable=name)] == [True]
        assert facts(data, executable=name[:31]) == ()

    def test_it_names_no_app_whose_executable_is_not_known(self) -> None:
        data = jetsam({"pid": PID, "name": "", "reason": "highwater"})
        assert facts(data, executable="") == ()


class TestOthers:
    """Reports of other sorts, and of other apps."""

    @pytest.mark.parametrize("other", [f"{BUNDLE}.beta", "dev.harness"])
    def test_a_bundle_identifier_that_only_begins_alike_is_another_app(self, other: str) -> None:
        assert facts(crash({}, bundle_id=other)) == ()

    def test_without_a_bundle_identifier_the_executable_names_it(self) -> None:
        assert len(facts(crash({}, bundle_id=""))) == 1
        assert facts(crash({}, bundle_id=""), executable="Other") == ()

    @pytest.mark.parametrize("bug_type", ["151", "210"])
    def test_a_report_about_the_phone_is_told_and_blames_nobody(self, bug_type: str) -> None:
        fact = only(file_of(header_of(bug_type), "{}"))
        assert (fact.kind, fact.victim, fact.pid) == (ReportKind.OTHER, False, 0)

    def test_a_report_about_the_app_s_use_of_resources_is_no_end(self) -> None:
        fact = only(file_of(header_of("385", bundleID=BUNDLE), "whatever"))
        assert (fact.kind, fact.victim) == (ReportKind.OTHER, False)
        assert facts(file_of(header_of("385", bundleID="x.y"), "whatever")) == ()

    def test_a_sort_that_nobody_asked_for_is_nothing(self) -> None:
        assert facts(file_of(header_of("313", bundleID=BUNDLE), "whatever")) == ()


WHOLE = (TERMINATIONS["a context split over the reasons"][0], TERMINATIONS["text, up to iOS 14"][0])
JETSAM = jetsam({"pid": PID, "name": EXECUTABLE, "reason": "vm-pageshortage"})


def tells(data: bytes) -> tuple[ReportFound, ...] | None:
    """The facts, or ``None`` for a report that is refused; any other exception fails the test."""
    try:
        return facts(data)
    except EvidenceError:
        return None


@pytest.mark.parametrize("data", [WHOLE[0], JETSAM], ids=["crash", "jetsam"])
def test_json_that_is_cut_off_anywhere_is_refused(data: bytes) -> None:
    assert tells(data) is not None
    assert [cut for cut in range(len(data)) if tells(data[:cut]) is not None] == []


def test_a_text_that_is_cut_off_is_refused_until_its_threads_begin() -> None:
    whole = WHOLE[1]
    told = [tells(whole[:cut]) for cut in range(len(whole))]
    assert set(told) == {None, facts(whole)}
    assert told.index(facts(whole)) > whole.index(b"0x8badf00d")


HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "no header": b"\n{}",
    "a header that is a list": b"[]\n{}",
    "a sort that is a number": b'{"bug_type": 309}\n{}',
    "nested without end": b'{"bug_type":"309"}\n' + b"[" * 100_000,
    "a number without end": b'{"bug_type":"309"}\n{"pid":' + b"9" * 10_000 + b"}",
    "bytes that are no text": b'{"bug_type":"309"}\n\xff\xfe\x00{',
    "a text without a process": b'{"bug_type":"109"}\nIdentifier: x\n',
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_bytes_are_refused(what: str) -> None:
    with pytest.raises(EvidenceError):
        facts(HOSTILE[what])


def test_megabytes_of_reasons_are_cut() -> None:
    fact = only(crash({"namespace": "FRONTBOARD", "code": 7, "reasons": ["x" * 5_000_000]}))
    assert len(fact.explanation) <= 2_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["pid", "procName", "captureTime", "bundleInfo", "exception", "termination", "date", "processes", "name"]
)
BODIES = st.dictionaries(KEYS, JSON | st.just(AT) | st.dictionaries(KEYS, JSON), max_size=6)


@given(bug_type=st.sampled_from(["309", "109", "298", "385", "151", "210", "x"]), body=BODIES)
def test_no_value_in_any_place_does_more_than_lack(bug_type: str, body: dict[str, Any]) -> None:
    data = file_of(header_of(bug_type, bundleID=BUNDLE), json.dumps(body))
    for fact in tells(data) or ():
        assert fact.bundle_id == BUNDLE
        assert fact.code >= 0


@given(st.sampled_from([*WHOLE, JETSAM]), st.data())
def test_no_bytes_put_anywhere_raise_anything_else(data: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(data)))
    gone = draw.draw(st.integers(0, 40))
    tells(data[:at] + draw.draw(st.binary(max_size=40)) + data[at + gone :])


@given(st.binary(max_size=200))
def test_any_bytes_at_all_are_a_report_or_refused(data: bytes) -> None:
    tells(data)
