"""Crash reports as an unmodified client lists, pulls, reads and clears them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider
from pymobiledevice3.remote.userspace_tunnel import UserspaceRsdTunnel
from pymobiledevice3.services.crash_reports import CrashReportsManager

from tests.virtual import watched
from tests.virtual.rig import APP, Rig, rig
from tests.virtual.services.leaving_open import closed_for_it

Check = Callable[[Rig, CrashReportsManager], Awaitable[None]]

STAMP = "2027-01-15-080000"
"""When the phone of the rig was switched on."""


async def checked(it: Rig, provider: LockdownServiceProvider, check: Check) -> None:
    # The client forgets connections, to the mover and to the log.
    async with closed_for_it(provider), CrashReportsManager(provider) as manager:
        await check(it, manager)


@pytest.fixture(params=["16.7", "18.5"])
def judged(request: pytest.FixtureRequest) -> Callable[[Check], None]:
    """Runs a check on a phone over usbmux, or behind the tunnel that iOS 18 has."""
    ios: str = request.param

    async def main(check: Check) -> None:
        async with rig(ios) as it:
            if ios == "16.7":
                lockdown = await it.lockdown()
                await checked(it, lockdown, check)
                await lockdown.close()
                return
            tunnel = UserspaceRsdTunnel(serial=it.phone.spec.udid, remotepairing_fallback=False)
            rsd = await tunnel.aopen()
            try:
                await checked(it, rsd, check)
            finally:
                await tunnel.aclose()

    return lambda check: asyncio.run(asyncio.wait_for(main(check), 60))


def crash(it: Rig) -> None:
    watched.crash(it.phone, it.phone.launch(APP.bundle_id))


def test_a_crash_is_listed_after_a_flush_and_read(judged: Callable[[Check], None]) -> None:
    async def check(it: Rig, manager: CrashReportsManager) -> None:
        assert await manager.ls() == []
        crash(it)
        await manager.flush()
        assert await manager.ls() == [f"/Plain-{STAMP}.ips"]
        [report] = await manager.parse_latest(match=["^Plain-"])
        assert report.bug_type_str == "309"
        assert report.name == "Plain"
        assert report.timestamp == datetime.fromtimestamp(it.phone.clock.now_s, UTC).replace(tzinfo=None)
        assert "Exception: EXC_CRASH" in str(report)

    judged(check)


def test_jetsam_is_a_report_of_its_own_kind(judged: Callable[[Check], None]) -> None:
    async def check(it: Rig, manager: CrashReportsManager) -> None:
        it.phone.jetsam(it.phone.launch(APP.bundle_id))
        [name] = await manager.ls()
        assert name == f"/JetsamEvent-{STAMP}.ips"
        report = await manager.parse(name)
        assert report.bug_type_str == "298"

    judged(check)


def test_a_killed_app_leaves_nothing(judged: Callable[[Check], None]) -> None:
    async def check(it: Rig, manager: CrashReportsManager) -> None:
        it.phone.signal(it.phone.launch(APP.bundle_id), 9)
        await manager.flush()
        assert await manager.ls() == []

    judged(check)


def test_reports_are_pulled_whole_and_erased(judged: Callable[[Check], None], tmp_path: Path) -> None:
    async def check(it: Rig, manager: CrashReportsManager) -> None:
        crash(it)
        [kept] = it.phone.crash_reports.directory.iterdir()
        text = kept.read_bytes()
        await manager.pull(str(tmp_path), erase=True, progress_bar=False)
        assert (tmp_path / kept.name).read_bytes() == text
        assert await manager.ls() == []

    judged(check)


def test_reports_are_cleared(judged: Callable[[Check], None]) -> None:
    async def check(it: Rig, manager: CrashReportsManager) -> None:
        crash(it)
        it.phone.jetsam(it.phone.launch(APP.bundle_id))
        await manager.clear()
        assert list(it.phone.crash_reports.directory.iterdir()) == []
        crash(it)
        assert await manager.ls() == [f"/Plain-{STAMP}.ips"]

    judged(check)


def test_a_client_that_watches_the_log_gets_the_report(judged: Callable[[Check], None]) -> None:
    async def check(it: Rig, manager: CrashReportsManager) -> None:
        watching = manager.watch(name="Plain")
        first = asyncio.create_task(anext(watching))
        # The stream begins with the answer to its start, and only then is anything heard.
        while not first.done():
            crash(it)
            await asyncio.wait({first}, timeout=0.01)
        report = await first
        assert not isinstance(report, str)
        assert report.bug_type_str == "309"
        await watching.aclose()

    judged(check)
