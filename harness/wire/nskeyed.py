"""NSKeyedArchiver: the form in which objects travel inside DTX messages.

An archive is a binary property list of four keys: ``$archiver``, ``$version``, ``$top`` (the root) and
``$objects``, one flat list in which everything refers to everything by index (a ``UID``). Index 0 is
``"$null"``, which stands for nil. Text, numbers and data stand in the list as they are; every other object
is a dictionary with a ``$class`` and its fields, where an object field is a ``UID`` and a plain number or
a run of bytes stands inline.

Foundation and Python see each other like this, mutable variants being read as their immutable kin:

==================== =========================================
NSString             ``str``
NSNumber             ``bool``, ``int``, ``float``
NSData               ``bytes``
NSArray              ``list`` (a ``tuple`` is written as one)
NSDictionary         ``dict``
NSSet                ``set``, ``frozenset`` (read as ``set``)
NSDate               ``NSDate`` (an aware ``datetime`` is written as one)
NSError, NSUUID      ``NSError``, ``NSUUID``
NSNull               ``NSNull()``; nil is ``None``
anything else        ``NSObjectRecord``
==================== =========================================
"""

from __future__ import annotations

import plistlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from plistlib import UID
from typing import Any, cast

from harness.errors import WireError

MAX_DEPTH = 128
"""How deep objects may be nested, when reading and when writing."""

EPOCH_2001_S = 978_307_200.0
"""2001-01-01T00:00:00Z, from which NSDate counts, in seconds since 1970."""

_ARCHIVER = "NSKeyedArchiver"
_VERSION = 100_000
_NULL = UID(0)


@dataclass(frozen=True, order=True)
class NSDate:
    """A moment, as Foundation counts it.

    Attributes:
        seconds_since_2001: seconds since 2001-01-01T00:00:00Z.
    """

    seconds_since_2001: float

    @classmethod
    def from_unix_s(cls, unix_s: float) -> NSDate:
        """The moment that is ``unix_s`` seconds after 1970-01-01T00:00:00Z."""
        return cls(unix_s - EPOCH_2001_S)

    @property
    def unix_s(self) -> float:
        """Seconds since 1970-01-01T00:00:00Z."""
        return self.seconds_since_2001 + EPOCH_2001_S

    def __str__(self) -> str:
        return f"NSDate({self.unix_s:.3f} s)"


def _no_info() -> dict[str, object]:
    return {}


@dataclass(frozen=True)
class NSError:
    """An error, as the other side described it.

    Attributes:
        domain: such as ``DTXMessage``.
        code: a number within the domain.
        user_info: details; ``NSLocalizedDescription`` holds the text.
    """

    domain: str
    code: int
    user_info: Mapping[str, object] = field(default_factory=_no_info)

    def __str__(self) -> str:
        text = self.user_info.get("NSLocalizedDescription", "")
        return f"{self.domain} {self.code}: {text}" if text else f"{self.domain} {self.code}"


@dataclass(frozen=True)
class NSUUID:
    """A universally unique identifier."""

    value: uuid.UUID

    def __str__(self) -> str:
        return str(self.value).upper()


@dataclass(frozen=True)
class NSNull:
    """The object that stands for nothing in collections, which cannot hold nil."""


@dataclass(frozen=True)
class NSObjectRecord:
    """An object of a class that has no Python counterpart here.

    Attributes:
        class_name: such as ``XCTCapabilities``.
        fields: by archived name. Numbers and bytes stand inline in the archive, a ``tuple`` is an inline
            run of objects, and anything else is an object of its own.
        superclasses: the rest of the class chain, nearest first.
    """

    class_name: str
    fields: Mapping[str, object]
    superclasses: tuple[str, ...] = ("NSObject",)


def archive(obj: object) -> bytes:
    """Archive an object with all that it refers to.

    Raises:
        TypeError: an object has no Foundation counterpart, or a ``datetime`` has no time zone.
        OverflowError: an integer does not fit in 64 bits.
        ValueError: nested deeper than ``MAX_DEPTH`` (or in itself), or text that is not valid Unicode.
    """
    writer = _Writer()
    root = writer.put(obj)
    body = {"$archiver": _ARCHIVER, "$objects": writer.objects, "$top": {"root": root}, "$version": _VERSION}
    return plistlib.dumps(body, fmt=plistlib.FMT_BINARY, sort_keys=False)


def unarchive(data: bytes) -> object:
    """Read the root object of an archive.

    Raises:
        WireError: not a binary property list, not a keyed archive, an object of a known class lacks its
            fields, a reference leads nowhere or in a circle, or nesting is deeper than ``MAX_DEPTH``.
    """
    body = _load(data)
    objects, top = body.get("$objects"), body.get("$top")
    if body.get("$archiver") != _ARCHIVER or body.get("$version") != _VERSION:
        found = f"{body.get('$archiver')!r} version {body.get('$version')!r}"
        raise WireError(f"expected an {_ARCHIVER} archive of version {_VERSION}, found {found}", data=data)
    if not isinstance(objects, list) or not isinstance(top, dict):
        raise WireError("keyed archive lacks $objects or $top", data=data)
    root: Any = cast("dict[object, object]", top).get("root")
    if not isinstance(root, UID):
        raise WireError("keyed archive has no root object in $top", data=data)
    return _Reader(cast("list[Any]", objects)).read(root)


def _load(data: bytes) -> dict[str, object]:
    if not data.startswith(b"bplist00"):
        raise WireError("expected a binary property list", data=data)
    try:
        body: Any = plistlib.loads(data, fmt=plistlib.FMT_BINARY)
    except (plistlib.InvalidFileException, RecursionError) as error:
        raise WireError(f"malformed binary property list ({type(error).__name__})", data=data) from error
    if not isinstance(body, dict):
        raise WireError("expected a keyed archive, found a property list without keys", data=data)
    return cast("dict[str, object]", body)


class _Writer:
    """Lays objects out in ``$objects``; equal text and equal integers are laid out once."""

    def __init__(self) -> None:
        self.objects: list[object] = ["$null"]
        self._texts: dict[str, UID] = {}
        self._integers: dict[int, UID] = {}
        self._classes: dict[str, UID] = {}
        self._depth = 0

    def put(self, obj: object) -> UID:
        """Lay an object out and return the reference to it."""
        if type(obj) is str:
            return self._texts.get(obj) or self._remember(self._texts, obj)
        if type(obj) is int:
            return self._integers.get(obj) or self._remember(self._integers, obj)
        write = _WRITERS.get(type(obj)) or _writer_for_subclass(obj)
        if self._depth >= MAX_DEPTH:
            raise ValueError(f"objects are nested deeper than {MAX_DEPTH}, or in themselves")
        self._depth += 1
        reference = write(self, obj)
        self._depth -= 1
        return reference

    def append(self, entry: object) -> UID:
        """Add an entry to ``$objects`` and return the reference to it."""
        reference = UID(len(self.objects))
        self.objects.append(entry)
        return reference

    def put_object(self, class_name: str, *superclasses: str) -> tuple[UID, dict[str, object]]:
        """Add an object without fields yet; returns the reference to it and the fields to fill in."""
        fields: dict[str, object] = {}
        reference = self.append(fields)
        fields["$class"] = self._put_class(class_name, superclasses)
        return reference, fields

    def _remember(self, known: dict[Any, UID], entry: object) -> UID:
        reference = known[entry] = self.append(entry)
        return reference

    def _put_class(self, name: str, superclasses: tuple[str, ...]) -> UID:
        known = self._classes.get(name)
        if known is None:
            entry = {"$classname": name, "$classes": [name, *superclasses]}
            known = self._classes[name] = self.append(entry)
        return known


_Write = Callable[[_Writer, Any], UID]


def _write_null_reference(writer: _Writer, obj: None) -> UID:
    return _NULL


def _write_list(writer: _Writer, obj: list[object]) -> UID:
    reference, fields = writer.put_object("NSArray", "NSObject")
    fields["NS.objects"] = [writer.put(item) for item in obj]
    return reference


def _write_dict(writer: _Writer, obj: dict[object, object]) -> UID:
    reference, fields = writer.put_object("NSDictionary", "NSObject")
    fields["NS.keys"] = [writer.put(key) for key in obj]
    fields["NS.objects"] = [writer.put(value) for value in obj.values()]
    return reference


def _write_set(writer: _Writer, obj: set[object]) -> UID:
    reference, fields = writer.put_object("NSSet", "NSObject")
    # Sorted, because the order of a set differs from process to process.
    fields["NS.objects"] = [writer.put(item) for item in sorted(obj, key=repr)]
    return reference


def _write_date(writer: _Writer, obj: NSDate) -> UID:
    reference, fields = writer.put_object("NSDate", "NSObject")
    fields["NS.time"] = float(obj.seconds_since_2001)
    return reference


def _write_datetime(writer: _Writer, obj: datetime) -> UID:
    if obj.tzinfo is None:
        raise TypeError(f"cannot archive {obj!r}: it has no time zone")
    return _write_date(writer, NSDate.from_unix_s(obj.astimezone(UTC).timestamp()))


def _write_error(writer: _Writer, obj: NSError) -> UID:
    reference, fields = writer.put_object("NSError", "NSObject")
    fields["NSCode"] = obj.code
    fields["NSDomain"] = writer.put(obj.domain)
    fields["NSUserInfo"] = writer.put(dict(obj.user_info))
    return reference


def _write_uuid(writer: _Writer, obj: NSUUID) -> UID:
    reference, fields = writer.put_object("NSUUID", "NSObject")
    fields["NS.uuidbytes"] = obj.value.bytes
    return reference


def _write_nsnull(writer: _Writer, obj: NSNull) -> UID:
    return writer.put_object("NSNull", "NSObject")[0]


def _write_record(writer: _Writer, obj: NSObjectRecord) -> UID:
    reference, fields = writer.put_object(obj.class_name, *obj.superclasses)
    for name, value in obj.fields.items():
        if isinstance(value, tuple):
            fields[name] = [writer.put(item) for item in cast("tuple[object, ...]", value)]
        else:
            fields[name] = value if isinstance(value, int | float | bytes) else writer.put(value)
    return reference


_WRITERS: dict[type, _Write] = {
    type(None): _write_null_reference,
    bool: _Writer.append,
    float: _Writer.append,
    bytes: _Writer.append,
    dict: _write_dict,
    list: _write_list,
    tuple: _write_list,
    set: _write_set,
    frozenset: _write_set,
    NSDate: _write_date,
    datetime: _write_datetime,
    NSError: _write_error,
    NSUUID: _write_uuid,
    NSNull: _write_nsnull,
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


class _Reader:
    """Follows references through ``$objects``, each object being built once."""

    def __init__(self, objects: list[Any]) -> None:
        self._objects = objects
        self._built: dict[int, object] = {}
        self._open: set[int] = set()

    def read(self, reference: object) -> object:
        """The object a reference leads to; ``None`` for nil."""
        if not isinstance(reference, UID):
            raise WireError(f"expected a reference in a keyed archive, found {type(reference).__name__}")
        index = reference.data
        if index == 0:
            return None
        entry = self._entry(index)
        if isinstance(entry, str | int | float | bytes):
            return entry
        if index not in self._built:
            self._built[index] = self._build(index, entry)
        return self._built[index]

    def field(self, entry: dict[str, object], name: str) -> object:
        """A field of an object, whether it stands inline or is an object of its own."""
        if name not in entry:
            raise WireError(f"{self._class_of(entry)[0]} in a keyed archive lacks {name}")
        value = entry[name]
        return self.read(value) if isinstance(value, UID) else value

    def run(self, entry: dict[str, object], name: str) -> list[object]:
        """A field of an object that is an inline run of references."""
        references = self.field(entry, name)
        if not isinstance(references, list):
            raise WireError(f"{self._class_of(entry)[0]} in a keyed archive has no list in {name}")
        return [self.read(reference) for reference in cast("list[object]", references)]

    def record(self, entry: dict[str, object]) -> NSObjectRecord:
        """An object as its class name and fields."""
        name, superclasses = self._class_of(entry)
        fields = {key: self._record_field(entry, key) for key in entry if key != "$class"}
        return NSObjectRecord(name, fields, superclasses)

    def _record_field(self, entry: dict[str, object], name: str) -> object:
        value = entry[name]
        if isinstance(value, list):
            return tuple(self.run(entry, name))
        if isinstance(value, str | int | float | bytes | UID):
            return self.field(entry, name)
        raise WireError(f"{name} in a keyed archive holds an inline {type(value).__name__}")

    def _entry(self, index: int) -> object:
        if index >= len(self._objects):
            raise WireError(f"reference to object {index} of {len(self._objects)} in a keyed archive")
        return self._objects[index]

    def _build(self, index: int, entry: object) -> object:
        if not isinstance(entry, dict):
            raise WireError(f"object {index} of a keyed archive is a bare {type(entry).__name__}")
        if index in self._open:
            raise WireError(f"object {index} of a keyed archive contains itself")
        if len(self._open) >= MAX_DEPTH:
            raise WireError(f"objects of a keyed archive are nested deeper than {MAX_DEPTH}")
        fields = cast("dict[str, object]", entry)
        self._open.add(index)
        built = _BUILDERS.get(self._class_of(fields)[0], _Reader.record)(self, fields)
        self._open.remove(index)
        return built

    def _class_of(self, entry: dict[str, object]) -> tuple[str, tuple[str, ...]]:
        reference = entry.get("$class")
        described = self._entry(reference.data) if isinstance(reference, UID) else None
        if not isinstance(described, dict):
            raise WireError("object of a keyed archive has no class")
        name: Any = cast("dict[str, Any]", described).get("$classname")
        chain: Any = cast("dict[str, Any]", described).get("$classes", [name])
        if not isinstance(name, str) or not isinstance(chain, list):
            raise WireError("class of a keyed archive has no name")
        return name, tuple(str(one) for one in cast("list[object]", chain)[1:])


def _build_text(reader: _Reader, entry: dict[str, object]) -> object:
    return _expect(str, "NS.string", reader.field(entry, "NS.string"))


def _build_data(reader: _Reader, entry: dict[str, object]) -> object:
    return _expect(bytes, "NS.data", reader.field(entry, "NS.data"))


def _build_list(reader: _Reader, entry: dict[str, object]) -> object:
    return reader.run(entry, "NS.objects")


def _build_dict(reader: _Reader, entry: dict[str, object]) -> object:
    keys, values = reader.run(entry, "NS.keys"), reader.run(entry, "NS.objects")
    if len(keys) != len(values):
        raise WireError(f"NSDictionary in a keyed archive has {len(keys)} keys and {len(values)} values")
    try:
        return dict(zip(keys, values, strict=True))
    except TypeError:  # a key that Python cannot hash, such as an NSDictionary
        return reader.record(entry)


def _build_set(reader: _Reader, entry: dict[str, object]) -> object:
    try:
        return set(reader.run(entry, "NS.objects"))
    except TypeError:  # a member that Python cannot hash, such as an NSDictionary
        return reader.record(entry)


def _build_date(reader: _Reader, entry: dict[str, object]) -> object:
    return NSDate(float(_expect(int | float, "NS.time", reader.field(entry, "NS.time"))))


def _build_error(reader: _Reader, entry: dict[str, object]) -> object:
    domain = _expect(str, "NSDomain", reader.field(entry, "NSDomain"))
    code = _expect(int, "NSCode", reader.field(entry, "NSCode"))
    info = reader.field(entry, "NSUserInfo") if "NSUserInfo" in entry else None
    return NSError(domain, code, _expect(dict, "NSUserInfo", {} if info is None else info))


def _build_uuid(reader: _Reader, entry: dict[str, object]) -> object:
    raw = _expect(bytes, "NS.uuidbytes", reader.field(entry, "NS.uuidbytes"))
    if len(raw) != 16:
        raise WireError(f"NSUUID in a keyed archive has {len(raw)} bytes", data=raw)
    return NSUUID(uuid.UUID(bytes=raw))


def _build_nsnull(reader: _Reader, entry: dict[str, object]) -> object:
    return NSNull()


def _expect(kind: Any, name: str, value: object) -> Any:
    if not isinstance(value, kind):
        raise WireError(f"{name} in a keyed archive is of type {type(value).__name__}")
    return value


_BUILDERS: dict[str, Callable[[_Reader, dict[str, object]], object]] = {
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
