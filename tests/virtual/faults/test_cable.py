from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from pymobiledevice3.exceptions import ConnectionTerminatedError, DeviceNotFoundError
from pymobiledevice3.remote.userspace_tunnel import UserspaceRsdTunnel
from pymobiledevice3.services.dvt.instruments.device_info import DeviceInfo
from pymobiledevice3.services.dvt.instruments.dvt_provider import DvtProvider
from pymobiledevice3.usbmux import list_devices

from harness.virtual.faults.words import FaultRefused
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.cable import Toward
from tests.virtual.faults.bench import Do, all_that_comes, on_a_phone, question, to_lockdown
from tests.virtual.rig import Rig, until
from tests.virtual.transport.unread import unread_on


@pytest.mark.parametrize("size_bytes", [1, 2, 31, 1000, 30_001])
@pytest.mark.parametrize("over_tcp", [False, True])
def test_a_cable_that_is_cut_has_carried_exactly_that_many_bytes(size_bytes: int, over_tcp: bool) -> None:
    async def check(it: Rig, do: Do) -> None:
        address = it.address.usbmux_tcp if over_tcp else ""
        async with to_lockdown(it, address) as (reader, writer):
            do(f"cut-cable after_bytes={size_bytes}")
            writer.write(question() * 200)
            assert await all_that_comes(reader) == size_bytes
        assert await list_devices(it.address.usbmux) == []

    on_a_phone(check)


def test_bytes_are_counted_over_all_connections_together() -> None:
    async def check(it: Rig, do: Do) -> None:
        async with to_lockdown(it) as (first, one), to_lockdown(it) as (second, two):
            do("cut-cable after_bytes=5000")
            one.write(question() * 50)
            two.write(question() * 50)
            sizes = await asyncio.gather(all_that_comes(first), all_that_comes(second))
            assert sum(sizes) == 5000

    on_a_phone(check)


def test_a_cut_toward_the_phone_leaves_the_question_unanswered_that_it_went_through() -> None:
    async def check(it: Rig, do: Do) -> None:
        async with to_lockdown(it) as (reader, writer):
            writer.write(question())
            answer = await reader.readexactly(4)
            size_bytes = int.from_bytes(answer, "big")
            await reader.readexactly(size_bytes)
            cable = it.rack.end(it.phone.spec.udid).cable
            before_bytes = cable.crossed_bytes(Toward.PHONE)
            do(f"cut-cable {2 * len(question()) - 1} phone")
            writer.write(question() * 3)
            assert await all_that_comes(reader) == 4 + size_bytes
            assert cable.crossed_bytes(Toward.PHONE) - before_bytes == 2 * len(question()) - 1

    on_a_phone(check)


def test_the_last_bytes_before_a_cut_reach_a_host_that_reads_late() -> None:
    async def check(it: Rig, do: Do) -> None:
        async with to_lockdown(it) as (reader, writer):
            do("cut-cable after_bytes=2000000")
            asking = asyncio.ensure_future(_ask_on(writer))
            # So much waits that the phone itself had to stop.
            await asyncio.sleep(0.2)
            assert await all_that_comes(reader) == 2_000_000
            asking.cancel()

    on_a_phone(check)


async def _ask_on(writer: asyncio.StreamWriter) -> None:
    while not writer.is_closing():
        writer.write(question() * 100)
        await writer.drain()


def test_a_client_in_the_midst_of_something_is_told_that_the_phone_has_gone() -> None:
    async def check(it: Rig, do: Do) -> None:
        lockdown = await it.lockdown()
        do("cut-cable after_bytes=100")
        # It tries once more by itself, and finds no phone.
        with pytest.raises(DeviceNotFoundError):
            await lockdown.get_value()
        with pytest.raises(DeviceNotFoundError):
            await it.lockdown()
        await lockdown.close()

    on_a_phone(check)


def test_a_cable_can_be_put_in_again_and_only_then() -> None:
    async def check(it: Rig, do: Do) -> None:
        with pytest.raises(FaultRefused, match="is in"):
            do("plug-in")
        do("cut-cable")
        with pytest.raises(FaultRefused, match="plug-in"):
            do("cut-cable")
        assert await list_devices(it.address.usbmux) == []
        do("plug-in")
        (device,) = await list_devices(it.address.usbmux)
        assert device.serial == it.phone.spec.udid

    on_a_phone(check)


def _by_hand(it: Rig, _do: Do) -> None:
    it.rack.plug_in(it.phone.spec.udid)


PLUG_INS: dict[str, Callable[[Rig, Do], object]] = {
    "by hand": _by_hand,
    "plug-in": lambda _, do: do("plug-in"),
    "mend": lambda _, do: do("mend"),
}


@pytest.mark.parametrize("way", PLUG_INS)
def test_a_phone_that_is_plugged_in_amid_a_cut_stays(way: str) -> None:
    async def check(it: Rig, do: Do) -> None:
        cable = it.rack.end(it.phone.spec.udid).cable
        async with to_lockdown(it) as (reader, _), unread_on(cable) as unread:
            (before,) = await list_devices(it.address.usbmux)
            do("cut-cable")
            assert cable.is_being_cut
            assert do("show")["plugged_in"] is False
            PLUG_INS[way](it, do)
            unread.is_read = True
            # A connection of before ends with the pull, whenever that comes.
            assert await all_that_comes(reader) == 0
            (after,) = await list_devices(it.address.usbmux)
            assert after.devid != before.devid
            assert do("show")["plugged_in"] is True

    on_a_phone(check)


def test_nothing_comes_over_a_cable_that_stands_still_and_all_of_it_afterwards() -> None:
    async def check(it: Rig, do: Do) -> None:
        async with to_lockdown(it) as (reader, writer):
            cable = it.rack.end(it.phone.spec.udid).cable
            do("stall")
            writer.write(question() * 3)
            await until(lambda: cable.crossed_bytes(Toward.PHONE) == 3 * len(question()))
            assert cable.crossed_bytes(Toward.HOST) == 0
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.read(1), 0.05)
            do("resume")
            for _ in range(3):
                size_bytes = int.from_bytes(await reader.readexactly(4), "big")
                assert b"com.apple.mobile.lockdown" in await reader.readexactly(size_bytes)

    on_a_phone(check)


def test_a_connection_that_the_phone_closes_amid_a_stall_ends_after_its_bytes() -> None:
    async def check(it: Rig, do: Do) -> None:
        async with to_lockdown(it) as (reader, writer):
            do("stall")
            writer.write(question())
            writer.write_eof()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.read(1), 0.05)
            do("resume")
            assert await all_that_comes(reader) > 4

    on_a_phone(check)


def test_a_tunnel_breaks_and_the_cable_stays_in() -> None:
    async def check(it: Rig, do: Do) -> None:
        with pytest.raises(FaultRefused, match="no tunnel"):
            do("drop-tunnel")
        opened = UserspaceRsdTunnel(serial=it.phone.spec.udid, remotepairing_fallback=False)
        rsd = await opened.aopen()
        try:
            async with DvtProvider(rsd) as provider, DeviceInfo(provider) as info:
                assert await info.proclist()
                assert do("drop-tunnel") == {"tunnels": 1}
                with pytest.raises((ConnectionError, ConnectionTerminatedError)):
                    await info.proclist()
        finally:
            await opened.aclose()
        (device,) = await list_devices(it.address.usbmux)
        again = UserspaceRsdTunnel(serial=device.serial, remotepairing_fallback=False)
        async with DvtProvider(await again.aopen()) as provider, DeviceInfo(provider) as info:
            assert await info.proclist()
        await again.aclose()

    on_a_phone(check, "18.5")


def test_what_the_phone_does_goes_on_without_a_cable() -> None:
    async def check(it: Rig, do: Do) -> None:
        pid = do("tap dev.harness.plain")["pid"]
        do("cut-cable")
        assert _pids(it.phone) == [pid]

    on_a_phone(check)


def _pids(phone: VirtualPhone) -> list[int]:
    return [process.pid for process in phone.running_processes() if process.is_application]
