"""AFC, the file service of a phone: packets, requests and replies, both directions.

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
from harness.wire.afc_numbers import AfcOp, AfcStatus
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
        return f"afc #{self.number} {_op_name(self.operation)} {len(self.head)}+{len(self.payload)} bytes"


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


@dataclass(frozen=True)
class Status(AfcMessage):
    """Reply: done, or why not (``AfcStatus``)."""

    operation = AfcOp.STATUS
    form = "Q"
    code: int

    def __str__(self) -> str:
        known = [status.name for status in AfcStatus if status == self.code]
        return f"afc STATUS {known[0] if known else self.code}"


@dataclass(frozen=True)
class Data(AfcMessage):
    """Reply: what was read, a list of names (``pack_strings``) or of pairs (``pack_pairs``)."""

    operation = AfcOp.DATA
    form = "*"
    data: bytes


@dataclass(frozen=True)
class ReadDir(AfcMessage):
    """The names in a directory, ``.`` and ``..`` first; answered by ``Data``."""

    operation = AfcOp.READ_DIR
    form = "s"
    path: str


@dataclass(frozen=True)
class Truncate(AfcMessage):
    """Set the size of a file by its path."""

    operation = AfcOp.TRUNCATE
    form = "Qs"
    size_bytes: int
    path: str


@dataclass(frozen=True)
class RemovePath(AfcMessage):
    """Remove a file or an empty directory."""

    operation = AfcOp.REMOVE_PATH
    form = "s"
    path: str


@dataclass(frozen=True)
class RemovePathAndContents(AfcMessage):
    """Remove a file or a directory with all that is in it."""

    operation = AfcOp.REMOVE_PATH_AND_CONTENTS
    form = "s"
    path: str


@dataclass(frozen=True)
class MakeDir(AfcMessage):
    """Make a directory and those above it."""

    operation = AfcOp.MAKE_DIR
    form = "s"
    path: str


@dataclass(frozen=True)
class GetFileInfo(AfcMessage):
    """Facts of a file or directory; answered by ``Data`` of a ``FileInfo``."""

    operation = AfcOp.GET_FILE_INFO
    form = "s"
    path: str


@dataclass(frozen=True)
class GetDeviceInfo(AfcMessage):
    """Facts of the file system; answered by ``Data`` of a ``DeviceInfo``."""

    operation = AfcOp.GET_DEVICE_INFO
    form = ""


@dataclass(frozen=True)
class FileOpen(AfcMessage):
    """Open a file (``AfcOpenMode``); answered by ``FileOpenResult``."""

    operation = AfcOp.FILE_OPEN
    form = "Qs"
    mode: int
    path: str


@dataclass(frozen=True)
class FileOpenResult(AfcMessage):
    """Reply: the handle of the opened file; clients take 0 for a failure."""

    operation = AfcOp.FILE_OPEN_RESULT
    form = "Q"
    handle: int


@dataclass(frozen=True)
class FileRead(AfcMessage):
    """Read at most so many bytes from where the file stands; answered by ``Data``."""

    operation = AfcOp.FILE_READ
    form = "QQ"
    handle: int
    size_bytes: int


@dataclass(frozen=True)
class FileWrite(AfcMessage):
    """Write where the file stands."""

    operation = AfcOp.FILE_WRITE
    form = "Q*"
    handle: int
    data: bytes


@dataclass(frozen=True)
class FileSeek(AfcMessage):
    """Move to an offset in bytes from start, position or end (``whence`` 0, 1, 2)."""

    operation = AfcOp.FILE_SEEK
    form = "QQq"
    handle: int
    whence: int
    offset: int


@dataclass(frozen=True)
class FileTell(AfcMessage):
    """Where the file stands; answered by ``FileTellResult``."""

    operation = AfcOp.FILE_TELL
    form = "Q"
    handle: int


@dataclass(frozen=True)
class FileTellResult(AfcMessage):
    """Reply: the position in bytes from the start."""

    operation = AfcOp.FILE_TELL_RESULT
    form = "Q"
    position: int


@dataclass(frozen=True)
class FileClose(AfcMessage):
    """Close a file."""

    operation = AfcOp.FILE_CLOSE
    form = "Q"
    handle: int


@dataclass(frozen=True)
class FileSetSize(AfcMessage):
    """Set the size of an open file."""

    operation = AfcOp.FILE_SET_SIZE
    form = "QQ"
    handle: int
    size_bytes: int


@dataclass(frozen=True)
class FileLock(AfcMessage):
    """Lock or unlock an open file (``AfcLock``)."""

    operation = AfcOp.FILE_LOCK
    form = "QQ"
    handle: int
    lock: int


@dataclass(frozen=True)
class RenamePath(AfcMessage):
    """Move a file or directory."""

    operation = AfcOp.RENAME_PATH
    form = "ss"
    source: str
    target: str


@dataclass(frozen=True)
class MakeLink(AfcMessage):
    """Make a link (``AfcLinkKind``) at ``path`` that leads to ``target``."""

    operation = AfcOp.MAKE_LINK
    form = "Qss"
    kind: int
    target: str
    path: str


@dataclass(frozen=True)
class SetFileTime(AfcMessage):
    """Set the time of modification, nanoseconds since 1970."""

    operation = AfcOp.SET_FILE_TIME
    form = "Qs"
    modified_ns: int
    path: str


MESSAGES: dict[int, type[AfcMessage]] = {
    kind.operation: kind
    for kind in (
        *(Status, Data, ReadDir, Truncate, RemovePath, RemovePathAndContents, MakeDir, GetFileInfo),
        *(GetDeviceInfo, FileOpen, FileOpenResult, FileRead, FileWrite, FileSeek, FileTell, FileTellResult),
        *(FileClose, FileSetSize, FileLock, RenamePath, MakeLink, SetFileTime),
    )
}
"""Operation -> the message it is read as."""


def parse_message(packet: AfcPacket) -> AfcMessage | None:
    """What a packet says; ``None`` for an operation that has no message here.

    Bytes behind the last field are left alone.

    Raises:
        WireError: a field is missing or cut off (``offset`` counts from the start of the packet).
    """
    kind = MESSAGES.get(packet.operation)
    if kind is None:
        return None
    body, at = packet.body, 0
    values: list[Any] = []
    for letter in kind.form:
        value, at = _unpack(letter, body, at, _op_name(packet.operation))
        values.append(value)
    return kind(*values)


def _pack(letter: str, value: Any) -> bytes:
    if letter == "s":
        return pack_strings([value])
    return (_U64 if letter == "Q" else _I64).pack(value)


def _unpack(letter: str, body: bytes, at: int, name: str) -> tuple[Any, int]:
    if letter == "*":
        return body[at:], len(body)
    end = at + 1 if letter == "s" else at + _U64.size
    if end > len(body):
        raise WireError(f"AFC {name} ends before its fields do", offset=_HEADER.size + at, data=body)
    if letter != "s":
        return (_U64 if letter == "Q" else _I64).unpack_from(body, at)[0], end
    string, _, _ = body[at:].partition(b"\0")
    return read_string(string, _HEADER.size + at), at + len(string) + 1


def _op_name(operation: int) -> str:
    known = [op.name for op in AfcOp if op == operation]
    return known[0] if known else hex(operation)
