"""DTX, the message protocol of Apple's developer services, in both directions and without I/O.

A connection carries messages on numbered channels. A message is cut into fragments, each behind a header
of 32 bytes or more, all fields little-endian:

====== ========================================================================
offset field
====== ========================================================================
0      u32 magic 0x1F3D5B79
4      u32 length of this header
8      u16 index of the fragment, u16 number of fragments
12     u32 length of the body that follows; in the first of several fragments,
       which has no body, the length of all bodies together
16     u32 identifier, counted by each side for itself; a reply repeats the request's
20     u32 conversation index: 0 opens, a reply is one higher
24     i32 channel code: the opener's side counts up from 1; what the other side
       sends of its own accord on that channel carries the negated code
28     u32 flags: bit 0 set when a reply is expected
====== ========================================================================

The bodies together are a message: ``u8 kind, u8×3, u32 auxiliary length, u32 auxiliary plus payload
length, u32 flags``, the auxiliary part, the payload. The payload is a keyed archive (a selector, a result,
an error); the auxiliary part holds the arguments of a call (``primitives.py``).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import IntEnum

from harness.errors import WireError
from harness.wire import nskeyed
from harness.wire.nskeyed import NSError
from harness.wire.primitives import Buffer as Buffer
from harness.wire.primitives import Double as Double
from harness.wire.primitives import DtxArg as DtxArg
from harness.wire.primitives import Int32 as Int32
from harness.wire.primitives import Int64 as Int64
from harness.wire.primitives import Keyed as Keyed
from harness.wire.primitives import Text as Text
from harness.wire.primitives import decode_aux, encode_aux

MAGIC = 0x1F3D5B79
MAX_MESSAGE_BYTES = 128 * 1024 * 1024
"""Default bound for one message, and for all unfinished messages of a connection together."""

MAX_HEADER_BYTES = 1024
"""Bound for the length of a fragment's header; 32 is what every known peer sends."""

MAX_UNFINISHED = 100
"""Bound for the number of messages of which some fragments are still missing."""

FRAGMENT_BYTES = 65_536
"""Length of a full fragment with its header, as devices cut them."""

_FRAGMENT = struct.Struct("<IIHHIIIiI")
_MESSAGE = struct.Struct("<BBBBIII")
_EXPECTS_REPLY = 1


class DtxKind(IntEnum):
    """What a message is."""

    OK = 0
    DATA = 1
    DISPATCH = 2
    OBJECT = 3
    ERROR = 4
    BARRIER = 5
    PRIMITIVE = 6
    COMPRESSED = 7
    PROXIED = 8


_ARCHIVED = frozenset({DtxKind.OK, DtxKind.DISPATCH, DtxKind.OBJECT, DtxKind.ERROR})
"""Kinds whose payload is a keyed archive; the payload of the others is bytes."""


@dataclass(frozen=True)
class DtxMessage:
    """One message.

    Attributes:
        identifier: counted by the side that opened the conversation.
        conversation_index: 0 opens a conversation; a reply is one higher.
        channel_code: as on the wire; negative for what the channel's acceptor sends of its own accord.
        kind: what it is.
        expects_reply: whether the sender waits for a reply.
        payload: the unarchived object, a selector for ``DISPATCH``; bytes for kinds without an archive;
            ``None`` when there is none.
        aux: the arguments.
    """

    identifier: int
    conversation_index: int
    channel_code: int
    kind: DtxKind
    expects_reply: bool = False
    payload: object = None
    aux: tuple[DtxArg, ...] = ()

    @property
    def selector(self) -> str:
        """The selector of a ``DISPATCH``; empty for other messages."""
        return self.payload if self.kind is DtxKind.DISPATCH and isinstance(self.payload, str) else ""

    def __str__(self) -> str:
        mark = "?" if self.expects_reply else ""
        parts = [
            f"{self.identifier}.{self.conversation_index}{mark}",
            f"ch {self.channel_code}",
            self.kind.name,
        ]
        if self.payload is not None:
            parts.append(_shown(self.payload, 120))
        if self.aux:
            parts.append(f"({', '.join(_shown(arg, 60) for arg in self.aux)})")
        return " ".join(parts)


def _shown(value: object, limit: int) -> str:
    text = value if type(value) is str else repr(value)
    return text if len(text) <= limit else f"{text[:limit]}…"


def dispatch(
    identifier: int, channel_code: int, selector: str, *args: DtxArg, expects_reply: bool = True
) -> DtxMessage:
    """A call of a method on the other side.

    Args:
        identifier: next of the caller's own count.
        channel_code: as on the wire, so negated for a push on a channel that the other side opened.
        selector: such as ``killPid:``.
        args: plain objects are archived; ``Int32`` and its kin travel as primitives.
        expects_reply: whether the other side shall answer.
    """
    return DtxMessage(identifier, 0, channel_code, DtxKind.DISPATCH, expects_reply, selector, args)


def push_object(identifier: int, channel_code: int, value: object) -> DtxMessage:
    """An object sent without having been asked for, such as a sample; the channel code as on the wire."""
    return DtxMessage(identifier, 0, channel_code, DtxKind.OBJECT, payload=value)


def reply_object(to: DtxMessage, value: object) -> DtxMessage:
    """The reply that carries a result; ``None`` leaves the payload empty."""
    return _reply(to, DtxKind.OBJECT, value)


def reply_ok(to: DtxMessage) -> DtxMessage:
    """The reply of a method that returns nothing."""
    return _reply(to, DtxKind.OK, None)


def reply_error(to: DtxMessage, error: NSError) -> DtxMessage:
    """The reply that says why the call failed."""
    return _reply(to, DtxKind.ERROR, error)


def _reply(to: DtxMessage, kind: DtxKind, payload: object) -> DtxMessage:
    return DtxMessage(to.identifier, to.conversation_index + 1, to.channel_code, kind, payload=payload)


def encode(message: DtxMessage, *, max_fragment_bytes: int = FRAGMENT_BYTES) -> bytes:
    """The bytes of a message.

    Args:
        message: a message of any kind but ``COMPRESSED``.
        max_fragment_bytes: a longer message is cut into fragments of at most this length, header included.

    Raises:
        ValueError: the kind is ``COMPRESSED``, a payload that cannot be archived must be bytes and is not,
            fragments would have no room for a body, or the message needs more than 65 535 of them.
        TypeError: an object has no Foundation counterpart.
        OverflowError: an integer does not fit.
    """
    body = _encode_body(message)
    room = max_fragment_bytes - _FRAGMENT.size
    if room <= 0:
        raise ValueError(f"a fragment of {max_fragment_bytes} bytes has no room behind its header")
    if len(body) <= room:
        return _fragment_header(message, 0, 1, len(body)) + body
    count = 1 + -(-len(body) // room)
    if count > 0xFFFF:
        raise ValueError(f"{len(body)} bytes do not fit in 65535 fragments of {max_fragment_bytes} bytes")
    out = bytearray(_fragment_header(message, 0, count, len(body)))
    for index in range(1, count):
        part = body[(index - 1) * room : index * room]
        out += _fragment_header(message, index, count, len(part)) + part
    return bytes(out)


def _fragment_header(message: DtxMessage, index: int, count: int, size_bytes: int) -> bytes:
    return _FRAGMENT.pack(
        MAGIC,
        _FRAGMENT.size,
        index,
        count,
        size_bytes,
        message.identifier,
        message.conversation_index,
        message.channel_code,
        _EXPECTS_REPLY if message.expects_reply else 0,
    )


def _encode_body(message: DtxMessage) -> bytes:
    if message.kind is DtxKind.COMPRESSED:
        raise ValueError("compressed messages are not written")
    aux, payload = encode_aux(message.aux), _encode_payload(message)
    head = _MESSAGE.pack(message.kind, 0, 0, 0, len(aux), len(aux) + len(payload), 0)
    return head + aux + payload


def _encode_payload(message: DtxMessage) -> bytes:
    payload = message.payload
    if payload is None:
        return b""
    if message.kind in _ARCHIVED:
        return nskeyed.archive(payload)
    if isinstance(payload, bytes):
        return payload
    raise ValueError(f"the payload of a {message.kind.name} message is bytes, not {type(payload).__name__}")


@dataclass(frozen=True)
class _Header:
    magic: int
    size_bytes: int
    index: int
    count: int
    body_bytes: int
    identifier: int
    conversation_index: int
    channel_code: int
    flags: int

    @property
    def message_key(self) -> tuple[int, int, int]:
        # Each side counts for itself, so a push and a reply may share an identifier.
        return self.identifier, self.conversation_index, self.channel_code

    @property
    def announces_only(self) -> bool:
        return self.count > 1 and self.index == 0

    @property
    def frame_bytes(self) -> int:
        return self.size_bytes if self.announces_only else self.size_bytes + self.body_bytes


@dataclass
class _Unfinished:
    """A message of which fragments are missing."""

    first: _Header
    parts: dict[int, bytes] = field(default_factory=dict[int, bytes])
    held_bytes: int = 0


class DtxDecoder:
    """Turns the bytes of one direction of a connection into messages, however they are split.

    Args:
        max_message_bytes: bound for one message, and for all unfinished ones together.
    """

    def __init__(self, *, max_message_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self._limit = max_message_bytes
        self._buffer = bytearray()
        self._offset = 0
        self._unfinished: dict[tuple[int, int, int], _Unfinished] = {}
        self._announced_bytes = 0
        self._error: WireError | None = None

    def feed(self, data: bytes) -> list[DtxMessage]:
        """Take bytes in and return the messages that they complete.

        Raises:
            WireError: the peer broke the protocol; the offset is where in the stream the fragment starts.
                Messages complete before that are returned first, and the next call raises.
        """
        if self._error is not None:
            raise self._error
        self._buffer += data
        messages: list[DtxMessage] = []
        try:
            while (frame := self._take_frame()) is not None:
                message = self._message_completed_by(*frame)
                if message is not None:
                    messages.append(message)
        except WireError as error:
            self._error = error
            if not messages:
                raise
        return messages

    def close(self) -> None:
        """Say that no more bytes come.

        Raises:
            WireError: the stream ended inside a message, or had been broken before.
        """
        if self._error is not None:
            raise self._error
        if self._buffer:
            raise WireError("stream ends inside a fragment", offset=self._offset, data=bytes(self._buffer))
        for pending in self._unfinished.values():
            have, count = len(pending.parts), pending.first.count - 1
            what = f"stream ends with {have} of {count} fragments of message {pending.first.identifier}"
            raise WireError(what, offset=self._offset)

    def _take_frame(self) -> tuple[_Header, bytes, int] | None:
        """The next fragment, its body and where it started; ``None`` while it is incomplete."""
        if len(self._buffer) < _FRAGMENT.size:
            return None
        header = _Header(*_FRAGMENT.unpack_from(self._buffer))
        self._check_header(header)
        if len(self._buffer) < header.frame_bytes:
            return None
        body = bytes(self._buffer[header.size_bytes : header.frame_bytes])
        start = self._offset
        del self._buffer[: header.frame_bytes]
        self._offset += header.frame_bytes
        return header, body, start

    def _check_header(self, header: _Header) -> None:
        if header.magic != MAGIC:
            what = f"expected a DTX fragment (0x{MAGIC:08x}), found 0x{header.magic:08x}"
        elif not _FRAGMENT.size <= header.size_bytes <= MAX_HEADER_BYTES:
            what = f"fragment header of {header.size_bytes} bytes, where {_FRAGMENT.size} are usual"
        elif header.index >= header.count:
            what = f"fragment {header.index} of {header.count} of message {header.identifier}"
        elif header.body_bytes > self._limit:
            what = (
                f"message {header.identifier} of {header.body_bytes} bytes exceeds the bound of {self._limit}"
            )
        else:
            return
        raise WireError(what, offset=self._offset, data=bytes(self._buffer[: _FRAGMENT.size]))

    def _message_completed_by(self, header: _Header, body: bytes, start: int) -> DtxMessage | None:
        if header.count == 1:
            return _decode_message(header, body, start)
        if header.index == 0:
            return self._begin(header, start)
        pending = self._unfinished.get(header.message_key)
        if pending is None or pending.first.count != header.count or header.index in pending.parts:
            what = f"fragment {header.index} of {header.count} of message {header.identifier} was not due"
            raise WireError(what, offset=start)
        pending.parts[header.index] = body
        pending.held_bytes += len(body)
        return self._finish(pending, start)

    def _begin(self, header: _Header, start: int) -> None:
        self._announced_bytes += header.body_bytes
        if header.message_key in self._unfinished:
            raise WireError(f"message {header.identifier} begins twice", offset=start)
        if len(self._unfinished) >= MAX_UNFINISHED:
            raise WireError(f"more than {MAX_UNFINISHED} unfinished messages", offset=start)
        if self._announced_bytes > self._limit:
            what = f"unfinished messages of {self._announced_bytes} bytes exceed the bound of {self._limit}"
            raise WireError(what, offset=start)
        self._unfinished[header.message_key] = _Unfinished(header)

    def _finish(self, pending: _Unfinished, start: int) -> DtxMessage | None:
        first = pending.first
        complete = len(pending.parts) == first.count - 1
        if pending.held_bytes > first.body_bytes or (complete and pending.held_bytes < first.body_bytes):
            what = (
                f"fragments of message {first.identifier} hold {pending.held_bytes} bytes, "
                f"the first announced {first.body_bytes}"
            )
            raise WireError(what, offset=start)
        if not complete:
            return None
        del self._unfinished[first.message_key]
        self._announced_bytes -= first.body_bytes
        body = b"".join(pending.parts[index] for index in sorted(pending.parts))
        return _decode_message(first, body, start)


def _decode_message(header: _Header, body: bytes, start: int) -> DtxMessage:
    if len(body) < _MESSAGE.size:
        raise WireError(f"message {header.identifier} has no header", offset=start, data=body)
    code, _, _, _, aux_bytes, total_bytes, _ = _MESSAGE.unpack_from(body)
    if total_bytes != len(body) - _MESSAGE.size or aux_bytes > total_bytes:
        what = f"lengths in the header of message {header.identifier} do not agree"
        raise WireError(what, offset=start, data=body)
    kind = _kind(code, header.identifier, start, body)
    payload_at = _MESSAGE.size + aux_bytes
    try:
        aux = decode_aux(body[_MESSAGE.size : payload_at])
        payload = _decode_payload(kind, body[payload_at:])
    except WireError as error:
        raise WireError(
            f"message {header.identifier}: {error.what}", offset=start, data=error.data
        ) from error
    return DtxMessage(
        header.identifier,
        header.conversation_index,
        header.channel_code,
        kind,
        bool(header.flags & _EXPECTS_REPLY),
        payload,
        aux,
    )


def _kind(code: int, identifier: int, start: int, body: bytes) -> DtxKind:
    if code not in _KINDS:
        raise WireError(f"message {identifier} is of unknown kind {code}", offset=start, data=body)
    if code == DtxKind.COMPRESSED:
        what = f"message {identifier} is compressed, which this side never announced to understand"
        raise WireError(what, offset=start, data=body)
    return _KINDS[code]


_KINDS = {kind.value: kind for kind in DtxKind}


def _decode_payload(kind: DtxKind, data: bytes) -> object:
    if not data:
        return None
    return nskeyed.unarchive(data) if kind in _ARCHIVED else data
