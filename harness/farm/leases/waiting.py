"""Waiting for one's turn: from a request to phones that can be used.

A waiter is woken when it is granted something. Besides, it looks by itself: now and then at the whole farm,
and, where it is the next, every moment whether one of those who have its phones has ended, which costs a look
at a lock.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from math import inf

from harness.errors import DeviceQuarantined, LeaseLost, NoDeviceFree, StoreUnavailable
from harness.farm.leases import atonce, doors, phones, tickets
from harness.farm.leases.doors import Door
from harness.farm.leases.ledger import Transaction
from harness.farm.leases.matching import match
from harness.farm.leases.presence import PROBE_S
from harness.farm.leases.replay import Replay, Restored
from harness.farm.leases.request import Request
from harness.farm.leases.states import PhoneState
from harness.farm.leases.tickets import NOTHING_YET, Granted
from harness.farm.leases.turns import Turns
from harness.farm.leases.view import FarmView, PhoneView, read_view

TRY_AGAIN_S = 5.0
"""How long who waits for a phone leaves it alone after putting it right has failed, in wall time.

One that cannot be put right leaves rotation after a few failures, so nobody waits for it in vain for long.
"""

LOOK_AGAIN_S = 1.0
"""How often a waiter that is the next looks at the whole farm, in wall time."""

LOOK_RARELY_S = 5.0
"""How often one does that waits behind others for every phone: those look for it."""

OPENING_S = 10.0
"""How long an agent may take to open its sockets for a lease, in wall time, whatever the waiter has left.

A waiter that has more time takes another phone then."""

BACK_INTO_ROTATION = (
    "Put it right by hand and say so with `harness restore --phone NAME --by-hand`, or have it tried again "
    "with `harness restore --phone NAME`"
)
"""What to do about a phone that is out of rotation."""

SEE_AGENT = "See what `harness agent` says on that machine"
"""What to do about one whose agent does not open the way to it."""


def taken_for_dead() -> LeaseLost:
    """What a holder is told that is not known any more."""
    return LeaseLost("this process was taken for dead, and holds nothing any more", fix="Start it again")


class Waiting:
    """One request of one holder, from the queue to its phones.

    Args:
        turns: of the store.
        door: of the holder.
        request: what it asks for.

    Attributes:
        restored: what was put back on the way.
    """

    def __init__(self, turns: Turns, door: Door, request: Request) -> None:
        self._turns = turns
        self._door = door
        self._request = request
        self._asked = request.udids
        self._replay = Replay(turns, door.id)
        self._deadline_s = time.monotonic() + request.within_s
        self._tried_at_s: dict[str, float] = {}
        self._ticket = 0
        self._place: tickets.Place | None = None
        self._opens_by_s = 0.0
        self._shut = ""
        self.restored: list[Restored] = []

    def run(self) -> Granted:
        """Queue, and wait until everything that is asked for can be used.

        Raises:
            NoDeviceFree: not enough of the phones got free in time; says who has each.
            DeviceQuarantined: too many of them wait for a person.
            LeaseLost: the holder was taken for dead.
            StoreUnavailable: the database does not answer; the request may be in the queue still.
        """
        try:
            while (got := self._tried()) is None:
                pass
        except Exception:
            # A place in the queue that cannot be given up now is served later, and nobody uses the phone
            # then: whoever is told so leaves the farm, and the place goes with that.
            self._withdraw()
            raise
        except BaseException:
            # Ctrl-C ends the holder, and all that it has, whatever comes of this.
            with suppress(StoreUnavailable):
                self._withdraw()
            raise
        return got

    def _withdraw(self) -> None:
        with self._turns.turn() as db:
            tickets.withdraw(db, self._ticket, self._door.id)

    def _tried(self) -> Granted | None:
        """Look once; while the database does not answer, that is as good as a phone that is not free."""
        try:
            return self._once()
        except StoreUnavailable:
            if time.monotonic() > self._deadline_s:
                raise
            self._door.wait(LOOK_AGAIN_S)
            return None

    def _once(self) -> Granted | None:
        """Look once, and do or wait for what is next; returns what was got."""
        granted, view = self._look()
        if granted.grants:
            if granted.stands:
                return granted
            self._await_opening(granted, view)
            return None
        self._opens_by_s = 0.0
        if due := self._can_be_put_right(view):
            self._put_right(due)
            return None
        self._refuse_what_is_gone(view)
        if (left_s := self._deadline_s - time.monotonic()) <= 0:
            raise self._too_late(view)
        self._sleep(left_s, view)
        return None

    def _too_late(self, view: FarmView) -> NoDeviceFree:
        within = f" within {self._request.within_s:g} s" if self._request.within_s else ""
        what = "; ".join(filter(None, (f"no phone got free{within}", self._shut)))
        return NoDeviceFree(what, why=view.why(self._asked), fix=SEE_AGENT if self._shut else None)

    def _look(self) -> tuple[Granted, FarmView]:
        """What was given so far; and while it is nothing, the farm.

        Raises:
            LeaseLost: the ticket went with its holder.
        """
        self._replay.drop_left()
        with self._turns.transaction() as db:
            # Who was woken for it has it already, and leaves the rest of the farm to others.
            granted = self._granted(db) if self._ticket else self._at_once(db)
            if self._has_all(granted):
                return granted, FarmView(db.now_s, (), ())
            if self._ticket < 0 or not tickets.is_in_line(db, self._ticket, self._door.id):
                self._ticket = self._issue(db)
            buried = self._turns.settle(db)
            granted = self._granted(db)
            if 0 < len(granted.grants) < len(self._request.slots):
                buried += self._begin_again(db)
                granted = self._granted(db)
            # It is awake.
            db.called.discard(self._door.id)
            view = FarmView(db.now_s, (), ()) if self._has_all(granted) else read_view(db)
        self._turns.remove(buried)
        return granted, view

    def _granted(self, db: Transaction) -> Granted:
        return tickets.granted(db, self._ticket, self._door.id)

    def _at_once(self, db: Transaction) -> Granted:
        """Take what is asked for if it can be had without waiting."""
        # Known before it is granted, so that it can be given back whenever this is interrupted.
        self._ticket = atonce.number()
        return atonce.take(db, self._door.id, self._request, self._ticket) or NOTHING_YET

    def _has_all(self, granted: Granted) -> bool:
        """Whether everything that was asked for can be used."""
        return len(granted.grants) == len(self._request.slots) and granted.stands

    def _begin_again(self, db: Transaction) -> list[str]:
        """Give back what is left of a grant that an agent could not open all of: it is all or nothing."""
        tickets.withdraw(db, self._ticket, self._door.id)
        self._ticket = self._issue(db)
        return self._turns.settle(db)

    def _issue(self, db: Transaction) -> int:
        if not phones.is_known(db, self._door.id):
            raise taken_for_dead()
        phones.know(db, ((udid, udid, "") for udid in self._request.udids))
        self._place = tickets.issue(db, self._door.id, self._request, self._place)
        return self._place.number

    def _await_opening(self, granted: Granted, view: FarmView) -> None:
        """Wait for the agents of what was granted; do without the phones of one that takes too long.

        Raises:
            NoDeviceFree: there are too few without them, or no time is left.
        """
        # From the grant on its silence can cost it the phone, also while it only waits for the way there.
        self._turns.presence.keep_heard(self._door.id)
        now_s = time.monotonic()
        self._opens_by_s = self._opens_by_s or now_s + OPENING_S
        if now_s <= self._opens_by_s:
            self._door.wait(min(LOOK_AGAIN_S, self._opens_by_s - now_s))
            return
        shut = [one.udid for one in granted.grants if one.udid in granted.gated and not one.mux]
        slots = tuple(tuple(udid for udid in slot if udid not in shut) for slot in self._request.slots)
        agents = ", ".join(sorted({f"the agent of {one.host}" for one in granted.grants if one.udid in shut}))
        self._shut = f"{agents} did not open the way to its phone within {OPENING_S:g} s"
        if now_s >= self._deadline_s or match(slots, set(self._request.udids)) is None:
            raise NoDeviceFree(self._shut, why=view.why(self._asked), fix=SEE_AGENT)
        with self._turns.turn() as db:
            tickets.withdraw(db, self._ticket, self._door.id)
        self._request = replace(self._request, slots=slots)
        self._ticket, self._opens_by_s = 0, 0.0

    def _can_be_put_right(self, view: FarmView) -> set[str]:
        """The phones that this process could put right now, and that nobody else is at.

        Raises:
            DeviceQuarantined: too few are left when those that wait for a person are not counted.
        """
        request = self._request
        known = [phone for phone in view.phones if phone.udid in request.udids]
        until_s = view.at_s + max(0.0, self._deadline_s - time.monotonic())
        in_rotation = {phone.udid for phone in known if _is_in_rotation(phone, until_s)}
        if match(request.slots, in_rotation) is None:
            what = "\n  ".join(("too few phones are in rotation", *view.why(self._asked)))
            raise DeviceQuarantined(what.rstrip("."), fix=BACK_INTO_ROTATION)
        if request.restorer is None:
            return set()
        since_s = time.monotonic() - TRY_AGAIN_S
        return {
            one.udid for one in known if _is_left(one) and self._tried_at_s.get(one.udid, -inf) <= since_s
        }

    def _refuse_what_is_gone(self, view: FarmView) -> None:
        """Do not wait for phones that have been away for as long as one would wait: nobody brings them back.

        So the first test of a run waits for a host that is down, and those behind it do not.

        Raises:
            NoDeviceFree: too few are left without them; names their hosts.
        """
        request = self._request
        gone = [phone for phone in view.phones if _is_gone(phone, view.at_s, request.within_s)]
        if match(request.slots, set(request.udids) - {phone.udid for phone in gone}) is not None:
            return
        hosts = sorted({phone.host for phone in gone if phone.host and phone.udid in request.udids})
        agents = " and ".join(f"`harness agent --host {host}` runs there" for host in hosts)
        what = f"no phone can be had: too many have been away for longer than {request.within_s:g} s"
        fix = f"See that {agents or 'they are plugged in'}"
        raise NoDeviceFree(what, why=view.why(self._asked), fix=fix)

    def _put_right(self, due: Collection[str]) -> None:
        assert self._request.restorer is not None
        self.restored += self._replay.restore(self._request.restorer, tuple(due))
        self._tried_at_s |= dict.fromkeys(due, time.monotonic())

    def _sleep(self, left_s: float, view: FarmView) -> None:
        """Wait until woken, until somebody who has a phone that would do has ended, or for a while."""
        theirs = self._next_after(view)
        until_s = time.monotonic() + min(left_s, LOOK_AGAIN_S if theirs else LOOK_RARELY_S)
        while (left_s := until_s - time.monotonic()) > 0:
            if self._door.wait(min(left_s, PROBE_S) if theirs else left_s):
                return
            if any(doors.has_ended(self._turns.presence.doors_dir, holder) for holder in theirs):
                return

    def _next_after(self, view: FarmView) -> set[str]:
        """The holders whose phones this one would get next: those whom nobody before it waits for.

        In a long queue it is enough that one looks at each.
        """
        before = itertools.takewhile(lambda ticket: ticket.holder.id != self._door.id, view.waiting)
        wanted_before = {udid for ticket in before for udid in ticket.udids}
        next_ones = set(self._request.udids) - wanted_before
        return {phone.holder.id for phone in view.phones if phone.holder and phone.udid in next_ones}


def _is_in_rotation(phone: PhoneView, until_s: float) -> bool:
    """Whether a phone can be had, or will be by ``until_s`` of the store's clock without anybody's help."""
    if phone.state is not PhoneState.QUARANTINED:
        return True
    return phone.is_out_for_health and 0 < phone.until_s < until_s


def _is_gone(phone: PhoneView, at_s: float, longer_than_s: float) -> bool:
    """Whether a phone has been away for longer than some seconds of the store's clock."""
    return phone.state is PhoneState.OFFLINE and at_s - phone.since_s > longer_than_s


def _is_left(phone: PhoneView) -> bool:
    """Whether a phone waits for somebody to put it right, and no agent does."""
    return phone.state is PhoneState.DIRTY and phone.holder is None and phone.gate is None
