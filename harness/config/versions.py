"""iOS versions, and ranges of them as an engineer writes them: ``16``, ``16.7``, ``>=17,<18``.

A bound speaks about the numbers it gives: ``16`` is every 16.x, ``<=17`` includes 17.4 and ``>17``
begins at 18. Conditions joined by commas must all hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne

from harness.errors import ConfigError

_VERSION = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){0,2}")
_CONDITION = re.compile(r"(>=|<=|==|!=|>|<|=)?\s*(\S+)")
_COMPARE: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    "": eq,
    "=": eq,
    "==": eq,
    "!=": ne,
    ">=": ge,
    "<=": le,
    ">": gt,
    "<": lt,
}
_LAST_OLD_MAJOR, _FIRST_NEW_MAJOR = 18, 26


def parse_version(text: str) -> tuple[int, ...]:
    """The numbers of a version such as ``16.7`` or ``17.4.1``.

    Raises:
        ConfigError: it is not one to three numbers with dots between.
    """
    if not _VERSION.fullmatch(text):
        raise ConfigError(f"expected an iOS version such as 16.7, found {text!r}")
    return tuple(int(part) for part in text.split("."))


def check_product_version(text: str) -> str:
    """The version, when an iOS of that number can exist.

    Raises:
        ConfigError: it is no version, or one of the numbers 19 to 25, which Apple left out.
    """
    major = parse_version(text)[0]
    if _LAST_OLD_MAJOR < major < _FIRST_NEW_MAJOR:
        raise ConfigError(f"there is no iOS {text}: after iOS {_LAST_OLD_MAJOR} came iOS {_FIRST_NEW_MAJOR}")
    return text


@dataclass(frozen=True)
class _Condition:
    operator: str
    bound: tuple[int, ...]

    def holds(self, version: tuple[int, ...]) -> bool:
        padded = (*version, 0, 0)[: max(len(version), len(self.bound))]
        return _COMPARE[self.operator](padded[: len(self.bound)], self.bound)


@dataclass(frozen=True)
class VersionRange:
    """A set of iOS versions.

    Attributes:
        text: as it was written.
    """

    text: str
    conditions: tuple[_Condition, ...]

    @classmethod
    def parse(cls, text: str) -> VersionRange:
        """Read a range.

        Raises:
            ConfigError: a condition is not an operator (or none) and a version.
        """
        return cls(text, tuple(_condition(part.strip(), text) for part in text.split(",")))

    def contains(self, version: str) -> bool:
        """Whether a version such as ``16.7.1`` is in the range.

        Raises:
            ConfigError: ``version`` is not a version.
        """
        numbers = parse_version(version)
        return all(condition.holds(numbers) for condition in self.conditions)

    def __contains__(self, version: str) -> bool:
        return self.contains(version)

    def __str__(self) -> str:
        return self.text


def _condition(part: str, whole: str) -> _Condition:
    match = _CONDITION.fullmatch(part)
    if not match or not _VERSION.fullmatch(match[2]):
        raise ConfigError(f"expected an iOS range such as 16, 16.7 or >=17,<18, found {whole!r}")
    return _Condition(match[1] or "", parse_version(match[2]))
