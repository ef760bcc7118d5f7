"""The health of the farm's phones, for those who look at phones and those who lose them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeVar

from harness.farm.health.ladder import Step, Tried
from harness.farm.health.rotation import RULES, Finding, HealthRecord, PhoneHealth
from harness.farm.leases import health
from harness.farm.leases.health import HealthEvent
from harness.farm.leases.ledger import Transaction
from harness.farm.leases.turns import Turns

PROVEN_EVERY_S = 60.0
"""How often a phone that does what it should is written down as proven: a run of short tests need not wait
for a disk after each of them."""

_T = TypeVar("_T")


class HealthBook:
    """What is known of each phone's fitness.

    Every method raises a ``FarmError`` when the store cannot be used.

    Args:
        turns: of the store.
    """

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    # ---- what is known

    def record(self, udid: str) -> HealthRecord:
        """What is known of a phone's fitness."""
        return self._read(lambda db: health.read(db, udid))

    def due(self, udids: Collection[str]) -> tuple[str, ...]:
        """Those of some phones that have to be looked at before they are used."""
        return self._read(lambda db: tuple(one for one in udids if health.read(db, one).needs_look(db.now_s)))

    def disprovable(self, udids: Collection[str]) -> tuple[str, ...]:
        """Those of some phones that a good look would take back into rotation now."""
        return self._read(lambda db: tuple(one for one in udids if health.is_disprovable(db, one)))

    def unwatched(self, udids: Collection[str], well_s: float, out_s: float) -> tuple[str, ...]:
        """Those of some phones that nobody has, and that were not looked at for a while, or never.

        Args:
            udids: the phones.
            well_s: how long a look is good for that found the phone well.
            out_s: the same, where a good look would take the phone back into rotation.
        """

        def is_due(db: Transaction, udid: str) -> bool:
            record = health.read(db, udid)
            again_s = out_s if record.cause is not None and RULES[record.cause].look_ends else well_s
            return health.is_idle(db, udid) and (record.checked_s or 0.0) <= db.now_s - again_s

        return self._read(lambda db: tuple(udid for udid in udids if is_due(db, udid)))

    def history(self, udid: str, latest: int = 20) -> tuple[HealthEvent, ...]:
        """The latest events of a phone, the last one first."""
        return self._read(lambda db: health.history(db, udid, latest))

    # ---- what happens to it

    def strike(self, udid: str, finding: Finding) -> HealthRecord:
        """Note that something speaks against a phone; returns what is known of it now.

        Whoever holds it goes on holding it; afterwards nobody gets it while it is out of rotation.
        """
        with self._turns.turn() as db:
            return health.strike(db, udid, finding)

    def find_well(self, udid: str) -> HealthRecord:
        """Note that a look found a phone well; returns what is known of it now."""
        with self._turns.turn() as db:
            return health.find_well(db, udid)

    def prove(self, udid: str) -> None:
        """Note that a test had a phone and came to a verdict."""
        with self._turns.transaction() as db:
            record = health.read(db, udid)
            age_s = db.now_s - (record.checked_s or 0.0)
            is_known = (
                record.health is PhoneHealth.GOOD and not record.strikes and 0 <= age_s < PROVEN_EVERY_S
            )
            if not is_known:
                health.prove(db, udid)

    def came_back(self, udid: str) -> HealthRecord:
        """Note that a phone is attached again; coming and going too often takes it out of rotation."""
        with self._turns.turn() as db:
            return health.came_back(db, udid)

    # ---- recovery

    def claim(self, udid: str, holder: str) -> bool:
        """Keep a phone that is out of rotation to oneself until ``leave``; whether that is granted.

        Args:
            udid: the phone.
            holder: id of who has it recover, such as the agent that serves it.
        """
        with self._turns.turn() as db:
            return health.claim(db, udid, holder)

    def leave(self, udid: str, holder: str) -> None:
        """End a claim."""
        with self._turns.turn() as db:
            health.leave(db, udid, holder)

    def recover(self, udid: str) -> None:
        """Note that a step of the ladder has helped: the phone is back in rotation, with its strikes."""
        with self._turns.turn() as db:
            health.recover(db, udid)

    def note_step(self, udid: str, tried: Tried) -> None:
        """Write a step of the recovery ladder into the history of a phone."""
        with self._turns.transaction() as db:
            health.note_step(db, udid, tried)

    def taken_today(self, udid: str, step: Step) -> int:
        """How often a step of the ladder was taken on a phone within a day."""
        return self._read(lambda db: health.taken_today(db, udid, step))

    def _read(self, read: Callable[[Transaction], _T]) -> _T:
        with self._turns.transaction() as db:
            return read(db)
