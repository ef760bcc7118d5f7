"""How a keyed archive is laid out, object by object.

Theory: every object of ``$objects`` is written into the table of the property list with the UID that refers
to it right behind, so that its place is known before its fields are. Fields name other objects by the numbers
of their UIDs. Equal text and equal integers are laid out once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

from harness.wire import bplist
from harness.wire.nskeyed_types import (
    ARCHIVER,
    MAX_DEPTH,
    NSUUID,
    VERSION,
    NSDate,
    NSError,
    NSNull,
    NSObjectRecord,
)


class Writer:
    """Lays objects out, and writes the archive of them."""

    def __init__(self) -> None:
        self._table: list[bytes | bplist.Container] = []
        self._entries: list[int] = []
        self._names: dict[str, int] = {}
        self._texts: dict[str, int] = {}
        self._integers: dict[int, int] = {}
        self._classes: dict[str, int] = {}
        self._shapes: dict[tuple[str, ...], bplist.Container] = {}
        self._depth = 0
        self._null = self._append(bplist.encode_text("$null"))

    def put(self, obj: object) -> int:
        """Lay an object out; returns the number of the UID that refers to it."""
        kind = type(obj)
        if kind is str:
            return self._texts.get(cast("str", obj)) or self._put_text(cast("str", obj))
        if kind is int:
            return self._integers.get(cast("int", obj)) or self._put_integer(cast("int", obj))
        write = _WRITERS.get(kind) or _writer_for_subclass(obj)
        if self._depth >= MAX_DEPTH:
            raise ValueError(f"objects are nested deeper than {MAX_DEPTH}, or in themselves")
        self._depth += 1
        number = write(self, obj)
        self._depth -= 1
        return number

    def put_scalar(self, encoded: bytes) -> int:
        """Lay out an object that stands in the list as it is."""
        return self._append(encoded)

    def put_null(self) -> int:
        """The UID of nil."""
        return self._null

    def put_object(
        self,
        name: str,
        superclasses: tuple[str, ...],
        names: tuple[str, ...],
        fill: Callable[[], bplist.Refs],
    ) -> int:
        """Lay out an object of a class.

        Args:
            name: of its class.
            superclasses: the rest of the class chain.
            names: of its fields.
            fill: asked once the object's place is taken: the number of each field.
        """
        place = len(self._table)
        uid = self._append(b"")
        class_uid = self._classes.get(name) or self._put_class(name, superclasses)
        head, keys = self._shapes.get(names) or self._put_shape(names)
        self._table[place] = head, (*keys, class_uid, *fill())
        return uid

    def inline(self, encoded: bytes | bplist.Container) -> int:
        """Add what stands inline in a field; returns its number."""
        self._table.append(encoded)
        return len(self._table) - 1

    def run(self, items: Any) -> int:
        """Lay out items and add the array of the UIDs that refer to them; returns its number."""
        put, known = self.put, self._texts.get
        return self.inline(
            bplist.array(tuple([known(one) or put(one) if type(one) is str else put(one) for one in items]))
        )

    def name(self, name: str) -> int:
        """The number of a key."""
        known = self._names.get(name)
        if known is None:
            known = self._names[name] = self.inline(bplist.encode_text(name))
        return known

    def finish(self, root: int) -> bytes:
        """The archive of which ``root`` is the outermost object."""
        top = self.inline(bplist.dictionary((self.name("root"),), (root,)))
        parts = {
            "$archiver": self.inline(bplist.encode_text(ARCHIVER)),
            "$objects": self.inline(bplist.array(tuple(self._entries))),
            "$top": top,
            "$version": self.inline(bplist.encode_int(VERSION)),
        }
        keys = tuple([self.name(key) for key in parts])
        body = self.inline(bplist.dictionary(keys, tuple(parts.values())))
        return bplist.write(self._table, body)

    def _append(self, entry: bytes | bplist.Container) -> int:
        table, index = self._table, len(self._entries)
        self._entries.append(len(table))
        table.append(entry)
        table.append(bplist.encode_uid(index))
        return len(table) - 1

    def _put_text(self, text: str) -> int:
        number = self._texts[text] = self._append(bplist.encode_text(text))
        return number

    def _put_integer(self, value: int) -> int:
        number = self._integers[value] = self._append(bplist.encode_int(value))
        return number

    def _put_shape(self, names: tuple[str, ...]) -> bplist.Container:
        keys = tuple([self.name(name) for name in ("$class", *names)])
        shape = self._shapes[names] = bplist.dictionary(keys, ())
        return shape

    def _put_class(self, name: str, superclasses: tuple[str, ...]) -> int:
        chain = bplist.array(tuple([self.name(one) for one in (name, *superclasses)]))
        keys = (self.name("$classname"), self.name("$classes"))
        uid = self._append(bplist.dictionary(keys, (self.name(name), self.inline(chain))))
        self._classes[name] = uid
        return uid


_Write = Callable[[Writer, Any], int]
_PLAIN_CHAIN = ("NSObject",)


def _write_list(writer: Writer, obj: list[object]) -> int:
    return writer.put_object("NSArray", _PLAIN_CHAIN, ("NS.objects",), lambda: (writer.run(obj),))


def _write_dict(writer: Writer, obj: dict[object, object]) -> int:
    def fill() -> bplist.Refs:
        return writer.run(obj), writer.run(obj.values())

    return writer.put_object("NSDictionary", _PLAIN_CHAIN, ("NS.keys", "NS.objects"), fill)


def _write_set(writer: Writer, obj: set[object]) -> int:
    # Sorted, because the order of a set differs from process to process.
    items = sorted(obj, key=repr)
    return writer.put_object("NSSet", _PLAIN_CHAIN, ("NS.objects",), lambda: (writer.run(items),))


def _write_date(writer: Writer, obj: NSDate) -> int:
    time = bplist.encode_float(obj.seconds_since_2001)
    return writer.put_object("NSDate", _PLAIN_CHAIN, ("NS.time",), lambda: (writer.inline(time),))


def _write_datetime(writer: Writer, obj: datetime) -> int:
    if obj.tzinfo is None:
        raise TypeError(f"cannot archive {obj!r}: it has no time zone")
    return _write_date(writer, NSDate.from_unix_s(obj.astimezone(UTC).timestamp()))


def _write_error(writer: Writer, obj: NSError) -> int:
    def fill() -> bplist.Refs:
        code = writer.inline(bplist.encode_int(obj.code))
        return code, writer.put(obj.domain), writer.put(dict(obj.user_info))

    return writer.put_object("NSError", _PLAIN_CHAIN, ("NSCode", "NSDomain", "NSUserInfo"), fill)


def _write_uuid(writer: Writer, obj: NSUUID) -> int:
    raw = bplist.encode_data(obj.value.bytes)
    return writer.put_object("NSUUID", _PLAIN_CHAIN, ("NS.uuidbytes",), lambda: (writer.inline(raw),))


def _write_record(writer: Writer, obj: NSObjectRecord) -> int:
    if "$class" in obj.fields:
        raise ValueError(f"a field of {obj.class_name} is named $class, as what tells its class is")

    def fill() -> bplist.Refs:
        return tuple([_field(writer, value) for value in obj.fields.values()])

    return writer.put_object(obj.class_name, obj.superclasses, tuple(obj.fields), fill)


def _field(writer: Writer, value: object) -> int:
    if isinstance(value, tuple):
        return writer.run(cast("tuple[object, ...]", value))
    for kind, encode in _INLINE:
        if isinstance(value, kind):
            return writer.inline(encode(value))
    return writer.put(value)


_INLINE: tuple[tuple[type, Callable[[Any], bytes]], ...] = (
    (bool, bplist.encode_bool),
    (int, bplist.encode_int),
    (float, bplist.encode_float),
    (bytes, bplist.encode_data),
)

_WRITERS: dict[type, _Write] = {
    type(None): lambda writer, obj: writer.put_null(),
    bool: lambda writer, obj: writer.put_scalar(bplist.encode_bool(obj)),
    float: lambda writer, obj: writer.put_scalar(bplist.encode_float(obj)),
    bytes: lambda writer, obj: writer.put_scalar(bplist.encode_data(obj)),
    dict: _write_dict,
    list: _write_list,
    tuple: _write_list,
    set: _write_set,
    frozenset: _write_set,
    NSDate: _write_date,
    datetime: _write_datetime,
    NSError: _write_error,
    NSUUID: _write_uuid,
    NSNull: lambda writer, obj: writer.put_object("NSNull", _PLAIN_CHAIN, (), tuple),
    NSObjectRecord: _write_record,
}

_PLAIN: tuple[tuple[type, Callable[[Any], object]], ...] = (
    (str, str.__str__),
    (int, int),
    (float, float),
    (bytes, bytes),
)


def _writer_for_subclass(obj: object) -> _Write:
    """How to write an instance of a subclass of a plain type, such as an enum of words."""
    for kind, plain in _PLAIN:
        if isinstance(obj, kind):
            return lambda writer, value: writer.put(plain(value))
    raise TypeError(f"cannot archive {type(obj).__name__}: it has no Foundation counterpart")
