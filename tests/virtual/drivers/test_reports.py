"""Crash and jetsam reports as the driver lists and reads them."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

import pytest

from harness.drivers.pmd3.lockdown import Lockdown
from harness.errors import DeviceLost
from tests.virtual.drivers.bench import BOTH_WAYS, VERSIONS, Driven, drive
from tests.virtual.rig import APP

_STAMP = "2027-01-15-080000"
"""When the phone of the rig was switched on."""

_AT_S = 1_800_000_000.0


@pytest.mark.parametrize("ios", VERSIONS)
def test_reports_are_listed_with_size_and_time_of_the_phone_and_read_whole(ios: str) -> None:
    async def check(on: Driven) -> None:
        store = await on.phone.reports()
        assert await store.files() == ()
        on.crash()
        on.it.phone.jetsam(on.it.phone.launch(APP.bundle_id))
        await store.flush()
        files = await store.files()
        assert [file.name for file in files] == [f"JetsamEvent-{_STAMP}.ips", f"Plain-{_STAMP}.ips"]
        for file in files:
            body = (on.it.phone.crash_reports.directory / file.name).read_bytes()
            assert (file.size_bytes, file.modified_s) == (len(body), pytest.approx(_AT_S, abs=1e-3))
            assert await store.read(file.name) == body
        await store.close()

    drive(check, ios)


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_directories_are_looked_into_and_links_are_not_followed(ios: str) -> None:
    async def check(on: Driven) -> None:
        root = on.it.phone.crash_reports.directory
        (root / "Retired" / "Older").mkdir(parents=True)
        (root / "Retired" / "Older" / "a.ips").write_text("{}")
        (root / "Retired" / "loop").symlink_to("..")
        (root / "Latest.ips").symlink_to("Retired/Older/a.ips")
        store = await on.phone.reports()
        assert [file.name for file in await store.files()] == ["Retired/Older/a.ips"]
        assert await store.read("Retired/Older/a.ips") == b"{}"
        await store.close()

    drive(check, ios)


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_a_report_that_is_gone_is_empty(ios: str) -> None:
    async def check(on: Driven) -> None:
        on.crash()
        store = await on.phone.reports()
        [file] = await store.files()
        (on.it.phone.crash_reports.directory / file.name).unlink()
        assert await store.read(file.name) == b""
        assert await store.files() == ()
        await store.close()

    drive(check, ios)


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_the_time_is_exact_to_the_microsecond(ios: str) -> None:
    async def check(on: Driven) -> None:
        on.crash()
        [path] = on.it.phone.crash_reports.directory.iterdir()
        os.utime(path, ns=(0, 1_799_999_999_123_456_789))
        store = await on.phone.reports()
        [file] = await store.files()
        assert file.modified_s == pytest.approx(1_799_999_999.123_456, abs=2e-6)
        await store.close()

    drive(check, ios)


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_a_cut_cable_loses_the_store_and_another_is_opened_afterwards(ios: str) -> None:
    async def check(on: Driven) -> None:
        store = await on.phone.reports()
        on.do("cut-cable")
        for lost in (store.files, store.flush):
            with pytest.raises(DeviceLost):
                await lost()
        with pytest.raises(DeviceLost):
            await store.read("any.ips")
        await store.close()

    drive(check, ios)


@pytest.mark.parametrize(
    ("size_bytes", "lost"), [(5, False), (4, True), (0, True)], ids=["all", "not all", "nothing"]
)
def test_reports_are_moved_once_the_phone_has_said_so_however_the_connection_ends(
    size_bytes: int, lost: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The phone hangs up in the turn of the loop in which the connection is opened, before it is read."""

    async def check(on: Driven) -> None:
        store = await on.phone.reports()
        monkeypatch.setattr(Lockdown, "start_lockdown_service", _hung_up(5 - size_bytes))
        if lost:
            with pytest.raises(DeviceLost):
                await store.flush()
        else:
            await store.flush()
        await store.close()

    drive(check, "16.7")


def _hung_up(missing_bytes: int) -> Any:
    """Opens a service that has spoken and hung up, on which asyncio's goodbye found nobody."""
    start = Lockdown.start_lockdown_service

    async def started(lockdown: Lockdown, *which: Any, **how: Any) -> Any:
        service = await start(lockdown, *which, **how)
        with suppress(OSError):
            await service.writer.wait_closed()
        reader: Any = service.reader
        reader.set_exception(None)
        await reader.readexactly(missing_bytes)
        reader.set_exception(BrokenPipeError())
        return service

    return started
