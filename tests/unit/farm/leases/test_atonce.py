"""What is had and given back without a queue, on both stores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from harness.errors import LeaseLost
from harness.farm.leases.lease import Holder
from harness.farm.leases.ledger import Rows, Transaction
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.farm.leases.waiting import Waiting
from harness.model.undo import Undo, UndoOp


@pytest.fixture
def holder(store: LeaseStore) -> Iterator[Holder]:
    with store.register("pytest gw0") as holder:
        holder.acquire(["u1"], within_s=0).release()
        yield holder


def state(store: LeaseStore) -> PhoneState:
    return store.snapshot().phones[0].state


def test_while_nobody_waits_a_free_phone_is_had_and_given_back_in_two_statements_each(
    holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    execute = Transaction.execute

    def counted(self: Transaction, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        asked.append(sql)
        return execute(self, sql, parameters)

    monkeypatch.setattr(Transaction, "execute", counted)
    lease = holder.acquire(["u1"], within_s=0)
    assert len(asked) == 2
    lease.release()
    assert len(asked) == 4


def test_who_is_interrupted_while_it_gets_a_phone_at_once_does_not_keep_it(
    store: LeaseStore, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Waiting._look  # pyright: ignore[reportPrivateUsage]

    def interrupted(self: Waiting) -> None:
        look(self)
        assert state(store) is PhoneState.LEASED
        raise KeyboardInterrupt

    held = holder.acquire(["u2"], within_s=0)
    monkeypatch.setattr(Waiting, "_look", interrupted)
    with pytest.raises(KeyboardInterrupt):
        holder.acquire(["u1"], within_s=0)
    assert state(store) is PhoneState.FREE
    held.check()


def test_a_phone_with_a_journal_is_not_free_when_its_lease_ends(store: LeaseStore, holder: Holder) -> None:
    lease = holder.acquire(["u1"], within_s=0)
    lease.will_change("u1", UndoOp(Undo.WIFI, "on"))
    lease.release()
    assert state(store) is PhoneState.DIRTY


def test_a_phone_that_was_taken_away_and_granted_again_is_not_freed_by_the_one_before(
    store: LeaseStore, holder: Holder
) -> None:
    lease = holder.acquire(["u1"], within_s=0)
    store.revoke("u1")
    again = holder.acquire(["u1"], within_s=0)
    lease.release()
    again.check()
    with pytest.raises(LeaseLost, match="granted 1 times since"):
        lease.check()
