"""Keyed archives as Foundation lays them out, for tests."""

from __future__ import annotations

import plistlib
from collections.abc import Mapping
from plistlib import UID


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
