"""AFC, the file service of a phone: requests and replies, both directions.

They travel in the packets of ``afc_packet.py``. Source: the packet layouts that independent clients agree on
(virtual-iphone.md §0).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.wire.afc_numbers import AfcOp, AfcStatus
from harness.wire.afc_packet import MAGIC as MAGIC
from harness.wire.afc_packet import MOST_PACKET_BYTES as MOST_PACKET_BYTES
from harness.wire.afc_packet import AfcDecoder as AfcDecoder
from harness.wire.afc_packet import AfcMessage as AfcMessage
from harness.wire.afc_packet import AfcPacket as AfcPacket
from harness.wire.afc_packet import op_name, unpack


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
        value, at = unpack(letter, body, at, op_name(packet.operation))
        values.append(value)
    return kind(*values)
