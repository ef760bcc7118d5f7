"""The records of ``com.apple.os_trace_relay``: lines of the log, and where lines were lost.

A record is a header of 0x81 bytes and five strings, each with its NUL. Source: log-grammar.md §1.1.

A record of iOS 27.0 without a label is known that has zeros up to byte 119 of its header and the offset of
the call there, over what clients take for the sizes of the label. So a record that its first three strings
fill has no label, whatever stands there.
Source: pymobiledevice3 tests/services/test_os_trace_syslog_entry.py.
"""

from __future__ import annotations

import functools
import re
import struct
import uuid
from dataclasses import dataclass
from enum import IntEnum

from harness.errors import WireError

MARKER = 2
HEADER_BYTES = 0x81
KIND_LOG = 8
"""Type field of a record that is a log message; clients also accept 2."""

KIND_LOSS = 0x40
"""Type field of a loss record. Guessed: see ``OsTraceLoss``."""

MOST_TEXT_BYTES = 0xFFFE
"""Longest string of a record with its NUL; clients read the size of a message as 16 bits."""

NO_UUID = uuid.UUID(int=0)
_NO_UUID_BYTES = NO_UUID.bytes

FRAME = struct.Struct("<BI")
"""Ahead of a record: type and size of what follows."""

RECORD_FRAME = 2

# In order: marker, type, header size, pid, unique pid, process uuid, size of process path, activity,
# parent activity, seconds, microseconds, level, mach time, thread, image uuid, size of image path, size
# of message, sender offset, size of subsystem, size of category, unknown.
_RECORD = struct.Struct("<BIIIQ16sHQQQIxB6xQQ16sHIIIII")
_LOST = re.compile(r"lost >=(\d+) unreliable messages")


class OsTraceLevel(IntEnum):
    """Level byte of a record."""

    NOTICE = 0x00
    INFO = 0x01
    DEBUG = 0x02
    USER_ACTION = 0x03
    ERROR = 0x10
    FAULT = 0x11


@dataclass(frozen=True)
class OsTraceRecord:
    """One line of the log.

    Strings are cut at a NUL and after ``MOST_TEXT_BYTES`` when written, as the phone's own are.

    Attributes:
        at_us: wall time, microseconds since 1970.
        pid: process identifier; clients reject more than six digits.
        process_path: path of the process's executable.
        message: the text; may span lines.
        level: an ``OsTraceLevel``, or a number that none has.
        image_path: path of the image that logged, the executable itself or a library.
        subsystem: ``os_log`` subsystem, or empty.
        category: ``os_log`` category, or empty.
        mach: ``mach_absolute_time`` ticks.
        thread_id: the thread that logged.
        unique_pid: identifier never used again; equals ``pid`` on phones seen.
        process_uuid: UUID of the executable.
        image_uuid: UUID of the image.
        image_offset: offset of the call in the image, in bytes.
        activity_id: current activity, or 0.
        parent_activity_id: its parent, or 0.
        kind: type field; ``KIND_LOG``, or what the peer wrote.
    """

    at_us: int
    pid: int
    process_path: str
    message: str
    level: int = OsTraceLevel.NOTICE
    image_path: str = ""
    subsystem: str = ""
    category: str = ""
    mach: int = 0
    thread_id: int = 0
    unique_pid: int = 0
    process_uuid: uuid.UUID = NO_UUID
    image_uuid: uuid.UUID = NO_UUID
    image_offset: int = 0
    activity_id: int = 0
    parent_activity_id: int = 0
    kind: int = KIND_LOG

    @property
    def at_s(self) -> float:
        """Wall time, seconds since 1970."""
        return self.at_us / 1_000_000

    @property
    def level_word(self) -> str:
        """The level in words, such as ``notice``; a number that none has as hexadecimal."""
        try:
            return OsTraceLevel(self.level).name.lower().replace("_", " ")
        except ValueError:
            return hex(self.level)

    def encode(self) -> bytes:
        """The frame's bytes."""
        return encode_record(self)

    def __str__(self) -> str:
        process = self.process_path.rpartition("/")[2]
        text = self.message if len(self.message) <= 120 else self.message[:120] + "…"
        return f"{self.at_s:.6f} {process}[{self.pid}] <{self.level_word}> {text}"


@dataclass(frozen=True)
class OsTraceLoss:
    """The phone says that it dropped records here.

    Guessed as a whole: that the event exists is documented (activity stream type 0x0700,
    background-execution.md §3.3), its bytes are in no public capture. Written as a record of no
    process whose type field follows the two known ones (activities 0x02.. have bit 1, log messages
    0x04.. bit 3, so losses 0x07.. bit 6), with the number in the text.

    Attributes:
        at_us: wall time, microseconds since 1970.
        lost: at least so many records; 0 when the phone did not tell.
        mach: ``mach_absolute_time`` ticks.
    """

    at_us: int
    lost: int
    mach: int = 0

    @property
    def at_s(self) -> float:
        """Wall time, seconds since 1970."""
        return self.at_us / 1_000_000

    def encode(self) -> bytes:
        """The frame's bytes."""
        return encode_record(_loss_record(self))

    def __str__(self) -> str:
        return f"{self.at_s:.6f} lost at least {self.lost} records"


def encode_record(record: OsTraceRecord) -> bytes:
    """The frame of a record.

    Raises:
        struct.error: a number does not fit its field.
    """
    process, image, message = _name(record.process_path), _name(record.image_path), _text(record.message)
    # Clients show a label only when both of its parts have a size, so an empty half still gets its NUL.
    labelled = bool(record.subsystem or record.category)
    subsystem = _name(record.subsystem) if labelled else b""
    category = _name(record.category) if labelled else b""
    seconds, microseconds = divmod(record.at_us, 1_000_000)
    header = _RECORD.pack(
        *(MARKER, record.kind, HEADER_BYTES, record.pid, record.unique_pid, _sixteen(record.process_uuid)),
        *(len(process), record.activity_id, record.parent_activity_id, seconds, microseconds, record.level),
        *(record.mach, record.thread_id, _sixteen(record.image_uuid), len(image), len(message)),
        *(record.image_offset, len(subsystem), len(category), 0),
    )
    body = header + process + image + message + subsystem + category
    return FRAME.pack(RECORD_FRAME, len(body)) + body


def _text(text: str) -> bytes:
    data = text.partition("\0")[0].encode(errors="replace")
    if len(data) >= MOST_TEXT_BYTES:
        data = data[: MOST_TEXT_BYTES - 1].decode(errors="ignore").encode()
    return data + b"\0"


@functools.lru_cache(maxsize=512)
def _name(text: str) -> bytes:
    """As ``_text``, of what stands in many records."""
    return _text(text)


def _sixteen(identifier: uuid.UUID) -> bytes:
    # Most records have none, and a UUID makes its bytes anew each time.
    return _NO_UUID_BYTES if identifier is NO_UUID else identifier.bytes


def _loss_record(loss: OsTraceLoss) -> OsTraceRecord:
    text = f"lost >={loss.lost} unreliable messages"
    return OsTraceRecord(loss.at_us, 0, "", text, mach=loss.mach, kind=KIND_LOSS)


def parse_record(frame: bytes) -> OsTraceRecord | OsTraceLoss:
    """What a frame of type ``RECORD`` says, from all its bytes.

    Raises:
        WireError: its marker or header are not those of a record, or its strings reach beyond it.
    """
    at = FRAME.size
    fields = _RECORD.unpack_from(frame, at)
    (marker, kind, header_bytes, pid, unique_pid, process_uuid, process_size, activity, parent) = fields[:9]
    (seconds, microseconds, level, mach, thread_id, image_uuid, image_size, message_size) = fields[9:17]
    (image_offset, subsystem_size, category_size, _) = fields[17:]
    if marker != MARKER or header_bytes < HEADER_BYTES:
        what = f"os_trace record with marker {marker} and a header of {header_bytes} bytes"
        raise WireError(f"{what}, expected {MARKER} and {HEADER_BYTES}", offset=at, data=frame)
    sizes = (process_size, image_size, message_size)
    without_label = at + header_bytes + sum(sizes) == len(frame)
    labels = (0, 0) if without_label else (subsystem_size, category_size)
    process, image, message, subsystem, category = _texts(frame, at + header_bytes, (*sizes, *labels))
    at_us = seconds * 1_000_000 + microseconds
    if kind == KIND_LOSS:
        counted = _LOST.search(message)
        return OsTraceLoss(at_us, int(counted[1]) if counted else 0, mach)
    return OsTraceRecord(
        *(at_us, pid, process, message, level, image, subsystem, category, mach, thread_id, unique_pid),
        *(uuid.UUID(bytes=process_uuid), uuid.UUID(bytes=image_uuid), image_offset, activity, parent, kind),
    )


def _texts(frame: bytes, at: int, sizes: tuple[int, ...]) -> list[str]:
    if at + sum(sizes) > len(frame):
        what = f"os_trace record with strings up to byte {at + sum(sizes)} in a frame of {len(frame)} bytes"
        raise WireError(what, offset=min(at, len(frame)), data=frame)
    texts: list[str] = []
    for size_bytes in sizes:
        texts.append(frame[at : at + size_bytes].partition(b"\0")[0].decode(errors="replace"))
        at += size_bytes
    return texts
