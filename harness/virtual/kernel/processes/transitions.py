"""Where an application's process can stand, and what moves it.

Theory. A process is in front, where it runs; in the background, where it runs for as long as something
keeps it running; suspended, where it has its memory and no processor; or not there. Three parties move
it. People and tools bring it to the front and take it away from there. The system runs it behind their
backs, from nothing or from suspension, and that never brings it to the front. And runningboardd suspends
it as soon as nothing keeps it running, which can only happen in the background. Everything ends a
process, from wherever it stands, and what ends a suspended one runs none of its code.

What is not in the table does not happen on a phone: nothing in front is suspended without going through
the background, nothing suspended becomes active without becoming inactive first, and nobody who has ended
comes back as the same process. A move that is not in the table is a mistake of this model, so it raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from harness.model.states import AppState
from harness.virtual.versions.row import Standing


class Move(StrEnum):
    """What happens to a process."""

    OPENED = "opened: launched or brought to the front"
    ACTIVATED = "activated: in front, and told so"
    COVERED = "covered: still in front, under something of the system's"
    LEFT = "left: home, another app, or the lock"
    WOKEN = "woken: launched or resumed behind the user's back"
    HELD = "held: something took an assertion on it"
    IDLE = "idle: nothing keeps it running"
    ENDED = "ended"


@dataclass(frozen=True)
class Transition:
    """One row: from where, by what, to where.

    Attributes:
        start: where the process stands.
        move: what happens to it.
        end: where it stands then.
        source: where that is from; §n is a section of background-execution.md.
        standing: how far to trust it.
    """

    start: AppState
    move: Move
    end: AppState
    source: str
    standing: Standing = Standing.DOCUMENTED


class IllegalMove(Exception):
    """The model has moved a process as no phone does; always a mistake of the model."""


_NONE, _SUSPENDED, _BACK = AppState.NOT_RUNNING, AppState.SUSPENDED, AppState.BACKGROUND_RUNNING
_INACTIVE, _ACTIVE = AppState.FOREGROUND_INACTIVE, AppState.FOREGROUND_ACTIVE

TRANSITIONS: tuple[Transition, ...] = (
    Transition(_NONE, Move.OPENED, _INACTIVE, "§1.2: user launch"),
    Transition(_NONE, Move.WOKEN, _BACK, "§1.2: background launch, prewarm"),
    Transition(_INACTIVE, Move.ACTIVATED, _ACTIVE, "§1.1: .inactive, then .active"),
    Transition(_INACTIVE, Move.LEFT, _BACK, "§1.2: left before it was active; inferred", Standing.GUESSED),
    Transition(_INACTIVE, Move.ENDED, _NONE, "§1.2: any"),
    Transition(_ACTIVE, Move.COVERED, _INACTIVE, "Apple's documentation of applicationWillResignActive"),
    Transition(_ACTIVE, Move.LEFT, _BACK, "§1.2: home, other app, lock"),
    Transition(_ACTIVE, Move.ENDED, _NONE, "§1.2: any"),
    Transition(_BACK, Move.OPENED, _INACTIVE, "§1.2: as from suspension"),
    Transition(_BACK, Move.IDLE, _SUSPENDED, "§1.2: no assertion left"),
    Transition(_BACK, Move.ENDED, _NONE, "§1.2: budget used up, any"),
    Transition(_SUSPENDED, Move.OPENED, _INACTIVE, "§1.2: user"),
    Transition(_SUSPENDED, Move.WOKEN, _BACK, "§1.2: resume"),
    Transition(
        _SUSPENDED, Move.HELD, _BACK, "inferred from §1.5: a debugger keeps it running", Standing.GUESSED
    ),
    Transition(_SUSPENDED, Move.ENDED, _NONE, "§1.2: jetsam, update, cleanup, any"),
)
"""Every way in which a process gets from one state to another."""

_ENDS: Mapping[tuple[AppState, Move], AppState] = {(row.start, row.move): row.end for row in TRANSITIONS}


def after(start: AppState, move: Move) -> AppState:
    """Where a process stands after a move.

    Raises:
        IllegalMove: the table has no such row.
    """
    end = _ENDS.get((start, move))
    if end is None:
        raise IllegalMove(f"a process that is {start} is never {move}")
    return end
