"""Reading the records of os_trace_relay.

A reader of its own, rather than the library's: it takes many records per read, keeps the phone's
seconds as they are instead of going through local time, and reads messages of 64 KiB and more.
Source of the layout: log-grammar.md §1.1.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

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

# type, header size, pid, path size, seconds, microseconds, level, then the sizes of the other texts
_HEADER = struct.Struct("<xIII8x16xH16xQIxB6x8x8x16xHI4xII4x")
_FRAME = struct.Struct("<BI")


@dataclass
class LogDecoder:
    """Turns the bytes of an activity stream into records, however they are split."""

    _buffer: bytearray = field(default_factory=bytearray)
    _consumed_bytes: int = 0

    def feed(self, data: bytes) -> list[LogRecord | LogLoss]:
        """The records completed by ``data``.

        Raises:
            WireError: a frame that is no log record.
        """
        self._buffer += data
        records: list[LogRecord | LogLoss] = []
        start = 0
        while len(self._buffer) - start >= _FRAME.size:
            mark, size_bytes = _FRAME.unpack_from(self._buffer, start)
            if mark != RECORD_MARK:
                raise WireError(
                    f"frame mark {mark} where a log record was expected",
                    offset=self._consumed_bytes + start,
                    data=bytes(self._buffer[start : start + 32]),
                )
            end = start + _FRAME.size + size_bytes
            if end > len(self._buffer):
                break
            records.append(parse_record(bytes(self._buffer[start + _FRAME.size : end])))
            start = end
        del self._buffer[:start]
        self._consumed_bytes += start
        return records


def parse_record(body: bytes) -> LogRecord | LogLoss:
    """One record, without its frame.

    Raises:
        WireError: it ends before its header or its texts do.
    """
    if len(body) < _HEADER.size:
        raise WireError("log record shorter than its header", data=body)
    kind, header_bytes, pid, path, seconds, micros, level, image, message, subsystem, category = (
        _HEADER.unpack_from(body)
    )
    phone_s = seconds + micros / 1_000_000
    image_at = header_bytes + path
    message_at = image_at + image
    subsystem_at = message_at + message
    category_at = subsystem_at + subsystem
    if header_bytes < _HEADER.size or category_at + category > len(body):
        raise WireError("log record shorter than its texts", offset=len(body), data=body[:32])
    process = _text(body[header_bytes:image_at]).rpartition("/")[2]
    if kind in LOSS_TYPES or (not process and _LOSS_TEXT.search(body, message_at, subsystem_at)):
        return LogLoss(phone_s)
    return LogRecord(
        phone_s=phone_s,
        process=process,
        pid=pid,
        level=LEVELS.get(level, "notice"),
        message=_text(body[message_at:subsystem_at]),
        subsystem=_text(body[subsystem_at:category_at]),
        category=_text(body[category_at : category_at + category]),
    )


def _text(counted: bytes) -> str:
    """A text counted with its closing NUL."""
    return counted.rstrip(b"\0").decode("utf-8", "replace")
