"""One modelled rule: its value, the iOS versions it holds for, where it is from, how far to trust it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """How well a rule is established."""

    CAPTURED = "seen on a device capture"
    ACCEPTED = "accepted by independent clients"
    DOCUMENTED = "documented"
    GUESSED = "guessed"


Value = float | int | bool | str | tuple[float, ...]
"""What a rule can be: seconds, a number, a switch, a text, seconds one after another."""


@dataclass(frozen=True)
class Row:
    """One rule for a range of iOS versions.

    Attributes:
        key: name of the rule; a field of ``Rules`` where it may differ between versions.
        value: its value; times in seconds.
        source: where it is from.
        standing: how far to trust it.
        first: first iOS major it holds for.
        last: last iOS major it holds for.
    """

    key: str
    value: Value
    source: str
    standing: Standing
    first: int = 0
    last: int = 999

    def holds_for(self, major: int) -> bool:
        """Whether it is the rule of that iOS major."""
        return self.first <= major <= self.last


def parts(ios: str) -> tuple[int, ...]:
    """A version as numbers, for comparison; trailing zeros do not count.

    Raises:
        ValueError: it is not numbers with dots between.
    """
    numbers = [int(part) for part in ios.split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
