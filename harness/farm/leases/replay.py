"""Restoring dirty phones: what their journals say, done by a restorer, one phone at a time.

A phone is claimed first, so that two processes never restore one at the same time, and an entry is struck
only after the phone has confirmed it. Whoever dies in between leaves the rest of the journal, and its claim
goes with its process. An agent lives for weeks, so a claim that it could not drop, because the database did
not answer just then, is dropped when it answers again.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from harness.errors import DeviceLost, HarnessError, StoreUnavailable
from harness.farm.leases import phones, undo
from harness.farm.leases.ledger import Transaction
from harness.farm.leases.turns import Turns
from harness.farm.leases.undo import UndoEntry
from harness.model.undo import Restorer


@dataclass(frozen=True)
class Restored:
    """What came of restoring one phone.

    Attributes:
        udid: the phone.
        name: what people call it.
        put_back: what was put back, in that order.
        reason: why the rest was not, or empty.
        is_lost: whether that is because the phone went away; it may be back at once.
        by_hand: what a person does about the rest, one sentence each.
    """

    udid: str
    name: str
    put_back: tuple[UndoEntry, ...]
    reason: str = ""
    is_lost: bool = False
    by_hand: tuple[str, ...] = ()

    def lines(self) -> tuple[str, ...]:
        """What came of it, for people."""
        told = [f"{self.name}: put back: {entry.op}{_why(entry)}" for entry in self.put_back]
        if self.reason:
            reason = self.reason.rstrip(".")
            told.append(f"{self.name}: not put right: {reason}. By hand: {' '.join(self.by_hand)}")
        return tuple(told)


def _why(entry: UndoEntry) -> str:
    return ", which a person had changed to stay" if entry.kept else ""


class Replay:
    """Restores phones for one holder.

    Args:
        turns: of the store.
        holder: id of who restores.
    """

    def __init__(self, turns: Turns, holder: str) -> None:
        self._turns = turns
        self._holder = holder
        self._left: set[str] = set()

    def restore(self, restorer: Restorer, udids: Sequence[str] | None) -> tuple[Restored, ...]:
        """Put dirty phones right that nobody else is at; ``None`` is every one of them."""
        self.drop_left()
        with self._turns.turn() as db:
            dirty = [row[0] for row in db.execute("SELECT udid FROM phone WHERE state='dirty' ORDER BY name")]
        chosen = [udid for udid in dirty if udids is None or udid in udids]
        return tuple(self.replay(restorer, udid) for udid in chosen if self._claim(udid))

    def drop_left(self) -> None:
        """Drop the claims of which it is not known whether the store has them still."""
        for udid in tuple(self._left):
            with self._turns.turn() as db:
                if phones.has_claim(db, udid, self._holder):
                    phones.end(db, udid)
            self._left.discard(udid)

    def _claim(self, udid: str) -> bool:
        with self._changing_claim(udid) as db:
            return phones.claim(db, udid, self._holder)

    @contextmanager
    def _changing_claim(self, udid: str) -> Generator[Transaction]:
        """A turn; where it fails, the claim of a phone is one that may be left."""
        try:
            with self._turns.turn() as db:
                yield db
        except BaseException:
            self._left.add(udid)
            raise

    def replay(self, restorer: Restorer, udid: str) -> Restored:
        """Undo what is due on a claimed phone, the last change first, and drop the claim.

        What fails stays in the journal, with what was changed before it, and is counted.
        """
        put_back: list[UndoEntry] = []
        reason, is_lost, counts = "restoring was interrupted", False, True
        try:
            self._undo_all(restorer, udid, put_back)
            reason = ""
        except HarnessError as error:
            reason, is_lost = str(error), isinstance(error, DeviceLost)
            # Neither a cable nor the database speaks against the phone.
            counts = not isinstance(error, DeviceLost | StoreUnavailable)
        finally:
            with self._changing_claim(udid) as db:
                if phones.has_claim(db, udid, self._holder):
                    phones.fail(db, udid, reason, counts=counts) if reason else phones.end(db, udid)
                name = phones.name_of(db, udid)
        by_hand = self._by_hand(udid) if reason else ()
        return Restored(udid, name, tuple(put_back), reason, is_lost, by_hand)

    def _by_hand(self, udid: str) -> tuple[str, ...]:
        with self._turns.transaction() as db:
            return tuple(entry.by_hand for entry in reversed(undo.due(db, udid)))

    def _undo_all(self, restorer: Restorer, udid: str, put_back: list[UndoEntry]) -> None:
        with self._turns.transaction() as db:
            steps = undo.to_put_back(undo.due(db, udid))
        with restorer.reaching(udid) as put_one_back:
            for entry, op in steps:
                put_one_back(op)
                with self._turns.transaction() as db:
                    undo.remove(db, entry)
                put_back.append(entry)
