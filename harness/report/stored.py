"""``attempts.jsonl``: what the exports are made of, besides the timelines; one line per attempt.

It is added to as attempts end, so that a run that was killed can still be told: ``harness report DIR``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

from harness.errors import ConfigError
from harness.evidence.record import Entry
from harness.model.identity import Hardware, PhoneIdentity
from harness.report.run import RunRecord, TestRecord
from harness.report.timelines import read_entries

NAME = "attempts.jsonl"
"""The file, in the report's directory."""


def begin(directory: Path, *, started_s: float, command: str) -> None:
    """Start the file anew; ``command`` is redacted."""
    line = json.dumps({"is": "run", "started_s": started_s, "command": command})
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


def load(directory: Path, read: Callable[[Path], tuple[tuple[Entry, ...], str]] = read_entries) -> RunRecord:
    """The run that a directory holds.

    Args:
        directory: of the report.
        read: reads a timeline.

    Raises:
        ConfigError: there is no run in it.
    """
    lines = list(_lines(directory))
    if not lines or lines[0].get("is") != "run":
        raise ConfigError(
            f"{directory} holds no run: {NAME} is missing or empty", fix="Run pytest with --report DIR"
        )
    tests = [_record(directory, told, read) for told in lines if told["is"] == "attempt"]
    started_s = float(lines[0]["started_s"])
    ends_s = [record.started_s + record.duration_s for record in tests]
    duration_s = next((told["duration_s"] for told in lines if told["is"] == "end"), None)
    if duration_s is None:
        duration_s = max(ends_s, default=started_s) - started_s
    ordered = sorted(tests, key=lambda record: record.started_s)
    return RunRecord(started_s, duration_s, str(lines[0]["command"]), tuple(ordered))


def _lines(directory: Path) -> Iterable[dict[str, Any]]:
    try:
        text = (directory / NAME).read_text(encoding="utf-8")
    except OSError:
        return
    for line in text.splitlines(keepends=True):
        if line.endswith("\n"):  # a line that a kill cut short is of an attempt that was not over
            yield json.loads(line)


def _record(
    directory: Path, told: dict[str, Any], read: Callable[[Path], tuple[tuple[Entry, ...], str]]
) -> TestRecord:
    fields_told = {name: value for name, value in told.items() if name not in ("is", "timeline")}
    phone = fields_told.pop("phone")
    identity = PhoneIdentity(**phone | {"hardware": Hardware(phone["hardware"])}) if phone else None
    artifacts = tuple(fields_told.pop("artifacts"))
    entries = read(directory / told["timeline"])[0] if told["timeline"] else ()
    return TestRecord(phone=identity, entries=entries, artifacts=artifacts, **fields_told)
