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

from harness.errors import WireError
from harness.wire.bplist import BEYOND, MAGIC, MalformedPlist, Table
from harness.wire.nskeyed_reader import Reader
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
        ValueError: nested deeper than ``MAX_DEPTH`` (or in itself), or text that is not valid Unicode.
    """
    writer = Writer()
    return writer.finish(writer.put(obj))


def unarchive(data: bytes) -> object:
    """Read the root object of an archive.

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


def _read(table: Table) -> object:
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
    if "root" not in top or table.uid(top["root"]) is None:
        raise WireError("keyed archive has no root object in $top", data=data)
    return Reader(table, entries).read(top["root"])
