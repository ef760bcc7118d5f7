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

_FRAME = struct.Struct("<BI")
_FRAME_BYTES = _FRAME.size
# After the frame: type, header size, pid, path size, seconds, microseconds, level, sizes of the other texts.
_RECORD = struct.Struct("<BIxIII8x16xH16xQIxB6x8x8x16xHI4xII4x")
_RECORD_BYTES = _RECORD.size
_HEADER_BYTES = _RECORD_BYTES - _FRAME_BYTES

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
        is_wanted: whether its records are decoded.
        is_nobody: whether it is no process, as in a record that tells of a loss.
    """

    process: str
    subsystem: str
    category: str
    is_wanted: bool
    is_nobody: bool


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
        """Tell the whole records of a buffer; returns how many bytes they are.

        One loop without calls but for a record that is wanted: a call for each would double its time.
        """
        unpack, senders, newest_s = _RECORD.unpack_from, self._senders, self.newest_s
        start, have_bytes, count = 0, len(buffer), 0
        try:
            while have_bytes - start >= _RECORD_BYTES:
                head = unpack(buffer, start)
                mark, size, kind, header, pid, path, seconds, micros, level, image, message, sub, cat = head
                end = start + _FRAME_BYTES + size
                if mark != RECORD_MARK or size > MOST_RECORD_BYTES or end > have_bytes:
                    break
                path_at = start + _FRAME_BYTES + header
                image_at = path_at + path
                message_at = image_at + image
                label_at = message_at + message
                if label_at == end:
                    # Records of iOS 27.0 without a label have something else where its sizes are.
                    sub = cat = 0
                label_end = label_at + sub + cat
                if header < _HEADER_BYTES or label_end > end:
                    raise self._misread("log record shorter than its texts", buffer, start)
                phone_s = seconds + micros / 1_000_000
                if phone_s > newest_s:
                    newest_s = phone_s
                count += 1
                start = end
                key = (buffer[path_at:image_at], buffer[label_at:label_end], sub)
                sender = senders.get(key) or self._meet(key)
                if kind in LOSS_TYPES or (
                    sender.is_nobody and _LOSS_TEXT.search(buffer, message_at, label_at)
                ):
                    told.append(LogLoss(phone_s))
                elif sender.is_wanted:
                    told.append(_record(phone_s, sender, pid, level, buffer[message_at:label_at]))
            self._check_frame(buffer, start)
        finally:
            self.newest_s, self.count = newest_s, self.count + count
        return start

    def _check_frame(self, buffer: bytes, start: int) -> None:
        """Refuse what begins at a place and is not all there yet, as soon as it can only be no record."""
        if len(buffer) - start < _FRAME_BYTES:
            return
        mark, size_bytes = _FRAME.unpack_from(buffer, start)
        if mark != RECORD_MARK or not _HEADER_BYTES <= size_bytes <= MOST_RECORD_BYTES:
            what = f"frame mark {mark} and {size_bytes} bytes where a log record was expected"
            raise self._misread(what, buffer, start)

    def _misread(self, what: str, buffer: bytes, at: int) -> WireError:
        return WireError(what, offset=self._consumed_bytes + at, data=buffer[at : at + 32])

    def _meet(self, key: _Key) -> _Sender:
        """Decide of a sender that is not remembered."""
        if len(self._senders) >= MOST_SENDERS:
            self._senders.clear()
        path, label, subsystem_bytes = key
        process, subsystem = _text(path).rpartition("/")[2], _text(label[:subsystem_bytes])
        wanted = self._wanted is None or self._wanted(process, subsystem)
        sender = _Sender(process, subsystem, _text(label[subsystem_bytes:]), wanted, not process)
        self._senders[key] = sender
        return sender


def _record(phone_s: float, sender: _Sender, pid: int, level: int, message: bytes) -> LogRecord:
    """A record, its fields set all at once.

    What a frozen dataclass has of its own sets them by a call each, which takes longer than all the rest of
    reading a record.
    """
    record = object.__new__(LogRecord)
    fields = {
        "phone_s": phone_s,
        "process": sender.process,
        "pid": pid,
        "level": LEVELS.get(level, "notice"),
        "message": message.rstrip(b"\0").decode("utf-8", "replace"),
        "subsystem": sender.subsystem,
        "category": sender.category,
    }
    object.__setattr__(record, "__dict__", fields)
    return record


def _text(counted: bytes) -> str:
    """A text counted with its closing NUL."""
    return counted.rstrip(b"\0").decode("utf-8", "replace")
