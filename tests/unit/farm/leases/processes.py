"""Processes that use a lease store, for tests that kill them.

Each says on stdout how far it has come, and stays until its stdin is closed or it is killed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.errors import LeaseLost, NoDeviceFree, StoreUnavailable
from harness.farm.janitor import Janitor
from harness.farm.leases.published import PublishedPhone
from harness.farm.leases.seat import HostSeat
from harness.farm.leases.store import LeaseStore
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.undo import Undo, UndoOp

ROOT = Path(__file__).parents[4]

STARVED_S = 60.0
"""Wall seconds without a turn after which a contender has been starved, on a busy machine too."""


class Oracle:
    """Detects double use without knowing of leases: one file per phone that only one can create."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def take(self, udid: str) -> bool:
        """Whether nobody else is using the phone."""
        try:
            os.close(os.open(self._directory / udid, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True

    def give(self, udid: str) -> None:
        (self._directory / udid).unlink()


@contextmanager
def process(*words: object) -> Generator[subprocess.Popen[str]]:
    """Run one of the functions below in a process of its own; killed at the end if it is still there."""
    command = [sys.executable, "-m", "tests.unit.farm.leases.processes", *map(str, words)]
    with subprocess.Popen(command, cwd=ROOT, stdin=-1, stdout=-1, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


def heard(running: subprocess.Popen[str]) -> str:
    """The next line that a process says."""
    assert running.stdout is not None
    return running.stdout.readline().strip()


def say(word: object) -> None:
    print(word, flush=True)


def stay() -> None:
    sys.stdin.read()


def hold(store: LeaseStore, udid: str) -> None:
    lease = store.register("holding process").acquire([udid], within_s=10, note="tests/a.py::test_b")
    say(lease.udid)
    stay()


def obey(store: LeaseStore, udid: str) -> None:
    """Hold a phone, and try at each word what only its holder can do."""
    lease = store.register("obeying process").acquire([udid], within_s=30)
    say(lease.udid)
    acts = {"check": lease.check, "change": lambda: lease.will_change(udid, UndoOp(Undo.WIFI, "on"))}
    for line in sys.stdin:
        try:
            acts[line.strip()]()
            say("held")
        except LeaseLost:
            say("lost")


def serve(store: LeaseStore, host: str, udid: str) -> None:
    """Be the agent of a host with one phone."""
    phone = PublishedPhone(PhoneIdentity(udid, udid, "16.7", "iPhone10,3", Hardware.VIRTUAL), host)
    seat = store.take_host(host, name="serving process")
    seat.publish([phone])
    say("serving")
    while True:
        with suppress(StoreUnavailable):
            attend(seat)


def attend(seat: HostSeat) -> None:
    duties = seat.duties()
    for grant in duties.to_open:
        seat.opened(grant, f"/{grant.udid}.{grant.epoch}.sock")
    for grant in duties.to_close:
        seat.closed(grant)
    seat.wait(1.0)


def alter(store: LeaseStore, udid: str) -> None:
    lease = store.register("altering process").acquire([udid], within_s=10, note="tests/a.py::test_b")
    lease.will_change(udid, UndoOp(Undo.WIFI, "on"))
    lease.will_change(udid, UndoOp(Undo.BACKGROUND_REFRESH, "on", "com.example.app"))
    say(lease.udid)
    stay()


def alter_guarded(store: LeaseStore, udid: str, *command: str) -> None:
    os.setpgid(0, 0)
    holder = store.register("altering process", janitor=Janitor(command))
    holder.acquire([udid], within_s=10).will_change(udid, UndoOp(Undo.WIFI, "on"))
    say(holder.id)
    stay()


def restore(store: LeaseStore, udid: str) -> None:
    class Stuck:
        @contextmanager
        def reaching(self, udid: str) -> Generator[Callable[[UndoOp], None]]:
            def stuck(op: UndoOp) -> None:
                say(op.operation)
                stay()

            yield stuck

    store.register("restoring process").restore(Stuck(), [udid])


def wait(store: LeaseStore, udid: str) -> None:
    say("waiting")
    store.register("waiting process").acquire([udid], within_s=60)


def fork(store: LeaseStore, udid: str) -> None:
    holder = store.register("forking process")
    lease = holder.acquire([udid], within_s=10)
    if os.fork():
        stay()
    try:
        lease.check()
    except LeaseLost:
        say("lost")
    stay()


def spawn(store: LeaseStore, udid: str) -> None:
    store.register("spawning process").acquire([udid], within_s=10)
    subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], close_fds=False)
    say("spawned")
    stay()


def contend(store: LeaseStore, udids: str, count: str, turns: str, directory: str) -> None:
    oracle, doubles = Oracle(Path(directory)), 0
    with store.register(f"contender {os.getpid()}") as holder:
        for _ in range(int(turns)):
            try:
                lease = holder.acquire(udids.split(","), within_s=STARVED_S, count=int(count))
            except NoDeviceFree:
                say("starved")
                return
            with lease:
                alone = [udid for udid in lease.udids if oracle.take(udid)]
                doubles += len(lease.udids) - len(alone)
                lease.check()
                for udid in alone:
                    oracle.give(udid)
    say(f"{doubles} doubles")


if __name__ == "__main__":
    act, path, *rest = sys.argv[1:]
    globals()[act](LeaseStore.of(path), *rest)
