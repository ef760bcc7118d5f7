from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.model.undo import UndoOp
from tests.unit.farm.leases.processes import Oracle, heard, process

TURNS = 25
"""That each contender has, however late a busy machine starts it."""

WITHIN_S = 30.0


class VirtualRestorer:
    def reaching(self, udid: str) -> AbstractContextManager[Callable[[UndoOp], None]]:
        raise AssertionError("another process is at it")


def test_the_oracle_sees_double_use(tmp_path: Path) -> None:
    oracle = Oracle(tmp_path)
    assert [oracle.take("a"), oracle.take("a"), oracle.take("b")] == [True, False, True]
    oracle.give("a")
    assert oracle.take("a")


def test_eight_processes_never_share_one_of_three_phones(tmp_path: Path, store: LeaseStore) -> None:
    oracle = tmp_path / "oracle"
    oracle.mkdir()
    with ExitStack() as stack:
        contenders = [
            stack.enter_context(
                process(
                    "contend", store.address, "p1,p2,p3", 2 if number < 2 else 1, TURNS, tmp_path / "oracle"
                )
            )
            for number in range(8)
        ]
        assert [heard(contender) for contender in contenders] == ["0 doubles"] * 8
    assert {phone.state for phone in store.snapshot().phones} == {PhoneState.FREE}


@pytest.mark.parametrize("act", ["hold", "spawn"])
def test_the_phone_of_a_killed_process_goes_to_who_waits_for_it(
    store: LeaseStore, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody looks at the whole farm in time: what is seen is that the lock of the dead is free.
    monkeypatch.setattr("harness.farm.leases.waiting.LOOK_AGAIN_S", 10 * WITHIN_S)
    got = list[str]()
    with process(act, store.address, "p1") as running, store.register("next") as holder:

        def take() -> None:
            got.append(holder.acquire(["p1"], within_s=2 * WITHIN_S).udid)

        assert heard(running)
        waiting = threading.Thread(target=take)
        waiting.start()
        while not store.snapshot().waiting:
            assert waiting.is_alive()
        assert got == []
        running.kill()
        waiting.join(WITHIN_S)
        assert got == ["p1"]


def test_a_forked_child_neither_has_the_lease_nor_keeps_it(tmp_path: Path, store: LeaseStore) -> None:
    with process("fork", store.address, "p1") as running, store.register("next") as holder:
        assert heard(running) == "lost"
        running.kill()
        # The child is still there: it holds on to the other end of this pipe.
        assert holder.acquire(["p1"], within_s=10).udid == "p1"


def test_a_killed_waiter_does_not_block_the_queue(tmp_path: Path, store: LeaseStore) -> None:
    with store.register("first") as first, store.register("last") as last:
        lease = first.acquire(["p1"], within_s=0)
        with process("wait", store.address, "p1") as running:
            assert heard(running) == "waiting"
            while not store.snapshot().waiting:
                assert running.poll() is None
            running.kill()
            running.wait()
        lease.release()
        assert last.acquire(["p1"], within_s=0).udid == "p1"


def test_the_journal_survives_a_kill_and_keeps_the_phone_until_it_is_replayed(
    tmp_path: Path, store: LeaseStore
) -> None:
    with process("alter", store.address, "p1") as running:
        assert heard(running) == "p1"
        running.kill()
        running.wait()
    phone = store.snapshot().phone("p1")
    assert phone is not None
    assert phone.state is PhoneState.DIRTY
    assert [str(entry.op) for entry in phone.undo] == [
        "wifi back to on",
        "background-refresh of com.example.app back to on",
    ]
    assert phone.why(phone.since_s).startswith(f"p1: left altered by altering process (pid {running.pid}")
    with process("restore", store.address, "p1") as restoring:
        assert heard(restoring) == "background-refresh"
        busy = store.snapshot().phone("p1")
        assert busy is not None
        assert "being restored by restoring process" in busy.why(busy.since_s)
        with store.register("eager") as eager:
            assert eager.restore(VirtualRestorer()) == ()
        restoring.kill()
        restoring.wait()
    after = store.snapshot().phone("p1")
    assert after is not None
    assert (after.state, after.holder, after.undo) == (PhoneState.DIRTY, None, phone.undo)
