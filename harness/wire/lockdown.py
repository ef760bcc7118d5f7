"""Length-prefixed property lists, as lockdown and every plist service behind it speaks them.

A frame is ``>u32`` size of the plist, then the plist: XML or binary when read, XML when written.
Source: virtual-iphone.md §2.
"""

from __future__ import annotations

import plistlib
import struct
from typing import Any, cast
from xml.parsers.expat import ExpatError

from harness.errors import WireError
from harness.wire.framing import SizedDecoder, check_size

PlistDict = dict[str, Any]

MOST_PLIST_BYTES = 64 * 1024 * 1024
"""Sizes above this are taken for foreign bytes: a TLS ClientHello reads as 369 MB."""

_SIZE = struct.Struct(">I")

# plistlib documents InvalidFileException only; malformed XML, keys outside a dict, dates that are none
# and deep nesting leave it as these.
_UNREADABLE = (ExpatError, ValueError, LookupError, AttributeError, TypeError, RecursionError)


def read_plist(data: bytes) -> object:
    """Read one property list, XML or binary, whatever its root.

    Raises:
        WireError: the bytes are no property list.
    """
    try:
        return plistlib.loads(data)
    except _UNREADABLE as error:
        raise WireError(f"no property list ({error or type(error).__name__})", data=data) from error


def read_plist_dict(data: bytes) -> PlistDict:
    """Read one property list whose root is a dictionary.

    Raises:
        WireError: the bytes are no property list, or its root is something else.
    """
    root = read_plist(data)
    if isinstance(root, dict):
        return cast("PlistDict", root)
    raise WireError(f"a property list with a {type(root).__name__} at its root, expected a dict", data=data)


def write_plist(body: object, *, binary: bool = False) -> bytes:
    """Write one property list.

    Raises:
        ValueError: a string holds control characters, which XML cannot carry.
        TypeError: a value is of a type that property lists do not have.
        OverflowError: an integer is outside -2**63 to 2**64-1.
    """
    return plistlib.dumps(cast("Any", body), fmt=plistlib.FMT_BINARY if binary else plistlib.FMT_XML)


def encode_plist(body: object, *, binary: bool = False) -> bytes:
    """One frame: the size and the property list of ``body``; raises as ``write_plist`` does."""
    data = write_plist(body, binary=binary)
    return _SIZE.pack(len(data)) + data


class PlistDecoder(SizedDecoder[PlistDict]):
    """Cuts a stream into property lists with a dictionary at the root."""

    frame_name = "a plist frame"
    header_bytes = _SIZE.size

    def _measure(self, header: bytes) -> int:
        (size_bytes,) = _SIZE.unpack(header)
        return _SIZE.size + check_size(
            size_bytes, least=1, most=MOST_PLIST_BYTES, header=header, what="a property list"
        )

    def _parse(self, frame: bytes) -> PlistDict:
        return parse_at(frame, _SIZE.size)


def parse_at(frame: bytes, at: int) -> PlistDict:
    """Read the property list that fills a frame from byte ``at`` on.

    Raises:
        WireError: as ``read_plist_dict``, with ``offset`` counted from the start of the frame.
    """
    try:
        return read_plist_dict(frame[at:])
    except WireError as error:
        raise WireError(error.what, offset=at, data=error.data) from error


def describe(body: PlistDict, most: int = 60) -> str:
    """A dictionary on one line for humans: long values are elided, bytes told by their size."""
    return "{" + ", ".join(f"{key}: {_shown(value, most)}" for key, value in body.items()) + "}"


def _shown(value: object, most: int) -> str:
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    text = str(value)
    return text if len(text) <= most else text[:most] + "…"
