"""The records of a saved log, whatever its form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from harness.drivers.logrecords import RECORD_START, RECORD_START_BYTES, LogDecoder, Wanted
from harness.errors import WireError
from harness.evidence.logfiles.counts import Counts
from harness.evidence.logfiles.forms import TEXT_FORMS, LogForm
from harness.evidence.logfiles.lines import RecordLines
from harness.evidence.logfiles.objects import ObjectLines
from harness.evidence.logfiles.times import DayCount, Saved
from harness.model.raw import LogLoss, LogRecord

READ_BYTES = 1 << 18

COPIES_WITHIN = 8192
"""Among how many records before it a copy of a record is looked for."""


@dataclass(frozen=True, slots=True)
class LogItem:
    """A record, or a loss, of a saved log.

    Attributes:
        told: the record or the loss.
        resolution_s: how finely the form tells time: it was logged within so many seconds after its time.
    """

    told: LogRecord | LogLoss
    resolution_s: float


def read_log(
    stream: BinaryIO, form: LogForm, saved: Saved, counts: Counts, wanted: Wanted | None = None
) -> Iterator[LogItem]:
    """The records of a saved log, in the order of the file.

    Nothing in a file is an error: what is no record is counted.

    Args:
        stream: the file.
        form: its form.
        saved: when it was saved.
        counts: counts what is read, while it is read.
        wanted: whose records are read of a binary log; ``None`` for all.
    """
    if form is LogForm.OS_TRACE:
        yield from _binary(stream, counts, wanted)
        return
    kept = _Copies(counts)
    for record, resolution_s in _records(stream, form, saved, counts):
        counts.records += 1
        if not kept.is_copy(record, resolution_s):
            yield LogItem(record, resolution_s)


def _records(
    stream: BinaryIO, form: LogForm, saved: Saved, counts: Counts
) -> Iterator[tuple[LogRecord, float]]:
    if form is LogForm.JSON:
        yield from ObjectLines(saved, counts).records(stream)
        return
    text = next(text for text in TEXT_FORMS if text.form is form)
    lines = RecordLines(text, saved, counts).records(stream)
    for record in _over_midnight(lines) if form is LogForm.CONSOLE else lines:
        yield record, text.resolution_s


def _over_midnight(records: Iterator[LogRecord]) -> Iterator[LogRecord]:
    days = DayCount()
    for record in records:
        yield replace(record, phone_s=days.place(record.phone_s))


class _Copies:
    """Knows which records have been there: a copy out of Console often has each of them twice.

    Where times are told to the second only, the same line may well be logged again within one; there only a
    line right after its like is a copy.
    """

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._seen: dict[LogRecord, None] = {}

    def is_copy(self, record: LogRecord, resolution_s: float) -> bool:
        """Whether a record has been there; remembers it."""
        known = record in self._seen
        if known:
            self._counts.copies += 1
            return True
        within = COPIES_WITHIN if resolution_s < 1e-3 else 1
        while len(self._seen) >= within:
            del self._seen[next(iter(self._seen))]
        self._seen[record] = None
        return False


def _binary(stream: BinaryIO, counts: Counts, wanted: Wanted | None) -> Iterator[LogItem]:
    """The records of os_trace_relay as it sent them; reading goes on at the next record after a bad one."""
    decoder, data = LogDecoder(wanted), _from_a_record(stream.read(READ_BYTES), 0)
    while data:
        before = decoder.count
        told = _fed(decoder, data)
        counts.records += decoder.count - before
        for item in told:
            counts.losses += isinstance(item, LogLoss)
            yield LogItem(item, 1e-6)
        if decoder.is_broken:
            counts.unreadable += 1
            data, decoder = _from_a_record(decoder.unread, 1), LogDecoder(wanted)
            if len(data) >= RECORD_START_BYTES:
                continue
            data = _from_a_record(data + stream.read(READ_BYTES), 0)
        else:
            data = stream.read(READ_BYTES)
    counts.lines = counts.records
    counts.unreadable += 1 if decoder.unread else 0


def _fed(decoder: LogDecoder, data: bytes) -> list[LogRecord | LogLoss]:
    try:
        return decoder.feed(data)
    except WireError:
        return []  # the decoder says that it is broken, and where


def _from_a_record(data: bytes, after: int) -> bytes:
    """The bytes from where the next record begins; the last few, which may begin one, when none does."""
    found = RECORD_START.search(data, after)
    if found:
        return data[found.start() :]
    return data[max(after, len(data) - RECORD_START_BYTES + 1) :]
