"""From an attempt as it was run to the record of it: with its timeline, and redacted."""

from __future__ import annotations

from pathlib import Path

from harness.evidence.record import Entry
from harness.model.run import Begun
from harness.report.collect import Attempt
from harness.report.redact import Redactor
from harness.report.run import TestRecord
from harness.report.tell import printable
from harness.report.timelines import find_begun, read_entries

MESSAGE_CHARS = 60_000
"""So much of a message is kept; a test may fail with a comparison of two files."""

CUT = "\n… cut here: {} characters in all"


class RecordMaker:
    """Makes the records of one run.

    Args:
        redactor: of this run.
        timelines: where the timelines of workers that died are looked for; ``None``: nowhere.
        started_s: when the run began, seconds since 1970; older timelines are of another one.
    """

    def __init__(self, redactor: Redactor, timelines: Path | None, started_s: float) -> None:
        self.redactor = redactor
        self._timelines = timelines
        self._started_s = started_s
        self._taken: list[str] = []

    @property
    def timelines_told(self) -> str:
        """Where timelines are looked for; empty when the path tells what must not be told."""
        path = str(self._timelines.absolute()) if self._timelines else ""
        return path if self.redactor.text(path) == path else ""

    def make(self, attempt: Attempt) -> TestRecord:
        """The record of an attempt that is over; without artifacts."""
        entries, trouble = self._entries(attempt)
        begun = next((entry for entry in entries if isinstance(entry, Begun)), None)
        told = attempt.phone or (begun.phone if begun else None)
        # First of all, so that the phone's UDID is known wherever it is told.
        phone = self.redactor.identity(told) if told else None
        result, phase = attempt.verdict
        return TestRecord(
            nodeid=self.redactor.text(attempt.nodeid),
            result=result,
            phone=phone,
            bundle_id=attempt.left.bundle_id or (begun.bundle_id if begun else ""),
            nonce=attempt.left.nonce or (begun.nonce if begun else ""),
            started_s=attempt.started_s,
            duration_s=attempt.duration_s,
            attempt=attempt.number,
            worker=attempt.worker,
            phase=phase,
            message=self._message(attempt.message, trouble),
            entries=self.redactor.whole(entries),
        )

    def _entries(self, attempt: Attempt) -> tuple[tuple[Entry, ...], str]:
        path = Path(attempt.left.timeline) if attempt.left.timeline else None
        if path is None and attempt.crashed and self._timelines:
            known = self._taken
            path = find_begun(self._timelines, attempt.nodeid, since_s=self._started_s, known=known)
        if path is None:
            return (), ""
        self._taken.append(str(path))
        entries, why = read_entries(path)
        # A worker that died may have died in the middle of a line; of one that did not it is a finding.
        return entries, "" if attempt.crashed or not why else f"its timeline is not whole: {why}"

    def _message(self, message: str, trouble: str) -> str:
        whole = "\n\n".join(filter(None, (message, trouble)))
        said = self.redactor.text(printable(whole))
        return said if len(said) <= MESSAGE_CHARS else said[:MESSAGE_CHARS] + CUT.format(len(said))
