"""Real transfers over the phone's radios and links, as the project's own origin sees them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from harness.model.callbacks import Callback
from harness.model.interfaces import Interface
from harness.origin.run import OriginRun
from harness.virtual.apps.sample import BUNDLE_ID
from harness.virtual.kernel.developer.induced import NETWORK
from harness.virtual.kernel.network.egress import SocketEgress
from tests.virtual.urlsession.stage import Stage
from tests.virtual.urlsession.test_with_origin import digest, origin

WIFI, CELLULAR = Interface.WIFI, Interface.CELLULAR
SIZE = 2_000_000


def played(tmp_path: Path, story: Callable[[Stage, OriginRun], Awaitable[None]]) -> None:
    async def main() -> None:
        async with origin() as (_, run):
            stage = Stage(tmp_path)
            stage.phone.user_launch(BUNDLE_ID)
            await story(stage, run)
            stage.phone.switch_off()

    asyncio.run(asyncio.wait_for(main(), 60))


def test_a_background_transfer_goes_on_by_cellular_when_wifi_goes(tmp_path: Path) -> None:
    async def story(stage: Stage, run: OriginRun) -> None:
        file = run.file("a.bin", size_bytes=SIZE, hold_after_bytes=1_000_000)
        stage.do("start-download", url=file.url, id="a")
        await stage.wait(5)
        stage.phone.conditions.switch_wifi(False)
        await stage.wait(60)
        await file.release()
        await stage.wait(10)
        assert [receipt.interface for receipt in run.receipts] == [WIFI, CELLULAR]
        assert [receipt.range_start for receipt in run.receipts] == [0, 1_000_000]
        assert digest(stage, "a") == file.sha256

    played(tmp_path, story)


def test_in_airplane_mode_a_background_transfer_waits_without_an_error(tmp_path: Path) -> None:
    async def story(stage: Stage, run: OriginRun) -> None:
        stage.phone.conditions.switch_airplane(True)
        file = run.file("a.bin", size_bytes=SIZE)
        stage.do("start-download", url=file.url, id="a")
        await stage.wait(24 * 3600)
        assert (run.receipts, Callback.DID_COMPLETE in stage.events()) == ((), False)
        stage.phone.conditions.switch_airplane(False)
        await stage.wait(60)
        assert digest(stage, "a") == file.sha256

    played(tmp_path, story)


def test_hundred_percent_loss_is_silence_and_ends_with_the_condition(tmp_path: Path) -> None:
    async def story(stage: Stage, run: OriginRun) -> None:
        file = run.file("a.bin", size_bytes=SIZE, hold_after_bytes=1_000_000)
        stage.do("start-download", url=file.url, id="a")
        await stage.wait(5)
        tool = object()
        stage.phone.induced.enable(NETWORK, "SlowNetwork100PctLoss", tool)
        await file.release()
        await stage.wait(3600)
        assert Callback.DID_COMPLETE not in stage.events()
        stage.phone.induced.disable_if_of(tool)
        await stage.wait(10)
        assert len(run.receipts) == 1
        assert digest(stage, "a") == file.sha256

    played(tmp_path, story)


def test_a_transfer_that_begins_under_hundred_percent_loss_reaches_nobody(tmp_path: Path) -> None:
    async def story(stage: Stage, run: OriginRun) -> None:
        stage.phone.induced.enable(NETWORK, "SlowNetwork100PctLoss", story)
        file = run.file("a.bin", size_bytes=SIZE)
        stage.do("start-download", url=file.url, id="a")
        await stage.wait(3600)
        assert run.receipts == ()
        stage.phone.induced.disable()
        await stage.wait(10)
        assert digest(stage, "a") == file.sha256

    played(tmp_path, story)


def test_a_slow_link_takes_its_time_of_the_phone_s_clock(tmp_path: Path) -> None:
    async def story(stage: Stage, run: OriginRun) -> None:
        stage.phone.induced.enable(NETWORK, "SlowNetworkEdge", story)
        file = run.file("a.bin", size_bytes=300_000)
        stage.do("start-download", url=file.url, id="a")
        # 240 kbit/s: ten seconds for the body, and less than two for the connection and the request.
        await stage.wait(9.5)
        assert Callback.DID_COMPLETE not in stage.events()
        await stage.wait(3)
        assert digest(stage, "a") == file.sha256

    played(tmp_path, story)


def test_a_request_carries_the_mark_of_its_interface(tmp_path: Path) -> None:
    async def story(stage: Stage, run: OriginRun) -> None:
        stage.phone.conditions.switch_wifi(False)
        file = run.file("a.bin", size_bytes=1000)
        stage.do("start-download", url=file.url, id="a")
        await stage.wait(10)
        (receipt,) = run.receipts
        assert (receipt.header("X-Phone-Interface"), receipt.interface) == ("cellular", CELLULAR)

    played(tmp_path, story)


@pytest.mark.parametrize("interface", Interface)
def test_a_host_without_the_address_of_cellular_dials_from_its_only_one(interface: Interface) -> None:
    async def main() -> str:
        peers: asyncio.Queue[str] = asyncio.Queue()

        def accepted(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            peers.put_nowait(writer.get_extra_info("peername")[0])
            writer.close()

        server = await asyncio.start_server(accepted, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        # An address of the documentation's range, which no host has.
        transport = await SocketEgress("192.0.2.1").dial(
            asyncio.Protocol, "127.0.0.1", port, ssl=None, interface=interface
        )
        peer = await asyncio.wait_for(peers.get(), 10)
        transport.close()
        server.close()
        await server.wait_closed()
        return peer

    assert asyncio.run(main()) == "127.0.0.1"
