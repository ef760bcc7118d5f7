"""Saved logs are read back to the records that they were written from."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.logfiles import Counts, LogForm, LogItem, Saved, detect, read_log
from harness.evidence.recognizers import recognize
from harness.model.facts import Fact, TerminationRequested
from harness.model.raw import LogLoss, LogRecord
from harness.wire.ostrace_record import OsTraceLoss
from tests.unit.evidence.logfiles.written import (
    APP,
    AT_S,
    FORMS,
    LOG,
    console,
    idevicesyslog,
    os_trace,
    syslog,
)

SAVED = Saved(AT_S + 60)


def items(data: bytes, form: LogForm, saved: Saved = SAVED, counts: Counts | None = None) -> list[LogItem]:
    return list(read_log(io.BytesIO(data), form, saved, counts or Counts()))


def records(data: bytes, form: LogForm, saved: Saved = SAVED) -> list[LogRecord]:
    told = [item.told for item in items(data, form, saved)]
    return [one for one in told if isinstance(one, LogRecord)]


def fact(record: LogRecord) -> Fact | None:
    undated = LogRecord(0.0, record.process, record.pid, record.level, record.message)
    return recognize(undated, bundle_id=APP, subsystem=None)


@pytest.mark.parametrize("name", FORMS)
def test_a_log_is_read_in_every_form_it_is_saved_in(name: str) -> None:
    form, write = FORMS[name]
    data = b"".join(write(record) for record in LOG)
    assert detect(data) is form
    told = items(data, form)
    read = [item.told for item in told if isinstance(item.told, LogRecord)]
    assert [(one.process, one.message) for one in read] == [(one.process, one.message) for one in LOG]
    for record, item in zip(LOG, told, strict=True):
        # A form that cuts the time cuts it downwards.
        assert 0 <= record.phone_s - item.told.phone_s < item.resolution_s + 1e-6
    assert [fact(one) for one in read] == [fact(one) for one in LOG]


@pytest.mark.parametrize("name", [name for name in FORMS if "onsole" not in name])
def test_pids_are_told_by_every_form_that_has_them(name: str) -> None:
    form, write = FORMS[name]
    assert [one.pid for one in records(b"".join(map(write, LOG)), form)] == [34, 34, 41, 57]


@pytest.mark.parametrize("name", ["os_trace", "log show", "log show, compact", "log show, ndjson"])
def test_levels_and_labels_are_told_by_forms_that_have_them(name: str) -> None:
    form, write = FORMS[name]
    read = records(b"".join(map(write, LOG)), form)
    assert [one.level for one in read] == [one.level for one in LOG]
    assert [(one.subsystem, one.category) for one in read] == [(one.subsystem, one.category) for one in LOG]


def test_a_label_at_the_end_of_a_line_is_no_part_of_the_message() -> None:
    form, write = FORMS["pymobiledevice3 with labels"]
    assert [one.subsystem for one in records(b"".join(map(write, LOG)), form)] == [
        one.subsystem for one in LOG
    ]


def test_a_message_that_spans_lines_is_one() -> None:
    (read,) = records(idevicesyslog(LOG[1]), LogForm.IDEVICESYSLOG)
    assert isinstance(fact(read), TerminationRequested)


def test_a_line_without_a_year_is_of_the_last_such_day_before_the_log_was_saved() -> None:
    line = b"Dec 31 23:59:59 iPhone kernel[0] <Notice>: late\n"
    new_year_s = 1_767_225_600.0  # 2026-01-01
    (last_year,) = records(line, LogForm.SYSLOG, Saved(new_year_s + 86_400))
    (known_year,) = records(line, LogForm.SYSLOG, Saved(new_year_s, year=2019))
    assert new_year_s - 90_000 < last_year.phone_s < new_year_s + 90_000
    assert last_year.phone_s - known_year.phone_s > 5 * 365 * 86_400


def test_a_copy_out_of_console_goes_over_midnight() -> None:
    rows = [
        f"default\t{clock}+0000\tkernel\t{clock}\n" for clock in ("23:59:59.5", "00:00:01.0", "00:00:02.0")
    ]
    first, second, third = records("".join(rows).encode(), LogForm.CONSOLE)
    assert second.phone_s - first.phone_s == 1.5
    assert third.phone_s - second.phone_s == 1.0


def test_a_row_that_was_copied_twice_counts_once() -> None:
    counts = Counts()
    data = b"".join(map(console, LOG)) * 2
    assert len(items(data, LogForm.CONSOLE, counts=counts)) == len(LOG)
    assert (counts.records, counts.copies) == (2 * len(LOG), len(LOG))


def test_what_happens_again_within_a_second_is_no_copy() -> None:
    suspended, resumed = (
        LogRecord(AT_S, "runningboardd", 34, "notice", f"[app<{APP}>:41] {word} task.")
        for word in ("Suspending", "Resuming")
    )
    data = b"".join(map(syslog, (suspended, suspended, resumed, suspended)))
    read = [one.message for one in records(data, LogForm.SYSLOG)]
    assert read == [suspended.message, resumed.message, suspended.message]


def test_what_a_tool_says_of_itself_is_no_part_of_the_log() -> None:
    counts = Counts()
    data = b"[connected]\n" + idevicesyslog(LOG[0]) + b"[disconnected]\n"
    (item,) = items(data, LogForm.IDEVICESYSLOG, counts=counts)
    assert isinstance(item.told, LogRecord)
    assert item.told.message == LOG[0].message
    assert counts.unreadable == 0


def test_an_array_of_json_is_read_as_its_objects_are() -> None:
    form, write = FORMS["log show, ndjson"]
    array = json.dumps([json.loads(write(record)) for record in LOG], indent=1).encode()
    assert detect(array) is LogForm.JSON
    assert records(array, form) == records(b"".join(map(write, LOG)), form)


def test_objects_that_are_none_of_a_log_are_counted() -> None:
    counts = Counts()
    data = b'{"msg": 7}\n{"message": "hello"}\n[]\nnot json\n{"filename": "/a", "message": "b", "pid": "x"}\n'
    assert items(data, LogForm.JSON, counts=counts) == []
    assert (counts.lines, counts.unreadable) == (5, 5)


def test_bytes_of_a_log_are_read_on_after_what_is_broken() -> None:
    counts = Counts()
    good = [os_trace(record) for record in LOG]
    cut = good[1][:-20]
    loss = OsTraceLoss(round(AT_S * 1e6), 12).encode()
    told = [
        one.told for one in items(good[0] + cut + good[2] + loss + good[3], LogForm.OS_TRACE, counts=counts)
    ]
    assert [type(one) for one in told][-2:] == [LogLoss, LogRecord]
    messages = [one.message for one in told if isinstance(one, LogRecord)]
    assert (messages[0], messages[-1]) == (LOG[0].message, LOG[3].message)
    assert counts.unreadable > 0
    assert counts.losses == 1


def test_a_reply_before_the_first_record_is_passed_over() -> None:
    reply = b"\x01\0\0\0\x05hello"
    assert [one.message for one in records(reply + os_trace(LOG[0]), LogForm.OS_TRACE)] == [LOG[0].message]


def test_what_is_no_log_has_no_form() -> None:
    for data in (b"", b"hello\nworld\n", b"\x89PNG\r\n\x1a\n" * 50, b"<html>\n" * 9):
        assert detect(data) is None


ODD = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([write(record) for _, write in FORMS.values() for record in LOG]),
    st.sampled_from(
        [b"\0", b"\n\0", b"\x1b[31m", b"[", b"{", b"Feb 30 25:61:61 a b[1] <N>: c\n", b"\xff\xfe\t"]
    ),
)


@given(st.lists(ODD, max_size=8).map(b"".join), st.sampled_from(LogForm))
def test_no_file_however_odd_raises(data: bytes, form: LogForm) -> None:
    detect(data)
    for item in items(data, form):
        assert item.told.phone_s == item.told.phone_s


@given(st.integers(1, 300))
def test_bytes_may_end_anywhere(size: int) -> None:
    whole = b"".join(map(os_trace, LOG))
    read = records(whole[:-size], LogForm.OS_TRACE)
    assert [one.message for one in read] == [one.message for one in LOG][: len(read)]
