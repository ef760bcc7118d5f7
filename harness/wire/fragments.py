"""DTX fragments: how a message is cut to travel, and put together again.

Each fragment has a header of 32 bytes or more, all fields little-endian:

====== ========================================================================
offset field
====== ========================================================================
0      u32 magic 0x1F3D5B79
4      u32 length of this header
8      u16 index of the fragment, u16 number of fragments
12     u32 length of the body that follows; in the first of several fragments,
       which has no body, the length of all bodies together
16     u32 identifier
20     u32 conversation index
24     i32 channel code
28     u32 flags: bit 0 set when a reply is expected
====== ========================================================================

Fragments of different messages may mix on one connection, those of one message may come in any order
behind the first.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace

from harness.errors import WireError
from harness.wire.framing import SizedDecoder, check_size

MAGIC = 0x1F3D5B79

MAX_HEADER_BYTES = 1024
"""Bound for the length of a fragment's header; 32 is what every known peer sends."""

MAX_UNFINISHED = 100
"""Bound for the number of messages of which some fragments are still missing."""

_HEADER = struct.Struct("<IIHHIIIiI")
_EXPECTS_REPLY = 1


@dataclass(frozen=True, kw_only=True)
class FragmentHeader:
    """What stands ahead of a fragment; the fields of the message first.

    Attributes:
        identifier: of the message, as its opener counted it.
        conversation_index: 0 for a message that opens a conversation.
        channel_code: as on the wire.
        expects_reply: whether the sender waits for a reply.
        index: of the fragment, from 0.
        count: fragments of the message.
        body_bytes: length of the body, or in the first of several fragments of all bodies together.
    """

    identifier: int
    conversation_index: int
    channel_code: int
    expects_reply: bool
    index: int = 0
    count: int = 1
    body_bytes: int = 0

    def to_bytes(self) -> bytes:
        """The header as it travels."""
        message = (self.identifier, self.conversation_index, self.channel_code)
        flags = _EXPECTS_REPLY if self.expects_reply else 0
        return _HEADER.pack(MAGIC, _HEADER.size, self.index, self.count, self.body_bytes, *message, flags)

    @property
    def message_key(self) -> tuple[int, int, int]:
        """What tells the message from others: a push and a reply may share an identifier."""
        return self.identifier, self.conversation_index, self.channel_code


@dataclass(frozen=True)
class Fragment:
    """One fragment, or the message that it completed.

    Attributes:
        header: of the fragment, or the first one of the message.
        body: of the fragment, or of the message.
        offset: where in the stream the fragment starts, in bytes.
    """

    header: FragmentHeader
    body: bytes
    offset: int


def cut(header: FragmentHeader, body: bytes, max_fragment_bytes: int) -> bytes:
    """A message as fragments of at most ``max_fragment_bytes``, headers included.

    Args:
        header: the fields of the message; those of the fragment are filled in.
        body: of the message.
        max_fragment_bytes: what fits in one fragment travels as one.

    Raises:
        ValueError: no room behind the header, or more than 65 535 fragments.
    """
    room = max_fragment_bytes - _HEADER.size
    if room <= 0:
        raise ValueError(f"a fragment of {max_fragment_bytes} bytes has no room behind its header")
    if len(body) <= room:
        return replace(header, body_bytes=len(body)).to_bytes() + body
    parts = [body[start : start + room] for start in range(0, len(body), room)]
    count = 1 + len(parts)
    if count > 0xFFFF:
        raise ValueError(f"{len(body)} bytes do not fit in 65535 fragments of {max_fragment_bytes} bytes")
    out = [replace(header, count=count, body_bytes=len(body)).to_bytes()]
    for index, part in enumerate(parts, start=1):
        out += [replace(header, index=index, count=count, body_bytes=len(part)).to_bytes(), part]
    return b"".join(out)


class FragmentDecoder(SizedDecoder[Fragment]):
    """Cuts a stream into fragments.

    Args:
        max_body_bytes: bound for the length that a header may announce.
    """

    frame_name = "a DTX fragment"
    header_bytes = _HEADER.size

    def __init__(self, *, max_body_bytes: int) -> None:
        super().__init__()
        self._limit = max_body_bytes

    @property
    def offset(self) -> int:
        """Where in the stream the next fragment starts, in bytes."""
        return self._offset

    def _measure(self, header: bytes) -> int:
        magic, size_bytes, index, count, body_bytes, identifier, *_ = _HEADER.unpack(header)
        if magic != MAGIC:
            raise WireError(f"expected a DTX fragment (0x{MAGIC:08x}), found 0x{magic:08x}", data=header)
        if index >= count:
            raise WireError(f"fragment {index} of {count} of message {identifier}", data=header)
        check_size(size_bytes, least=_HEADER.size, most=MAX_HEADER_BYTES, header=header, what="DTX header")
        check_size(body_bytes, least=0, most=self._limit, header=header, what=f"DTX message {identifier}")
        announces_only = count > 1 and index == 0
        return size_bytes if announces_only else size_bytes + body_bytes

    def _parse(self, frame: bytes) -> Fragment:
        _, size_bytes, index, count, body_bytes, identifier, conversation, channel, flags = (
            _HEADER.unpack_from(frame)
        )
        header = FragmentHeader(
            identifier=identifier,
            conversation_index=conversation,
            channel_code=channel,
            expects_reply=bool(flags & _EXPECTS_REPLY),
            index=index,
            count=count,
            body_bytes=body_bytes,
        )
        return Fragment(header, frame[size_bytes:], self._offset)


@dataclass
class _Unfinished:
    first: FragmentHeader
    parts: dict[int, bytes] = field(default_factory=dict[int, bytes])
    held_bytes: int = 0


class Assembly:
    """Puts messages together from their fragments.

    Args:
        max_announced_bytes: bound for all unfinished messages together, by what they announced.
    """

    def __init__(self, *, max_announced_bytes: int) -> None:
        self._limit = max_announced_bytes
        self._unfinished: dict[tuple[int, int, int], _Unfinished] = {}
        self._announced_bytes = 0

    def add(self, fragment: Fragment) -> Fragment | None:
        """Take a fragment in; returns the message that it completed, if it completed one.

        Raises:
            WireError: the fragment was not due, the bodies are not as long as the first fragment
                announced, or a bound is exceeded.
        """
        header = fragment.header
        if header.count == 1:
            return fragment
        if header.index == 0:
            return self._begin(fragment)
        pending = self._unfinished.get(header.message_key)
        if pending is None or pending.first.count != header.count or header.index in pending.parts:
            raise _broken(fragment, f"fragment {header.index} of {header.count} was not due")
        pending.parts[header.index] = fragment.body
        pending.held_bytes += len(fragment.body)
        return self._finish(pending, fragment)

    def close(self, offset: int) -> None:
        """Say that no more fragments come, the stream having ended at ``offset``.

        Raises:
            WireError: fragments of a message are missing.
        """
        for pending in self._unfinished.values():
            have, count = 1 + len(pending.parts), pending.first.count
            what = f"the stream ends with {have} of {count} fragments of message {pending.first.identifier}"
            raise WireError(what, offset=offset)

    def _begin(self, fragment: Fragment) -> None:
        key = fragment.header.message_key
        self._announced_bytes += fragment.header.body_bytes
        if key in self._unfinished:
            raise _broken(fragment, "it begins twice")
        if len(self._unfinished) >= MAX_UNFINISHED:
            raise _broken(fragment, f"{MAX_UNFINISHED} messages before it are unfinished")
        if self._announced_bytes > self._limit:
            raise _broken(fragment, f"it brings unfinished messages to over {self._limit} bytes")
        self._unfinished[key] = _Unfinished(fragment.header)

    def _finish(self, pending: _Unfinished, last: Fragment) -> Fragment | None:
        first = pending.first
        complete = len(pending.parts) == first.count - 1
        missing_bytes = first.body_bytes - pending.held_bytes
        if missing_bytes < 0 or (complete and missing_bytes > 0):
            held = f"its fragments hold {pending.held_bytes} bytes"
            raise _broken(last, f"{held}, the first announced {first.body_bytes}")
        if not complete:
            return None
        del self._unfinished[first.message_key]
        self._announced_bytes -= first.body_bytes
        body = b"".join(pending.parts[index] for index in sorted(pending.parts))
        return Fragment(first, body, last.offset)


def _broken(fragment: Fragment, why: str) -> WireError:
    return WireError(f"message {fragment.header.identifier}: {why}", offset=fragment.offset)
