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

Nor does a clock alone tell of silence. The database's machine may stand still, as while a snapshot of it is
taken, its clock may be put right, and a laptop sleeps: everybody seems to have been silent then, and is heard
again in a moment. So a silent holder is first *doubted*, which is written down with the time, and it is
presumed dead only if it is not heard for a while after that either.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from harness.farm.leases import doors, phones
from harness.farm.leases.ledger import BEATS_IN_A_LEASE, Presence, Transaction, lease_s, session_key

DOUBTED_AT = 0.5
"""After which part of the lease time a silent holder is doubted."""

HEARD_WITHIN_BEATS = 2
"""How many times a holder that is doubted could have been heard again before it is presumed dead."""


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

    def has_lost_session(self, one: _Shown) -> bool:
        """Whether the database would know of its session, and does not."""
        return bool(one.generation) and one.generation == self.generation and _key(one) not in self.connected

    def silent_since_s(self, one: _Shown) -> float:
        """Since when it could have been heard and was not."""
        return max(one.heard_s, self.started_s)

    def silent_s(self, one: _Shown) -> float:
        """How long it has not been heard; 0 of one that has not promised to be."""
        return self.at_s - self.silent_since_s(one) if one.heard_s > 0 else 0.0

    def presumes_dead(self, one: _Shown, doubted_s: float) -> bool:
        """Whether one is not heard that was doubted at some time."""
        patience_s = self.lease_s * HEARD_WITHIN_BEATS / BEATS_IN_A_LEASE
        return self.silent_s(one) > self.lease_s and self.at_s - doubted_s >= patience_s


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
    silent = [one for one in heard if now.silent_s(one) > now.lease_s * DOUBTED_AT]
    doubted = _doubted(db, now, silent)
    dead = {one.id for one in silent if now.presumes_dead(one, doubted[one.id])}
    return [one for one in heard if one.id in dead or now.has_lost_session(one)]


def _doubted(db: Transaction, now: _Now, silent: Sequence[_Shown]) -> Mapping[str, float]:
    """Since when each of some silent holders is doubted, which is now where nobody has noted it before."""
    if not silent:
        return {}
    row = db.execute("SELECT value FROM farm WHERE key='doubted'").fetchone()
    before: dict[str, float] = json.loads(row[0]) if row else {}
    doubted: dict[str, float] = {}
    for one in silent:
        noted_s = before.get(one.id, 0.0)
        # One that was heard since was rightly left alone, and a note of the future is of a clock put back.
        doubted[one.id] = noted_s if now.silent_since_s(one) <= noted_s <= now.at_s else now.at_s
    if doubted != before:
        db.execute(_NOTE, (json.dumps(doubted),))
    return doubted


_NOTE = (
    "INSERT INTO farm (key, value) VALUES ('doubted', ?) ON CONFLICT (key) DO UPDATE SET value=excluded.value"
)


def _is_proven_dead(one: _Shown, presence: Presence) -> bool:
    return one.place == presence.place and doors.is_dead(presence.doors_dir, one.id, one.pid)


def _now(db: Transaction, presence: Presence) -> _Now:
    return _Now(
        db.now_s, lease_s(db), presence.started_s(db), presence.generation(db), presence.connected(db)
    )
