"""In which ways a phone is there, and what takes each of them away."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable

import pytest
from pymobiledevice3.exceptions import DeviceNotFoundError, LockdownError
from pymobiledevice3.lockdown import LockdownClient, create_using_usbmux
from pymobiledevice3.services.afc import AfcService
from pymobiledevice3.usbmux import list_devices

from harness.virtual.kernel.preferences import preference
from harness.virtual.transport.mux import socket_address
from tests.virtual.rig import Rig, rig
from tests.virtual.watched import let_boot

Switch = Callable[[Rig, bool], None]


def run(test: Callable[[Rig], Awaitable[None]]) -> None:
    async def main() -> None:
        async with rig() as it:
            await test(it)

    asyncio.run(main())


async def ways(it: Rig) -> list[str]:
    return [device.connection_type for device in await list_devices(it.address.usbmux)]


async def over_wifi(it: Rig) -> LockdownClient:
    """A session with the phone over Wi-Fi."""
    return await create_using_usbmux(
        serial=it.phone.spec.udid,
        connection_type="Network",
        autopair=False,
        usbmux_address=it.address.usbmux,
    )


def test_a_phone_is_there_twice_under_one_udid_with_two_device_ids() -> None:
    async def test(it: Rig) -> None:
        it.rack.join_network(it.phone.spec.udid)
        first, second = await list_devices(it.address.usbmux)
        assert first.serial == second.serial == it.phone.spec.udid
        assert (first.connection_type, second.connection_type) == ("USB", "Network")
        assert first.devid != second.devid

    run(test)


def test_a_session_and_its_services_run_over_wifi() -> None:
    async def test(it: Rig) -> None:
        it.rack.join_network(it.phone.spec.udid)
        it.rack.pull_cable(it.phone.spec.udid)
        client = await over_wifi(it)
        assert client.paired
        async with AfcService(client) as afc:
            assert await afc.listdir("/") is not None
        await client.close()

    run(test)


def wifi(it: Rig, on: bool) -> None:
    it.phone.conditions.switch_wifi(on)


def awake(it: Rig, on: bool) -> None:
    if on:
        it.phone.conditions.wake_up()
    else:
        it.phone.conditions.fall_asleep()


def allowed(it: Rig, on: bool) -> None:
    row = preference("com.apple.mobile.wireless_lockdown", "EnableWifiConnections")
    assert row is not None
    it.phone.preferences.set(row, on)


def joined(it: Rig, on: bool) -> None:
    (it.rack.join_network if on else it.rack.leave_network)(it.phone.spec.udid)


@pytest.mark.parametrize("switch", [wifi, awake, allowed, joined])
def test_wifi_goes_with_its_connections_and_comes_back_while_the_cable_stays(switch: Switch) -> None:
    async def test(it: Rig) -> None:
        it.rack.join_network(it.phone.spec.udid)
        by_cable, by_air = await it.lockdown(), await over_wifi(it)
        switch(it, False)
        assert await ways(it) == ["USB"]
        assert by_air.service.reader is not None
        assert await asyncio.wait_for(by_air.service.reader.read(), 5) == b""
        assert await by_cable.get_value(key="ProductVersion") == "16.7"
        switch(it, True)
        assert await ways(it) == ["USB", "Network"]
        await by_air.close()
        await by_cable.close()

    run(test)


def test_the_cable_goes_with_its_connections_and_wifi_stays() -> None:
    async def test(it: Rig) -> None:
        it.rack.join_network(it.phone.spec.udid)
        by_cable, by_air = await it.lockdown(), await over_wifi(it)
        it.rack.pull_cable(it.phone.spec.udid)
        assert await ways(it) == ["Network"]
        assert by_cable.service.reader is not None
        assert await asyncio.wait_for(by_cable.service.reader.read(), 5) == b""
        assert await by_air.get_value(key="ProductVersion") == "16.7"
        await by_cable.close()
        await by_air.close()

    run(test)


def test_a_phone_that_has_not_joined_is_not_found_over_wifi() -> None:
    async def test(it: Rig) -> None:
        with pytest.raises(DeviceNotFoundError):
            await over_wifi(it)

    run(test)


def test_over_wifi_a_phone_is_not_paired_with() -> None:
    async def test(it: Rig) -> None:
        udid = it.phone.spec.udid
        it.rack.join_network(udid)
        it.rack.mux.delete_pair_record(udid)
        client = await over_wifi(it)
        with pytest.raises(LockdownError, match="PairingProhibitedOverThisConnection"):
            await client.pair()
        await client.close()

    run(test)


def test_putting_in_what_is_in_and_pulling_what_is_out_changes_nothing() -> None:
    async def test(it: Rig) -> None:
        udid = it.phone.spec.udid
        (before,) = await list_devices(it.address.usbmux)
        it.rack.plug_in(udid)
        assert [one.devid for one in await list_devices(it.address.usbmux)] == [before.devid]
        it.rack.pull_cable(udid)
        it.rack.pull_cable(udid)
        assert await ways(it) == []

    run(test)


def test_a_reboot_takes_both_ways_and_brings_both_back_with_new_ids() -> None:
    async def test(it: Rig) -> None:
        it.rack.join_network(it.phone.spec.udid)
        before = {one.devid for one in await list_devices(it.address.usbmux)}
        client = await it.lockdown()
        it.phone.reboot()
        assert await ways(it) == []
        assert client.service.reader is not None
        assert await asyncio.wait_for(client.service.reader.read(), 5) == b""
        await let_boot(it.phone)
        after = await list_devices(it.address.usbmux)
        assert [one.connection_type for one in after] == ["USB", "Network"]
        assert before.isdisjoint(one.devid for one in after)
        await client.close()

    run(test)


def test_an_address_is_one_that_this_system_reads() -> None:
    address = socket_address("127.0.0.1", 62078)
    assert len(address) == 16
    family = address[1] if sys.platform == "darwin" else int.from_bytes(address[:2], sys.byteorder)
    assert family == socket.AF_INET
    assert int.from_bytes(address[2:4], "big") == 62078
    assert socket.inet_ntoa(address[4:8]) == "127.0.0.1"
