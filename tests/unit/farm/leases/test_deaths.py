"""Who dies, stops or is cut off loses what can be cut, and keeps what cannot; on both stores."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager, suppress

import psycopg
import pytest

from harness.config.storeurl import is_remote
from harness.errors import HostLost, HostTaken, NoDeviceFree
from harness.farm.leases.grants import Duties
from harness.farm.leases.lease import Holder, Lease
from harness.farm.leases.seat import HostSeat
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore, doors_of
from tests.unit.farm.leases.processes import attend, heard, process
from tests.unit.farm.leases.seen import phone, told
from tests.unit.farm.leases.test_lease import VirtualRestorer
from tests.unit.farm.leases.test_seat import acquiring, path_of, until

WITHIN_S = 30.0
LEASE_S = 2.0
"""How long one may be silent: five beats, of which a busy machine may be late with some."""


@pytest.fixture
def store(store: LeaseStore) -> LeaseStore:
    """One in which nobody may be silent for long."""
    store.set_lease_s(LEASE_S)
    return store


def eventually(condition: Callable[[], object]) -> None:
    """Look again and again at what other processes do."""
    deadline_s, pause = time.monotonic() + WITHIN_S, time.sleep
    while not condition():
        assert time.monotonic() < deadline_s, "it never came to hold"
        pause(0.05)


@contextmanager
def stopped(store: LeaseStore, running: subprocess.Popen[str]) -> Generator[None]:
    """Stop a process for the length of the block, as a hang of its machine does.

    It has no turn then: one that is stopped within holds up everybody, in SQLite for as long as it stands.
    """
    with _nobody_has_a_turn(store):
        running.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        running.send_signal(signal.SIGCONT)


@contextmanager
def _nobody_has_a_turn(store: LeaseStore) -> Generator[None]:
    """Have the file to oneself; PostgreSQL sees to those that are stopped within a turn."""
    if is_remote(store.address):
        yield
        return
    with closing(sqlite3.connect(store.address, timeout=WITHIN_S)) as file, file:
        file.execute("BEGIN IMMEDIATE")
        yield


def ask(running: subprocess.Popen[str], word: str) -> str:
    """Have a process try something; returns what came of it."""
    assert running.stdin is not None
    running.stdin.write(f"{word}\n")
    running.stdin.flush()
    return heard(running)


@contextmanager
def obeying(store: LeaseStore, seat: HostSeat) -> Generator[subprocess.Popen[str]]:
    """A process that holds phone u1 through its agent."""
    with process("obey", store.address, "u1") as running:
        (grant,) = until(seat, lambda duties: duties.to_open).to_open
        seat.opened(grant, path_of(grant))
        assert heard(running) == "u1"
        yield running


def test_the_way_of_a_killed_holder_is_cut_and_its_changes_are_put_back(
    store: LeaseStore, seat: HostSeat
) -> None:
    with obeying(store, seat) as running:
        assert ask(running, "change") == "held"
        running.kill()
        (grant,) = until(seat, lambda duties: duties.to_close).to_close
    assert phone(store).state is PhoneState.LEASED
    seat.closed(grant)
    restorer = VirtualRestorer()
    assert seat.duties().to_restore == ("u1",)
    seat.restore(restorer, "u1")
    assert len(restorer.done) == 1
    assert phone(store).state is PhoneState.FREE


def test_who_is_heard_keeps_its_phone_beyond_the_lease_time(store: LeaseStore, seat: HostSeat) -> None:
    with obeying(store, seat) as running:
        until_s = time.monotonic() + 2.5 * LEASE_S
        while time.monotonic() < until_s:
            seat.wait(0.2)
            assert seat.duties() == Duties()
        assert ask(running, "check") == "held"


def test_a_clock_that_is_put_on_by_an_hour_costs_nobody_a_lease(
    store: LeaseStore, seat: HostSeat, holder: Holder
) -> None:
    store.set_lease_s(WITHIN_S)  # so that nobody is heard by the new clock before it counts
    with obeying(store, seat) as running:
        heard_an_hour_ago(store)
        with closing(LeaseStore.of(store.address)) as other:
            other.snapshot()
        assert seat.duties() == Duties()
        assert ask(running, "check") == "held"


def change(store: LeaseStore, sql: str) -> None:
    """Change what the store says, past everybody."""
    if is_remote(store.address):
        with psycopg.connect(store.address) as database:
            database.execute(sql.encode())
    else:
        with closing(sqlite3.connect(store.address, timeout=WITHIN_S)) as file, file:
            file.execute(sql)


def heard_an_hour_ago(store: LeaseStore) -> None:
    """What was noted until now is an hour old, as when the clock was put right just now."""
    change(store, "UPDATE holder SET heard_s=heard_s-3600 WHERE heard_s>0")
    if is_remote(store.address):
        answered = "split_part(value, ' ', 1) || ' ' || (split_part(value, ' ', 2)::float8 - 3600)::text"
        change(store, f"UPDATE farm SET value={answered} WHERE key='answered'")
    hour_ago_s = time.time() - 3600
    for lock in doors_of(store.address).glob("*.lock"):
        os.utime(lock, (hour_ago_s, hour_ago_s))


def test_a_holder_that_was_stopped_has_lost_its_phone_when_it_goes_on(
    store: LeaseStore, seat: HostSeat, holder: Holder
) -> None:
    with obeying(store, seat) as running:
        with stopped(store, running):
            (grant,) = until(seat, lambda duties: duties.to_close).to_close
            seat.closed(grant)
            assert phone(store).state is PhoneState.FREE
        assert ask(running, "check") == "lost"
        assert ask(running, "change") == "lost"
    assert phone(store).undo == ()


def test_a_phone_without_an_agent_is_never_taken_from_who_was_only_stopped(
    store: LeaseStore, holder: Holder
) -> None:
    with process("obey", store.address, "u1") as running:
        assert heard(running) == "u1"
        with stopped(store, running), pytest.raises(NoDeviceFree, match="u1: held by obeying process"):
            holder.acquire(["u1"], within_s=2.5 * LEASE_S)
        assert ask(running, "change") == "held"


def test_the_free_phones_of_a_killed_agent_are_offline_and_the_leased_ones_stay(
    store: LeaseStore, holder: Holder
) -> None:
    with process("serve", store.address, "mini1", "u1") as agent:
        assert heard(agent) == "serving"
        lease = holder.acquire(["u1"], within_s=WITHIN_S)
        lease.check()
        agent.kill()
        eventually(lambda: phone(store).away)
        with pytest.raises(HostLost, match="the agent of mini1 has gone"):
            lease.check()
        assert phone(store).state is PhoneState.LEASED
        lease.release()
    with process("serve", store.address, "mini1", "u1") as agent:
        assert heard(agent) == "serving"
        with holder.acquire(["u1"], within_s=WITHIN_S) as lease:
            assert lease.grants[0].epoch == 2


def test_an_agent_that_was_stopped_goes_on_with_its_leases(store: LeaseStore, holder: Holder) -> None:
    with process("serve", store.address, "mini1", "u1") as agent:
        assert heard(agent) == "serving"
        lease = holder.acquire(["u1"], within_s=WITHIN_S)
        with stopped(store, agent):
            eventually(lambda: phone(store).away)
        assert phone(store).state is PhoneState.LEASED
        lease.release()
        eventually(lambda: not phone(store).revoked)


def test_an_agent_that_does_not_answer_is_replaced_and_told_so(store: LeaseStore) -> None:
    with process("serve", store.address, "mini1", "u1") as agent:
        assert heard(agent) == "serving"
        with stopped(store, agent):
            eventually(lambda: phone(store).away)
            with store.take_host("mini1", name="second") as seat:
                seat.publish([told("u1")])
                assert phone(store).gate == seat.id
        assert agent.wait(WITHIN_S) != 0


def test_an_agent_that_does_not_answer_is_replaced_where_nobody_but_the_new_one_looks(
    store: LeaseStore,
) -> None:
    def is_taken() -> bool:
        with suppress(HostTaken), store.take_host("mini1", name="second"):
            return True
        return False

    with process("serve", store.address, "mini1", "u1") as agent:
        assert heard(agent) == "serving"
        with stopped(store, agent):
            eventually(is_taken)


def test_the_phones_of_a_machine_that_lost_its_power_for_good_are_had_again_on_a_persons_word(
    store: LeaseStore, holder: Holder
) -> None:
    with process("serve", store.address, "mini1", "u1") as agent:
        assert heard(agent) == "serving"
        # Nobody else sees the lock that its machine would have given back.
        change(store, "UPDATE holder SET place='a machine that is off' WHERE kind='agent'")
        assert store.ungate("mini1") == ()
        agent.kill()
        eventually(lambda: phone(store).away)
        eventually(lambda: store.ungate("mini1") == ("u1",))
    assert holder.acquire(["u1"], within_s=0).grants[0].mux == ""


def test_who_was_stopped_in_the_queue_gets_nothing_and_holds_up_nobody(
    store: LeaseStore, seat: HostSeat, holder: Holder
) -> None:
    def served() -> list[Lease]:
        attend(seat)
        return got

    with obeying(store, seat), process("obey", store.address, "u1") as waiting:
        eventually(lambda: store.snapshot().waiting)
        with stopped(store, waiting), acquiring(holder, "u1") as got:
            eventually(lambda: holder.id in {ticket.holder.id for ticket in store.snapshot().waiting})
            store.revoke("u1")
            # On the way it is granted to who is stopped, unless that is taken for dead before.
            eventually(served)
        assert got[0].udids == ("u1",)
        assert heard(waiting) != "u1"
