"""The stream of ``com.apple.os_trace_relay``: replies, log records, archive chunks.

A frame is ``u8`` type, ``u32`` size, body. Type 1 is a property list with a big-endian size; 2 is a
log record and 3 a piece of a log archive, both with a little-endian size. Requests go the other way
as plain plist frames (``lockdown.py``). Source: log-grammar.md §1.1.

Clients read the reply to ``StartActivity`` as "size of the size, size": the five bytes
``01 00 00 00 LL`` serve both readings, so that reply is kept below 256 bytes. Source:
log-grammar.md §3.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from harness.errors import WireError
from harness.wire.framing import SizedDecoder, check_size
from harness.wire.lockdown import PlistDict, describe, parse_at, write_plist
from harness.wire.ostrace_record import FRAME, RECORD_FRAME, parse_record
from harness.wire.ostrace_record import HEADER_BYTES as HEADER_BYTES
from harness.wire.ostrace_record import KIND_LOG as KIND_LOG
from harness.wire.ostrace_record import KIND_LOSS as KIND_LOSS
from harness.wire.ostrace_record import MARKER as MARKER
from harness.wire.ostrace_record import MOST_TEXT_BYTES as MOST_TEXT_BYTES
from harness.wire.ostrace_record import NO_UUID as NO_UUID
from harness.wire.ostrace_record import OsTraceLevel as OsTraceLevel
from harness.wire.ostrace_record import OsTraceLoss as OsTraceLoss
from harness.wire.ostrace_record import OsTraceRecord as OsTraceRecord
from harness.wire.ostrace_record import encode_record as encode_record

MOST_FRAME_BYTES = 64 * 1024 * 1024
MOST_REPLY_BYTES = 0xFF

_REPLY_SIZE = struct.Struct(">I")


class FrameType(IntEnum):
    """First byte of a frame."""

    REPLY = 1
    RECORD = RECORD_FRAME
    ARCHIVE = 3


@dataclass(frozen=True)
class OsTraceReply:
    """A reply to ``StartActivity``, ``PidList`` or ``CreateArchive``.

    Attributes:
        body: the property list.
    """

    body: PlistDict

    def encode(self) -> bytes:
        """The frame's bytes, whatever their number: see ``encode_reply``."""
        data = write_plist(self.body)
        return bytes([FrameType.REPLY]) + _REPLY_SIZE.pack(len(data)) + data

    def __str__(self) -> str:
        return f"os_trace reply {describe(self.body)}"


@dataclass(frozen=True)
class OsTraceArchive:
    """A piece of a log archive, in PAX tar form.

    Attributes:
        data: its bytes.
    """

    data: bytes

    def encode(self) -> bytes:
        """The frame's bytes."""
        return FRAME.pack(FrameType.ARCHIVE, len(self.data)) + self.data

    def __str__(self) -> str:
        return f"os_trace archive {len(self.data)} bytes"


OsTraceFrame = OsTraceRecord | OsTraceLoss | OsTraceReply | OsTraceArchive


def encode_reply(body: PlistDict) -> bytes:
    """A reply that every client reads, as ``StartActivity`` and ``CreateArchive`` need it.

    Raises:
        ValueError: its property list is longer than ``MOST_REPLY_BYTES``.
    """
    frame = OsTraceReply(body).encode()
    if len(frame) - FRAME.size > MOST_REPLY_BYTES:
        size_bytes = len(frame) - FRAME.size
        raise ValueError(f"clients misread a reply of {size_bytes} bytes, most is {MOST_REPLY_BYTES}")
    return frame


def encode_pid_list(names: dict[int, str]) -> bytes:
    """The reply to ``PidList``.

    Args:
        names: pid -> process name.
    """
    payload = {str(pid): {"ProcessName": name} for pid, name in names.items()}
    return OsTraceReply({"Status": "RequestSuccessful", "Payload": payload}).encode()


class OsTraceDecoder(SizedDecoder[OsTraceFrame]):
    """Cuts what the phone sends into frames."""

    frame_name = "an os_trace frame"
    header_bytes = FRAME.size

    def _measure(self, header: bytes) -> int:
        kind, size_bytes = FRAME.unpack(header)
        if kind not in (FrameType.REPLY, FrameType.RECORD, FrameType.ARCHIVE):
            raise WireError(f"os_trace frame of type {kind}, expected 1, 2 or 3", data=header)
        if kind == FrameType.REPLY:
            (size_bytes,) = _REPLY_SIZE.unpack_from(header, 1)
        least = HEADER_BYTES if kind == FrameType.RECORD else 0
        return FRAME.size + check_size(
            size_bytes, least=least, most=MOST_FRAME_BYTES, header=header, what="an os_trace frame"
        )

    def _parse(self, frame: bytes) -> OsTraceFrame:
        if frame[0] == FrameType.REPLY:
            return OsTraceReply(parse_at(frame, FRAME.size))
        if frame[0] == FrameType.ARCHIVE:
            return OsTraceArchive(frame[FRAME.size :])
        return parse_record(frame)
