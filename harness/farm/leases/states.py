"""The states of a phone in the farm, and the one table of ways between them.

Theory. A phone is only ever granted when it is *free*, and it only ever becomes free out of
*dirty*, by ``CLEAN``, which is legal only while its undo journal has nothing that is due. So every
way back into use, after a release, a holder's death, a plug pulled or a repair, passes the same gate,
and "a phone is never handed on altered" is a property of one row of the table instead of a duty of
every caller. A lease that ends without having changed anything passes the gate in the same
transaction, so nobody sees it dirty.

What a person changed on purpose, to stay, is in the journal and is not due: such a phone is free for
whoever takes it as it is found. For a test it is not, so it is *recalled*: dirty again, with all of its
journal due, and back through the gate.

``leased`` has one way out. A phone that is unplugged while leased stays leased: its holder is the
one to notice, and until the holder is gone nobody else may touch the phone. A phone that an agent serves
stays leased until the agent has cut the way to it, whatever became of its holder.
"""

from __future__ import annotations

from enum import StrEnum


class PhoneState(StrEnum):
    """Whether a phone can be had, and if not, why not."""

    FREE = "free"
    LEASED = "leased"
    DIRTY = "dirty"
    OFFLINE = "offline"
    QUARANTINED = "quarantined"


class PhoneEvent(StrEnum):
    """What can happen to a phone."""

    GRANT = "grant"
    RECALL = "recall"
    """Somebody wants it who takes no phone with settings that a person changed to stay."""
    END = "end"
    CLEAN = "clean"
    GIVE_UP = "give up"
    FOUND_BAD = "found bad"
    """A check of its health failed."""
    DETACH = "detach"
    ATTACH = "attach"
    CLEAR = "clear"


TRANSITIONS: dict[tuple[PhoneState, PhoneEvent], PhoneState] = {
    (PhoneState.FREE, PhoneEvent.GRANT): PhoneState.LEASED,
    (PhoneState.FREE, PhoneEvent.RECALL): PhoneState.DIRTY,
    (PhoneState.FREE, PhoneEvent.FOUND_BAD): PhoneState.QUARANTINED,
    (PhoneState.FREE, PhoneEvent.DETACH): PhoneState.OFFLINE,
    # Released, revoked, or its holder died.
    (PhoneState.LEASED, PhoneEvent.END): PhoneState.DIRTY,
    # Only when its undo journal has nothing that is due.
    (PhoneState.DIRTY, PhoneEvent.CLEAN): PhoneState.FREE,
    (PhoneState.DIRTY, PhoneEvent.GIVE_UP): PhoneState.QUARANTINED,
    (PhoneState.DIRTY, PhoneEvent.DETACH): PhoneState.OFFLINE,
    (PhoneState.OFFLINE, PhoneEvent.ATTACH): PhoneState.DIRTY,
    # By a person, or when its time is up.
    (PhoneState.QUARANTINED, PhoneEvent.CLEAR): PhoneState.DIRTY,
}
"""(state, event) -> next state; a pair that is not here cannot happen."""


def after(state: PhoneState, event: PhoneEvent) -> PhoneState | None:
    """The state after an event, or ``None`` when the event has no meaning in that state."""
    return TRANSITIONS.get((state, event))
