"""A usbmuxd's socket carried by ssh, judged with ssh's own server."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from harness.drivers.virtual_clock import VirtualClock
from harness.errors import DeviceLost, HostLost
from harness.farm.gate import carrier
from harness.farm.gate.carrier import Carried, carry
from harness.farm.gate.clockgate import clock_beside
from harness.farm.gate.epochs import Epochs
from harness.farm.gate.scoped import ScopedSocket
from harness.farm.gate.worker import WorkerSocket
from harness.model.identity import Hardware, PhoneIdentity
from harness.virtual.clock_server import ClockServer
from harness.virtual.kernel.clock import VirtualClock as KernelClock
from tests.unit.farm.gate.bench import WITHIN_S, Asker, Bench, bench, until
from tests.virtual.farm.sshd import HOST, Sshd, sshd

pytestmark = pytest.mark.judge("ssh")

PHONE = "00008120-000A11112222001E"
ECHO = 7
BEGAN_S = 1_000_000.0

CARRIES = """\
import asyncio, sys
from pathlib import Path
from harness.farm.gate.carrier import carry

async def main(host, remote, directory, *command):
    carried = await carry(host, remote, Path(directory), command=command)
    print(carried.path, flush=True)
    await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


SLOW = """\
import socket, sys

here, _, there = sys.argv[sys.argv.index("-L") + 1].partition(":")
listening = socket.socket(socket.AF_UNIX)
listening.bind(here)
with open(sys.argv[1]) as told:
    told.read()
listening.listen()
near, _ = listening.accept()
far = socket.socket(socket.AF_UNIX)
far.connect(there)
far.sendall(near.recv(65536))
near.sendall(far.recv(65536))
near.recv(1)
"""
"""An ssh that has made its socket, and listens once it is told to; it carries one question."""


@pytest.fixture(scope="module")
def server() -> Iterator[Sshd]:
    with sshd() as running:
        yield running


def run(test: Callable[[Bench], Awaitable[None]]) -> None:
    async def main() -> None:
        async with bench() as it:
            await it.show(PHONE)
            await test(it)

    asyncio.run(main())


async def carried_to(it: Bench, server: Sshd) -> Carried:
    return await carry(HOST, it.path, it.directory, command=server.command)


async def echoed(path: str, said: bytes) -> Asker:
    """A client that is connected to the phone, and has been answered."""
    asker = await Asker.at(path)
    (shown,) = (await asker.ask("ListDevices"))["DeviceList"]
    assert await asker.connect(shown["DeviceID"], ECHO) == 0
    asker.writer.write(said)
    assert await asyncio.wait_for(asker.reader.readexactly(len(said)), WITHIN_S) == said
    return asker


def test_it_answers_once_it_is_carried_and_is_its_owners_alone(server: Sshd) -> None:
    async def test(it: Bench) -> None:
        carried = await carried_to(it, server)
        assert stat.S_IMODE(os.stat(carried.path).st_mode) == 0o600
        asker = await echoed(carried.path, b"there and back")
        assert not carried.is_lost
        await carried.close()
        assert await asker.rest() == b""
        assert os.path.basename(carried.path) not in os.listdir(it.directory)
        await carried.close()
        asker.close()

    run(test)


def test_the_clock_of_a_virtual_phone_is_carried_beside_its_usbmuxd_and_ends_with_the_grant(
    server: Sshd,
) -> None:
    async def test(it: Bench) -> None:
        clocks, at = ClockServer({PHONE: KernelClock(epoch_s=BEGAN_S)}), str(it.directory / "clock")
        await clocks.listen(at)
        epochs = Epochs(it.directory / "epochs")
        granted = await ScopedSocket.open(it.directory, PHONE, 1, epochs, upstream=it.upstream_path, clock=at)
        carried = await carry(HOST, granted.path, it.directory, clock=True, command=server.command)
        assert stat.S_IMODE(os.stat(clock_beside(carried.path)).st_mode) == 0o600
        phone = PhoneIdentity("v-16", PHONE, "16.7", "iPhone12,1", Hardware.VIRTUAL)
        clock = VirtualClock(phone, clock_beside(carried.path))
        assert (await clock.let_pass(BEGAN_S + 600)).at_s == BEGAN_S + 600
        await granted.close()
        with pytest.raises(DeviceLost):
            await asyncio.wait_for(clock.now(), WITHIN_S)
        await clock.close()
        await carried.close()
        assert not [name for name in os.listdir(it.directory) if name.endswith((".sock", ".time"))]
        await clocks.close()

    run(test)


def test_half_a_connection_ends_at_the_far_side_alone(server: Sshd) -> None:
    async def test(it: Bench) -> None:
        carried = await carried_to(it, server)
        asker = await echoed(carried.path, b"all")
        asker.writer.write_eof()
        assert await asker.rest() == b"end"
        asker.close()
        await carried.close()

    run(test)


def test_a_phone_taken_away_there_is_cut_here(server: Sshd) -> None:
    async def test(it: Bench) -> None:
        carried, mine = await carried_to(it, server), await WorkerSocket.open()
        await mine.take(PHONE, carried.path)
        asker = await echoed(mine.path, b"through three sockets and ssh")
        await it.relay.detach(PHONE)
        assert await asker.rest() == b""
        await until(lambda: mine.udids == ())
        asker.close()
        await mine.close()
        await carried.close()

    run(test)


def test_a_machine_that_goes_away_is_told_with_what_ssh_says() -> None:
    async def test(it: Bench) -> None:
        with sshd() as going:
            carried = await carried_to(it, going)
            asker = await echoed(carried.path, b"here")
            await asyncio.to_thread(going.stop)
            lost = await asyncio.wait_for(carried.lost(), WITHIN_S)
            assert carried.is_lost
            assert HOST in str(lost)
            assert "closed" in str(lost)
            assert await asker.rest() == b""
            asker.close()
            await carried.close()

    run(test)


@pytest.mark.parametrize("end", ["the client", "the session"])
def test_that_a_connection_has_died_is_known_at_once_whichever_end_was_killed(end: str) -> None:
    async def test(it: Bench) -> None:
        with sshd() as going:
            carried = await carried_to(it, going)
            asker = await echoed(carried.path, b"here")
            await carried.check()
            sessions, clients = going.sessions(), going.clients()
            assert sessions
            for pid in clients if end == "the client" else sessions:
                os.kill(pid, signal.SIGKILL)
            assert await asker.rest() == b""
            # Whoever was cut asks in the same moment: nobody has told yet that ssh has ended.
            with pytest.raises(HostLost, match=f"the connection to {HOST} ended"):
                await carried.check()
            asker.close()
            await carried.close()

    run(test)


def test_a_machine_that_does_not_answer_is_told_with_what_ssh_says(server: Sshd) -> None:
    async def test(it: Bench) -> None:
        with pytest.raises(HostLost, match=r"nowhere\.invalid is out of reach: ssh: .*hostname.*"):
            await carry("nowhere.invalid", it.path, it.directory, command=server.command)
        assert sorted(os.listdir(it.directory)) == ["relay", "upstream"]

    run(test)


def test_who_may_not_log_in_is_told_so_and_asked_nothing(server: Sshd) -> None:
    async def test(it: Bench) -> None:
        stranger = (*server.command, "-o", "PubkeyAuthentication=no")
        with pytest.raises(HostLost, match="Permission denied"):
            await carry(HOST, it.path, it.directory, command=stranger)

    run(test)


def test_a_socket_that_is_not_there_is_told(server: Sshd) -> None:
    async def test(it: Bench) -> None:
        with pytest.raises(HostLost, match=r"nobody answers at .*/gone on mini: .*open failed"):
            await carry(HOST, f"{it.directory}/gone", it.directory, command=server.command)
        assert sorted(os.listdir(it.directory)) == ["relay", "upstream"]

    run(test)


def test_it_ends_with_the_process_that_carries_even_if_that_is_killed(server: Sshd) -> None:
    async def test(it: Bench) -> None:
        words = (sys.executable, "-c", CARRIES, HOST, it.path, str(it.directory), *server.command)
        process = await asyncio.create_subprocess_exec(*words, stdout=subprocess.PIPE)
        assert process.stdout is not None
        path = (await process.stdout.readline()).decode().strip()
        asker = await echoed(path, b"here")
        process.send_signal(signal.SIGKILL)
        assert await asker.rest() == b""
        await process.wait()
        await until(lambda: it.relay.connections(PHONE) == 0)
        asker.close()

    run(test)


def test_a_socket_that_is_made_before_ssh_listens_there_is_waited_for(tmp_path: Path) -> None:
    told = tmp_path / "told"
    os.mkfifo(told)

    async def test(it: Bench) -> None:
        slow = (sys.executable, "-c", SLOW, str(told))
        carrying = asyncio.create_task(carry(HOST, it.path, it.directory, command=slow))
        await until(lambda: any(name.endswith(".sock") for name in os.listdir(it.directory)))
        await asyncio.sleep(2 * carrier.LOOK_EVERY_S)
        assert not carrying.done()
        os.close(await asyncio.to_thread(os.open, told, os.O_WRONLY))
        await (await asyncio.wait_for(carrying, WITHIN_S)).close()

    run(test)


def test_a_carrier_that_does_not_end_when_it_is_told_to_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrier, "ENDED_WITHIN_S", 0.2)
    # Whoever opens the reading end hears when the last writer has ended.
    told = tmp_path / "told"
    os.mkfifo(told)
    stubborn = ("/bin/sh", "-c", f"trap '' TERM; exec 9>{told}; while :; do sleep 60; done")

    async def test(it: Bench) -> None:
        reader = os.open(told, os.O_RDONLY | os.O_NONBLOCK)
        with pytest.raises(HostLost, match="mini did not answer in 1 s"):
            await carry(HOST, it.path, it.directory, command=stubborn, within_s=1.0)
        await until(lambda: _is_at_its_end(reader))
        os.close(reader)

    run(test)


def _is_at_its_end(pipe: int) -> bool:
    try:
        return os.read(pipe, 1) == b""
    except BlockingIOError:
        return False


def test_a_name_that_looks_like_an_option_is_a_name(server: Sshd, tmp_path: Path) -> None:
    async def test(it: Bench) -> None:
        trap = tmp_path / "trap"
        with pytest.raises(HostLost):
            await carry(f"-oProxyCommand=touch {trap}", it.path, it.directory, command=server.command)
        assert os.listdir(tmp_path) == []

    run(test)
