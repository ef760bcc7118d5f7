"""The primitive dictionary: how the arguments of a DTX call travel.

All fields little-endian: ``u32 0xF0 | higher bits, u32 0, u64 length of the entries``, then for each entry a
key and a value. A key is null for a positional argument. Each primitive is a ``u32`` type (of which the low
byte counts) and its value:

==== =============================================
type value
==== =============================================
1    u32 length, UTF-8 text
2    u32 length, a keyed archive; empty for nil
3    i32
6    i64
9    f64
10   none: null
==== =============================================
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from harness.errors import WireError
from harness.wire import nskeyed

_DICTIONARY = struct.Struct("<IIQ")
_DICTIONARY_MAGIC = 0x1F0
_U32 = struct.Struct("<I")


class Int32(int):
    """An argument that travels as a signed 32-bit integer rather than as an archived number."""

    def __repr__(self) -> str:
        return f"Int32({int(self)})"


class Int64(int):
    """An argument that travels as a signed 64-bit integer rather than as an archived number."""

    def __repr__(self) -> str:
        return f"Int64({int(self)})"


class Double(float):
    """An argument that travels as a 64-bit float rather than as an archived number."""

    def __repr__(self) -> str:
        return f"Double({float(self)})"


class Text(str):
    """An argument that travels as bare UTF-8 rather than as an archived string."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Text({str(self)!r})"


class Buffer(bytes):
    """An argument that travels as bytes which are no archive; an archive in here is read as its object."""

    def __repr__(self) -> str:
        return f"Buffer({bytes(self)!r})"


@dataclass(frozen=True)
class Keyed:
    """An argument under a name, in place of a positional one."""

    key: str
    value: object


DtxArg = object
"""``Int32``, ``Int64``, ``Double``, ``Text``, ``Buffer``, or ``Keyed`` with one of them; any other object
is an archived one, ``None`` an empty buffer."""


_NULL_KEY = _U32.pack(10)


def encode_aux(args: tuple[DtxArg, ...]) -> bytes:
    """Arguments as a primitive dictionary; no bytes at all when there are none.

    Raises:
        TypeError: an object has no Foundation counterpart.
        OverflowError: an integer does not fit.
    """
    if not args:
        return b""
    entries = b"".join(_encode_entry(arg) for arg in args)
    return _DICTIONARY.pack(_DICTIONARY_MAGIC, 0, len(entries)) + entries


def _encode_entry(arg: DtxArg) -> bytes:
    if isinstance(arg, Keyed):
        return _encode_primitive(Text(arg.key)) + _encode_primitive(arg.value)
    return _NULL_KEY + _encode_primitive(arg)


def _encode_primitive(value: object) -> bytes:
    match value:
        case Text():
            return _run(1, value.encode())
        case Int32():
            return _number("<Ii", 3, value)
        case Int64():
            return _number("<Iq", 6, value)
        case Double():
            return struct.pack("<Id", 9, value)
        case None:
            return _run(2, b"")
        case Buffer():
            return _run(2, value)
        case _:
            return _run(2, nskeyed.archive(value))


def _run(code: int, data: bytes) -> bytes:
    return struct.pack("<II", code, len(data)) + data


def _number(layout: str, code: int, value: int) -> bytes:
    try:
        return struct.pack(layout, code, value)
    except struct.error as error:
        raise OverflowError(f"{value!r} does not fit") from error


def decode_aux(data: bytes) -> tuple[DtxArg, ...]:
    """Read a primitive dictionary.

    Raises:
        WireError: its lengths do not agree, or it holds a primitive of unknown type; the offset counts
            from the start of ``data``.
    """
    if not data:
        return ()
    if len(data) < _DICTIONARY.size:
        raise WireError("auxiliary part is shorter than its header", data=data)
    magic, _, size_bytes = _DICTIONARY.unpack_from(data)
    if magic & 0xFF != 0xF0:
        raise WireError(f"expected a primitive dictionary (0xf0), found 0x{magic:x}", data=data)
    if size_bytes != len(data) - _DICTIONARY.size:
        held = len(data) - _DICTIONARY.size
        raise WireError(f"primitive dictionary announces {size_bytes} bytes and holds {held}", data=data)
    reader = _AuxReader(data)
    args: list[DtxArg] = []
    while reader.offset < len(data):
        key, value = reader.primitive(), reader.primitive()
        args.append(value if key is None else Keyed(str(key), value))
    return tuple(args)


class _AuxReader:
    """Reads one primitive after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.offset = _DICTIONARY.size

    def primitive(self) -> object:
        """The next primitive; ``None`` for null and for an empty buffer."""
        start = self.offset
        code = _U32.unpack(self._take(4, start))[0] & 0xFF
        if code == 10:
            return None
        if code in (1, 2):
            size_bytes: int = _U32.unpack(self._take(4, start))[0]
            raw = self._take(size_bytes, start)
            return _text(raw, start) if code == 1 else _object(raw, start)
        if code not in _FIXED:
            raise WireError(f"unknown primitive type {code}", offset=start, data=self._data[start:])
        layout, kind = _FIXED[code]
        return kind(layout.unpack(self._take(layout.size, start))[0])

    def _take(self, size_bytes: int, start: int) -> bytes:
        end = self.offset + size_bytes
        if end > len(self._data):
            raise WireError("primitive reaches beyond its dictionary", offset=start, data=self._data[start:])
        taken = self._data[self.offset : end]
        self.offset = end
        return taken


_FIXED: dict[int, tuple[struct.Struct, Callable[[int | float], object]]] = {
    3: (struct.Struct("<i"), Int32),
    6: (struct.Struct("<q"), Int64),
    9: (struct.Struct("<d"), Double),
}


def _text(raw: bytes, offset: int) -> Text:
    try:
        return Text(raw, "utf-8")
    except UnicodeDecodeError as error:
        raise WireError("text primitive is not UTF-8", offset=offset, data=raw) from error


def _object(raw: bytes, offset: int) -> object:
    if not raw:
        return None
    if not raw.startswith(b"bplist00"):
        return Buffer(raw)
    return _unarchive(raw, offset)


def _unarchive(raw: bytes, offset: int) -> object:
    try:
        return nskeyed.unarchive(raw)
    except WireError as error:
        raise WireError(error.what, offset=offset, data=raw) from error
