"""Keyed archives as Foundation lays them out, for tests, and the client that reads and writes them too."""

from __future__ import annotations

import plistlib
import uuid
from collections.abc import Mapping
from plistlib import UID
from typing import Any, cast

from bpylist2 import archiver as _bpylist2
from hypothesis import strategies as st
from pymobiledevice3.dtx import ns_types as _ns_types

from harness.wire.nskeyed import NSDate

oracle = cast("Any", _bpylist2)
"""Archives, as the client reads and writes them."""

ns_types = cast("Any", _ns_types)
"""The classes that the client has registered with it."""

UUID = uuid.UUID("54cd5574-e957-4499-8a09-dab688c0b586")
DATES = st.builds(NSDate, st.floats(-1e10, 1e10))


def keyed(*entries: object, root: object = UID(1), **other: object) -> bytes:
    """An archive with the given ``$objects`` behind ``$null``."""
    body: dict[str, object] = {
        "$archiver": "NSKeyedArchiver",
        "$version": 100_000,
        "$objects": ["$null", *entries],
        "$top": {"root": root},
    }
    for name, value in other.items():
        body["$" + name] = value
    return plistlib.dumps(body, fmt=plistlib.FMT_BINARY)


def of_class(name: str, fields: Mapping[str, object], *more: object) -> bytes:
    """An archive whose root is of the given class; ``more`` are the objects from index 3 on."""
    return keyed({"$class": UID(2), **fields}, {"$classname": name, "$classes": [name, "NSObject"]}, *more)
