"""AFC, the file service of a phone: packets, and what every request and reply has in common.

A packet is the magic, ``<u64`` size of the whole, size up to the end of the parameters, number and
operation, then the parameters and the payload. A reply carries the number of its request. Who sends
decides where parameters end: some clients count a written block as payload, some do not, so a
message is read from both together. Strings are UTF-8 and end at a NUL; one client leaves the last
NUL out. Source: the packet layouts that independent clients agree on (virtual-iphone.md §0).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from harness.errors import WireError
from harness.wire.afc_lists import pack_strings, read_string
from harness.wire.afc_numbers import AfcOp
from harness.wire.framing import SizedDecoder, check_size

MAGIC = b"CFA6LPAA"
MOST_PACKET_BYTES = (1 << 30) + 64
"""Clients write blocks of up to 1 GiB."""

_HEADER = struct.Struct("<8sQQQQ")
_U64 = struct.Struct("<Q")
_I64 = struct.Struct("<q")


@dataclass(frozen=True)
class AfcPacket:
    """One packet of either side.

    Attributes:
        number: chosen by the client, repeated in the reply.
        operation: an ``AfcOp``, or a number that none has.
        head: the parameters.
        payload: what follows them.
    """

    number: int
    operation: int
    head: bytes = b""
    payload: bytes = b""

    @property
    def body(self) -> bytes:
        """Parameters and payload."""
        return self.head + self.payload

    def encode(self) -> bytes:
        """The packet's bytes."""
        head_end = _HEADER.size + len(self.head)
        header = _HEADER.pack(MAGIC, head_end + len(self.payload), head_end, self.number, self.operation)
        return header + self.head + self.payload

    def __str__(self) -> str:
        return f"afc #{self.number} {op_name(self.operation)} {len(self.head)}+{len(self.payload)} bytes"


class AfcDecoder(SizedDecoder[AfcPacket]):
    """Cuts one direction of an AFC connection into packets."""

    frame_name = "an AFC packet"
    header_bytes = _HEADER.size

    def _measure(self, header: bytes) -> int:
        magic, size_bytes, head_end, _, _ = _HEADER.unpack(header)
        if magic != MAGIC:
            raise WireError(f"no AFC packet, expected {MAGIC.decode()}", data=header)
        check_size(
            size_bytes, least=_HEADER.size, most=MOST_PACKET_BYTES, header=header, what="an AFC packet"
        )
        check_size(head_end, least=_HEADER.size, most=size_bytes, header=header, what="an AFC head")
        return size_bytes

    def _parse(self, frame: bytes) -> AfcPacket:
        _, _, head_end, number, operation = _HEADER.unpack_from(frame)
        return AfcPacket(number, operation, frame[_HEADER.size : head_end], frame[head_end:])


@dataclass(frozen=True)
class AfcMessage:
    """What a packet says: base of all requests and replies.

    A subclass names its ``operation``, and gives one letter per field, in wire order, in ``form``:
    ``Q`` unsigned and ``q`` signed 64-bit number, ``s`` string, ``*`` the remaining bytes.
    """

    operation: ClassVar[AfcOp]
    form: ClassVar[str]

    def packet(self, number: int) -> AfcPacket:
        """The packet that says this.

        Raises:
            ValueError: a string holds a NUL.
            struct.error: a number does not fit its field.
        """
        head, payload = b"", b""
        for letter, value in zip(self.form, self._values(), strict=True):
            if letter == "*":
                payload = value
            else:
                head += _pack(letter, value)
        return AfcPacket(number, self.operation, head, payload)

    def _values(self) -> list[Any]:
        return [getattr(self, field.name) for field in fields(self)]

    def __str__(self) -> str:
        shown = [
            f"{field.name}={f'{len(value)} bytes' if isinstance(value, bytes) else value}"
            for field, value in zip(fields(self), self._values(), strict=True)
        ]
        return " ".join(["afc", self.operation.name, *shown])


def _pack(letter: str, value: Any) -> bytes:
    if letter == "s":
        return pack_strings([value])
    return (_U64 if letter == "Q" else _I64).pack(value)


def unpack(letter: str, body: bytes, at: int, name: str) -> tuple[Any, int]:
    """A field of a packet's body, and where the next one begins.

    Args:
        letter: of a message's ``form``.
        body: parameters and payload.
        at: where the field begins.
        name: of the operation, for errors.

    Raises:
        WireError: the field is missing or cut off (``offset`` counts from the start of the packet).
    """
    if letter == "*":
        return body[at:], len(body)
    end = at + 1 if letter == "s" else at + _U64.size
    if end > len(body):
        raise WireError(f"AFC {name} ends before its fields do", offset=_HEADER.size + at, data=body)
    if letter != "s":
        return (_U64 if letter == "Q" else _I64).unpack_from(body, at)[0], end
    string, _, _ = body[at:].partition(b"\0")
    return read_string(string, _HEADER.size + at), at + len(string) + 1


def op_name(operation: int) -> str:
    """An operation in words; a number that none has as hexadecimal."""
    known = [op.name for op in AfcOp if op == operation]
    return known[0] if known else hex(operation)
