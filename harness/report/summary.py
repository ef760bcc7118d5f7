"""``summary.md``: the run as a table, for the page of a pull request or of a CI job."""

from __future__ import annotations

import re
from pathlib import Path

from harness.report.run import RunRecord, TestRecord
from harness.report.tell import (
    RESULTS,
    counted,
    first_line,
    hardware_of,
    phone_of,
    printable,
    ran_on,
    reason_of,
)

LIMIT_BYTES = 1024 * 1024
"""What GitHub takes as the summary of one step; of more it shows nothing.

Source: GitHub's documentation of workflow commands, "Adding a job summary".
"""

_HEADS = "| test | phone | iOS | verdict | reason |\n| --- | --- | --- | --- | --- |\n"

_MARKS = {
    "passed": "✅ passed",
    "failed": "❌ failed",
    "invalid": "🚫 invalid",
    "inconclusive": "❔ inconclusive",
    "error": "💥 error",
    "skipped": "⏭ skipped",
}

_WHY_CHARS = 200

_LEAST_BYTES = 1000
"""Less room than the table's head needs is none."""


def summary(run: RunRecord, limit_bytes: int = LIMIT_BYTES) -> str:
    """A run in Markdown: what is red first, and as much as there is room for.

    Args:
        run: the run.
        limit_bytes: how long it may be as UTF-8.
    """
    head = f"## {counted(run)}\n\n{ran_on(run)}.{_warning(run)}\n\n{_HEADS}"
    rows = [_row(record) for record in sorted(run.tests, key=lambda one: RESULTS.index(one.result))]
    left = limit_bytes - len(head.encode()) - len(_more(len(rows)).encode())
    shown: list[str] = []
    for row in rows:
        left -= len(row.encode())
        if left < 0:
            return head + "".join(shown) + _more(len(rows) - len(shown))
        shown.append(row)
    return head + "".join(shown)


def append_summary(run: RunRecord, path: Path) -> None:
    """Add a run to the file that GitHub shows as a step's summary, as much as there is room for.

    Raises:
        OSError: the file cannot be written.
    """
    there = path.stat().st_size if path.exists() else 0
    if there + _LEAST_BYTES <= LIMIT_BYTES:
        with path.open("a", encoding="utf-8") as file:
            file.write(summary(run, LIMIT_BYTES - there))


def _warning(run: RunRecord) -> str:
    hardware = {hardware_of(record) for record in run.tests}
    only_models = "virtual" in hardware and "real" not in hardware
    return " No real iPhone took part: virtual phones are models." if only_models else ""


def _more(count: int) -> str:
    return f"\n… and {count} more; the whole run is in the report.\n"


def _row(record: TestRecord) -> str:
    attempt = f" (attempt {record.attempt})" if record.attempt > 1 else ""
    cells = (
        record.nodeid + attempt,
        phone_of(record),
        record.phone.ios if record.phone else "",
        _MARKS[record.result],
        _why(record),
    )
    return f"| {' | '.join(_cell(cell) for cell in cells)} |\n"


def _why(record: TestRecord) -> str:
    reason = reason_of(record)
    if record.result == "passed":
        return reason
    said = first_line(record.message)
    # The message of an expectation repeats its reason before it says it in words.
    words = said.partition(f"{reason}: ")[2] if reason else ""
    return f"{reason} {words or said}".strip()[:_WHY_CHARS]


def _cell(text: str) -> str:
    """A text as the cell of a table: shown as it is, whatever a device made of it."""
    flat = " ".join(printable(text).split())
    escaped = flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|~#@!])", r"\\\1", escaped)
