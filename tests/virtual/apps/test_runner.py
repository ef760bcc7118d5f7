"""The test runner's process: what it looks like, what keeps it, what ends it, and who reaches its port."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pymobiledevice3.exceptions import ConnectionFailedError
from pymobiledevice3.usbmux import list_devices

from harness.model.states import AppState
from harness.virtual.apps.runner import DEFAULT_PORT, EXECUTABLE, PORT_VARIABLE, RUNNER_ID, runner_app
from harness.virtual.kernel.listeners import Serve
from harness.virtual.kernel.processes.process import Process
from harness.virtual.kernel.springboard import LaunchRefused
from harness.virtual.transport.stream import Stream
from tests.virtual.kernel.support import BUNDLE_ID, Bench
from tests.virtual.rig import Rig, rig, until

PORT = 18_201


def echo_of(process: Process) -> Serve:
    """A server that says whose process it is of, and then all that it is told."""

    async def serve(stream: Stream) -> None:
        stream.write(b"%d\n" % process.pid)
        while data := await stream.read():
            stream.write(data)
            await stream.drain()

    return serve


def bench_with_runner(root: Path) -> Bench:
    bench = Bench(root)
    bench.phone.install(runner_app(echo_of))
    return bench


def start(bench: Bench | Rig, port: int = PORT, *, kill_existing: bool = True) -> int:
    """Launch the runner as clients of process control do."""
    return bench.phone.launch(
        RUNNER_ID,
        environment={PORT_VARIABLE: str(port), "WDA_PRODUCT_BUNDLE_IDENTIFIER": RUNNER_ID},
        kill_existing=kill_existing,
        activate_suspended=True,
    )


def runner_of(bench: Bench) -> Process:
    process = bench.phone.processes.of_bundle(RUNNER_ID)
    assert process is not None
    return process


def test_it_runs_in_the_background_under_the_name_of_a_test_runner(tmp_path: Path) -> None:
    bench = bench_with_runner(tmp_path)
    bench.phone.user_launch(BUNDLE_ID)
    start(bench)
    assert runner_of(bench).name == EXECUTABLE
    assert runner_of(bench).state is AppState.BACKGROUND_RUNNING
    assert bench.state is AppState.FOREGROUND_ACTIVE
    assert RUNNER_ID not in bench.phone.front.cards


def test_it_is_never_suspended(tmp_path: Path) -> None:
    bench = bench_with_runner(tmp_path)
    start(bench)
    bench.wait(3_600)
    assert runner_of(bench).state is AppState.BACKGROUND_RUNNING


def test_nothing_listens_before_it_runs(tmp_path: Path) -> None:
    bench = bench_with_runner(tmp_path)
    assert bench.phone.listeners.at(PORT) is None
    bench.phone.prewarm(RUNNER_ID)
    assert bench.phone.listeners.at(PORT) is None
    start(bench)
    assert bench.phone.listeners.at(PORT) is not None


def test_it_listens_on_the_usual_port_when_nobody_says(tmp_path: Path) -> None:
    bench = bench_with_runner(tmp_path)
    bench.phone.launch(RUNNER_ID, activate_suspended=True)
    assert bench.phone.listeners.at(DEFAULT_PORT) is not None


@pytest.mark.parametrize("signal", [9, 15])
def test_a_signal_ends_it_and_closes_its_port(tmp_path: Path, signal: int) -> None:
    bench = bench_with_runner(tmp_path)
    bench.phone.signal(start(bench), signal)
    assert bench.phone.processes.of_bundle(RUNNER_ID) is None
    assert bench.phone.listeners.at(PORT) is None


def test_a_restart_of_the_phone_closes_its_port(tmp_path: Path) -> None:
    bench = bench_with_runner(tmp_path)
    start(bench)
    bench.phone.reboot()
    assert bench.phone.listeners.at(PORT) is None


def test_one_that_is_killed_for_another_gives_its_port_to_it(tmp_path: Path) -> None:
    bench = bench_with_runner(tmp_path)
    first = start(bench)
    second = start(bench)
    assert first != second
    assert bench.phone.listeners.at(PORT) is not None


def test_one_that_is_not_to_be_killed_goes_on_where_it_listens(tmp_path: Path) -> None:
    bench = bench_with_runner(tmp_path)
    first = start(bench)
    assert start(bench, PORT + 1, kill_existing=False) == first
    assert bench.phone.listeners.at(PORT + 1) is None


def test_a_port_that_is_taken_ends_it(tmp_path: Path) -> None:
    bench = bench_with_runner(tmp_path)
    bench.phone.listeners.listen(PORT, echo_of(bench.phone.running_processes()[0]), pid=1)
    start(bench)
    assert bench.phone.processes.of_bundle(RUNNER_ID) is None
    assert "PortInUse" in bench.exits[-1].cause.reason


def test_a_locked_phone_starts_it_in_the_background_only(tmp_path: Path) -> None:
    bench = bench_with_runner(tmp_path)
    bench.phone.lock()
    with pytest.raises(LaunchRefused, match="locked"):
        bench.phone.launch(RUNNER_ID)
    start(bench)
    assert bench.phone.listeners.at(PORT) is not None


def test_it_asks_to_be_allowed_where_it_was_never_used(tmp_path: Path) -> None:
    bench = bench_with_runner(tmp_path)
    bench.phone.front.automation.asks = True
    start(bench)
    assert bench.phone.front.alerts.showing is not None
    assert not bench.phone.front.automation.is_allowed


@pytest.mark.parametrize("ios", ["16.7", "18.5"])
def test_a_client_of_usbmuxd_reaches_its_port_for_as_long_as_it_runs(ios: str) -> None:
    async def main() -> None:
        async with rig(ios) as it:
            it.phone.install(runner_app(echo_of))
            (device,) = await list_devices(it.address.usbmux)
            with pytest.raises(ConnectionFailedError):
                await device.connect(PORT, it.address.usbmux)
            pid = start(it)
            reader, writer = await asyncio.open_connection(sock=await device.connect(PORT, it.address.usbmux))
            writer.write(b"hello\n")
            assert [await reader.readline(), await reader.readline()] == [b"%d\n" % pid, b"hello\n"]
            it.phone.signal(pid, 9)
            assert await reader.read() == b""
            writer.close()
            with pytest.raises(ConnectionFailedError):
                await device.connect(PORT, it.address.usbmux)

    asyncio.run(main())


def test_a_connection_that_its_client_closes_leaves_the_runner_listening() -> None:
    async def main() -> None:
        async with rig() as it:
            it.phone.install(runner_app(echo_of))
            start(it)
            (device,) = await list_devices(it.address.usbmux)
            for _ in range(2):
                sock = await device.connect(PORT, it.address.usbmux)
                reader, writer = await asyncio.open_connection(sock=sock)
                await reader.readline()
                writer.close()
            await until(lambda: it.phone.listeners.connections == 0)
            assert it.phone.listeners.at(PORT) is not None

    asyncio.run(main())
