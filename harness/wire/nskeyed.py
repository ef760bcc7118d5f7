"""NSKeyedArchiver: the form in which objects travel inside DTX messages.

An archive is a binary property list of four keys: ``$archiver``, ``$version``, ``$top`` and ``$objects``, one
flat list in which everything refers to everything by index (a ``UID``). ``$top`` names what was archived: one
object as ``root``, or, where an archiver was given objects one by one without a key, ``$0``, ``$1`` and so on
(source: go-ios ios/nskeyedarchiver/fixtures, onevalue.bin and primitives.bin). Index 0 is
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

from itertools import count, takewhile

from harness.errors import WireError
from harness.wire.bplist import BEYOND, MAGIC, MalformedPlist, Table
from harness.wire.nskeyed_reader import Fields, Reader
from harness.wire.nskeyed_types import ARCHIVER, VERSION
from harness.wire.nskeyed_types import EPOCH_2001_S as EPOCH_2001_S
from harness.wire.nskeyed_types import MAX_DEPTH as MAX_DEPTH
from harness.wire.nskeyed_types import NSUUID as NSUUID
from harness.wire.nskeyed_types import NSDate as NSDate
from harness.wire.nskeyed_types import NSError as NSError
from harness.wire.nskeyed_types import NSNull as NSNull
from harness.wire.nskeyed_types import NSObjectRecord as NSObjectRecord
from harness.wire.nskeyed_writer import Writer


def archive(obj: object) -> bytes:
    """Archive an object with all that it refers to.

    Raises:
        TypeError: an object has no Foundation counterpart, or a ``datetime`` has no time zone.
        OverflowError: an integer does not fit in 64 bits.
        ValueError: nested deeper than ``MAX_DEPTH`` (or in itself), text that is not valid Unicode, or a
            record with a field ``$class``.
    """
    writer = Writer()
    return writer.finish(writer.put(obj))


def unarchive(data: bytes) -> object:
    """Read the one object of an archive, whether it was archived as its root or without a key.

    Raises:
        WireError: as ``unarchive_each``, or the archive holds several objects without a key.
    """
    objects = unarchive_each(data)
    if len(objects) != 1:
        raise WireError(f"keyed archive holds {len(objects)} objects without a key, expected one", data=data)
    return objects[0]


def unarchive_each(data: bytes) -> tuple[object, ...]:
    """Read the root object of an archive, or all that were archived without a key, in their order.

    Raises:
        WireError: not a binary property list, not a keyed archive, an object of a known class lacks its
            fields, a reference leads nowhere or in a circle, or nesting is deeper than ``MAX_DEPTH``.
    """
    if not data.startswith(MAGIC):
        raise WireError("expected a binary property list", data=data)
    try:
        return _read(Table(data))
    except BEYOND as error:
        raise MalformedPlist("malformed binary property list (it is not all there)", data=data) from error


def _read(table: Table) -> tuple[object, ...]:
    data = table.data
    body = table.dictionary(table.root)
    if body is None:
        raise WireError("expected a keyed archive, found a property list without keys", data=data)
    archiver, version = (
        table.scalar(body[key]) if key in body else None for key in ("$archiver", "$version")
    )
    if archiver != ARCHIVER or version != VERSION:
        found = f"{archiver!r} version {version!r}"
        raise WireError(f"expected an {ARCHIVER} archive of version {VERSION}, found {found}", data=data)
    entries = table.array(body["$objects"]) if "$objects" in body else None
    top = table.dictionary(body["$top"]) if "$top" in body else None
    if entries is None or top is None:
        raise WireError("keyed archive lacks $objects or $top", data=data)
    reader = Reader(table, entries)
    return tuple(reader.read(number) for number in _tops(table, top))


def _tops(table: Table, top: Fields) -> tuple[int, ...]:
    """The references to what was archived."""
    # Objects without a key are numbered without a gap; the order of the dictionary is any.
    unnamed = takewhile(top.__contains__, (f"${index}" for index in count()))
    names = ("root",) if "root" in top else tuple(unnamed)
    if not names or any(table.uid(top[name]) is None for name in names):
        raise WireError("keyed archive has no root object in $top", data=table.data)
    return tuple(top[name] for name in names)
