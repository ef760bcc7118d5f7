"""XPC objects as RemoteXPC puts them on the wire, and the wrapper around one message.

A message is ``<u32 magic, flags> <u64 body size, message id>``, then the body: ``<u32 magic, version>``
and one object. An object is a ``u32`` type and its value; strings, data and dictionary keys are padded to
four bytes, counted from where the value begins. Sources: virtual-iphone.md §2 (flags, order), and the
types of xpc/xpc.h.

Null, bool, double, string, data, uuid, array and dictionary are ``None``, ``bool``, ``float``, ``str``,
``bytes``, ``UUID``, ``list`` and ``dict``; int64 and uint64 are ``int`` and ``UInt64``; dates and file
transfers are ``XpcDate`` and ``FileTransfer``.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Any, cast
from uuid import UUID

from harness.errors import WireError
from harness.wire.framing import SizedDecoder, check_size

MESSAGE_MAGIC = 0x29B00B92
BODY_MAGIC = 0x42133742
BODY_VERSION = 5

MOST_BODY_BYTES = 64 * 1024 * 1024
"""Sizes above this are taken for foreign bytes."""

MOST_DEPTH = 64
"""Objects nested deeper than this are refused."""

XpcDict = dict[str, Any]

_HEADER = struct.Struct("<IIQQ")
_BODY_HEADER = struct.Struct("<II")
_U32 = struct.Struct("<I")
_U64 = struct.Struct("<Q")
_I64 = struct.Struct("<q")
_F64 = struct.Struct("<d")
_UUID_BYTES = 16


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


class XpcType(IntEnum):
    """The types of objects that travel."""

    NULL = 0x1000
    BOOL = 0x2000
    INT64 = 0x3000
    UINT64 = 0x4000
    DOUBLE = 0x5000
    DATE = 0x7000
    DATA = 0x8000
    STRING = 0x9000
    UUID = 0xA000
    ARRAY = 0xE000
    DICTIONARY = 0xF000
    FILE_TRANSFER = 0x1A000


class UInt64(int):
    """A number that travels as uint64; a plain ``int`` travels as int64."""


@dataclass(frozen=True)
class XpcDate:
    """A point in time.

    Attributes:
        nanoseconds: since 1970, signed.
    """

    nanoseconds: int


@dataclass(frozen=True)
class FileTransfer:
    """The promise of bytes that travel on an HTTP/2 stream of their own.

    Attributes:
        identifier: the message id with which that stream opens.
        body: what describes it; ``s`` is the size in bytes.
    """

    identifier: int
    body: Mapping[str, Any]


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
    reader = _Reader(frame, _HEADER.size)
    magic, version = reader.unpack(_BODY_HEADER)
    if (magic, version) != (BODY_MAGIC, BODY_VERSION):
        raise WireError(f"XPC body {magic:#x} of version {version}", offset=_HEADER.size, data=frame)
    root = _read_object(reader, 0)
    reader.expect_end(len(frame), "an XPC body")
    if not isinstance(root, dict):
        raise WireError(f"an XPC {type(root).__name__} as body, expected a dictionary", offset=reader.at)
    return cast("XpcDict", root)


def decode_object(data: bytes) -> object:
    """The object that exactly fills ``data``.

    Raises:
        WireError: it does not.
    """
    reader = _Reader(data, 0)
    value = _read_object(reader, 0)
    reader.expect_end(len(data), "an XPC object")
    return value


class _Reader:
    """Bytes of one body and a place in them."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at

    def take(self, size_bytes: int) -> bytes:
        end = self.at + size_bytes
        if end > len(self.data):
            raise WireError(
                f"an XPC value of {size_bytes} bytes, {len(self.data) - self.at} are left",
                offset=self.at,
                data=self.data[self.at :],
            )
        taken = self.data[self.at : end]
        self.at = end
        return taken

    def unpack(self, shape: struct.Struct) -> tuple[Any, ...]:
        return shape.unpack(self.take(shape.size))

    def one(self, shape: struct.Struct) -> Any:
        return self.unpack(shape)[0]

    def padded(self, size_bytes: int) -> bytes:
        taken = self.take(size_bytes)
        self.take(-size_bytes % 4)
        return taken

    def key(self) -> str:
        end = self.data.find(b"\0", self.at)
        if end < 0:
            raise WireError("an XPC key without its end", offset=self.at, data=self.data[self.at :])
        return self.text(self.padded(end + 1 - self.at))

    def text(self, raw: bytes) -> str:
        try:
            return raw.split(b"\0", 1)[0].decode()
        except UnicodeDecodeError as error:
            raise WireError(f"XPC text that is no UTF-8 ({error})", offset=self.at, data=raw) from error

    def expect_end(self, end: int, what: str) -> None:
        if self.at != end:
            raise WireError(f"{what} ends at byte {self.at}, its size says {end}", offset=self.at)


def _read_object(reader: _Reader, depth: int) -> object:
    at = reader.at
    if depth > MOST_DEPTH:
        raise WireError(f"XPC objects nested deeper than {MOST_DEPTH}", offset=at)
    kind = reader.one(_U32)
    read = _READERS.get(kind)
    if read is None:
        raise WireError(f"XPC type {kind:#x}, which is not known", offset=at, data=reader.data[at:])
    return read(reader, depth)


def _read_string(reader: _Reader, _depth: int) -> str:
    return reader.text(reader.padded(reader.one(_U32)))


def _read_array(reader: _Reader, depth: int) -> list[object]:
    end = reader.one(_U32) + reader.at
    values = [_read_object(reader, depth + 1) for _ in range(reader.one(_U32))]
    # go-ios leaves the count out of the size, and phones take that from it.
    if reader.at != end + _U32.size:
        reader.expect_end(end, "an XPC array")
    return values


def _read_dictionary(reader: _Reader, depth: int) -> dict[str, object]:
    end = reader.one(_U32) + reader.at
    values: dict[str, object] = {}
    for _ in range(reader.one(_U32)):
        key = reader.key()
        values[key] = _read_object(reader, depth + 1)
    reader.expect_end(end, "an XPC dictionary")
    return values


def _read_file_transfer(reader: _Reader, depth: int) -> FileTransfer:
    identifier = reader.one(_U64)
    at = reader.at
    body = _read_object(reader, depth + 1)
    if not isinstance(body, dict):
        raise WireError("an XPC file transfer without a dictionary", offset=at, data=reader.data[at:])
    return FileTransfer(identifier, cast("XpcDict", body))


_READERS: dict[int, Callable[[_Reader, int], object]] = {
    XpcType.NULL: lambda reader, depth: None,
    XpcType.BOOL: lambda reader, depth: bool(reader.one(_U32)),
    XpcType.INT64: lambda reader, depth: reader.one(_I64),
    XpcType.UINT64: lambda reader, depth: UInt64(reader.one(_U64)),
    XpcType.DOUBLE: lambda reader, depth: reader.one(_F64),
    XpcType.DATE: lambda reader, depth: XpcDate(reader.one(_I64)),
    XpcType.DATA: lambda reader, depth: reader.padded(reader.one(_U32)),
    XpcType.STRING: _read_string,
    XpcType.UUID: lambda reader, depth: UUID(bytes=reader.take(_UUID_BYTES)),
    XpcType.ARRAY: _read_array,
    XpcType.DICTIONARY: _read_dictionary,
    XpcType.FILE_TRANSFER: _read_file_transfer,
}


def encode_object(value: object) -> bytes:
    """One object: type and value.

    Raises:
        TypeError: XPC has no such type, or a dictionary key is no string.
        ValueError: a text holds a NUL character, which ends it on the wire.
        OverflowError: a number is outside its type.
    """
    kind, payload = _encoded(value)
    return _U32.pack(kind) + payload


def _encoded(value: object) -> tuple[XpcType, bytes]:
    match value:
        case None:
            return XpcType.NULL, b""
        case bool():
            return XpcType.BOOL, _U32.pack(value)
        case UInt64():
            return XpcType.UINT64, _number(_U64, value)
        case int():
            return XpcType.INT64, _number(_I64, value)
        case float():
            return XpcType.DOUBLE, _F64.pack(value)
        case str():
            text = _text(value)
            return XpcType.STRING, _U32.pack(len(text)) + _pad(text)
        case bytes():
            return XpcType.DATA, _U32.pack(len(value)) + _pad(value)
        case UUID():
            return XpcType.UUID, value.bytes
        case _:
            return _encoded_rare(value)


def _encoded_rare(value: object) -> tuple[XpcType, bytes]:
    match value:
        case list():
            items = cast("list[object]", value)
            return XpcType.ARRAY, _counted(len(items), b"".join(map(encode_object, items)))
        case dict():
            pairs = cast("dict[object, object]", value).items()
            entries = b"".join(_pad(_text(key)) + encode_object(item) for key, item in pairs)
            return XpcType.DICTIONARY, _counted(len(pairs), entries)
        case XpcDate():
            return XpcType.DATE, _number(_I64, value.nanoseconds)
        case FileTransfer():
            return XpcType.FILE_TRANSFER, _U64.pack(value.identifier) + encode_object(dict(value.body))
        case _:
            raise TypeError(f"XPC has no type for a {type(value).__name__}")


def _counted(count: int, entries: bytes) -> bytes:
    return _U32.pack(_U32.size + len(entries)) + _U32.pack(count) + entries


def _number(shape: struct.Struct, value: int) -> bytes:
    try:
        return shape.pack(value)
    except struct.error as error:
        raise OverflowError(f"{value} does not fit: {error}") from error


def _text(value: object) -> bytes:
    if not isinstance(value, str):
        raise TypeError(f"an XPC key is text, not a {type(value).__name__}")
    if "\0" in value:
        raise ValueError("XPC text with a NUL character")
    return value.encode() + b"\0"


def _pad(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
