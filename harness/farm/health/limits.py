"""From which figure on a phone is warned about, and from which on it is unfit. Data only.

Where nobody publishes a figure for a phone lab, the limit is ours, and its row says so.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """One limit.

    Attributes:
        what: as the documentation names it.
        value: the figure.
        unit: of the figure.
        source: where it is from.
    """

    what: str
    value: float
    unit: str
    source: str


LEAST_CHARGE = Limit(
    "charge, at least",
    20,
    "%",
    "iOS offers Low Power Mode at 20 %, and an app is not refreshed in the background under it",
)

MOST_HEAT = Limit(
    "warmth of the battery, at most",
    40,
    "°C",
    "ours: Apple names 35 °C for the air around a phone, and a battery that is fed is some degrees warmer",
)

WORN_CYCLES = Limit(
    "charge cycles, warned from",
    1000,
    "cycles",
    "Apple's battery pages: designed to keep 80 % of its capacity at 500 cycles, from iPhone 15 on at 1000",
)

LEAST_STORAGE = Limit(
    "free storage, at least", 500, "MB", "ours: a build, its data and a test's downloads have to fit"
)

SCARCE_STORAGE = Limit(
    "free storage, warned below", 2000, "MB", "ours: iOS empties apps' caches when storage runs short"
)

MOST_OFFSET = Limit(
    "phone's clock off this host's, at most", 60, "s", "ours: expiring URLs and certificates go by it"
)

NOTED_OFFSET = Limit(
    "phone's clock off this host's, warned from", 5, "s", "ours: a phone that sets its time is closer"
)

SOON_DAYS = Limit(
    "days left of a profile or a certificate, warned below",
    14,
    "days",
    "ours: two weeks to sign anew; a free account's profiles last 7 days in all, others a year",
)

LIMITS: tuple[Limit, ...] = (
    LEAST_CHARGE,
    MOST_HEAT,
    WORN_CYCLES,
    LEAST_STORAGE,
    SCARCE_STORAGE,
    MOST_OFFSET,
    NOTED_OFFSET,
    SOON_DAYS,
)
"""Every limit."""
