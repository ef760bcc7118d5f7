"""Stories in which the phone's wire breaks: which, when, and how they may end."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tests.acceptance import conditions as when
from tests.acceptance import wire
from tests.acceptance.matrix import (
    ENDED,
    LEFT_ALONE,
    MATRIX,
    NEVER_ASLEEP,
    NOT_TO_BE_WOKEN,
    OPEN,
    ORPHAN,
    RELAUNCH,
    RESUME,
    Row,
)
from tests.acceptance.stage import Moment
from tests.acceptance.wire import Fault

LOCKDOWN_ONLY = "16.7"
TUNNELLED = "18.5"


class End(StrEnum):
    """How a story may end in which something broke."""

    RIGHT = "as it does when nothing breaks"
    OPEN = "in a verdict that is inconclusive"
    ERROR = "in an error of the harness"


ANY = frozenset(End)
NO_ERROR = frozenset({End.RIGHT, End.OPEN})
RIGHT = frozenset({End.RIGHT})
NOT_RIGHT = frozenset({End.OPEN, End.ERROR})


@dataclass(frozen=True)
class Case:
    """One story in which the wire breaks.

    Attributes:
        story: which of the shipped stories.
        variant: which app.
        ios: version of the phone.
        fault: what breaks.
        moment: when.
        ends: how the story may end.
    """

    story: str
    variant: str
    ios: str
    fault: Fault
    moment: Moment
    ends: frozenset[End] = ANY

    def __str__(self) -> str:
        return f"{self.story}: {self.variant}, {self.ios}, {self.moment} {self.fault}"

    @property
    def row(self) -> Row:
        """The same story when nothing breaks."""
        return CALM[self.story, self.variant]


CALM = {(row.story, row.variant): row for row in MATRIX if row.condition is when.NOTHING}
"""Story and app -> what comes of it when nothing breaks."""

_L, _T = LOCKDOWN_ONLY, TUNNELLED
_LEAVING, _SUSPENDED, _KILLED = Moment.LEAVING, Moment.SUSPENDED, Moment.KILLED
_RELEASING, _RELEASED = Moment.RELEASING, Moment.RELEASED

# A command that the wire breaks beneath ends the story; what breaks between two commands is mended by the
# next; what breaks while an expectation waits costs what only the lost sources could have proven.
# fmt: off
TELLING = (
    # The cable.
    Case(RELAUNCH, "correct", _L, wire.CUT_SOON, _KILLED, NO_ERROR),
    Case(RELAUNCH, "correct", _L, wire.CUT_IN_WINDOW, _RELEASED, NO_ERROR),
    Case(RELAUNCH, "correct", _T, wire.CUT, _RELEASED, NOT_RIGHT),
    Case(RELAUNCH, "forgetful", _L, wire.CUT_IN_WINDOW, _RELEASED, NO_ERROR),
    Case(RESUME, "correct", _L, wire.CUT_SOON, _RELEASED, NO_ERROR),
    Case(RESUME, "correct", _T, wire.cut_at(20_000, "host"), _SUSPENDED),
    Case(ORPHAN, "correct", _L, wire.cut_at(3_000, "phone"), _KILLED),
    Case(OPEN, "correct", _T, wire.CUT_SOON, _LEAVING),
    Case(LEFT_ALONE, "correct", _L, wire.CUT_IN_WINDOW, _KILLED, NO_ERROR),
    Case(NOT_TO_BE_WOKEN, "correct", _L, wire.CUT_SOON, _RELEASED, NO_ERROR),
    # What is between the host and the phone.
    Case(RELAUNCH, "correct", _T, wire.TUNNEL, _SUSPENDED),
    Case(LEFT_ALONE, "correct", _T, wire.TUNNEL, _KILLED, NO_ERROR),
    Case(NOT_TO_BE_WOKEN, "correct", _T, wire.TUNNEL, _RELEASED, NO_ERROR),
    Case(RELAUNCH, "confused", _T, wire.LET_GO, _RELEASED, NO_ERROR),
    Case(OPEN, "correct", _L, wire.LET_GO, _RELEASED, NO_ERROR),
    Case(RELAUNCH, "correct", _L, wire.STALL_SOON, _RELEASED, RIGHT),
    Case(RESUME, "correct", _T, wire.STALL_SOON, _LEAVING, RIGHT),
    # The log alone.
    Case(RELAUNCH, "correct", _L, wire.LOG_DROPS, _LEAVING, RIGHT),
    Case(RELAUNCH, "ungrateful", _T, wire.LOG_DROPS, _RELEASED, NO_ERROR),
    Case(RESUME, "correct", _L, wire.LOG_SHORT, _SUSPENDED, RIGHT),
    Case(LEFT_ALONE, "correct", _L, wire.LOG_STALLS, _KILLED, NO_ERROR),
    Case(RELAUNCH, "correct", _T, wire.NO_LOG, _RELEASED, NO_ERROR),
    # The phone itself.
    # A transfer outlives a restart, so that the app may be relaunched for it all the same.
    Case(RELAUNCH, "correct", _L, wire.REBOOT, _RELEASED),
    Case(LEFT_ALONE, "correct", _T, wire.REBOOT, _KILLED, NOT_RIGHT),
    Case(RELAUNCH, "correct", _L, wire.WEDGED, _RELEASED, NO_ERROR),
)
# fmt: on
"""One of each kind."""


def cases(count: int) -> list[Case]:
    """So many cases: the telling ones first, then all others, in an order that is always the same."""
    chance = random.Random(4)
    others = list(_others(chance))
    chance.shuffle(others)
    return [*TELLING, *others][:count]


def _others(chance: random.Random) -> Iterator[Case]:
    for (story, variant), ios, moment in itertools.product(CALM, (LOCKDOWN_ONLY, TUNNELLED), Moment):
        if moment in MOMENTS[story]:
            for fault in (*wire.FAULTS, *_numbered(chance)):
                if fault is not wire.TUNNEL or ios == TUNNELLED:
                    yield Case(story, variant, ios, fault, moment)


def _numbered(chance: random.Random) -> Iterator[Fault]:
    """Faults with a number, such as that of the byte at which the cable is cut."""
    yield wire.drops(chance.randrange(3, 30))
    for toward, most in (("host", 120_000), ("phone", 20_000)):
        for _ in range(3):
            yield wire.cut_at(int(most ** chance.random()), toward)


_WHOLE = frozenset(Moment) - {Moment.CHANGED}  # none of them changes the network, the origin or a setting
_UNRELEASED = _WHOLE - {_RELEASING, _RELEASED}
MOMENTS = {story: _WHOLE for story, _ in CALM} | {
    RESUME: _WHOLE - {_KILLED},
    LEFT_ALONE: _UNRELEASED,
    ENDED: _UNRELEASED,
    NEVER_ASLEEP: frozenset({Moment.LAUNCHED}),
}
"""Story -> the moments it has."""
