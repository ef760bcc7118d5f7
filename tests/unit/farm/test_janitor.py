"""A janitor outlives what kills a holder, and does nothing but what it was started for."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from harness.farm.janitor import Janitor, main
from harness.farm.leases.store import LeaseStore, doors_of
from harness.model.undo import Undo, UndoOp
from tests.unit.farm.leases.processes import heard, process

WITHIN_S = 30.0


class VirtualJanitor:
    """Notes when it is started."""

    def __init__(self) -> None:
        self.started: list[tuple[str, str]] = []

    def start(self, leases: str, holder: str, environment: Mapping[str, str]) -> None:
        self.started.append((leases, holder))


def until(condition: Callable[[], object]) -> None:
    """Look again and again at what other processes do."""
    deadline_s, pause = time.monotonic() + WITHIN_S, time.sleep
    while not condition():
        assert time.monotonic() < deadline_s, "it never came to hold"
        pause(0.02)


def writes(path: Path) -> tuple[str, ...]:
    """A command that says that it was run, and for whom."""
    return (sys.executable, "-c", f"import sys; open({str(path)!r}, 'w').write(sys.argv[2])")


def test_one_is_started_before_the_first_change_and_only_then(tmp_path: Path, store: LeaseStore) -> None:
    janitor = VirtualJanitor()
    with store.register("pytest", janitor=janitor) as holder:
        with holder.acquire(["u1"], within_s=0) as lease:
            assert janitor.started == []
            lease.will_change("u1", UndoOp(Undo.LOW_POWER_MODE, "off"), keep=True)
            assert janitor.started == []
            lease.undone(lease.will_change("u1", UndoOp(Undo.WIFI, "on")))
            lease.undone(lease.will_change("u1", UndoOp(Undo.CONDITION, "none")))
        assert janitor.started == [(store.address, holder.id)]


def test_it_runs_its_command_when_the_holders_whole_process_group_is_killed(
    tmp_path: Path, store: LeaseStore
) -> None:
    ran = tmp_path / "ran"
    with process("alter_guarded", store.address, "p1", *writes(ran)) as running:
        holder = heard(running)
        assert os.getpgid(running.pid) == running.pid
        assert not ran.exists()
        os.killpg(running.pid, signal.SIGKILL)
        until(ran.exists)
    until(lambda: ran.read_text() == holder)


def test_it_ends_without_its_command_when_nothing_was_left_altered(tmp_path: Path, store: LeaseStore) -> None:
    ran, ended = tmp_path / "ran", tmp_path / "ended"
    Janitor(writes(ended)).start(store.address, "nobody", {})
    holder = store.register("pytest", janitor=Janitor(writes(ran)))
    with holder.acquire(["u1"], within_s=0) as lease:
        lease.undone(lease.will_change("u1", UndoOp(Undo.WIFI, "on")))
    holder.close()
    with store.register("next") as following, following.acquire(["u1"], within_s=0) as lease:
        lease.will_change("u1", UndoOp(Undo.WIFI, "on"))
    # The one of this third holder comes after the first two have had their time to do wrong.
    last = store.register("last", janitor=Janitor(writes(tmp_path / "last")))
    with last.acquire(["u2"], within_s=0) as lease:
        lease.will_change("u2", UndoOp(Undo.WIFI, "on"))
    last.close()
    until((tmp_path / "last").exists)
    assert not ran.exists()
    assert not ended.exists()


def test_what_it_cannot_handle_is_in_a_log_beside_the_leases(tmp_path: Path, store: LeaseStore) -> None:
    command = (sys.executable, "-c", "raise ZeroDivisionError('a defect')")
    holder = store.register("pytest", janitor=Janitor(command))
    with holder.acquire(["u1"], within_s=0) as lease:
        lease.will_change("u1", UndoOp(Undo.WIFI, "on"))
    holder.close()
    until(
        lambda: "ZeroDivisionError: a defect" in doors_of(store.address).with_name("janitor.log").read_text()
    )


def test_it_makes_no_lease_file_where_there_is_none_any_more(tmp_path: Path) -> None:
    gone = tmp_path / "leases.sqlite3"
    assert main([str(gone), "nobody", *writes(tmp_path / "ran")]) == 0
    assert list(tmp_path.iterdir()) == []
