"""XPC objects as RemoteXPC puts them on the wire.

An object is a ``u32`` type and its value; strings, data and dictionary keys are padded to four bytes, counted
from where the value begins. Source: the types of xpc/xpc.h.

Null, bool, double, string, data, uuid, array and dictionary are ``None``, ``bool``, ``float``, ``str``,
``bytes``, ``UUID``, ``list`` and ``dict``; int64 and uint64 are ``int`` and ``UInt64``; dates and file
transfers are ``XpcDate`` and ``FileTransfer``.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, cast
from uuid import UUID

from harness.errors import WireError

MOST_DEPTH = 64
"""Objects nested deeper than this are refused."""

XpcDict = dict[str, Any]

_U32 = struct.Struct("<I")
_U64 = struct.Struct("<Q")
_I64 = struct.Struct("<q")
_F64 = struct.Struct("<d")
_UUID_BYTES = 16


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


def decode_object(data: bytes) -> object:
    """The object that exactly fills ``data``.

    Raises:
        WireError: it does not.
    """
    reader = Reader(data, 0)
    value = read_object(reader, 0)
    reader.expect_end(len(data), "an XPC object")
    return value


class Reader:
    """Bytes of one body and a place in them.

    Every method raises ``WireError`` where the bytes end too early or say something else.
    """

    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at

    def take(self, size_bytes: int) -> bytes:
        """The next bytes."""
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
        """The next numbers."""
        return shape.unpack(self.take(shape.size))

    def one(self, shape: struct.Struct) -> Any:
        """The next number."""
        return self.unpack(shape)[0]

    def padded(self, size_bytes: int) -> bytes:
        """The next bytes, with the padding behind them left out."""
        taken = self.take(size_bytes)
        self.take(-size_bytes % 4)
        return taken

    def key(self) -> str:
        """The next dictionary key."""
        end = self.data.find(b"\0", self.at)
        if end < 0:
            raise WireError("an XPC key without its end", offset=self.at, data=self.data[self.at :])
        return self.text(self.padded(end + 1 - self.at))

    def text(self, raw: bytes) -> str:
        """Text from bytes that may end in NULs."""
        try:
            return raw.split(b"\0", 1)[0].decode()
        except UnicodeDecodeError as error:
            raise WireError(f"XPC text that is no UTF-8 ({error})", offset=self.at, data=raw) from error

    def expect_end(self, end: int, what: str) -> None:
        """Make sure that ``what`` was read up to its end."""
        if self.at != end:
            raise WireError(f"{what} ends at byte {self.at}, its size says {end}", offset=self.at)


def read_object(reader: Reader, depth: int) -> object:
    """The next object, which ``depth`` others hold.

    Raises:
        WireError: the bytes are none, or it is nested deeper than ``MOST_DEPTH``.
    """
    at = reader.at
    if depth > MOST_DEPTH:
        raise WireError(f"XPC objects nested deeper than {MOST_DEPTH}", offset=at)
    kind = reader.one(_U32)
    read = _READERS.get(kind)
    if read is None:
        raise WireError(f"XPC type {kind:#x}, which is not known", offset=at, data=reader.data[at:])
    return read(reader, depth)


def _read_string(reader: Reader, _depth: int) -> str:
    return reader.text(reader.padded(reader.one(_U32)))


def _read_array(reader: Reader, depth: int) -> list[object]:
    end = reader.one(_U32) + reader.at
    values = [read_object(reader, depth + 1) for _ in range(reader.one(_U32))]
    # go-ios leaves the count out of the size, and phones take that from it.
    if reader.at != end + _U32.size:
        reader.expect_end(end, "an XPC array")
    return values


def _read_dictionary(reader: Reader, depth: int) -> dict[str, object]:
    end = reader.one(_U32) + reader.at
    values: dict[str, object] = {}
    for _ in range(reader.one(_U32)):
        key = reader.key()
        values[key] = read_object(reader, depth + 1)
    reader.expect_end(end, "an XPC dictionary")
    return values


def _read_file_transfer(reader: Reader, depth: int) -> FileTransfer:
    identifier = reader.one(_U64)
    at = reader.at
    body = read_object(reader, depth + 1)
    if not isinstance(body, dict):
        raise WireError("an XPC file transfer without a dictionary", offset=at, data=reader.data[at:])
    return FileTransfer(identifier, cast("XpcDict", body))


_READERS: dict[int, Callable[[Reader, int], object]] = {
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
