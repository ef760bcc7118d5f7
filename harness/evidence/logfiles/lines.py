"""Lines of a file put together to records: a message may span lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from harness.evidence.logfiles.counts import Counts
from harness.evidence.logfiles.forms import NOT_OF_THE_LOG, TextForm
from harness.evidence.logfiles.times import Saved
from harness.model.raw import LogRecord
from harness.wire.syslog import unescape

MOST_LINE_BYTES = 1 << 20
"""A longer line is read in pieces, which stay one message."""

MOST_MESSAGE = 1 << 20
"""Characters of a message after which its further lines are left out."""

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def plain(line: bytes, *, is_escaped: bool = False) -> str:
    """A line as text, without its end, the NULs of the classic log and the colours of a terminal."""
    line = line.rstrip(b"\r\n").strip(b"\0")
    if is_escaped and b"\\M" in line:
        line = unescape(line)
    text = line.decode(errors="replace")
    return _COLOURS.sub("", text) if "\x1b" in text else text


class RecordLines:
    """The records of a text.

    Args:
        form: what its lines look like.
        saved: when it was saved.
        counts: where to count what was read.
    """

    def __init__(self, form: TextForm, saved: Saved, counts: Counts) -> None:
        self._form = form
        self._saved = saved
        self._counts = counts
        self._open: LogRecord | None = None
        self._more: list[str] = []
        self._length = 0

    def records(self, stream: BinaryIO) -> Iterator[LogRecord]:
        """Read a stream to its end."""
        while data := stream.readline(MOST_LINE_BYTES):
            self._counts.lines += 1
            if not data.strip(b"\0"):
                continue  # the end of a stream that has a NUL after each line
            yield from self._take(plain(data, is_escaped=self._form.is_escaped))
        yield from self._close()

    def _take(self, line: str) -> Iterator[LogRecord]:
        ahead = self._form.ahead
        if ahead:
            stands = ahead.match(line)
            if not stands:
                return  # of somebody else who writes into the same file
            line = line[stands.end() :]
        record = self._read(line)
        if record:
            yield from self._close()
            self._open, self._length = record, len(record.message)
        elif self._open is None:
            self._counts.unreadable += 0 if not line or NOT_OF_THE_LOG.match(line) else 1
        elif self._length < MOST_MESSAGE and not NOT_OF_THE_LOG.match(line):
            self._more.append(line)
            self._length += len(line) + 1

    def _read(self, line: str) -> LogRecord | None:
        found = self._form.head.match(line)
        if not found:
            return None
        try:
            return self._form.build(found, self._saved)
        except (ValueError, OverflowError):
            return None  # a day or a time that does not exist

    def _close(self) -> Iterator[LogRecord]:
        """The record that is open, now that all its lines are there."""
        record, self._open = self._open, None
        if record is None:
            return
        if self._more:
            record = replace(record, message="\n".join((record.message, *self._more)))
            self._more = []
        yield self._form.finish(record) if self._form.finish else record
