"""DTX, the message protocol of Apple's developer services, in both directions and without I/O.

A connection carries messages on numbered channels, each message in one or more fragments (``fragments.py``).
A message is, all fields little-endian: ``u8 kind, u8×3, u32 auxiliary length, u32 auxiliary plus payload
length, u32 flags``, the auxiliary part, the payload. The payload is a keyed archive (a selector, a result,
an error); the auxiliary part holds the arguments of a call (``primitives.py``). The second byte of the
header is 7 where the payload is compressed (``lz4.py``), which only a peer does that was told it may.

Each side counts the messages it opens. A reply repeats the identifier and the channel code of what it
answers, one conversation index higher. The side that opens a channel chooses its code, counting up from 1;
what the other side sends of its own accord on that channel carries the negated code.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from harness.errors import WireError
from harness.wire import lz4, nskeyed
from harness.wire.fragments import Assembly, Fragment, FragmentDecoder, FragmentHeader, cut
from harness.wire.nskeyed import NSError
from harness.wire.primitives import Buffer as Buffer
from harness.wire.primitives import Double as Double
from harness.wire.primitives import DtxArg as DtxArg
from harness.wire.primitives import Int32 as Int32
from harness.wire.primitives import Int64 as Int64
from harness.wire.primitives import Keyed as Keyed
from harness.wire.primitives import Text as Text
from harness.wire.primitives import decode_aux, encode_aux

MAX_MESSAGE_BYTES = 128 * 1024 * 1024
"""Default bound for one message, and for all unfinished messages of a connection together."""

FRAGMENT_BYTES = 65_536
"""Length of a full fragment with its header, as devices cut them."""

_MESSAGE = struct.Struct("<BBBBIII")


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
            ``None`` when there is none; for ``COMPRESSED`` what was compressed.
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
    first = FragmentHeader(
        identifier=message.identifier,
        conversation_index=message.conversation_index,
        channel_code=message.channel_code,
        expects_reply=message.expects_reply,
    )
    return cut(first, _encode_body(message), max_fragment_bytes)


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


class DtxDecoder:
    """Turns the bytes of one direction of a connection into messages, however they are split.

    Args:
        max_message_bytes: bound for one message, and for all unfinished ones together.
    """

    def __init__(self, *, max_message_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self._fragments = FragmentDecoder(max_body_bytes=max_message_bytes)
        self._assembly = Assembly(max_announced_bytes=max_message_bytes)
        self._limit = max_message_bytes
        self._error: WireError | None = None

    @property
    def error(self) -> WireError | None:
        """What made the stream unreadable, or ``None`` while it reads well."""
        return self._error

    def feed(self, data: bytes) -> list[DtxMessage]:
        """Take bytes in and return the messages that they complete, in order.

        Messages ahead of unreadable bytes are returned first; ``error`` is then set, and the next call
        raises it.

        Raises:
            WireError: the peer broke the protocol; the offset is where in the stream the fragment starts.
        """
        if self._error is not None:
            raise self._error
        self._fragments.push(data)
        messages: list[DtxMessage] = []
        try:
            while (fragment := self._fragments.take()) is not None:
                whole = self._assembly.add(fragment)
                if whole is not None:
                    messages.append(_decode_message(whole, self._limit))
        except WireError as error:
            self._error = error
            if not messages:
                raise
        return messages

    def close(self) -> None:
        """Say that no more bytes come.

        Raises:
            WireError: the stream ended inside a message (the offset is its end), or was unreadable.
        """
        if self._error is not None:
            raise self._error
        self._fragments.close()
        self._assembly.close(self._fragments.offset)


def _decode_message(whole: Fragment, most_bytes: int) -> DtxMessage:
    header, body, start = whole.header, whole.body, whole.offset
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
        payload = _decode_payload(kind, body[payload_at:], most_bytes)
    except WireError as error:
        raise WireError(
            f"message {header.identifier}: {error.what}", offset=start, data=error.data
        ) from error
    return DtxMessage(
        header.identifier,
        header.conversation_index,
        header.channel_code,
        kind,
        header.expects_reply,
        payload,
        aux,
    )


def _kind(code: int, identifier: int, start: int, body: bytes) -> DtxKind:
    if code not in _KINDS:
        raise WireError(f"message {identifier} is of unknown kind {code}", offset=start, data=body)
    return _KINDS[code]


_KINDS = {kind.value: kind for kind in DtxKind}


def _decode_payload(kind: DtxKind, data: bytes, most_bytes: int) -> object:
    if not data:
        return None
    if kind is DtxKind.COMPRESSED:
        return lz4.inflate(data, most_bytes=most_bytes)
    return nskeyed.unarchive(data) if kind in _ARCHIVED else data
