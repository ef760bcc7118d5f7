"""How a keyed archive is read: from a reference to the object it leads to.

Theory: text, numbers and data are taken as they stand; every other object is built when a reference first
leads to it, and once. Fields stay numbers of the property list's objects until somebody asks for them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from harness.errors import WireError
from harness.wire.bplist import NO_UID, Refs, Table
from harness.wire.nskeyed_types import MAX_DEPTH, NSUUID, NSDate, NSError, NSNull, NSObjectRecord

Fields = dict[str, int]
"""Name of a field -> number of the property list's object."""

ClassChain = tuple[str, tuple[str, ...]]
"""Name of a class, and the rest of its chain."""


class Reader:
    """Follows references through ``$objects``.

    Args:
        table: the property list.
        entries: the numbers of what ``$objects`` holds.
    """

    def __init__(self, table: Table, entries: Refs) -> None:
        self._table = table
        self._entries = entries
        stands = zip(range(len(entries)), table.scalars(entries), strict=True)
        self._built: dict[int, object] = {index: one for index, one in stands if one is not None}
        # The first object stands for nil, whatever it is.
        self._built[0] = None
        self._open: set[int] = set()
        self._classes: dict[int, ClassChain] = {}

    def read(self, reference: int) -> object:
        """The object that the UID of a number leads to; ``None`` for nil."""
        return self._read_all((reference,))[0]

    def _read_all(self, references: Refs) -> list[object]:
        built, build = self._built, self._build
        indexes = map(self._table.uids.__getitem__, references)
        return [built[index] if index in built else build(index) for index in indexes]

    def field(self, fields: Fields, name: str) -> object:
        """A field of an object, whether it stands inline or is an object of its own."""
        number = fields.get(name)
        if number is None:
            raise self._lacks(fields, name)
        value = self._table.scalar(number)
        return self.read(number) if value is None else value

    def run(self, fields: Fields, name: str) -> list[object]:
        """A field of an object that is an inline run of references."""
        number = fields.get(name)
        if number is None:
            raise self._lacks(fields, name)
        references = self._table.array(number)
        if references is None:
            raise WireError(f"{self.class_of(fields)[0]} in a keyed archive has no list in {name}")
        return self._read_all(references)

    def record(self, fields: Fields) -> NSObjectRecord:
        """An object as its class name and fields."""
        name, superclasses = self.class_of(fields)
        values = {key: self._record_field(fields, key) for key in fields if key != "$class"}
        return NSObjectRecord(name, values, superclasses)

    def class_of(self, fields: Fields) -> ClassChain:
        """The class of an object."""
        number = fields.get("$class")
        index = NO_UID if number is None else self._table.uids[number]
        return self._classes.get(index) or self._read_class(index)

    def _lacks(self, fields: Fields, name: str) -> WireError:
        return WireError(f"{self.class_of(fields)[0]} in a keyed archive lacks {name}")

    def _record_field(self, fields: Fields, name: str) -> object:
        number = fields[name]
        if self._table.array(number) is not None:
            return tuple(self.run(fields, name))
        if self._table.scalar(number) is not None or self._table.uid(number) is not None:
            return self.field(fields, name)
        raise WireError(f"{name} in a keyed archive holds what stands for itself only")

    def _entry(self, index: int) -> int:
        if index >= len(self._entries):
            raise WireError(f"reference to object {index} of {len(self._entries)} in a keyed archive")
        return self._entries[index]

    def _build(self, index: int) -> object:
        if index == NO_UID:
            raise WireError("expected a reference in a keyed archive, found something else")
        fields = self._table.dictionary(self._entry(index))
        if fields is None:
            raise WireError(f"object {index} of a keyed archive is bare")
        if index in self._open:
            raise WireError(f"object {index} of a keyed archive contains itself")
        if len(self._open) >= MAX_DEPTH:
            raise WireError(f"objects of a keyed archive are nested deeper than {MAX_DEPTH}")
        self._open.add(index)
        built = _BUILDERS.get(self.class_of(fields)[0], Reader.record)(self, fields)
        self._open.remove(index)
        self._built[index] = built
        return built

    def _read_class(self, index: int) -> ClassChain:
        table = self._table
        described = None if index == NO_UID else table.dictionary(self._entry(index))
        if described is None:
            raise WireError("object of a keyed archive has no class")
        name = table.scalar(described["$classname"]) if "$classname" in described else None
        chain = table.array(described["$classes"]) if "$classes" in described else ()
        if not isinstance(name, str) or chain is None:
            raise WireError("class of a keyed archive has no name")
        known = self._classes[index] = name, tuple(table.key(one) for one in chain[1:])
        return known


def _build_text(reader: Reader, fields: Fields) -> object:
    return _expect(str, "NS.string", reader.field(fields, "NS.string"))


def _build_data(reader: Reader, fields: Fields) -> object:
    return _expect(bytes, "NS.data", reader.field(fields, "NS.data"))


def _build_list(reader: Reader, fields: Fields) -> object:
    return reader.run(fields, "NS.objects")


def _build_dict(reader: Reader, fields: Fields) -> object:
    keys, values = reader.run(fields, "NS.keys"), reader.run(fields, "NS.objects")
    if len(keys) != len(values):
        raise WireError(f"NSDictionary in a keyed archive has {len(keys)} keys and {len(values)} values")
    try:
        return dict(zip(keys, values, strict=True))
    except TypeError:  # a key that Python cannot hash, such as an NSDictionary
        return reader.record(fields)


def _build_set(reader: Reader, fields: Fields) -> object:
    try:
        return set(reader.run(fields, "NS.objects"))
    except TypeError:  # a member that Python cannot hash, such as an NSDictionary
        return reader.record(fields)


def _build_date(reader: Reader, fields: Fields) -> object:
    return NSDate(float(_expect(int | float, "NS.time", reader.field(fields, "NS.time"))))


def _build_error(reader: Reader, fields: Fields) -> object:
    domain = _expect(str, "NSDomain", reader.field(fields, "NSDomain"))
    code = _expect(int, "NSCode", reader.field(fields, "NSCode"))
    info = reader.field(fields, "NSUserInfo") if "NSUserInfo" in fields else None
    return NSError(domain, code, _expect(dict, "NSUserInfo", {} if info is None else info))


def _build_uuid(reader: Reader, fields: Fields) -> object:
    raw = _expect(bytes, "NS.uuidbytes", reader.field(fields, "NS.uuidbytes"))
    if len(raw) != 16:
        raise WireError(f"NSUUID in a keyed archive has {len(raw)} bytes", data=raw)
    return NSUUID(uuid.UUID(bytes=raw))


def _build_nsnull(reader: Reader, fields: Fields) -> object:
    return NSNull()


def _expect(kind: Any, name: str, value: object) -> Any:
    if not isinstance(value, kind):
        raise WireError(f"{name} in a keyed archive is of type {type(value).__name__}")
    return value


_BUILDERS: dict[str, Callable[[Reader, Fields], object]] = {
    "NSString": _build_text,
    "NSMutableString": _build_text,
    "NSData": _build_data,
    "NSMutableData": _build_data,
    "NSArray": _build_list,
    "NSMutableArray": _build_list,
    "NSDictionary": _build_dict,
    "NSMutableDictionary": _build_dict,
    "NSSet": _build_set,
    "NSMutableSet": _build_set,
    "NSDate": _build_date,
    "NSError": _build_error,
    "NSUUID": _build_uuid,
    "NSNull": _build_nsnull,
}
