"""A worker on another machine than its phone: what it can do there, it can do while it has the phone."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.api.desk import Desk
from harness.api.leasedphones import LeasedPhone
from harness.config.devices import load_devices
from harness.errors import DeviceLost
from harness.farm.leases.store import LeaseStore
from harness.farm.reach import ReachablePhone
from harness.runtime.loop import LoopThread
from tests.virtual.farm import sshd
from tests.virtual.farm.site import DEVICES, HOST, WITHIN_S, Site

pytestmark = pytest.mark.judge("ssh")

ELSEWHERE = "/nowhere/clock"
"""Where the clock of a phone is on its own machine: a path that means nothing on this one."""

A_WEEK_S = 7 * 86400.0

ON_ONE_STORE = pytest.mark.parametrize("site", ["sqlite"], indirect=True)
"""What a worker carries does not depend on where leases are kept."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sshd.Sshd]:
    """The host's sshd, which this process's ``ssh`` knows."""
    with sshd.sshd() as running, pytest.MonkeyPatch.context() as patch:
        programs = tmp_path_factory.mktemp("programs")
        running.put_into(programs)
        patch.setenv("PATH", str(programs), prepend=os.pathsep)
        yield running


class Worker:
    """A process's desk at the farm of a site, whose host is another machine to it.

    Args:
        loop: the loop that phones are opened on.
        site: the farm.
        directory: where its devices.yaml is written.
    """

    def __init__(self, loop: LoopThread, site: Site, directory: Path) -> None:
        (directory / "far.yaml").write_text(DEVICES.replace(f"{HOST}: {{}}", f"{HOST}: {{ssh: {sshd.HOST}}}"))
        self.store = LeaseStore.of(site.store)
        told = [one for one in self.store.published() if not one.away]
        self._reach = [ReachablePhone(one.identity, None, ELSEWHERE, one.ways) for one in told]
        self._loop = loop
        self.desk = Desk(loop, load_devices(directory / "far.yaml"), self._reach, self.store, "gw0")

    def take(self) -> LeasedPhone:
        """Have one of the phones."""
        return self.desk.take([one.identity for one in self._reach], note="a test", within_s=WITHIN_S)

    def let_pass(self, phone: LeasedPhone, seconds: float) -> float:
        """Let time pass on a phone; returns how much did."""
        assert phone.clock is not None
        began_s = now_s = self._loop.run(phone.clock.now(), WITHIN_S, what="reading the clock").at_s
        while now_s < began_s + seconds:
            passing = phone.clock.let_pass(began_s + seconds)
            now_s = self._loop.run(passing, WITHIN_S, what="letting time pass").at_s
        return now_s - began_s


@contextmanager
def working(site: Site, directory: Path) -> Generator[Worker]:
    with LoopThread() as loop:
        worker = Worker(loop, site, directory)
        try:
            yield worker
        finally:
            worker.desk.close()


@ON_ONE_STORE
def test_time_passes_on_a_virtual_phone_of_another_machine_until_its_lease_is_over(
    site: Site, server: sshd.Sshd, tmp_path: Path
) -> None:
    with site.serving("--no-keep-open") as agent, working(site, tmp_path) as worker:
        phone = worker.take()
        assert worker.let_pass(phone, A_WEEK_S) >= A_WEEK_S
        worker.store.revoke(phone.identity.udid)
        agent.has_told("cut")
        with pytest.raises(DeviceLost):
            worker.let_pass(phone, A_WEEK_S)


@ON_ONE_STORE
def test_a_phone_whose_connection_died_is_had_again_and_nothing_is_held_against_it(
    site: Site, server: sshd.Sshd, tmp_path: Path
) -> None:
    with site.serving("--no-keep-open"), working(site, tmp_path) as worker:
        phone = worker.take()
        for pid in server.sessions():
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(DeviceLost) as lost:
            worker.let_pass(phone, A_WEEK_S)
        worker.desk.note_lost(lost.value)
        assert worker.store.health.record(phone.identity.udid).strikes == 0
        assert worker.let_pass(worker.take(), A_WEEK_S) >= A_WEEK_S
