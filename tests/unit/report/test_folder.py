"""The report's directory: complete when the run is, right when the run was killed, and without secrets."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import ConfigError
from harness.evidence.timeline import Timeline
from harness.expect.question import Window, judge
from harness.expect.replay import replay
from harness.expect.stored import to_text
from harness.expect.transfer import ExpectTransfer
from harness.model.facts import CallbackSeen, Mark, Source, TransferSeen, Watermark
from harness.model.identity import PhoneIdentity
from harness.model.reasons import Outcome
from harness.model.run import Judged
from harness.model.time import Instant
from harness.report import stored
from harness.report.exports import write_exports
from harness.report.keeping import RunKeeper
from harness.report.redact import Redactor
from harness.report.result import CRASH, Blame, Left, Phase
from harness.report.rules import RULES
from harness.report.timelines import read_entries, write_entries
from tests.unit.report.samples import (
    APP,
    BEGAN_S,
    NAME,
    NONCE,
    PHONE_S,
    REAL,
    begun,
    record,
    run_of,
    wake_entries,
)

SECRETS = "\n".join(rule.example for rule in RULES if rule.unasked)


TELLTALE = (
    "Anna",
    REAL.udid,
    "anna.berg",
    "s3cret",
    "hunter2",
    "9f8e7d6c",
    "Villa Berg",
    "1234567",
    "F2LXH7",
)
"""Pieces of them that no file may hold."""


def keeper(path: Path, timelines: Path | None = None) -> RunKeeper:
    return RunKeeper(
        Redactor(),
        started_s=BEGAN_S,
        command="pytest --store=postgresql://u:hunter2@db/x --report=out",
        directory=path,
        timelines=timelines,
    )


def left(timeline: Path | None = None, artifacts: Path | None = None, phone: PhoneIdentity = REAL) -> Left:
    told = {"name": "Anna's iPhone", "udid": phone.udid, "ios": phone.ios, "model": phone.model}
    return Left(
        blame=Blame.ASSERTION,
        verdicts=("failed",),
        timeline=str(timeline or ""),
        artifacts=str(artifacts or ""),
        phone=told | {"hardware": phone.hardware.value},
        bundle_id=APP,
        nonce=NONCE,
    )


def phases(told: Left, nodeid: str = NAME) -> tuple[Phase, ...]:
    captured = (("Captured stdout call", SECRETS),)
    return (
        Phase(nodeid, "setup", "passed", BEGAN_S, 1.0, worker="gw0"),
        Phase(nodeid, "call", "failed", BEGAN_S + 1, 1.0, f"E   {SECRETS}", "gw0", (), told),
        Phase(nodeid, "teardown", "passed", BEGAN_S + 2, 1.0, "", "gw0", captured, told),
    )


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A report of one failed test whose device, output, artifact and message are full of secrets."""
    told = CallbackSeen(
        at=Instant(1.0), source=Source.JOURNAL, bundle_id=APP, name="x", seq=1, detail={"line": SECRETS}
    )
    last = next(entry for entry in record("failed", phone=REAL).entries if isinstance(entry, Judged))
    write_entries(tmp_path / "raw.jsonl", (*wake_entries(last, REAL), told))
    artifacts = tmp_path / "raw"
    (artifacts / "more").mkdir(parents=True)
    (artifacts / "more" / "log.txt").write_text(SECRETS)
    (artifacts / "screen.png").write_bytes(b"\x89PNG\xff\x00")
    made = keeper(tmp_path / "out")
    for phase in phases(left(tmp_path / "raw.jsonl", artifacts)):
        made.take(phase)
    made.finish(BEGAN_S + 10.0)
    return tmp_path / "out"


def test_everything_is_there(report: Path) -> None:
    files = {path.relative_to(report).as_posix() for path in report.rglob("*") if path.is_file()}
    name = "test_it.py_test_download_ios-16.7"
    assert {re_digest(file) for file in files} == {
        "attempts.jsonl",
        "index.html",
        "junit.xml",
        "ctrf.json",
        "summary.md",
        "traces/run.json",
        f"traces/{name}.json",
        f"timelines/{name}.jsonl",
        f"artifacts/{name}/output.txt",
        f"artifacts/{name}/screen.png",
        f"artifacts/{name}/more/log.txt",
    }


def re_digest(file: str) -> str:
    """A file's name without the digest of its test."""
    head, dash, tail = file.partition("16.7-")
    return head + "16.7" + tail[6:] if dash else file


def test_no_secret_is_in_any_file(report: Path) -> None:
    for path in report.rglob("*"):
        if path.is_file():
            said = path.read_bytes().decode(errors="replace")
            assert [secret for secret in TELLTALE if secret in said] == [], path


def test_a_picture_is_kept_as_it_is(report: Path) -> None:
    (picture,) = report.rglob("screen.png")
    assert picture.read_bytes() == b"\x89PNG\xff\x00"


def test_one_phone_has_one_pseudonym_in_all_of_them(report: Path) -> None:
    for name in ("junit.xml", "ctrf.json", "summary.md", "index.html"):
        assert "[person-1]" in (report / name).read_text().replace("\\[", "[").replace("\\]", "]"), name
    told = json.loads((report / "ctrf.json").read_text())["results"]["tests"][0]["extra"]["phone"]
    assert told["udid"] == "[udid-…401E]"


def test_a_report_can_be_told_again(report: Path) -> None:
    made = {path: path.read_bytes() for path in report.rglob("*") if path.is_file()}
    write_exports(stored.load(report), report)
    assert {path: path.read_bytes() for path in report.rglob("*") if path.is_file()} == made


def test_a_new_report_replaces_the_old_one_and_nothing_else(report: Path) -> None:
    (report / "mine.txt").write_text("mine")
    keeper(report).finish(BEGAN_S)
    files = {path.relative_to(report).as_posix() for path in report.rglob("*") if path.is_file()}
    assert not {file for file in files if file.startswith(("timelines/", "artifacts/"))}
    assert "mine.txt" in files


def test_of_a_run_that_was_killed_what_had_ended_can_be_told(tmp_path: Path) -> None:
    write_entries(tmp_path / "raw.jsonl", record().entries)
    made = keeper(tmp_path / "out")
    for phase in phases(left(tmp_path / "raw.jsonl")):
        made.take(phase)
    with (tmp_path / "out" / stored.NAME).open("a") as file:
        file.write('{"is": "attempt", "nodeid": "cut sho')
    run = stored.load(tmp_path / "out")
    assert [one.nodeid for one in run.tests] == [NAME]
    assert run.duration_s == pytest.approx(3.0)


def test_what_a_killed_run_was_in_the_middle_of_is_an_error(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    keeper(tmp_path / "out", raw)
    write_entries(raw / "mine.jsonl", record().entries)
    (told,) = stored.load(tmp_path / "out").tests
    assert (told.nodeid, told.result, told.message) == (NAME, "error", stored.KILLED)
    assert told.entries == record().entries


def test_of_a_run_that_ended_nothing_is_looked_for_elsewhere(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    made = keeper(tmp_path / "out", raw)
    write_entries(raw / "another_runs.jsonl", record().entries)
    made.finish(BEGAN_S)
    assert stored.load(tmp_path / "out").tests == ()


def test_the_timeline_of_a_dead_worker_is_found_by_its_test(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    write_entries(raw / "other.jsonl", (begun("other::test"),))
    write_entries(raw / "mine.jsonl", record().entries)
    with (raw / "mine.jsonl").open("a") as file:
        file.write('{"is":"StateSeen","at":{"at_')
    made = keeper(tmp_path / "out", raw)
    made.take(Phase(NAME, CRASH, "failed", BEGAN_S + 5, 0.0, "worker died: gw0", "gw0"))
    (told,) = made.finish(BEGAN_S + 9).tests
    assert (told.result, told.phase, told.nonce) == ("error", "setup", NONCE)
    assert told.phone
    assert told.entries == record().entries
    assert told.message == "worker died: gw0"


def test_a_timeline_of_an_earlier_run_is_not_taken_for_it(tmp_path: Path) -> None:
    write_entries(tmp_path / "raw" / "old.jsonl", (begun(),))
    made = RunKeeper(Redactor(), started_s=BEGAN_S + 60, command="", timelines=tmp_path / "raw")
    made.take(Phase(NAME, CRASH, "failed", BEGAN_S + 61, 0.0, "worker died", "gw0"))
    (told,) = made.finish(BEGAN_S + 62).tests
    assert told.entries == ()


def test_timelines_alone_make_a_report(tmp_path: Path) -> None:
    write_entries(tmp_path / "a.jsonl", record("failed").entries)
    write_entries(tmp_path / "b.jsonl", (begun("other::test"),))
    (tmp_path / "c.jsonl").write_text("no timeline\n")
    told = {one.nodeid: one.result for one in stored.load(tmp_path).tests}
    assert told == {NAME: "failed", "other::test": "inconclusive"}


def test_a_directory_without_a_run_is_said_to_have_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no run"):
        stored.load(tmp_path)


@pytest.mark.parametrize("name", ["e42.mp4", "from-anna@example.com.mp4", "key=abc&token=x.mp4"])
def test_what_is_redacted_is_judged_the_same(name: str) -> None:
    timeline = Timeline(nonce=NONCE)
    seen = [entry for entry in record("failed", phone=REAL).entries if not isinstance(entry, Judged)]
    seen = [replace(entry, name=name) if isinstance(entry, TransferSeen) else entry for entry in seen]
    seen += [Watermark(Source.RECEIPT, PHONE_S - 1), Watermark(Source.RECEIPT, PHONE_S + 200)]
    for entry in seen:
        timeline.append(entry)
    since = Mark(Instant(PHONE_S), "launch")
    question = ExpectTransfer(APP, Window(since, PHONE_S + 100), (name,))
    verdict = judge(question, timeline.evidence(), REAL.hardware)
    live = Judged(
        question=to_text(question),
        told=str(question),
        kind=question.kind,
        outcome=verdict.outcome,
        reason=verdict.reason,
        since=since.at,
        deadline_s=question.window.deadline_s,
    )
    redacted = Redactor().whole((*seen, live))
    (again,) = replay(redacted)
    assert again.agrees, again
    assert again.live.outcome is Outcome.PASSED


def test_reading_stops_where_a_line_is_no_entry(tmp_path: Path) -> None:
    write_entries(tmp_path / "t.jsonl", record().entries)
    with (tmp_path / "t.jsonl").open("a") as file:
        file.write("nonsense\n")
    entries, why = read_entries(tmp_path / "t.jsonl")
    assert entries == record().entries
    assert why.startswith(f"line {len(entries) + 1}: ")
    assert read_entries(tmp_path / "none.jsonl")[1].startswith("it cannot be read")


def test_a_run_is_redacted_as_a_whole(tmp_path: Path) -> None:
    run = keeper(tmp_path / "out").finish(BEGAN_S)
    assert run.command == "pytest --store=postgresql://[login-1]@db/x --report=out"
    assert run_of().tests == ()
