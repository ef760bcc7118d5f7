"""What befalls a rack: workers and agents die, workers hang, the database restarts, cables and ssh are cut.

What happens when is left to a seed; how much of it then hits what was just going on is left to the machine.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from enum import StrEnum

from harness.errors import FarmError, HarnessError
from harness.farm.leases.store import LeaseStore
from tests.rack.run import Run
from tests.rack.site import LEASE_S, Site, phones_of


class Kind(StrEnum):
    """A kind of chaos."""

    KILL = "kill"
    """kill -9 of a worker."""
    STOP = "stop"
    """SIGSTOP of a worker for longer than the lease, then SIGCONT."""
    AGENT = "agent"
    """kill -9 of an agent, which is started again."""
    DATABASE = "database"
    """The database is stopped as a crash of its machine does, and started again."""
    CRASH = "crash"
    """One process of the database crashes: all sessions are cut, and the server goes on."""
    CABLE = "cable"
    """A cable is pulled, and put back."""
    SSH = "ssh"
    """kill -9 of one end of a connection by ssh: of the client, or of the session at the far machine."""


MEAN_S: Mapping[Kind, float] = {
    Kind.KILL: 6.0,
    Kind.STOP: 6.0,
    Kind.AGENT: 15.0,
    Kind.DATABASE: 20.0,
    Kind.CRASH: 30.0,
    Kind.CABLE: 10.0,
    Kind.SSH: 8.0,
}
"""Wall seconds between two of a kind, on average."""

LOOK_S = 0.1
PERSON_EVERY_S = 2.0
"""Wall seconds between two looks of the person who takes phones back into rotation."""

DOWN_S = (0.2, 1.5)
"""For how long the database is away, from to, in wall time."""

UNPLUGGED_S = (0.5, 4.0)
STOPPED_S = (1.2 * LEASE_S, 2.0 * LEASE_S)

AIMED = 0.5
"""How many of the hits on workers are aimed at one that has altered its phone, where there is one."""


class Chaos:
    """Brings chaos over a rack.

    A phone whose cable comes loose too often leaves rotation until a person has seen to it. The person is
    here, too: phones are taken back as soon as that is seen.

    Args:
        site: the rack.
        run: the test run on it.
        seed: of what is left to chance.
        kinds: what happens.

    Attributes:
        done: how often what was done.
    """

    def __init__(self, site: Site, run: Run, seed: int, kinds: Collection[Kind] = tuple(Kind)) -> None:
        self.done: Counter[str] = Counter()
        self._site, self._run = site, run
        self._chance = random.Random(seed)
        self._acts: Mapping[Kind, Callable[[], None]] = {
            Kind.KILL: self._kill,
            Kind.STOP: self._stop,
            Kind.AGENT: self._kill_agent,
            Kind.DATABASE: self._restart_database,
            Kind.CRASH: self._crash_session,
            Kind.CABLE: self._pull_cable,
            Kind.SSH: self._cut_ssh,
        }
        # In the order of the table, so that the same seed means the same.
        self._next_s = {kind: self._soon(kind) for kind in Kind if kind in kinds}
        self._mending: dict[str, tuple[float, Callable[[], object]]] = {}
        self._store: LeaseStore | None = None

    @property
    def farm(self) -> LeaseStore:
        """Where leases are kept, opened once: to connect takes the database more than what is asked then.

        Raises:
            StoreUnavailable: it does not answer.
        """
        if self._store is None:
            self._store = LeaseStore.of(self._site.store)
        return self._store

    def close(self) -> None:
        """Ask the database nothing more."""
        if self._store is not None:
            self._store.close()

    def last(self, for_s: float) -> None:
        """Let there be chaos for a time, or until the run has ended; whatever it began is over then."""
        ends_s = time.monotonic() + for_s
        while time.monotonic() < ends_s and self._run.is_running:
            self._step()
        while self._mending:
            self._mend()
            threading.Event().wait(LOOK_S)

    def calm(self, within_s: float) -> bool:
        """Let nothing happen until the run has ended, but for the person; whether it has ended in time."""
        ends_s = time.monotonic() + within_s
        while time.monotonic() < ends_s and self._run.is_running:
            self.take_back()
            threading.Event().wait(PERSON_EVERY_S)
        return not self._run.is_running

    def take_back(self) -> None:
        """See to the phones that are out of rotation for what their cables did."""
        with suppress(FarmError):
            for phone in self.farm.snapshot().phones:
                if phone.is_out_for_health or phone.strikes:
                    self.done["taken back"] += self.farm.clear(phone.udid)

    def _step(self) -> None:
        self._mend()
        for kind, at_s in self._next_s.items():
            if time.monotonic() >= at_s:
                self._acts[kind]()
                self._next_s[kind] = self._soon(kind)
        self._person()
        threading.Event().wait(LOOK_S)

    def _person(self) -> None:
        if "person" not in self._mending:
            self._mending["person"] = (time.monotonic() + PERSON_EVERY_S, self.take_back)

    def _soon(self, kind: Kind) -> float:
        return time.monotonic() + MEAN_S[kind] * self._chance.uniform(0.5, 1.5)

    def _mend(self) -> None:
        """Put back what is due to be."""
        for what, (at_s, mend) in list(self._mending.items()):
            if time.monotonic() >= at_s:
                del self._mending[what]
                mend()

    # ---- what is done

    def _kill(self) -> None:
        self._hit(signal.SIGKILL, "kills")

    def _stop(self) -> None:
        pid = self._hit(signal.SIGSTOP, "stops")
        if pid is not None:
            self._later(f"worker {pid}", STOPPED_S, lambda: _signal(pid, signal.SIGCONT))

    def _hit(self, number: signal.Signals, what: str) -> int | None:
        there = [pid for pid in self._run.workers() if f"worker {pid}" not in self._mending]
        # Some have to go on, or nothing goes on.
        if len(there) < 4:
            return None
        altering = sorted(self._altering().intersection(there)) if self._chance.random() < AIMED else []
        pid = self._chance.choice(altering or there)
        hit = _signal(pid, number)
        self.done[what] += hit
        self.done["amid a change"] += hit and bool(altering)
        return pid

    def _altering(self) -> set[int]:
        """The workers that have something to put back; nobody where the database does not say."""
        with suppress(FarmError):
            return {phone.holder.pid for phone in self.farm.snapshot().phones if phone.holder and phone.undo}
        return set()

    def _kill_agent(self) -> None:
        self.done["agent kills"] += self._chance.choice(self._site.hosts).kill_agent()

    def _restart_database(self) -> None:
        self._site.server.stop()
        self.done["restarts"] += 1
        threading.Event().wait(self._chance.uniform(*DOWN_S))
        self._site.server.start()

    def _crash_session(self) -> None:
        self._site.server.crash()
        self.done["crashes"] += 1

    def _pull_cable(self) -> None:
        host = self._chance.choice(self._site.hosts)
        phone = self._chance.choice(phones_of(host.name))
        if f"cable {phone}" in self._mending:
            return
        with suppress(HarnessError):
            host.pull(phone)
            self.done["cuts"] += 1
            self._later(f"cable {phone}", UNPLUGGED_S, lambda: host.plug_in(phone))

    def _cut_ssh(self) -> None:
        sshd = self._site.sshd
        if sshd and (ends := [*sshd.sessions(), *sshd.clients()]):
            self.done["ssh cuts"] += _signal(self._chance.choice(ends), signal.SIGKILL)

    def _later(self, what: str, from_to_s: tuple[float, float], mend: Callable[[], object]) -> None:
        self._mending[what] = (time.monotonic() + self._chance.uniform(*from_to_s), mend)


def _signal(pid: int, number: signal.Signals) -> bool:
    """Send a signal; ``False`` when there is nobody any more."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True
