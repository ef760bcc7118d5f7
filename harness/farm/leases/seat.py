"""The agent's side of the store: it tells which phones there are, opens and cuts the ways to them.

Theory. While an agent serves a phone, nobody else gets to it. So three facts are the agent's alone to write:
that a grant's way is open, that it is closed, and that the phone was put right. The store grants a phone only
when its way is closed and nothing is due on it, in that order: what is still connected could change the phone
while it is being put right.

An agent that dies takes its ways with it. Its free phones cannot be had then; the leased ones stay with their
holders, who find out by themselves, until an agent serves the host again and ends those leases.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from harness.errors import HostTaken, LeaseLost
from harness.farm.leases import deaths, phones
from harness.farm.leases.doors import Door
from harness.farm.leases.grants import Duties, Grant
from harness.farm.leases.ledger import Transaction
from harness.farm.leases.published import PublishedPhone, publish
from harness.farm.leases.replay import Replay, Restored
from harness.farm.leases.states import PhoneEvent
from harness.farm.leases.turns import Turns, leave
from harness.farm.leases.waiting import TRY_AGAIN_S
from harness.model.undo import Restorer


class HostSeat:
    """One host's agent, as the farm knows it; made by ``LeaseStore.take_host``.

    Its methods may be called from several threads.

    Attributes:
        id: never used twice.
        host: the machine, as devices.yaml calls it.
    """

    def __init__(self, turns: Turns, door: Door, host: str) -> None:
        self._turns = turns
        self._door = door
        self._replay = Replay(turns, door.id)
        self._failed_at_s: dict[str, float] = {}
        self.id = door.id
        self.host = host

    def publish(self, told: Iterable[PublishedPhone], why: Mapping[str, str] | None = None) -> frozenset[str]:
        """Tell which phones there are; those that are not told of any more cannot be had.

        Args:
            told: the phones.
            why: UDID -> why another one cannot be had; ``not attached`` of those that are not in it.

        Returns:
            The UDIDs of those of them that this agent serves; see ``published.publish`` for the others.

        Raises:
            LeaseLost: this agent was taken for dead, and another serves the host.
        """
        with self._turns.turn() as db:
            self._check_own(db)
            return publish(db, self.id, self.host, told, why or {})

    def duties(self) -> Duties:
        """What is to be done now. A phone that could not be put right is not named again for a moment.

        Raises:
            LeaseLost: this agent was taken for dead, and another serves the host.
        """
        self._replay.drop_left()
        with self._turns.look() as db:
            self._check_own(db)
            rows = db.execute(
                "SELECT udid, epoch, host, endpoint, revoked FROM phone WHERE gate=? AND state='leased'"
                " AND (revoked=1 OR endpoint='') ORDER BY udid",
                (self.id,),
            ).fetchall()
            left = db.execute(
                "SELECT udid FROM phone WHERE gate=? AND state='dirty' AND holder IS NULL ORDER BY udid",
                (self.id,),
            ).fetchall()
        return Duties(
            tuple(Grant(*row[:4]) for row in rows if not row[4]),
            tuple(Grant(*row[:4]) for row in rows if row[4]),
            tuple(udid for (udid,) in left if self._is_due(udid)),
        )

    def _is_due(self, udid: str) -> bool:
        failed_at_s = self._failed_at_s.get(udid)
        return failed_at_s is None or time.monotonic() - failed_at_s >= TRY_AGAIN_S

    def opened(self, grant: Grant, path: str) -> bool:
        """Tell that the way of a grant is open; its holder is woken.

        Args:
            grant: as ``duties`` named it.
            path: the socket.

        Returns:
            Whether the grant still stands; otherwise it is among those to close.
        """
        with self._turns.turn() as db:
            self._check_own(db)
            rows = db.execute(
                "UPDATE phone SET endpoint=?, endpoint_epoch=epoch"
                " WHERE udid=? AND epoch=? AND gate=? AND state='leased' AND revoked=0",
                (path, grant.udid, grant.epoch, self.id),
            )
            if rows.rowcount == 1:
                db.call(_holder_of(db, grant.udid))
            return rows.rowcount == 1

    def closed(self, grant: Grant) -> None:
        """Tell that nobody has a way to a phone any more; its lease is over with that.

        The phone is free when nothing is due on it. A grant that is not the phone's latest changes nothing.
        Who still waited for the way to be opened is woken, and stands in line again.
        """
        with self._turns.turn() as db:
            self._check_own(db)
            mine = "SELECT 1 FROM phone WHERE udid=? AND epoch=? AND gate=? AND state='leased'"
            if db.execute(mine, (grant.udid, grant.epoch, self.id)).fetchone():
                db.call(_holder_of(db, grant.udid))
                phones.cut(db, grant.udid)

    def restore(self, restorer: Restorer, udid: str) -> Restored | None:
        """Put a phone right that nobody has a way to; free then, or the failure is counted.

        Returns:
            What came of it; ``None`` when there is nothing to put right on it now.
        """
        came = next(iter(self._replay.restore(restorer, [udid])), None)
        if came and came.reason:
            self._failed_at_s[udid] = time.monotonic()
        else:
            self._failed_at_s.pop(udid, None)
        return came

    def wait(self, timeout_s: float) -> None:
        """Return when there is something to do, and after ``timeout_s`` seconds of wall time at the latest.

        That a holder has died or does not answer is something to do.
        """
        theirs, presence = self._holders(), self._turns.presence
        until_s = time.monotonic() + timeout_s
        while (left_s := until_s - time.monotonic()) > 0:
            if self._door.wait(min(left_s, presence.probe_s) if theirs else left_s):
                return
            if presence.any_ended(theirs):
                return

    def _holders(self) -> list[str]:
        with self._turns.transaction() as db:
            held = "SELECT DISTINCT holder FROM phone WHERE gate=? AND holder IS NOT NULL"
            return [row[0] for row in db.execute(held, (self.id,)) if row[0] != self.id]

    def _check_own(self, db: Transaction) -> None:
        self._door.check_own()
        if not phones.is_known(db, self.id):
            what = f"another agent serves {self.host} now: this one was taken for dead"
            raise LeaseLost(what, fix="See which of the two is to run, and end the other")

    def close(self) -> None:
        """Leave; the caller has cut every way, and the phones cannot be had until an agent is back."""
        with suppress(LeaseLost):
            self._door.check_own()
            leave(self._turns, self._door)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def take_host(turns: Turns, host: str, name: str) -> HostSeat:
    """Become the agent of a host; see ``LeaseStore.take_host``."""
    with turns.look():
        pass  # that the one before this is doubted stays written down, also if it is not given up on yet
    with turns.transaction() as db:
        buried = turns.settle(db)
        _end_silent(db, turns, host)
        door = turns.enter(db, name, run="", host=host, kind="agent")
        _adopt(db, host, door.id)
        turns.settle(db)
    turns.remove(buried)
    turns.presence.keep_heard(door.id)
    return HostSeat(turns, door, host)


def _end_silent(db: Transaction, turns: Turns, host: str) -> None:
    """End the agent of a host, if there is one and it does not answer.

    Raises:
        HostTaken: it does.
    """
    sitting = db.execute("SELECT id, name, pid FROM holder WHERE kind='agent' AND host=?", (host,)).fetchone()
    if sitting is None:
        return
    holder, name, pid = sitting
    if not deaths.is_presumed_dead(db, turns.presence, holder):
        raise HostTaken(f"{name} (pid {pid}) serves the phones of {host}", fix="End it first")
    phones.end_all(db, holder)


def _holder_of(db: Transaction, udid: str) -> str | None:
    return db.execute("SELECT holder FROM phone WHERE udid=?", (udid,)).fetchone()[0]


def _adopt(db: Transaction, host: str, gate: str) -> None:
    """Take over the phones of a host from the agent before; what it had leased out ends."""
    rows = db.execute("SELECT udid FROM phone WHERE host=? AND gate IS NOT NULL", (host,)).fetchall()
    for (udid,) in rows:
        db.execute("UPDATE phone SET gate=? WHERE udid=?", (gate, udid))
        leased = db.execute("SELECT 1 FROM phone WHERE udid=? AND state='leased' AND revoked=0", (udid,))
        if leased.fetchone():
            phones.end(db, udid)


def ungate(db: Transaction, turns: Turns, host: str) -> tuple[str, ...]:
    """Have the phones of a host used without an agent; see ``LeaseStore.ungate``."""
    try:
        _end_silent(db, turns, host)
    except HostTaken:
        return ()
    gated = "SELECT udid FROM phone WHERE host=? AND gate IS NOT NULL ORDER BY name, udid"
    udids = tuple(row[0] for row in db.execute(gated, (host,)))
    for udid in udids:
        phones.end(db, udid)
        phones.cut(db, udid)
        db.execute("UPDATE phone SET gate=NULL, away='' WHERE udid=?", (udid,))
        phones.move(db, udid, PhoneEvent.ATTACH)
    return udids
