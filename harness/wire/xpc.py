"""The wrapper around one XPC message, as RemoteXPC puts it on the wire.

A message is ``<u32 magic, flags> <u64 body size, message id>``, then the body: ``<u32 magic, version>`` and
one object (``xpc_objects.py``). Source: virtual-iphone.md §2 (flags, order).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntFlag
from typing import cast

from harness.errors import WireError
from harness.wire.framing import SizedDecoder, check_size
from harness.wire.xpc_objects import MOST_DEPTH as MOST_DEPTH
from harness.wire.xpc_objects import FileTransfer as FileTransfer
from harness.wire.xpc_objects import Reader, read_object
from harness.wire.xpc_objects import UInt64 as UInt64
from harness.wire.xpc_objects import XpcDate as XpcDate
from harness.wire.xpc_objects import XpcDict as XpcDict
from harness.wire.xpc_objects import XpcType as XpcType
from harness.wire.xpc_objects import decode_object as decode_object
from harness.wire.xpc_objects import encode_object as encode_object

MESSAGE_MAGIC = 0x29B00B92
BODY_MAGIC = 0x42133742
BODY_VERSION = 5

MOST_BODY_BYTES = 64 * 1024 * 1024
"""Sizes above this are taken for foreign bytes."""

_HEADER = struct.Struct("<IIQQ")
_BODY_HEADER = struct.Struct("<II")


class XpcFlag(IntFlag):
    """What a message is for. Source: virtual-iphone.md §2."""

    ALWAYS = 0x1
    PING = 0x2
    HAS_BODY = 0x100
    OPENS = 0x200
    WANTS_REPLY = 0x10000
    REPLY = 0x20000
    FILE_OPENS = 0x100000
    FILE_ANSWERS = 0x200000
    INIT = 0x400000


@dataclass(frozen=True)
class XpcMessage:
    """One message.

    Attributes:
        flags: what it is for.
        message_id: number that a reply repeats.
        body: the dictionary it carries, or ``None`` without one.
    """

    flags: XpcFlag
    message_id: int = 0
    body: XpcDict | None = None

    def encode(self) -> bytes:
        """The bytes of the message; raises as ``encode_object`` does."""
        body = b""
        if self.body is not None:
            body = _BODY_HEADER.pack(BODY_MAGIC, BODY_VERSION) + encode_object(self.body)
        return _HEADER.pack(MESSAGE_MAGIC, self.flags, len(body), self.message_id) + body

    def __str__(self) -> str:
        keys = "no body" if self.body is None else "{" + ", ".join(self.body) + "}"
        return f"xpc #{self.message_id} flags {self.flags:#x} {keys}"


class XpcDecoder(SizedDecoder[XpcMessage]):
    """Cuts the DATA of one HTTP/2 stream into messages."""

    frame_name = "an XPC message"
    header_bytes = _HEADER.size

    def _measure(self, header: bytes) -> int:
        magic, _, size_bytes, _ = _HEADER.unpack(header)
        if magic != MESSAGE_MAGIC:
            raise WireError(f"XPC magic {magic:#x}, expected {MESSAGE_MAGIC:#x}", data=header)
        return _HEADER.size + check_size(
            size_bytes, least=0, most=MOST_BODY_BYTES, header=header, what="an XPC body"
        )

    def _parse(self, frame: bytes) -> XpcMessage:
        _, flags, size_bytes, message_id = _HEADER.unpack_from(frame)
        body = _read_body(frame) if size_bytes else None
        return XpcMessage(XpcFlag(flags), message_id, body)


def _read_body(frame: bytes) -> XpcDict:
    reader = Reader(frame, _HEADER.size)
    magic, version = reader.unpack(_BODY_HEADER)
    if (magic, version) != (BODY_MAGIC, BODY_VERSION):
        raise WireError(f"XPC body {magic:#x} of version {version}", offset=_HEADER.size, data=frame)
    root = read_object(reader, 0)
    reader.expect_end(len(frame), "an XPC body")
    if not isinstance(root, dict):
        raise WireError(f"an XPC {type(root).__name__} as body, expected a dictionary", offset=reader.at)
    return cast("XpcDict", root)
