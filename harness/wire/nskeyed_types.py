"""The objects of keyed archives that Python has no type for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_DEPTH = 128
"""How deep objects of an archive may be nested, when reading and when writing."""

EPOCH_2001_S = 978_307_200.0
"""2001-01-01T00:00:00Z, from which NSDate counts, in seconds since 1970."""

ARCHIVER = "NSKeyedArchiver"
VERSION = 100_000


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
