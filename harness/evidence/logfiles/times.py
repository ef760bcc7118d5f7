"""When a line of a saved log was written, as far as the line itself tells.

A text without a zone is read in this host's zone: clients print the phone's time so, and the classic log has
the phone's own, which on a desk is the same. Forms without a year, or without a date, are dated by the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

HALF_A_DAY_S = 12 * 3600.0


@dataclass(frozen=True)
class Saved:
    """When a log was saved.

    Attributes:
        at_s: seconds since 1970; when the file was last written.
        year: of its first line, where somebody knows it better; else ``None``.
    """

    at_s: float
    year: int | None = None

    @property
    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self.at_s).astimezone()

    def of_parts(self, month: int, day: int, clock: str) -> float:
        """Seconds since 1970 of a line that has no year: the last such day before the file was saved.

        Raises:
            ValueError: there is no such day or time.
        """
        year = self.year or self._moment.year
        at_s = _seconds(f"{year:04d}-{month:02d}-{day:02d} {clock}")
        if self.year is None and at_s > self.at_s + 86_400:
            at_s = _seconds(f"{year - 1:04d}-{month:02d}-{day:02d} {clock}")
        return at_s

    def of_clock(self, clock: str, zone: str) -> float:
        """Seconds since 1970 of a line that has no date: on the day on which the file was saved.

        Raises:
            ValueError: it is no time.
        """
        day: date = self._moment.astimezone(_zone(zone)).date()
        if self.year is not None:
            day = day.replace(year=self.year, day=min(day.day, 28) if day.month == 2 else day.day)
        return _seconds(f"{day.isoformat()} {clock}{zone}")


def of_iso(text: str) -> float:
    """Seconds since 1970 of ``2026-01-31 12:00:00.123456+0100``, with or without fraction and zone.

    Raises:
        ValueError: it is none.
    """
    return _seconds(text)


def _seconds(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.astimezone()).timestamp()


def _zone(zone: str) -> timezone:
    """``+0100`` as a zone."""
    sign = -1 if zone.startswith("-") else 1
    return timezone(sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])))


class DayCount:
    """Adds the days that pass in a log whose lines have a time and no date."""

    def __init__(self) -> None:
        self._last_s = 0.0
        self._days = 0

    def place(self, at_s: float) -> float:
        """The moment of a line that was dated as if all lines were of one day."""
        placed_s = at_s + self._days * 86_400
        if placed_s < self._last_s - HALF_A_DAY_S:
            self._days += 1
            placed_s += 86_400
        self._last_s = placed_s
        return placed_s
