"""``ctrf.json``: the run in the Common Test Report Format, for whatever reads that.

The fields are those of the format's schema, version 0.0.0, which allows no others; what it has no field
for, such as the verdict, is in ``extra``. Everything that is not green is ``failed`` there, so that no
reader takes an inconclusive test for a good one; ``rawStatus`` has our own word.
"""

from __future__ import annotations

import json
import mimetypes
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from harness.report.run import RunRecord, TestRecord
from harness.report.tell import RED, first_line, phone_of, printable, reason_of, verdicts_of

STATUS = dict.fromkeys(RED, "failed") | {"passed": "passed", "skipped": "skipped"}
"""Result -> status in the format."""


def write_ctrf(run: RunRecord, path: Path) -> None:
    """Write a run in the Common Test Report Format."""
    path.write_text(json.dumps(ctrf(run), indent=1) + "\n", encoding="utf-8")


def ctrf(run: RunRecord) -> dict[str, Any]:
    """The document of a run: a test is one row, earlier attempts at it within."""
    attempts: dict[str, list[TestRecord]] = {}
    for record in run.tests:
        attempts.setdefault(record.nodeid, []).append(record)
    tests = [_test(records) for records in attempts.values()]
    stop_s = run.started_s + run.duration_s
    return {
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "timestamp": datetime.fromtimestamp(stop_s, UTC).isoformat().replace("+00:00", "Z"),
        "generatedBy": "harness",
        "results": {
            "tool": {"name": "harness"},
            "summary": _summary(run, tests),
            "tests": tests,
            "extra": {"command": printable(run.command)},
        },
    }


def _summary(run: RunRecord, tests: list[dict[str, Any]]) -> dict[str, Any]:
    statuses = [test["status"] for test in tests]
    counts = {
        status: statuses.count(status) for status in ("passed", "failed", "skipped", "pending", "other")
    }
    results = [record.result for record in run.tests]
    return {
        "tests": len(tests),
        **counts,
        "flaky": sum(test.get("flaky", False) for test in tests),
        "start": _ms(run.started_s),
        "stop": _ms(run.started_s + run.duration_s),
        "duration": _ms(run.duration_s),
        "extra": {"attempts": {result: results.count(result) for result in sorted(set(results))}},
    }


def _test(attempts: list[TestRecord]) -> dict[str, Any]:
    *earlier, last = attempts
    file, *outer, name = last.nodeid.split("::") if "::" in last.nodeid else ("", last.nodeid)
    return {
        "name": printable(name) or "?",
        **_attempt(last),
        **(
            {"filePath": printable(file), "suite": [printable(one) for one in (file, *outer)]} if file else {}
        ),
        "rawStatus": last.result,
        "type": "device",
        **({"threadId": last.worker} if last.worker else {}),
        **({"device": printable(phone_of(last))} if last.phone else {}),
        **({"labels": {"ios": last.phone.ios, "hardware": last.phone.hardware.value}} if last.phone else {}),
        **_retries(earlier, last),
    }


def _retries(earlier: list[TestRecord], last: TestRecord) -> dict[str, Any]:
    if not earlier:
        return {}
    was_red = any(record.result in RED for record in earlier)
    return {
        "retries": len(earlier),
        "flaky": last.result == "passed" and was_red,
        "retryAttempts": [{"attempt": record.attempt, **_attempt(record)} for record in (*earlier, last)],
    }


def _attempt(record: TestRecord) -> dict[str, Any]:
    told: dict[str, Any] = {
        "status": STATUS[record.result],
        "duration": _ms(record.duration_s),
        "start": _ms(record.started_s),
        "stop": _ms(record.started_s + record.duration_s),
        "extra": _extra(record),
    }
    if record.message:
        told |= {"message": first_line(record.message), "trace": printable(record.message)}
    if record.artifacts:
        told["attachments"] = [_attachment(path) for path in record.artifacts]
    return told


def _attachment(path: str) -> dict[str, str]:
    kind = "application/jsonl" if path.endswith(".jsonl") else mimetypes.guess_type(path)[0]
    return {
        "name": PurePosixPath(path).name,
        "contentType": kind or "application/octet-stream",
        "path": path,
    }


def _extra(record: TestRecord) -> dict[str, Any]:
    return {
        "verdict": record.result,
        "reason": reason_of(record),
        "phase": record.phase,
        "attempt": record.attempt,
        "nonce": record.nonce,
        "app": record.bundle_id,
        "phone": _phone(record),
        "verdicts": [
            {"outcome": one.outcome.value, "reason": one.reason.value, "question": printable(one.told)}
            for one in verdicts_of(record)
        ],
    }


def _phone(record: TestRecord) -> dict[str, str] | None:
    phone = record.phone
    if phone is None:
        return None
    fields = {"name": phone.name, "udid": phone.udid, "ios": phone.ios, "model": phone.model}
    return fields | {"hardware": phone.hardware.value}


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
