"""What an app logs by itself, read by patterns."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.evidence.feeds.ownlines import OwnLines
from harness.evidence.items import Item, LogCame, Opened, Watching
from harness.evidence.tape import Tape, read_tape
from harness.evidence.teller import retell
from harness.evidence.watched import LinePattern, WatchedApp
from harness.expect.fields import ANY_ERROR, NO_ERROR, Fields
from harness.model.callbacks import Callback
from harness.model.facts import CallbackSeen, EvidenceClass, Source, StateSeen
from harness.model.journal import ACKNOWLEDGED, UNTOLD
from harness.model.raw import LogLoss, LogRecord
from tests.unit.evidence.phones import suspended, written_record

APP = "com.example.reader"


def watched(*patterns: LinePattern, process: str = "", category: str = "") -> WatchedApp:
    return WatchedApp(APP, "Reader", None, None, patterns, process, "com.example.reader", category)


DONE = LinePattern(
    Callback.DID_COMPLETE, r"^done (?P<task>\S+)(?: in (?P<session>\S+))?(?: \[(?P<error>.*)\])?"
)
FAILED = LinePattern(Callback.DID_COMPLETE, r"^done .*\[")
LISTED = LinePattern(ACKNOWLEDGED, r"^tasks (?P<tasks>.*)", "list-tasks")


def line(message: str, process: str = "Reader", subsystem: str = APP, category: str = "net") -> LogRecord:
    return LogRecord(1000.0, process, 41, "notice", message, subsystem, category)


def read(message: str, *patterns: LinePattern) -> list[CallbackSeen]:
    return OwnLines(watched(*patterns)).read(line(message))


def test_a_line_is_the_apps_own_word() -> None:
    (fact,) = read("done e42 in reader.e42", DONE)
    assert (fact.name, fact.task, fact.session, fact.pid) == (Callback.DID_COMPLETE, "e42", "reader.e42", 41)
    assert (fact.source, fact.witness) == (Source.LOG_MARK, EvidenceClass.APP)


@pytest.mark.parametrize("of_others", [{"process": "Reader2"}, {"subsystem": "com.example"}])
def test_lines_of_others_say_nothing(of_others: dict[str, str]) -> None:
    assert OwnLines(watched(DONE)).read(line("done e42", **of_others)) == []


def test_a_category_narrows_what_is_its_own() -> None:
    assert OwnLines(watched(DONE, category="disk")).read(line("done e42")) == []
    assert OwnLines(watched(DONE, category="net")).read(line("done e42")) != []


def test_a_hidden_value_is_none() -> None:
    (fact,) = read("done <private> in <mask.hash: 'x'>", DONE)
    assert (fact.task, fact.session) == ("", "")


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("", NO_ERROR),
        (" [0]", NO_ERROR),
        (" [nil]", NO_ERROR),
        (" [-999]", "-999"),
        (" [timeout]", ANY_ERROR),
    ],
)
def test_an_error_is_what_expectations_ask_for(told: str, asked: str) -> None:
    (fact,) = read(f"done e42{told}", DONE)
    assert Fields(error=asked).fits(fact)
    assert not Fields(error=NO_ERROR if asked != NO_ERROR else ANY_ERROR).fits(fact)


def test_an_error_that_the_phone_hides_is_not_taken_for_none() -> None:
    assert read("done e42 [<private>]", DONE, FAILED) == []


@pytest.mark.parametrize(("told", "reason"), [("", UNTOLD), (" by 1", 1)])
def test_who_cancelled_is_what_the_line_says_or_untold(told: str, reason: object) -> None:
    pattern = r"^done (?P<task>\S+) \[(?P<error>.*)\](?: by (?P<reason>\d+))?"
    (fact,) = read(f"done e42 [-999]{told}", LinePattern(Callback.DID_COMPLETE, pattern))
    assert fact.detail == {"code": -999, "reason": reason}


@pytest.mark.parametrize(
    ("told", "thread"), [("main", "main"), ("1", "main"), ("com.apple.root", "other"), ("7", "other")]
)
def test_a_thread_is_the_main_one_or_another(told: str, thread: str) -> None:
    (fact,) = read(f"saved on {told}", LinePattern("x", r"saved on (?P<thread>\S+)"))
    assert fact.thread == thread


@pytest.mark.parametrize(
    ("told", "tasks"), [("3", 3), ("0", 0), ('["e42"]', ["e42"]), ("e42, e43", "e42, e43")]
)
def test_an_answer_is_json_where_it_is_json(told: str, tasks: object) -> None:
    (fact,) = read(f"tasks {told}", LISTED)
    assert fact.detail == {"do": "list-tasks", "tasks": tasks}


def test_two_patterns_for_one_callback_tell_of_it_once() -> None:
    assert len(read("done e42 [-1]", DONE, FAILED)) == 1
    assert len(read("tasks done 3", LinePattern("x", "done"), LISTED)) == 2


def test_what_was_read_is_the_same_from_a_tape(tmp_path: Path) -> None:
    app = watched(DONE)
    items: tuple[Item, ...] = (
        Watching(host_s=0.0, app=app, nonce="n1", ios="17.4"),
        Opened(host_s=0.0, source=Source.SYSTEM_LOG, shown_s=999.0),
        LogCame(host_s=1.0, data=written_record(line("done e42")) + written_record(suspended(1000.5))),
        LogCame(host_s=2.0, data=written_record(LogLoss(1001.0)) + written_record(line("done e43"))),
    )
    with Tape(tmp_path / "it.tape.jsonl") as tape:
        for item in items:
            tape.write(item)
    live, told = retell(items).evidence(), retell(read_tape(tmp_path / "it.tape.jsonl")).evidence()
    assert [(fact.task, fact.seq) for fact in live.of(CallbackSeen)] == [("e42", 1), ("e43", 2)]
    assert told.of(CallbackSeen) == live.of(CallbackSeen)
    assert len(live.of(StateSeen)) == 1
    assert [gap.source for gap in live.gaps] == [Source.SYSTEM_LOG]
