"""Phones that come and go, by cable and over Wi-Fi, judged by libimobiledevice and go-ios."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable

import pytest

from tests.virtual.judges.client import Client, Talk
from tests.virtual.rig import Rig, rig
from tests.virtual.watched import let_boot

LIBIMOBILEDEVICE = pytest.mark.judge("libimobiledevice")
GO_IOS = pytest.mark.judge("go-ios")


def libimobiledevice(it: Rig) -> Client:
    where = {"USBMUXD_SOCKET_ADDRESS": f"UNIX:{it.address.usbmux}", "HOME": os.environ["HOME"]}
    return Client("v", it.phone.spec.udid, where)


def go_ios(it: Rig) -> Client:
    return Client("v", it.phone.spec.udid, {"USBMUXD_SOCKET_ADDRESS": it.address.usbmux})


def run(test: Callable[[Rig], Awaitable[None]]) -> None:
    async def main() -> None:
        async with rig() as it:
            await test(it)

    asyncio.run(main())


async def listed(client: Client, command: str) -> list[str]:
    return (await asyncio.to_thread(client.says, command)).splitlines()


@LIBIMOBILEDEVICE
def test_idevice_id_lists_the_cable_the_network_and_both() -> None:
    async def test(it: Rig) -> None:
        udid, client = it.phone.spec.udid, libimobiledevice(it)
        assert await listed(client, "idevice_id -n") == []
        it.rack.join_network(udid)
        assert await listed(client, "idevice_id -l") == [udid]
        assert await listed(client, "idevice_id -n") == [udid]
        assert await listed(client, "idevice_id") == [f"{udid} (USB)", f"{udid} (Network)"]
        it.rack.pull_cable(udid)
        assert await listed(client, "idevice_id") == [f"{udid} (Network)"]

    run(test)


@LIBIMOBILEDEVICE
def test_a_phone_without_wifi_asleep_or_rebooting_is_not_listed_on_the_network() -> None:
    async def test(it: Rig) -> None:
        udid, client = it.phone.spec.udid, libimobiledevice(it)
        it.rack.join_network(udid)
        it.phone.conditions.switch_wifi(False)
        assert await listed(client, "idevice_id -n") == []
        it.phone.conditions.switch_wifi(True)
        it.phone.conditions.fall_asleep()
        assert await listed(client, "idevice_id") == [f"{udid} (USB)"]
        it.phone.conditions.wake_up()
        it.phone.reboot()
        assert await listed(client, "idevice_id") == []

    run(test)


@GO_IOS
def test_ios_list_says_how_a_phone_is_there() -> None:
    async def test(it: Rig) -> None:
        it.rack.join_network(it.phone.spec.udid)
        told = json.loads(await asyncio.to_thread(go_ios(it).says, "ios list --details"))
        assert [one["ConnectionType"] for one in told["deviceList"]] == ["USB", "Network"]
        assert {one["Udid"] for one in told["deviceList"]} == {it.phone.spec.udid}

    run(test)


async def hears(heard: Talk, message: str, device_id: int) -> None:
    line = await asyncio.to_thread(heard.until, rf'"MessageType":"{message}"')
    assert json.loads(line)["DeviceID"] == device_id


@GO_IOS
def test_ios_listen_hears_the_cable_go_and_come() -> None:
    async def test(it: Rig) -> None:
        udid = it.phone.spec.udid
        with go_ios(it).start("ios listen") as heard:
            await hears(heard, "Attached", 1)
            it.rack.pull_cable(udid)
            await hears(heard, "Detached", 1)
            it.rack.plug_in(udid)
            await hears(heard, "Attached", 2)
            it.rack.join_network(udid)
            await hears(heard, "Attached", 3)

    run(test)


@GO_IOS
def test_ios_listen_hears_a_reboot() -> None:
    async def test(it: Rig) -> None:
        with go_ios(it).start("ios listen") as heard:
            await hears(heard, "Attached", 1)
            it.phone.reboot()
            await hears(heard, "Detached", 1)
            await let_boot(it.phone)
            await hears(heard, "Attached", 2)

    run(test)
