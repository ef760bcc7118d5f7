"""The database of a rack goes away and comes back: who holds a phone goes on, and nothing new begins."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from harness.errors import FarmError, LeaseLost, NoDeviceFree, StoreUnavailable
from harness.farm.leases import listener
from harness.farm.leases import postgres as store_postgres
from harness.farm.leases.grants import Duties
from harness.farm.leases.lease import Holder, Lease
from harness.farm.leases.ledger import Transaction
from harness.farm.leases.listener import Bell
from harness.farm.leases.seat import HostSeat
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.model.undo import Undo, UndoOp
from tests.postgres import Server, server
from tests.unit.farm.leases.processes import heard, process
from tests.unit.farm.leases.seen import phone
from tests.unit.farm.leases.test_deaths import ask
from tests.unit.farm.leases.test_seat import lease_of, path_of, until

pytestmark = pytest.mark.judge("postgresql")

LEASE_S = 4.0
"""How long one may be silent: a busy machine has everybody heard in it, and some tests wait for longer."""
WITHIN_S = 30.0


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    """One of this module's own: a server that comes back first syncs every file of every database it has."""
    with server() as running:
        yield running


@pytest.fixture
def url(postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HARNESS_STATE_DIR", str(tmp_path / "state"))
    return postgres.create(f"farm_{uuid4().hex}")


@pytest.fixture
def store(url: str) -> Iterator[LeaseStore]:
    with closing(LeaseStore.of(url)) as store:
        store.set_lease_s(LEASE_S)
        yield store


@pytest.fixture
def unheard(monkeypatch: pytest.MonkeyPatch, holder: Holder, seat: HostSeat) -> None:
    """Sessions by which holders are heard do not come back once they are lost; decisions can be made."""

    def connect(server: store_postgres.Server) -> store_postgres.Connection:
        if threading.current_thread().name == "lease listener":
            raise psycopg.OperationalError("it is still starting")
        return connecting(server)

    connecting = store_postgres.Server.connect
    monkeypatch.setattr(store_postgres.Server, "connect", connect)


@contextmanager
def down(postgres: Server) -> Generator[None]:
    """The database is away for the length of the block."""
    postgres.stop()
    try:
        yield
    finally:
        postgres.start()


@contextmanager
def standing_still(postgres: Server) -> Generator[None]:
    """The database's machine stands still for the length of the block, as for a snapshot of it."""
    with psycopg.connect(postgres.url(role="postgres")) as asking:
        rows = asking.execute(
            "SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int"
            " UNION ALL SELECT pid FROM pg_stat_activity WHERE pid<>pg_backend_pid()"
        ).fetchall()
    processes = [row[0] for row in rows]
    try:
        for each in processes:
            os.kill(each, signal.SIGSTOP)
        yield
    finally:
        for each in processes:
            os.kill(each, signal.SIGCONT)


@contextmanager
def impatient() -> Generator[None]:
    """A database that does not answer is soon given up for the length of the block, and no longer.

    Once it is back a busy machine takes its time even to see that a session was lost.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_postgres, "PATIENCE_S", 0.3)
        yield


def eventually(condition: Callable[[], object]) -> None:
    deadline_s, pause = time.monotonic() + WITHIN_S, time.sleep
    while not condition():
        assert time.monotonic() < deadline_s, "it never came to hold"
        pause(0.05)


def ran_s(url: str) -> float:
    """For how long the server has run, seconds."""
    with psycopg.connect(url) as asking:
        row = asking.execute(
            "SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())::float8"
        ).fetchone()
        assert row
        return row[0]


def sessions(url: str) -> set[str]:
    """The locks that sessions hold, as the server tells."""
    with psycopg.connect(url) as asking:
        rows = asking.execute("SELECT objid::text FROM pg_locks WHERE locktype='advisory' AND granted")
        return {row[0] for row in rows}


def test_a_restart_costs_nobody_a_lease(
    postgres: Server, store: LeaseStore, seat: HostSeat, holder: Holder
) -> None:
    lease = lease_of(seat, holder)
    with down(postgres):
        pass
    # Nobody has a session lock now, and nobody was heard for a while.
    assert (phone(store).state, phone(store).revoked) == (PhoneState.LEASED, False)
    lease.check()
    lease.undone(lease.will_change("u1", UndoOp(Undo.WIFI, "on")))
    until_s = time.monotonic() + 1.5 * LEASE_S
    while time.monotonic() < until_s:
        assert not seat.duties()
        seat.wait(0.3)
    lease.check()


def test_a_start_that_takes_longer_than_the_lease_time_costs_nobody_a_lease(
    postgres: Server, url: str, store: LeaseStore, seat: HostSeat, holder: Holder, unheard: None
) -> None:
    lease = lease_of(seat, holder)
    with down(postgres):
        pass
    eventually(lambda: ran_s(url) > LEASE_S)
    assert not seat.duties()
    lease.check()


def test_a_machine_that_stood_still_for_longer_than_the_lease_time_costs_nobody_a_lease(
    postgres: Server, url: str, store: LeaseStore, seat: HostSeat, holder: Holder
) -> None:
    lease = lease_of(seat, holder)
    with closing(LeaseStore.of(url)) as other, ThreadPoolExecutor(1) as beside:
        other.snapshot()
        with standing_still(postgres):
            # It has its turn as soon as the database goes on, before most are heard again.
            looked = beside.submit(other.snapshot)
            time.sleep(LEASE_S * 1.25)
        looked.result()
    heard_s = store.snapshot().at_s
    eventually(lambda: last_heard_s(url) > heard_s)
    lease.check()


def test_a_machine_that_stands_still_is_given_up_in_time(
    postgres: Server, store: LeaseStore, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.snapshot()
    monkeypatch.setattr(store_postgres, "ANSWERS_WITHIN_S", 0.5)
    with standing_still(postgres), impatient():
        began_s = time.monotonic()
        with pytest.raises(StoreUnavailable, match=r"does not answer"):
            holder.acquire(["u1"], within_s=1)
        assert time.monotonic() - began_s < WITHIN_S
    monkeypatch.undo()
    assert holder.acquire(["u1"], within_s=WITHIN_S).udids == ("u1",)


def test_a_crash_of_one_session_costs_nobody_a_lease(
    postgres: Server, store: LeaseStore, seat: HostSeat, holder: Holder
) -> None:
    lease = lease_of(seat, holder)
    with process("obey", store.address, "u2") as running:
        (grant,) = until(seat, lambda duties: duties.to_open).to_open
        seat.opened(grant, path_of(grant))
        assert heard(running) == "u2"
        postgres.crash()
        until_s = time.monotonic() + 1.5 * LEASE_S
        while time.monotonic() < until_s:
            assert not seat.duties()
            seat.wait(0.3)
        lease.check()
        assert ask(running, "check") == "held"
        running.kill()
        # All are heard in sessions of after the crash: one that is lost now tells of death again.
        (grant,) = until(seat, lambda duties: duties.to_close).to_close
        assert grant.udid == "u2"


def test_after_a_crash_silence_is_counted_from_the_first_answer(
    postgres: Server, store: LeaseStore, seat: HostSeat, holder: Holder, unheard: None
) -> None:
    lease_of(seat, holder)
    postgres.crash()
    answered_s = store.snapshot().at_s
    assert not phone(store).revoked
    eventually(lambda: phone(store).revoked)
    assert store.snapshot().at_s - answered_s > LEASE_S


def test_statistics_that_somebody_resets_cost_nobody_a_lease(
    postgres: Server, url: str, store: LeaseStore, seat: HostSeat, holder: Holder
) -> None:
    lease = lease_of(seat, holder)
    postgres.do("SELECT pg_stat_reset_shared('bgwriter')")
    with closing(LeaseStore.of(url)) as another:
        assert not phone(another).revoked
    assert not seat.duties()
    lease.check()


def test_while_it_is_down_leases_go_on_and_nothing_may_be_changed(
    postgres: Server, store: LeaseStore, seat: HostSeat, holder: Holder
) -> None:
    lease = lease_of(seat, holder)
    with down(postgres), impatient():
        lease.check()
        with pytest.raises(StoreUnavailable, match=r"the lease database postgresql://.* does not answer"):
            lease.will_change("u1", UndoOp(Undo.WIFI, "on"))
        with pytest.raises(StoreUnavailable):
            seat.duties()
    lease.will_change("u1", UndoOp(Undo.WIFI, "on"))
    assert len(phone(store).undo) == 1


def test_who_wants_a_phone_while_it_is_down_gets_it_when_it_is_back(postgres: Server, holder: Holder) -> None:
    got: list[Lease] = []
    asking = threading.Thread(target=lambda: got.append(holder.acquire(["u1"], within_s=WITHIN_S)))
    with down(postgres), impatient():
        asking.start()
        asking.join(1.0)
        assert asking.is_alive()
    asking.join(WITHIN_S)
    assert got[0].udids == ("u1",)


def test_who_has_no_time_to_wait_is_told(postgres: Server, holder: Holder) -> None:
    with down(postgres), impatient(), pytest.raises(StoreUnavailable):
        holder.acquire(["u1"], within_s=0)


def test_a_waiter_keeps_its_place_over_a_restart(postgres: Server, store: LeaseStore, holder: Holder) -> None:
    # However late this process is heard again, it is not taken for dead.
    store.set_lease_s(WITHIN_S)
    lease, order, asking = holder.acquire(["u1"], within_s=0), list[int](), list[threading.Thread]()

    def wait(number: int) -> None:
        with store.register(f"waiter {number}") as waiter, waiter.acquire(["u1"], within_s=WITHIN_S):
            order.append(number)

    for number in range(3):
        asking.append(threading.Thread(target=wait, args=(number,)))
        asking[-1].start()
        eventually(lambda expected=number + 1: len(store.snapshot().waiting) == expected)
    with down(postgres):
        pass
    lease.release()
    for thread in asking:
        thread.join(WITHIN_S)
    assert order == [0, 1, 2]


def test_a_session_that_was_cut_is_had_again_with_its_lock(url: str, holder: Holder) -> None:
    before = sessions(url)
    assert len(before) == 1
    with psycopg.connect(url, autocommit=True) as operator:
        operator.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype='advisory'")
    eventually(lambda: sessions(url) == before)
    holder.acquire(["u1"], within_s=WITHIN_S).check()


def test_a_holder_that_leaves_leaves_nothing_at_the_server(url: str, store: LeaseStore) -> None:
    with store.register("a") as first, store.register("b"):
        first.close()
        assert len(sessions(url)) == 1
    assert sessions(url) == set()


def test_who_comes_while_the_last_one_leaves_is_heard(
    url: str, store: LeaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    coming = threading.Thread(target=lambda: came.append(store.register("b")))
    first, came = store.register("a"), list[Holder]()

    def ring(bell: Bell) -> None:
        if not coming.ident:
            coming.start()
            coming.join(0.2)
        ringing(bell)

    ringing = Bell.ring
    monkeypatch.setattr(Bell, "ring", ring)
    first.close()
    coming.join(WITHIN_S)
    heard_s = store.snapshot().at_s
    eventually(lambda: len(sessions(url)) == 1)
    eventually(lambda: last_heard_s(url) > heard_s)
    came[0].close()


def test_a_machine_that_has_no_descriptor_left_for_a_moment_silences_nobody(
    url: str, store: LeaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = threading.Event()

    def refuse() -> None:
        refused.set()
        raise OSError(24, "Too many open files")

    with store.register("pytest gw0"):
        with monkeypatch.context() as patch:
            patch.setattr(listener.selectors, "DefaultSelector", refuse)
            assert refused.wait(WITHIN_S)
        heard_s = last_heard_s(url)
        eventually(lambda: last_heard_s(url) > heard_s)


def last_heard_s(url: str) -> float:
    """When the one who was heard last was, by the clock of the server."""
    with psycopg.connect(url) as asking:
        row = asking.execute("SELECT max(heard_s) FROM holder").fetchone()
        assert row
        return row[0]


def test_an_agent_whose_seat_was_taken_without_a_word_takes_it_again(
    store: LeaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def unanswered(ledger: store_postgres.PostgresLedger) -> Generator[Transaction]:
        with committing(ledger) as db:
            yield db
        raise StoreUnavailable("the lease database did not say that it has committed")

    committing = store_postgres.PostgresLedger.transaction
    with monkeypatch.context() as patch:
        patch.setattr(store_postgres.PostgresLedger, "transaction", unanswered)
        with pytest.raises(StoreUnavailable):
            store.take_host("mini1", name="harness agent")
    with store.take_host("mini1", name="harness agent") as seat:
        assert seat.duties() == Duties()


def test_a_password_is_never_told(postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_postgres, "PATIENCE_S", 0.0)
    secret = "hunter2%40"
    for url in (
        f"postgresql://farm:{secret}@127.0.0.1:{postgres.port}/absent",
        f"postgresql://farm:{secret}@127.0.0.1:1/farm",
        f"postgresql://farm@127.0.0.1:{postgres.port}/absent?password={secret}",
        f"postgresql://farm:{secret}@127.0.0.1:port/farm",
    ):
        with pytest.raises(FarmError) as caught:
            LeaseStore.of(url)
        assert "hunter2" not in str(caught.value)


def test_a_database_that_is_somebody_elses_is_not_touched(url: str) -> None:
    with psycopg.connect(url) as operator:
        operator.execute("CREATE TABLE farm (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
    with pytest.raises(FarmError, match="has a table `farm` that is not the harness's"):
        LeaseStore.of(url)
    with psycopg.connect(url) as operator:
        assert operator.execute("SELECT to_regclass('phone')").fetchone() == (None,)


def test_who_goes_on_makes_no_tables_in_a_database_that_is_about_to_be_put_back(
    url: str, store: LeaseStore, holder: Holder
) -> None:
    with psycopg.connect(url, autocommit=True) as operator:
        operator.execute("DROP OWNED BY farm")
        operator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid<>pg_backend_pid() AND usename=current_user AND datname=current_database()"
        )
        with pytest.raises(StoreUnavailable, match=r"has lost its tables.*`harness farm init`"):
            store.snapshot()
        assert operator.execute("SELECT to_regclass('farm')").fetchone() == (None,)
    LeaseStore.of(url).close()
    assert store.snapshot().phones == ()


def test_a_database_that_takes_no_changes_for_a_while_is_one_that_is_down(
    url: str, store: LeaseStore, holder: Holder
) -> None:
    lease = holder.acquire(["u1"], within_s=0)
    name = url.rpartition("/")[2]
    with psycopg.connect(url, autocommit=True) as operator:
        operator.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only=on'.encode())
        with closing(LeaseStore.of(url)) as other:
            with pytest.raises(StoreUnavailable, match="read-only"):
                other.revoke("u1")
            operator.execute("SET default_transaction_read_only=off")
            operator.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only'.encode())
            assert other.revoke("u1")
    with pytest.raises(LeaseLost):
        lease.check()


def test_nobody_waits_for_ever_in_the_turn_of_one_who_was_stopped_there(
    url: str, store: LeaseStore, holder: Holder
) -> None:
    with psycopg.connect(url, options="-c idle_in_transaction_session_timeout=1500ms") as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (store_postgres.TURN,))
        with holder.acquire(["u1"], within_s=WITHIN_S) as lease:
            lease.check()
        other.close()


def test_who_was_stopped_within_a_turn_is_told_that_it_did_not_happen_and_goes_on(
    url: str, store: LeaseStore, holder: Holder
) -> None:
    stopped = store_postgres.PostgresLedger(store_postgres.Server(url))
    with stopped.transaction() as db:
        # Only now, or a busy machine would be taken for stopped while it lays the session out.
        db.execute("SET idle_in_transaction_session_timeout='500ms'")

    def stand_still() -> None:
        with stopped.transaction() as db:
            db.execute("UPDATE farm SET value='99' WHERE key='lease_s'")
            # The server takes the turn from it, and gives it to the next.
            holder.acquire(["u1"], within_s=WITHIN_S).check()

    with closing(stopped):
        with pytest.raises(StoreUnavailable):
            stand_still()
        with stopped.transaction() as db:
            assert db.execute("SELECT value FROM farm WHERE key='lease_s'").fetchone() == (f"{LEASE_S:g}",)


def test_who_has_a_phone_is_told_with_the_machine_that_it_runs_on(store: LeaseStore, holder: Holder) -> None:
    holder.acquire(["u1"], within_s=0, note="t::a")
    with (
        store.register("other") as other,
        pytest.raises(NoDeviceFree, match=r"held by pytest gw0 \(pid \d+ on "),
    ):
        other.acquire(["u1"], within_s=0)
