"""Uploads over slow and dead links, as the project's own origin sees them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from harness.model.interfaces import Interface
from harness.origin.run import OriginRun
from harness.virtual.kernel.developer.induced import NETWORK
from tests.virtual.urlsession.bench import BUNDLE_ID, Bench
from tests.virtual.urlsession.test_with_origin import origin

BODY = bytes(range(250)) * 1000
DIGEST = hashlib.sha256(BODY).hexdigest()


def played(tmp_path: Path, story: Callable[[Bench, OriginRun], Awaitable[None]]) -> None:
    """Tell a story of an app that has begun to upload over a slow link."""

    async def main() -> None:
        async with origin() as (_, run):
            bench = Bench(tmp_path)
            session = bench.launch()
            file = bench.phone.containers.path(BUNDLE_ID) / "Documents" / "body.multipart"
            file.write_bytes(BODY)
            bench.phone.induced.enable(NETWORK, "SlowNetworkEdge", story)
            bench.upload(session, run.upload("in").url, file)
            await story(bench, run)
            bench.phone.switch_off()

    asyncio.run(asyncio.wait_for(main(), 60))


def sha256(run: OriginRun) -> list[str]:
    """Digests of the bodies that came whole."""
    return [one.upload.sha256 for one in run.receipts if one.upload is not None and one.upload.whole]


def test_a_slow_link_takes_its_time_for_what_goes_out_too(tmp_path: Path) -> None:
    async def story(bench: Bench, run: OriginRun) -> None:
        # 200 kbit/s: ten seconds for the body, and less than three for the connection and the answer.
        await bench.wait(9.5)
        assert bench.told == []
        await bench.wait(4)
        assert bench.told == ["data 7", "200"]
        assert sha256(run) == [DIGEST]

    played(tmp_path, story)


def test_an_upload_is_silent_under_hundred_percent_loss_and_then_goes_on(tmp_path: Path) -> None:
    async def story(bench: Bench, run: OriginRun) -> None:
        await bench.wait(5)
        bench.phone.induced.disable()
        bench.phone.induced.enable(NETWORK, "SlowNetwork100PctLoss", story)
        await bench.wait(3600)
        assert (bench.told, sha256(run), len(run.receipts)) == ([], [], 1)
        bench.phone.induced.disable()
        await bench.wait(10)
        assert (bench.told, len(run.receipts)) == (["data 7", "200"], 1)
        assert sha256(run) == [DIGEST]

    played(tmp_path, story)


def test_an_upload_whose_wifi_goes_is_sent_whole_by_cellular(tmp_path: Path) -> None:
    async def story(bench: Bench, run: OriginRun) -> None:
        await bench.wait(5)
        bench.phone.conditions.switch_wifi(False)
        await bench.wait(30)
        assert [one.interface for one in run.receipts] == [Interface.WIFI, Interface.CELLULAR]
        assert sha256(run) == [DIGEST]
        assert bench.told == ["data 7", "200"]

    played(tmp_path, story)
