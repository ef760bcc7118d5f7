"""Reading the records of os_trace_relay.

A reader of its own, rather than the library's: it takes many records per read, keeps the phone's
seconds as they are instead of going through local time, and reads messages of 64 KiB and more.
Source of the layout: log-grammar.md §1.1.

A phone logs thousands of lines a second, nearly all of them by processes that nobody asks about. So a record
is first only measured: whose it is follows from two of its texts, and what was decided of those two is kept.
Only a record that is wanted is decoded.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

from harness.errors import WireError
from harness.model.raw import LogLoss, LogRecord

RECORD_MARK = 2
"""First byte of a frame that carries a log record."""

LOSS_TYPES = frozenset({0x0700, 0x40})
"""Type fields that say the phone dropped records: the documented activity stream type, and the bit that
follows from the types of records seen. Guessed, so the text of the loss is looked at too."""

_LOSS_TEXT = re.compile(rb"lost >=\d+ unreliable messages")
"""What os_log itself writes for a loss, in a record of no process."""

LEVELS = {0x00: "notice", 0x01: "info", 0x02: "debug", 0x03: "notice", 0x10: "error", 0x11: "fault"}
"""Level byte -> word; 3 is a user action, logged at notice."""

MOST_RECORD_BYTES = 4 * 1024 * 1024
"""A record that says to be larger is none: the stream is no longer read at the border of a record."""

MOST_SENDERS = 4096
"""How many senders are remembered. A phone has some hundreds; an app can make up more without end."""

# type, header size, pid, path size, seconds, microseconds, level, then the sizes of the other texts
_HEADER = struct.Struct("<xIII8x16xH16xQIxB6x8x8x16xHI4xII4x")
_HEADER_BYTES = _HEADER.size
_FRAME = struct.Struct("<BI")
_FRAME_BYTES = _FRAME.size

RECORD_START = re.compile(rb"\x02[\s\S]{4}\x02[\s\S]{4}\x81\0\0\0")
"""How a record begins, with its frame: to find the next one where the border of records is lost."""

RECORD_START_BYTES = 14

Wanted = Callable[[str, str], bool]
"""Whether the lines of a process (its name) in an ``os_log`` subsystem are to be decoded."""


@dataclass(frozen=True)
class _Sender:
    """Who logs: what is the same in all of its records.

    Attributes:
        process: name of the process; empty in a record of no process.
        subsystem: ``os_log`` subsystem, or empty.
        category: ``os_log`` category, or empty.
        wanted: whether its records are decoded.
    """

    process: str
    subsystem: str
    category: str
    wanted: bool


_Key = tuple[bytes, bytes, int]
"""The path of a process, its label as it stands, and how much of that is the subsystem."""


class LogDecoder:
    """Turns the bytes of an activity stream into records, however they are split.

    Args:
        wanted: whose records are decoded; asked when a sender is met, not for each record. ``None`` for all.
            Losses are always told.

    Attributes:
        count: how many records have come, wanted or not.
        newest_s: time of the newest of them, seconds since 1970 by the phone's clock; 0 before the first.
    """

    def __init__(self, wanted: Wanted | None = None) -> None:
        self.count = 0
        self.newest_s = 0.0
        self._wanted = wanted
        self._held = b""
        self._consumed_bytes = 0
        self._senders: dict[_Key, _Sender] = {}
        self._broken: WireError | None = None

    @property
    def is_broken(self) -> bool:
        """Whether something came that is no record; it reads no further then."""
        return self._broken is not None

    @property
    def unread(self) -> bytes:
        """What came and is no whole record yet; of one that is broken, the bytes from there on."""
        return self._held

    def feed(self, data: bytes) -> list[LogRecord | LogLoss]:
        """The records completed by ``data``, as far as they are wanted.

        Raises:
            WireError: a frame that is no log record, at this place in the stream. What came before it is
                returned first: then it is raised by the next call, and by every later one.
        """
        if self._broken:
            raise self._broken
        buffer = self._held + data if self._held else data
        told: list[LogRecord | LogLoss] = []
        try:
            used_bytes = self._feed(buffer, told)
        except WireError as error:
            self._broken = error
            self._held = buffer[error.offset - self._consumed_bytes :]
            if not told:
                raise
            return told
        self._held = buffer[used_bytes:]
        self._consumed_bytes += used_bytes
        return told

    def _feed(self, buffer: bytes, told: list[LogRecord | LogLoss]) -> int:
        """Tell the whole records of a buffer; returns how many bytes they are."""
        start, have_bytes = 0, len(buffer)
        while have_bytes - start >= _FRAME_BYTES:
            mark, size_bytes = _FRAME.unpack_from(buffer, start)
            if mark != RECORD_MARK or size_bytes > MOST_RECORD_BYTES:
                what = f"frame mark {mark} and {size_bytes} bytes where a log record was expected"
                raise self._misread(what, buffer, start)
            end = start + _FRAME_BYTES + size_bytes
            if end > have_bytes:
                break
            item = self._take(buffer, start + _FRAME_BYTES, end)
            if item is not None:
                told.append(item)
            start = end
        return start

    def _misread(self, what: str, buffer: bytes, at: int) -> WireError:
        return WireError(what, offset=self._consumed_bytes + at, data=buffer[at : at + 32])

    def _take(self, buffer: bytes, start: int, end: int) -> LogRecord | LogLoss | None:
        """What the record at ``buffer[start:end]`` tells; ``None`` when it is not wanted."""
        if end - start < _HEADER_BYTES:
            raise self._misread("log record shorter than its header", buffer, start - _FRAME_BYTES)
        kind, header_bytes, pid, path, seconds, micros, level, image, message, subsystem, category = (
            _HEADER.unpack_from(buffer, start)
        )
        path_at = start + header_bytes
        image_at = path_at + path
        message_at = image_at + image
        label_at = message_at + message
        if label_at == end:
            # Records of iOS 27.0 without a label have something else where its sizes are.
            subsystem = category = 0
        label_end = label_at + subsystem + category
        if header_bytes < _HEADER_BYTES or label_end > end:
            raise self._misread("log record shorter than its texts", buffer, start - _FRAME_BYTES)
        phone_s = seconds + micros / 1_000_000
        self.count += 1
        if phone_s > self.newest_s:
            self.newest_s = phone_s
        key = (buffer[path_at:image_at], buffer[label_at:label_end], subsystem)
        sender = self._senders.get(key) or self._meet(key)
        if kind in LOSS_TYPES or (not sender.process and _LOSS_TEXT.search(buffer, message_at, label_at)):
            return LogLoss(phone_s)
        if not sender.wanted:
            return None
        return _record(phone_s, sender, pid, level, buffer[message_at:label_at])

    def _meet(self, key: _Key) -> _Sender:
        """Decide of a sender that is not remembered."""
        if len(self._senders) >= MOST_SENDERS:
            self._senders.clear()
        path, label, subsystem_bytes = key
        process, subsystem = _text(path).rpartition("/")[2], _text(label[:subsystem_bytes])
        wanted = self._wanted is None or self._wanted(process, subsystem)
        sender = _Sender(process, subsystem, _text(label[subsystem_bytes:]), wanted)
        self._senders[key] = sender
        return sender


def _record(phone_s: float, sender: _Sender, pid: int, level: int, message: bytes) -> LogRecord:
    """A record, its fields set all at once.

    What a frozen dataclass has of its own sets them by a call each, which takes longer than all the rest of
    reading a record.
    """
    record = object.__new__(LogRecord)
    record.__dict__.update(
        phone_s=phone_s,
        process=sender.process,
        pid=pid,
        level=LEVELS.get(level, "notice"),
        message=message.rstrip(b"\0").decode("utf-8", "replace"),
        subsystem=sender.subsystem,
        category=sender.category,
    )
    return record


def _text(counted: bytes) -> str:
    """A text counted with its closing NUL."""
    return counted.rstrip(b"\0").decode("utf-8", "replace")
