"""What the page shows before any test is opened: the run, its phones, and one line per attempt at a test."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from harness.evidence.record import Entry
from harness.model.identity import PhoneIdentity
from harness.model.reasons import MEANINGS
from harness.model.run import Judged, deciding
from harness.report.page.text import cut, visible
from harness.report.run import RunRecord, TestRecord

BRIEF_LIMIT = 240
"""Characters of a message in the overview."""

Json = dict[str, Any]

_PHONE_PART = re.compile(r"(?<=[\[-])ios-\d+(?:\.\d+)*(?=[\]-])")
"""The part of a test's parameters that says for which iOS it was made: ``test_x[ios-16.7-large]``."""


def run_index(run: RunRecord) -> Json:
    """The overview, as the page's scripts read it."""
    phones: dict[PhoneIdentity, int] = {}
    for phone in sorted({test.phone for test in run.tests if test.phone}, key=_by_version):
        phones[phone] = len(phones)
    rows: dict[tuple[str, str], int] = {}
    tests = [_test(test, phones, rows) for test in run.tests]
    return {
        "started_s": run.started_s,
        "duration_s": run.duration_s,
        "command": cut(run.command, 2_000),
        "phones": [_phone(phone) for phone in phones],
        "rows": [{"file": visible(file), "name": visible(name)} for file, name in rows],
        "tests": tests,
        "meanings": _meanings(run.tests),
    }


def _by_version(phone: PhoneIdentity) -> tuple[list[int], str, str]:
    numbers = [int(part) for part in re.findall(r"\d+", phone.ios)]
    return numbers, phone.name, phone.udid


def _phone(phone: PhoneIdentity) -> Json:
    told = {"name": phone.name, "ios": phone.ios, "model": phone.model, "hardware": phone.hardware.value}
    return {name: visible(value) for name, value in told.items()}


def row_of(nodeid: str) -> tuple[str, str]:
    """File and name of the row that a test stands in: one row for the test on all phones.

    Args:
        nodeid: pytest's name of the test.
    """
    file, _, name = nodeid.partition("::")
    bare, bracket, _ = name.partition("[")
    if not bracket:
        return file, name
    kept = _PHONE_PART.sub("", name[len(bare) :]).replace("--", "-").replace("[-", "[").replace("-]", "]")
    return file, bare if kept == "[]" else bare + kept


def _test(test: TestRecord, phones: dict[PhoneIdentity, int], rows: dict[tuple[str, str], int]) -> Json:
    decided = deciding(_judged(test.entries), test.result)
    return {
        "row": rows.setdefault(row_of(test.nodeid), len(rows)),
        "phone": -1 if test.phone is None else phones[test.phone],
        "nodeid": visible(test.nodeid),
        "result": test.result,
        "reason": decided.reason.value if decided else "",
        "brief": cut(decided.told if decided else _first_line(test.message), BRIEF_LIMIT),
        "started_s": test.started_s,
        "duration_s": test.duration_s,
        "attempt": test.attempt,
        "worker": visible(test.worker),
        "phase": test.phase,
        "bundle_id": visible(test.bundle_id),
        "nonce": visible(test.nonce),
        "entries": len(test.entries),
    }


def _first_line(message: str) -> str:
    return next((line.strip() for line in message.splitlines() if line.strip()), "")


def _judged(entries: Sequence[Entry]) -> list[Judged]:
    return [entry for entry in entries if isinstance(entry, Judged)]


def _meanings(tests: Sequence[TestRecord]) -> dict[str, str]:
    used = {judged.reason for test in tests for judged in _judged(test.entries)}
    return {reason.value: MEANINGS[reason].sentence for reason in sorted(used)}
