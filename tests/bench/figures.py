"""What a benchmark comes to: one figure with its spread, and what it is held against."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Spread:
    """Values of the same thing, measured again and again.

    Attributes:
        what: what was measured.
        values: at least one.
    """

    what: str
    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle value."""
        return statistics.median(self.values)

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "what": self.what,
            "median": round(self.median, 3),
            "min": round(min(self.values), 3),
            "max": round(max(self.values), 3),
            "runs": len(self.values),
        }


@dataclass(frozen=True)
class Aim:
    """How much of a figure is enough.

    Attributes:
        of: ``median`` or ``ratio``.
        at_most: the largest value that is enough, in the unit of the figure, or a plain number.
        at_least: the smallest one, where more is better.
    """

    of: str
    at_most: float | None = None
    at_least: float | None = None

    def is_met_by(self, value: float) -> bool:
        """Whether a value is enough."""
        small_enough = self.at_most is None or value <= self.at_most
        return small_enough and (self.at_least is None or value >= self.at_least)

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        bounds = {"at_most": self.at_most, "at_least": self.at_least}
        return {"of": self.of, **{name: bound for name, bound in bounds.items() if bound is not None}}


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes:
        name: short, with hyphens.
        unit: of its values.
        measured: the values.
        against: what was measured between them, one value for each of theirs; or ``None``.
        aim: how much is enough, or ``None``.
    """

    name: str
    unit: str
    measured: Spread
    against: Spread | None = None
    aim: Aim | None = None

    @property
    def ratio(self) -> float | None:
        """The median over that of what it is held against."""
        return self.measured.median / self.against.median if self.against else None

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name,
            "unit": self.unit,
            **self.measured.plain(),
            "against": self.against.plain() if self.against else None,
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "aim": self.aim.plain() if self.aim else None,
            "aim_met": self._aim_met(),
        }

    def _aim_met(self) -> bool | None:
        if self.aim is None:
            return None
        value = self.ratio if self.aim.of == "ratio" else self.measured.median
        return value is not None and self.aim.is_met_by(value)


def interleaved(runs: int, sides: Sequence[Callable[[], T]]) -> list[tuple[T, ...]]:
    """Do several things in turn, A B A B, so that what else the host does falls on all of them.

    Args:
        runs: how often each counts; each is done once before without counting.
        sides: does its thing once, and returns what was measured.

    Returns:
        What was measured of each side.
    """
    for side in sides:
        side()
    rounds = [[side() for side in sides] for _ in range(runs)]
    return [tuple(each[number] for each in rounds) for number in range(len(sides))]
