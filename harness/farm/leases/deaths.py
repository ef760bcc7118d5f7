"""Who has died, and what ends with that.

Theory. A holder is *proven* dead when its lock is free: the kernel of its machine gave it back. Whoever sees
the directory with that lock may take everything from it. A holder is *presumed* dead when it has promised to
be heard and was not for the lease time, or when the database has lost its session. That can be wrong: it may
have been stopped, or cut off, and go on at any moment. So presumption ends only what can be cut: the leases
of gated phones, whose agent closes the way to them before anybody else gets them. What else it has stays its
own, however long that takes.

A database that was restarted, or has crashed, has lost all sessions at once, and nobody could be heard while
it was down. So a missing session tells of death only within the life of the database that the session was of,
and silence is counted only once the database has answered for a lease time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.farm.leases import doors, phones
from harness.farm.leases.ledger import Presence, Transaction, lease_s, session_key


@dataclass(frozen=True)
class _Shown:
    """What a holder shows of its life."""

    id: str
    pid: int
    kind: str
    place: str
    generation: str
    heard_s: float


@dataclass(frozen=True)
class _Now:
    """What the shown is held against."""

    at_s: float
    lease_s: float
    started_s: float
    generation: str
    connected: frozenset[str]

    def presumes_dead(self, one: _Shown) -> bool:
        if one.generation and one.generation == self.generation and _key(one) not in self.connected:
            return True
        silent_since_s = max(one.heard_s, self.started_s)
        return one.heard_s > 0 and self.at_s - silent_since_s > self.lease_s


def _key(one: _Shown) -> str:
    return str(session_key(one.id))


def bury(db: Transaction, presence: Presence) -> list[str]:
    """End what the dead held; returns the holders that are gone for good."""
    shown = _all(db)
    gone = [one.id for one in shown if _is_proven_dead(one, presence)]
    for holder in gone:
        phones.end_all(db, holder)
    left = [one for one in shown if one.id not in gone]
    for one in _presumed(db, presence, left):
        if phones.end_presumed(db, one.id, one.kind):
            gone.append(one.id)
    return gone


def is_presumed_dead(db: Transaction, presence: Presence, holder: str) -> bool:
    """Whether a holder does not answer, which proves nothing."""
    return any(one.id == holder for one in _presumed(db, presence, _all(db)))


def _all(db: Transaction) -> list[_Shown]:
    rows = db.execute("SELECT id, pid, kind, place, generation, heard_s FROM holder").fetchall()
    return [_Shown(*row) for row in rows]


def _presumed(db: Transaction, presence: Presence, shown: Sequence[_Shown]) -> list[_Shown]:
    promised = [one for one in shown if one.heard_s or one.generation]
    if not promised:
        return []
    now = _now(db, presence)
    heard = [replace(one, heard_s=presence.heard_s(one.id, one.heard_s)) for one in promised]
    return [one for one in heard if now.presumes_dead(one)]


def _is_proven_dead(one: _Shown, presence: Presence) -> bool:
    return one.place == presence.place and doors.is_dead(presence.doors_dir, one.id, one.pid)


def _now(db: Transaction, presence: Presence) -> _Now:
    return _Now(
        db.now_s, lease_s(db), presence.started_s(db), presence.generation(db), presence.connected(db)
    )
