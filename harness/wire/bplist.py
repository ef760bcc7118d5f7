"""Binary property lists, as far as keyed archives are made of them: tables of flat objects.

A file is ``bplist00``, the objects, the table of their offsets, and a trailer: ``5 zeros, u8 sort version, u8
size of an offset, u8 size of a reference, >u64 number of objects, >u64 number of the root, >u64 offset of the
table``. An object begins with a byte of kind (high half) and size (low half; 15 says that an integer object
with the size follows):

==== ==================================== ==== ================================
kind value                                kind value
==== ==================================== ==== ================================
0    8 false, 9 true                      5    ASCII text
1    integer of 2**size bytes             6    UTF-16 text, size in code units
2    float of 2**size bytes               8    UID of size + 1 bytes
4    data                                 A    array of references
..                                        D    references to keys, then values
==== ==================================== ==== ================================

All numbers are big-endian; an integer of 8 bytes is signed, shorter ones are not. Nothing here follows a
reference by itself, so no nesting can exhaust anything. Source: CFBinaryPList.c of CF-Lite.
"""

from __future__ import annotations

import struct
from itertools import accumulate
from operator import itemgetter

from harness.errors import WireError

MAGIC = b"bplist00"

Refs = tuple[int, ...]
Container = tuple[bytes, Refs]
"""The first bytes of an array or a dictionary, and the numbers of the objects it refers to."""

_TRAILER = struct.Struct(">5xBBBQQQ")
_F32, _F64 = struct.Struct(">f"), struct.Struct(">d")
_LETTERS = {1: "B", 2: "H", 4: "I", 8: "Q"}
_ARRAY, _DICT = 0xA0, 0xD0
_SIZE_FOLLOWS = 15

NO_UID = -1
"""Stands where an object is no UID."""


class MalformedPlist(WireError):
    """The bytes are no binary property list."""


BEYOND = (IndexError, struct.error)
"""What reading raises where the objects of a property list are not all there."""


# Writing.


def encode_int(value: int) -> bytes:
    """An integer.

    Raises:
        OverflowError: it is outside -2**63 to 2**64-1.
    """
    if 0 <= value < 0x100:
        return bytes((0x10, value))
    if 0 <= value < 0x10000:
        return b"\x11" + value.to_bytes(2, "big")
    if 0 <= value < 0x1_0000_0000:
        return b"\x12" + value.to_bytes(4, "big")
    if value < 1 << 63:
        return b"\x13" + value.to_bytes(8, "big", signed=True)
    return b"\x14" + bytes(8) + value.to_bytes(8, "big")


def encode_float(value: float) -> bytes:
    """A float, eight bytes of it."""
    return b"\x23" + _F64.pack(value)


def encode_bool(value: bool) -> bytes:
    """A truth value."""
    return b"\x09" if value else b"\x08"


def encode_text(text: str) -> bytes:
    """Text.

    Raises:
        ValueError: it is not valid Unicode.
    """
    if text.isascii():
        return _head(0x50, len(text)) + text.encode()
    data = text.encode("utf-16-be")
    return _head(0x60, len(data) // 2) + data


def encode_data(data: bytes) -> bytes:
    """Data."""
    return _head(0x40, len(data)) + data


def encode_uid(index: int) -> bytes:
    """A reference into ``$objects``."""
    if index < 0x100:
        return bytes((0x80, index))
    return b"\x81" + index.to_bytes(2, "big") if index < 0x10000 else b"\x83" + index.to_bytes(4, "big")


def array(refs: Refs) -> Container:
    """An array of objects, by their numbers."""
    return _head(_ARRAY, len(refs)), refs


def dictionary(keys: Refs, values: Refs) -> Container:
    """A dictionary of as many keys as values, by their numbers."""
    return _head(_DICT, len(keys)), keys + values


def _head(kind: int, size: int) -> bytes:
    if size < _SIZE_FOLLOWS:
        return _SHORT_HEADS[kind | size]
    return bytes((kind | _SIZE_FOLLOWS,)) + encode_int(size)


_SHORT_HEADS = [bytes((byte,)) for byte in range(256)]


def write(table: list[bytes | Container], root: int) -> bytes:
    """A whole property list.

    Args:
        table: the objects, in order of their numbers.
        root: the number of the outermost.
    """
    reference_bytes = _least_bytes(len(table))
    letter = _LETTERS[reference_bytes]
    counts = {len(one[1]) for one in table if isinstance(one, tuple)}
    packs = {count: struct.Struct(f">{count}{letter}").pack for count in counts}
    parts = [one if isinstance(one, bytes) else one[0] + packs[len(one[1])](*one[1]) for one in table]
    *offsets, end = accumulate(map(len, parts), initial=len(MAGIC))
    offset_bytes = _least_bytes(end)
    listed = struct.pack(f">{len(offsets)}{_LETTERS[offset_bytes]}", *offsets)
    trailer = _TRAILER.pack(0, offset_bytes, reference_bytes, len(table), root, end)
    return b"".join((MAGIC, *parts, listed, trailer))


def _least_bytes(number: int) -> int:
    return 1 if number < 0x100 else 2 if number < 0x10000 else 4


# Reading.


_WIDE_UIDS = frozenset(range(0x82, 0x90))
"""The kinds of a UID of more than two bytes."""

_TRUTH = {0x08: False, 0x09: True}
_UNPACK_FEW = {
    size: [struct.Struct(f">{count}{letter}").unpack_from for count in range(2 * _SIZE_FOLLOWS)]
    for size, letter in _LETTERS.items()
}


class Table:
    """The objects of a property list, each read when it is asked for.

    Args:
        data: the whole property list.

    Attributes:
        data: the same.
        offsets: where each object begins, by its number.
        root: the number of the outermost.
        uids: what each object refers to, by its number; ``NO_UID`` for those that are no UID.

    Methods raise ``MalformedPlist``, or one of ``BEYOND`` where a number is that of no object or an object
    is not all there: checking every one of some thousand steps would take longer than the steps do.

    Raises:
        MalformedPlist: the trailer or the table of offsets cannot be true.
    """

    def __init__(self, data: bytes) -> None:
        if len(data) < len(MAGIC) + _TRAILER.size:
            raise MalformedPlist("malformed binary property list (it has no trailer)", data=data)
        fields = _TRAILER.unpack_from(data, len(data) - _TRAILER.size)
        _, offset_bytes, reference_bytes, count, self.root, self._end = fields
        self.data = data
        room = len(data) - _TRAILER.size - self._end
        if offset_bytes not in _LETTERS or reference_bytes not in _LETTERS or count * offset_bytes > room:
            raise self.malformed(f"{count} offsets of {offset_bytes} bytes, room for {room}")
        self.offsets: Refs = struct.unpack_from(f">{count}{_LETTERS[offset_bytes]}", data, self._end)
        if not self.root < count or max(self.offsets) >= self._end:
            raise self.malformed("an object outside of it")
        self._letter, self._reference_bytes = _LETTERS[reference_bytes], reference_bytes
        self._unpack_few = _UNPACK_FEW[reference_bytes]
        self._keys: dict[Refs, tuple[str, ...]] = {}
        self.uids = self._read_uids()

    def malformed(self, why: str) -> MalformedPlist:
        """The error that says why the bytes are no property list."""
        return MalformedPlist(f"malformed binary property list ({why})", data=self.data)

    def scalar(self, number: int) -> object:
        """A truth value, number, text or data; ``None`` for an object that is none of these."""
        at = self.offsets[number]
        kind = self.data[at]
        if kind >= 0x80:
            return None
        if kind == 0x23 and at + 9 <= self._end:
            return _F64.unpack_from(self.data, at + 1)[0]
        if kind >> 4 in (4, 5, 6):
            return self._run(at, kind >> 4)
        if kind >> 4 in (1, 2):
            return self._number(kind >> 4, self._take(at + 1, 1 << (kind & 0xF)))
        return _TRUTH.get(kind)

    def scalars(self, numbers: Refs) -> list[object]:
        """What ``scalar`` says of each of many objects."""
        data, offsets, end, scalar = self.data, self.offsets, self._end, self.scalar
        found: list[object] = []
        for number in numbers:
            at = offsets[number]
            kind = data[at]
            # Text, small integers and containers are nearly all there is in a large archive.
            if kind >= 0xA0:
                found.append(None)
            elif 0x50 <= kind < 0x5F and at + kind - 0x4F <= end:
                text = data[at + 1 : at + kind - 0x4F]
                found.append(text.decode() if text.isascii() else scalar(number))
            elif kind == 0x5F and data[at + 1] == 0x10 and at + 3 + data[at + 2] <= end:
                text = data[at + 3 : at + 3 + data[at + 2]]
                found.append(text.decode() if text.isascii() else scalar(number))
            elif kind == 0x10 and at + 2 <= end:
                found.append(data[at + 1])
            elif kind == 0x11 and at + 3 <= end:
                found.append(data[at + 1] << 8 | data[at + 2])
            else:
                found.append(scalar(number))
        return found

    def uid(self, number: int) -> int | None:
        """What a UID refers to; ``None`` for an object that is no UID."""
        index = self.uids[number]
        return None if index == NO_UID else index

    def _read_uids(self) -> list[int]:
        # Half of a large archive are UIDs of one or two bytes, so these are read all at once. The last pick
        # is of nothing: it makes a tuple where there is one object only.
        pick = itemgetter(*self.offsets, 0)
        kinds = pick(self.data)
        firsts = zip(kinds, pick(self.data[1:]), pick(self.data[2:]), strict=True)
        uids = [
            high << 8 | low if kind == 0x81 else high if kind == 0x80 else NO_UID
            for kind, high, low in firsts
        ]
        uids.pop()
        if not _WIDE_UIDS.isdisjoint(kinds):
            for number, at in enumerate(self.offsets):
                if self.data[at] in _WIDE_UIDS:
                    uids[number] = int.from_bytes(self._take(at + 1, (self.data[at] & 0xF) + 1), "big")
        return uids

    def array(self, number: int) -> Refs | None:
        """The numbers of an array's objects; ``None`` for an object that is no array."""
        at = self.offsets[number]
        return self._refs(at, 1) if self.data[at] & 0xF0 == _ARRAY else None

    def dictionary(self, number: int) -> dict[str, int] | None:
        """The numbers of a dictionary's values, by key; ``None`` for an object that is no dictionary."""
        at = self.offsets[number]
        if self.data[at] & 0xF0 != _DICT:
            return None
        refs = self._refs(at, 2)
        half = len(refs) // 2
        shared = refs[:half]
        # Objects of one class share their keys.
        keys = self._keys.get(shared) or self._keys.setdefault(shared, tuple(map(self.key, shared)))
        return dict(zip(keys, refs[half:], strict=True))

    def key(self, number: int) -> str:
        """A text that is a key."""
        key = self.scalar(number)
        if not isinstance(key, str):
            raise self.malformed("a key that is not text")
        return key

    def _run(self, at: int, kind: int) -> str | bytes:
        start, size = self._size(at)
        raw = self._take(start, size * 2 if kind == 6 else size)
        if kind == 4:
            return raw
        try:
            return raw.decode("utf-16-be" if kind == 6 else "ascii")
        except UnicodeDecodeError as error:
            raise self.malformed("text that is none") from error

    def _number(self, kind: int, raw: bytes) -> int | float:
        if kind == 1 and len(raw) <= 16:
            return int.from_bytes(raw, "big", signed=len(raw) >= 8)
        if kind == 2 and len(raw) in (4, 8):
            return (_F32 if len(raw) == 4 else _F64).unpack(raw)[0]
        raise self.malformed(f"a number of {len(raw)} bytes")

    def _refs(self, at: int, per_entry: int) -> Refs:
        size = self.data[at] & 0xF
        if size != _SIZE_FOLLOWS:
            return self._unpack_few[size * per_entry](self.data, at + 1)
        start, size = self._size(at)
        count = size * per_entry
        self._take(start, count * self._reference_bytes)
        return struct.unpack_from(f">{count}{self._letter}", self.data, start)

    def _size(self, at: int) -> tuple[int, int]:
        """Where an object's content begins, and its size in items."""
        size = self.data[at] & 0xF
        if size != _SIZE_FOLLOWS:
            return at + 1, size
        kind, length = self._take(at + 1, 1)[0] >> 4, 1 << (self.data[at + 1] & 0xF)
        if kind != 1:
            raise self.malformed("a size that is no integer")
        return at + 2 + length, int.from_bytes(self._take(at + 2, length), "big")

    def _take(self, at: int, size_bytes: int) -> bytes:
        if at + size_bytes > self._end:
            raise self.malformed("an object that does not end")
        return self.data[at : at + size_bytes]
