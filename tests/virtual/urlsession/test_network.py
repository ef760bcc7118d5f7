"""Background transfers and the phone's radios: they wait without an error, and go on where they stood."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from harness.model.interfaces import INTERFACE_HEADER
from harness.virtual.kernel.nsurlsessiond.background_session import SessionSettings
from harness.virtual.kernel.nsurlsessiond.transfer_states import TransferState
from tests.virtual.urlsession.bench import Bench
from tests.virtual.urlsession.server import Server, body, halfway, resumable

WIFI_ONLY = SessionSettings("s", allows_cellular=False)
INTERFACE = INTERFACE_HEADER.lower()


def test_a_transfer_without_cellular_waits_while_wifi_is_off_and_asks_for_the_rest_afterwards(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        async with Server(resumable()) as server:
            bench = Bench(tmp_path)
            (task,) = bench.download(bench.launch(WIFI_ONLY), server.url())
            await bench.kill()
            bench.phone.conditions.switch_wifi(False)
            await bench.wait(3600)
            assert (bench.told, len(server.requests)) == ([], 1)
            assert task.transfer is not None
            assert task.transfer.state is TransferState.OFFLINE
            bench.phone.conditions.switch_wifi(True)
            await bench.wait(10)
            assert server.requests[1].headers["range"] == "bytes=100-"
            assert bench.told == ["handleEvents", "file 500", "206", "finished"]

    asyncio.run(scenario())


def test_a_transfer_that_may_use_cellular_goes_on_by_it_and_says_so(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server(resumable()) as server:
            bench = Bench(tmp_path)
            bench.download(bench.launch(), server.url())
            await bench.kill()
            bench.phone.conditions.switch_wifi(False)
            await bench.wait(10)
            assert [one.headers[INTERFACE] for one in server.requests] == ["wifi", "cellular"]
            assert bench.told[1:3] == ["file 500", "206"]

    asyncio.run(scenario())


def test_a_task_that_is_resumed_without_a_network_starts_when_there_is_one(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([body(b"late")]) as server:
            bench = Bench(tmp_path)
            session = bench.launch()
            bench.phone.conditions.switch_airplane(True)
            bench.download(session, server.url())
            await bench.kill()
            await bench.wait(24 * 3600)
            assert (bench.told, server.requests) == ([], [])
            bench.phone.conditions.switch_airplane(False)
            await bench.wait(10)
            assert bench.told == ["handleEvents", "file 4", "200", "finished"]

    asyncio.run(scenario())


def test_a_task_that_never_gets_a_network_ends_at_its_resource_timeout(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(tmp_path)
        session = bench.launch(SessionSettings("s", resource_timeout_s=1000.0))
        bench.phone.conditions.switch_airplane(True)
        bench.download(session, "http://127.0.0.1:9/")
        await bench.kill()
        await bench.wait(900)
        assert bench.told == []
        await bench.wait(200)
        assert bench.told == ["handleEvents", "-1001", "finished"]

    asyncio.run(scenario())


@pytest.mark.parametrize("allows_cellular", [True, False])
def test_wifi_that_comes_while_a_transfer_runs_by_cellular_leaves_it_there(
    tmp_path: Path, allows_cellular: bool
) -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with Server([halfway(gate)]) as server:
            bench = Bench(tmp_path)
            bench.phone.conditions.switch_wifi(False)
            bench.download(bench.launch(SessionSettings("s", allows_cellular=allows_cellular)), server.url())
            await bench.wait(60)
            bench.phone.conditions.switch_wifi(True)
            gate.set()
            await bench.wait(10)
            used = [one.headers[INTERFACE] for one in server.requests]
            assert used == (["cellular"] if allows_cellular else ["wifi"])
            assert bench.told == ["file 500", "200"]

    asyncio.run(scenario())


def test_a_retry_that_finds_no_network_any_more_waits_for_one_instead(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([body(b"unused")]) as closed:
            port = closed.port
        bench = Bench(tmp_path)
        (task,) = bench.download(bench.launch(WIFI_ONLY), f"http://127.0.0.1:{port}/")
        await bench.wait(200)
        transfer = task.transfer
        assert transfer is not None
        assert transfer.state is TransferState.WAITING
        attempts = transfer.attempts
        bench.phone.conditions.switch_wifi(False)
        await bench.wait(3600)
        assert (transfer.state, transfer.attempts) == (TransferState.OFFLINE, attempts)
        async with Server([body(b"here")], port=port):
            bench.phone.conditions.switch_wifi(True)
            await bench.wait(5)
            assert bench.told == ["file 4", "200"]

    asyncio.run(scenario())
