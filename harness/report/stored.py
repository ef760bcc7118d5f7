"""``attempts.jsonl``: what the exports are made of, besides the timelines; one line per attempt.

It is added to as attempts end, so that a run that was killed can still be told: ``harness report DIR``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from harness.errors import ConfigError
from harness.evidence.record import Entry
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.run import Begun, Judged, deciding
from harness.report.redact import Redactor
from harness.report.result import worst_of
from harness.report.run import RunRecord, TestRecord
from harness.report.timelines import read_entries

NAME = "attempts.jsonl"
"""The file, in the report's directory."""


KILLED = "the run was killed before the test was over"


def begin(directory: Path, *, started_s: float, command: str, timelines: str) -> None:
    """Start the file anew.

    Args:
        directory: of the report.
        started_s: when the run began, seconds since 1970.
        command: the command line, redacted.
        timelines: where timelines lie until they are taken; empty when that must not be told.
    """
    told = {"is": "run", "started_s": started_s, "command": command, "timelines": timelines}
    line = json.dumps(told)
    (directory / NAME).write_text(line + "\n", encoding="utf-8")


def add(directory: Path, record: TestRecord, timeline: str) -> None:
    """Add an attempt; ``timeline`` is the path of its timeline in the directory, or empty."""
    told: dict[str, Any] = {item.name: getattr(record, item.name) for item in fields(record)}
    del told["entries"]
    phone = record.phone
    told["phone"] = {item.name: getattr(phone, item.name) for item in fields(phone)} if phone else None
    _append(directory, {"is": "attempt", "timeline": timeline} | told)


def end(directory: Path, duration_s: float) -> None:
    """Say that the run is over."""
    _append(directory, {"is": "end", "duration_s": duration_s})


def _append(directory: Path, told: dict[str, Any]) -> None:
    with (directory / NAME).open("a", encoding="utf-8") as file:
        file.write(json.dumps(told) + "\n")


def load(directory: Path, redactor: Redactor | None = None) -> RunRecord:
    """The run that a directory holds: a report, or nothing but timelines, which are redacted then.

    Args:
        directory: of the report, or of timelines.
        redactor: for what nobody has redacted yet; ``None`` for one without rules of the user's own.

    Raises:
        ConfigError: there is no run in it.
    """
    lines, redactor = list(_lines(directory)), redactor or Redactor()
    if not lines:
        return _from_timelines(directory, redactor)
    tests = [_record(directory, told) for told in lines if told["is"] == "attempt"]
    duration_s = next((told["duration_s"] for told in lines if told["is"] == "end"), None)
    if duration_s is None:
        tests += _killed(lines[0], {record.nonce for record in tests}, redactor)
    return _run(tests, float(lines[0]["started_s"]), duration_s, str(lines[0]["command"]))


def left_aside(directory: Path) -> Path | None:
    """Where the timelines still lie that a killed run was in the middle of; they are not redacted."""
    lines = list(_lines(directory))
    if not lines or not lines[0]["timelines"] or any(told["is"] == "end" for told in lines):
        return None
    path = Path(lines[0]["timelines"])
    return path if path.is_dir() else None


def _run(tests: list[TestRecord], started_s: float, duration_s: float | None, command: str) -> RunRecord:
    ordered = tuple(sorted(tests, key=lambda record: record.started_s))
    ends_s = [record.started_s + record.duration_s for record in ordered]
    known_s = max(ends_s, default=started_s) - started_s if duration_s is None else duration_s
    return RunRecord(started_s, known_s, command, ordered)


def _killed(run: dict[str, Any], known: set[str], redactor: Redactor) -> list[TestRecord]:
    """What a run that was killed was in the middle of: timelines that nobody took."""
    if not run["timelines"]:
        return []
    left = [record for record in _timelines(Path(run["timelines"]), redactor) if record.nonce not in known]
    ours = [record for record in left if record.started_s >= run["started_s"]]
    return [replace(record, result="error", message=KILLED) for record in ours]


def _timelines(directory: Path, redactor: Redactor) -> list[TestRecord]:
    read = [read_entries(path)[0] for path in sorted(directory.glob("*.jsonl"))]
    begun = [entries for entries in read if entries and isinstance(entries[0], Begun)]
    return [_told_by(redactor.whole(entries)) for entries in begun]


def _from_timelines(directory: Path, redactor: Redactor) -> RunRecord:
    tests = _timelines(directory, redactor)
    if not tests:
        what = f"{directory} holds no run: there is neither {NAME} nor a timeline in it"
        raise ConfigError(what, fix="`pytest --report DIR` and `pytest --timelines DIR` fill one.")
    return _run(tests, min(record.started_s for record in tests), None, "")


def _told_by(entries: tuple[Entry, ...]) -> TestRecord:
    """An attempt as far as its timeline alone tells of it: the worst of its verdicts, and when it began."""
    begun = next(entry for entry in entries if isinstance(entry, Begun))
    judged = [entry for entry in entries if isinstance(entry, Judged)]
    results = [entry.outcome.value for entry in judged]
    # Without a verdict nothing is known of how it ended, and that is no pass.
    result = worst_of(results) or "inconclusive"
    decided = deciding(judged, result)
    story = (decided.story or decided.told) if decided else ""
    return TestRecord(
        nodeid=begun.test or "?",
        result=result,
        phone=begun.phone,
        bundle_id=begun.bundle_id,
        nonce=begun.nonce,
        started_s=begun.host_s,
        duration_s=0.0,
        attempt=1,
        worker="",
        phase="call",
        message="" if result == "passed" else story or "its timeline holds no verdict",
        entries=entries,
    )


def _lines(directory: Path) -> Iterable[dict[str, Any]]:
    try:
        text = (directory / NAME).read_text(encoding="utf-8")
    except OSError:
        return
    for line in text.splitlines(keepends=True):
        if line.endswith("\n"):  # a line that a kill cut short is of an attempt that was not over
            yield json.loads(line)


def _record(directory: Path, told: dict[str, Any]) -> TestRecord:
    fields_told = {name: value for name, value in told.items() if name not in ("is", "timeline")}
    phone = fields_told.pop("phone")
    identity = PhoneIdentity(**phone | {"hardware": Hardware(phone["hardware"])}) if phone else None
    artifacts = tuple(fields_told.pop("artifacts"))
    entries = read_entries(directory / told["timeline"])[0] if told["timeline"] else ()
    return TestRecord(phone=identity, entries=entries, artifacts=artifacts, **fields_told)
