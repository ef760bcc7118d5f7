"""What every export says of a record in the same words."""

from __future__ import annotations

import re

from harness.model.identity import Hardware
from harness.model.reasons import WORST_FIRST, Outcome
from harness.model.run import Judged, deciding
from harness.model.unseen import respelt
from harness.report.run import RunRecord, TestRecord

RED = tuple(outcome.value for outcome in WORST_FIRST if outcome is not Outcome.PASSED)
"""Results that are not green, worst first."""

RESULTS = (*RED, "passed", "skipped")
"""Every result there is, in the order in which they are counted."""

_FOR_A_TERMINAL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
"""A sequence that sets a colour or moves the cursor; without its first character the rest would be read."""


def printable(text: str) -> str:
    """A text without what moves a cursor, turns the reading direction round or makes XML malformed."""
    return respelt(_FOR_A_TERMINAL.sub("", text), lambda _: "", keep="\t\n\r")


def verdicts_of(record: TestRecord) -> tuple[Judged, ...]:
    """The verdicts of an attempt, in order."""
    return tuple(entry for entry in record.entries if isinstance(entry, Judged))


def reason_of(record: TestRecord) -> str:
    """The reason code of the verdict that decided, or empty when none did."""
    decided = deciding(verdicts_of(record), record.result)
    return decided.reason.value if decided else ""


def hardware_of(record: TestRecord) -> str:
    """``real``, ``virtual``, or empty for a test that never got a phone."""
    return record.phone.hardware.value if record.phone else ""


def phone_of(record: TestRecord) -> str:
    """The phone in words; a virtual one is always called so."""
    if record.phone is None:
        return "no phone"
    virtual = " (virtual)" if record.phone.hardware is Hardware.VIRTUAL else ""
    return record.phone.name + virtual


def counted(run: RunRecord) -> str:
    """How many there are of each result, in words."""
    results = [record.result for record in run.tests]
    counts = ((results.count(result), result) for result in RESULTS)
    return ", ".join(f"{count} {result}" for count, result in counts if count) or "no tests"


def ran_on(run: RunRecord) -> str:
    """How many attempts real hardware saw, in words."""
    hardware = [hardware_of(record) for record in run.tests]
    return f"on real phones: {hardware.count('real')}, on virtual phones: {hardware.count('virtual')}"


def first_line(message: str) -> str:
    """What a message says in one line: the first that pytest marks as the error, else the first of all."""
    lines = [line for line in printable(message).splitlines() if line.strip()]
    errors = [line[2:] for line in lines if line.startswith("E ")]
    return next(iter([*errors, *lines]), "").strip()


def properties_of(record: TestRecord) -> tuple[tuple[str, str], ...]:
    """Name and value of all that an attempt tells other programs, without what it does not know."""
    phone = record.phone
    told = [
        ("harness.result", record.result),
        ("harness.phase", record.phase),
        *(("harness.verdict", f"{one.outcome} {one.reason}") for one in verdicts_of(record)),
        ("harness.phone", phone.name if phone else ""),
        ("harness.ios", phone.ios if phone else ""),
        ("harness.model", phone.model if phone else ""),
        ("harness.hardware", hardware_of(record)),
        ("harness.nonce", record.nonce),
        ("harness.app", record.bundle_id),
        ("harness.attempt", str(record.attempt)),
        ("harness.worker", record.worker),
    ]
    return tuple((name, printable(value)) for name, value in told if value)
