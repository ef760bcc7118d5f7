from __future__ import annotations

import asyncio
import plistlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pymobiledevice3.exceptions import BadDevError, ConnectionFailedError, MuxException, NotPairedError
from pymobiledevice3.usbmux import (
    BinaryMuxConnection,
    MuxConnection,
    MuxDevice,
    PlistMuxConnection,
    create_mux,
    list_devices,
)

from tests.virtual.rig import identity, rig


@asynccontextmanager
async def plist_mux(address: str) -> AsyncGenerator[PlistMuxConnection]:
    mux = await create_mux(address)
    assert isinstance(mux, PlistMuxConnection)
    try:
        yield mux
    finally:
        await mux.close()


def test_a_client_sees_the_phone_on_both_addresses() -> None:
    async def main() -> None:
        async with rig() as it:
            for address in (it.address.usbmux, it.address.usbmux_tcp):
                (device,) = await list_devices(address)
                assert device.serial == it.phone.spec.udid
                assert device.is_usb

    asyncio.run(main())


def test_a_port_on_which_nothing_listens_refuses() -> None:
    async def main() -> None:
        async with rig() as it:
            (device,) = await list_devices(it.address.usbmux)
            with pytest.raises(ConnectionFailedError):
                await device.connect(12345, it.address.usbmux)

    asyncio.run(main())


def test_a_device_id_that_nobody_has_is_refused() -> None:
    async def main() -> None:
        async with rig() as it:
            stranger = MuxDevice(99, it.phone.spec.udid, "USB")
            with pytest.raises(BadDevError):
                await stranger.connect(62078, it.address.usbmux)

    asyncio.run(main())


def test_pair_records_are_kept_and_deleted() -> None:
    async def main() -> None:
        async with rig() as it, plist_mux(it.address.usbmux) as mux:
            udid = it.phone.spec.udid
            record = await mux.get_pair_record(udid)
            assert record["HostID"] == identity().host_id
            await mux.save_pair_record(udid, 1, plistlib.dumps({"HostID": "another"}))
            assert (await mux.get_pair_record(udid))["HostID"] == "another"
            await ask(mux, {"MessageType": "DeletePairRecord", "PairRecordID": udid})
            with pytest.raises(NotPairedError):
                await mux.get_pair_record(udid)

    asyncio.run(main())


def test_an_unknown_message_is_a_bad_command() -> None:
    async def main() -> None:
        async with rig() as it, plist_mux(it.address.usbmux) as mux:
            with pytest.raises(MuxException, match="Dance"):
                await ask(mux, {"MessageType": "Dance"})
            assert await mux.get_buid() == identity().system_buid

    asyncio.run(main())


@pytest.mark.parametrize(
    "body",
    [
        {"MessageType": "Connect", "DeviceID": "one", "PortNumber": 1},
        {"MessageType": "Connect", "DeviceID": 1, "PortNumber": "one"},
        {"MessageType": "SavePairRecord", "PairRecordID": "x", "PairRecordData": 3},
        {"MessageType": ["Listen"]},
        {},
    ],
)
def test_a_message_with_fields_of_the_wrong_kind_is_refused_and_the_next_one_served(
    body: dict[str, Any],
) -> None:
    async def main() -> None:
        async with rig() as it, plist_mux(it.address.usbmux) as mux:
            with pytest.raises(MuxException):
                await ask(mux, body)
            assert await mux.get_buid() == identity().system_buid

    asyncio.run(main())


def test_a_listener_hears_of_attach_and_detach_and_a_new_id_each_time() -> None:
    async def main() -> None:
        async with rig() as it, plist_mux(it.address.usbmux) as mux:
            await mux.listen()
            await mux.receive_device_state_update()
            assert [device.devid for device in mux.devices] == [1]
            it.rack.pull_cable(it.phone.spec.udid)
            await mux.receive_device_state_update()
            assert mux.devices == []
            it.rack.plug_in(it.phone.spec.udid)
            await mux.receive_device_state_update()
            assert [device.devid for device in mux.devices] == [2]

    asyncio.run(main())


def test_a_listener_hears_of_a_pair_record_once_for_each_way_to_the_phone() -> None:
    async def main() -> None:
        async with rig() as it, plist_mux(it.address.usbmux) as listener:
            udid = it.phone.spec.udid
            it.rack.join_network(udid)
            heard: list[dict[str, Any]] = []
            await listener.listen()
            async with plist_mux(it.address.usbmux) as other:
                await other.save_pair_record(udid, 1, plistlib.dumps({"HostID": "another"}))
            for _ in range(4):
                heard.append(await listener._receive())  # pyright: ignore[reportPrivateUsage]
            assert [message["MessageType"] for message in heard] == ["Attached"] * 2 + ["Paired"] * 2
            assert {message["DeviceID"] for message in heard[2:]} == {1, 2}

    asyncio.run(main())


def test_pulling_the_cable_breaks_open_connections() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            it.rack.pull_cable(it.phone.spec.udid)
            await asyncio.sleep(0)
            assert lockdown.service.reader is not None
            assert await asyncio.wait_for(lockdown.service.reader.read(), 5) == b""
            await lockdown.close()

    asyncio.run(main())


@asynccontextmanager
async def binary_mux(address: str) -> AsyncGenerator[BinaryMuxConnection]:
    """A client of the protocol before property lists."""
    mux = BinaryMuxConnection(await MuxConnection.create_usbmux_socket(address))
    try:
        yield mux
    finally:
        await mux.close()


def test_a_client_of_version_0_hears_of_cables_and_of_nothing_else() -> None:
    async def main() -> None:
        async with rig() as it, binary_mux(it.address.usbmux) as mux:
            udid = it.phone.spec.udid
            it.rack.join_network(udid)
            await mux.listen()
            await mux.receive_device_state_update()
            assert [(device.devid, device.serial) for device in mux.devices] == [(1, udid)]
            it.rack.pull_cable(udid)
            await mux.receive_device_state_update()
            assert mux.devices == []
            it.rack.plug_in(udid)
            await mux.receive_device_state_update()
            assert [device.devid for device in mux.devices] == [3]

    asyncio.run(main())


def test_a_client_of_version_0_is_joined_to_a_port() -> None:
    async def main() -> None:
        async with rig() as it, binary_mux(it.address.usbmux) as mux:
            stream = await mux.connect(MuxDevice(1, it.phone.spec.udid, "USB"), 62078)
            await asyncio.get_running_loop().sock_sendall(stream, lockdown_question())
            assert b"com.apple.mobile.lockdown" in await asyncio.get_running_loop().sock_recv(stream, 65536)

    asyncio.run(main())


def lockdown_question() -> bytes:
    body = plistlib.dumps({"Request": "QueryType"})
    return len(body).to_bytes(4, "big") + body


async def ask(mux: PlistMuxConnection, body: dict[str, Any]) -> None:
    """Send a message that is answered by a Result; raises unless the result is OK."""
    await mux._send_receive(body)  # pyright: ignore[reportPrivateUsage]
