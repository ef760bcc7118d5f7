"""Phones without a tunnel: ports of this machine, and where clients learn of them."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest
from pymobiledevice3.exceptions import PyMobileDevice3Exception
from pymobiledevice3.remote.core_device.app_service import AppServiceService
from pymobiledevice3.remote.remote_service_discovery import RemoteServiceDiscoveryService
from pymobiledevice3.services.afc import AfcService
from pymobiledevice3.tunneld.api import get_tunneld_devices

from harness.virtual.address import RackAddress, parse_rack_address
from harness.virtual.services.coredevice import features
from harness.virtual.transport.rsd import TRUSTED_LOCKDOWN
from harness.wire.http2_peer import Role
from harness.wire.remotexpc import RemoteXpcPeer
from tests.virtual.rig import Rig, rig, until

HUB = "com.apple.instruments.dtservicehub"
AFC = "com.apple.afc.shim.remote"


@contextlib.asynccontextmanager
async def direct(ios: str = "18.5") -> AsyncGenerator[tuple[Rig, RackAddress]]:
    """A rack of one phone that is reached directly, and where."""
    async with rig(ios) as it:
        yield it, await it.rack.open_direct(it.address)


def place(address: RackAddress) -> tuple[str, int]:
    """Host and port of the phone's RSD."""
    host, _, port = address.phones[0].rsd.rpartition(":")
    return host, int(port)


async def told(address: RackAddress, path: str) -> tuple[int, Any]:
    """Status and JSON of an answer of the endpoints."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://{address.endpoints}{path}") as answer,
    ):
        return answer.status, await answer.json() if answer.status == 200 else None


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_service_is_dialled_on_the_host_that_told_of_it(host: str) -> None:
    async def main() -> None:
        async with (
            direct() as (it, address),
            RemoteServiceDiscoveryService((host, place(address)[1])) as rsd,
            AfcService(rsd) as files,
        ):
            assert rsd.udid == it.phone.spec.udid
            assert "Downloads" in await files.listdir("/")

    asyncio.run(asyncio.wait_for(main(), 20))


def test_a_phone_before_seventeen_has_no_rsd() -> None:
    async def main() -> None:
        async with direct("16.7") as (_, address):
            assert address.phones[0].rsd == ""
            assert await told(address, "/") == (200, {})

    asyncio.run(asyncio.wait_for(main(), 20))


def test_where_phones_are_is_in_the_ready_line() -> None:
    async def main() -> None:
        async with direct() as (it, address):
            assert it.address.endpoints == it.address.phones[0].rsd == ""
            assert parse_rack_address(address.to_json()) == address
            assert place(address)[1] > 0

    asyncio.run(asyncio.wait_for(main(), 20))


def test_a_service_stays_on_its_port_and_is_there_when_the_phone_has_it() -> None:
    async def main() -> None:
        async with direct() as (it, address):
            async with RemoteServiceDiscoveryService(place(address)) as rsd:
                before = {name: rsd.get_service_port(name) for name in (HUB, AFC, TRUSTED_LOCKDOWN)}
            it.phone.image_mounted = False
            async with RemoteServiceDiscoveryService(place(address)) as rsd:
                assert HUB not in (rsd.peer_info or {})["Services"]
                assert rsd.get_service_port(AFC) == before[AFC]
            reader, writer = await asyncio.open_connection("127.0.0.1", before[HUB])
            assert await reader.read() == b""
            writer.close()
            it.phone.image_mounted = True
            async with RemoteServiceDiscoveryService(place(address)) as rsd:
                assert {name: rsd.get_service_port(name) for name in before} == before

    asyncio.run(asyncio.wait_for(main(), 20))


def test_a_pulled_cable_breaks_connections_until_it_is_plugged_in() -> None:
    async def main() -> None:
        async with direct() as (it, address):
            async with RemoteServiceDiscoveryService(place(address)) as rsd:
                service = await rsd.start_lockdown_service(AFC)
                it.rack.pull_cable(it.phone.spec.udid)
                with pytest.raises((PyMobileDevice3Exception, ConnectionError)):
                    await service.recvall(1)
                await service.close()
            assert await told(address, "/tunnels") == (200, [])
            with pytest.raises((PyMobileDevice3Exception, ConnectionError)):
                await RemoteServiceDiscoveryService(place(address)).connect()
            it.rack.plug_in(it.phone.spec.udid)
            async with RemoteServiceDiscoveryService(place(address)) as rsd:
                assert rsd.udid == it.phone.spec.udid

    asyncio.run(asyncio.wait_for(main(), 20))


def test_a_phone_that_reboots_is_gone_until_it_is_up() -> None:
    async def main() -> None:
        async with direct() as (it, address):
            async with (
                RemoteServiceDiscoveryService(place(address)) as rsd,
                AppServiceService(rsd) as apps,
            ):
                await apps.invoke(features.REBOOT, {"rebootStyle": {"full": {}}})
            await until(lambda: not it.phone.conditions.is_up)
            assert await told(address, "/tunnels") == (200, [])
            await it.phone.clock.let_pass(it.phone.clock.now_s + it.phone.rules.boot_s + 1)
            async with RemoteServiceDiscoveryService(place(address)) as rsd:
                assert (rsd.peer_info or {})["UUID"] == uuid.UUID(it.phone.boot_id)

    asyncio.run(asyncio.wait_for(main(), 20))


def test_a_service_that_is_refused_is_not_listed() -> None:
    async def main() -> None:
        async with direct() as (it, address):
            it.phone.service_faults.refuse("com.apple.afc", "InvalidService")
            async with RemoteServiceDiscoveryService(place(address)) as rsd:
                assert AFC not in (rsd.peer_info or {})["Services"]

    asyncio.run(asyncio.wait_for(main(), 20))


def test_a_client_that_vanishes_at_any_byte_leaves_the_phone_as_it_was() -> None:
    opening = RemoteXpcPeer(Role.CLIENT).take_output()

    async def main() -> None:
        async with direct() as (_, address):
            for size in range(0, len(opening), 3):
                _reader, writer = await asyncio.open_connection(*place(address))
                writer.write(opening[:size])
                writer.transport.abort() if size % 2 else writer.close()
            async with RemoteServiceDiscoveryService(place(address)) as rsd:
                assert rsd.product_version == "18.5"

    asyncio.run(asyncio.wait_for(main(), 20))


def test_tunnels_are_listed_as_tunneld_does() -> None:
    async def main() -> None:
        async with direct() as (it, address):
            host, _, port = address.endpoints.rpartition(":")
            [rsd] = await asyncio.to_thread(lambda: asyncio.run(_devices((host, int(port)))))
            assert rsd == it.phone.spec.udid
            status, started = await told(address, f"/start-tunnel?udid={it.phone.spec.udid}")
            assert (status, started["port"]) == (200, place(address)[1])
            assert (await told(address, "/hello"))[0] == 200

    asyncio.run(asyncio.wait_for(main(), 20))


async def _devices(address: tuple[str, int]) -> list[str | None]:
    # Its HTTP is not asynchronous, so it is given a thread of its own.
    devices = await get_tunneld_devices(address)
    for device in devices:
        await device.close()
    return [device.udid for device in devices]


def test_tunnels_are_listed_as_the_agent_of_go_ios_does() -> None:
    async def main() -> None:
        async with direct() as (it, address):
            udid, port = it.phone.spec.udid, place(address)[1]
            wanted = {"address": "::1", "rsdPort": port, "udid": udid}
            wanted |= {"userspaceTun": False, "userspaceTunPort": 0}
            assert await told(address, f"/tunnel/{udid}") == (200, wanted)
            assert await told(address, "/tunnels") == (200, [wanted])
            assert await told(address, "/tunnel/none") == (404, None)

    asyncio.run(asyncio.wait_for(main(), 20))


def test_the_registry_of_appium_knows_the_port_of_every_service() -> None:
    async def main() -> None:
        async with direct() as (it, address):
            path = f"/remotexpc/tunnels/{it.phone.spec.udid}"
            status, entry = await told(address, path)
            assert (status, entry["address"], entry["rsdPort"]) == (200, *place(address))
            async with RemoteServiceDiscoveryService(place(address)) as rsd:
                services = (rsd.peer_info or {})["Services"]
            assert entry["services"] == {name: {"port": one["Port"]} for name, one in services.items()}
            _, everything = await told(address, "/remotexpc/tunnels")
            assert everything["metadata"]["activeTunnels"] == len(everything["tunnels"]) == 1

    asyncio.run(asyncio.wait_for(main(), 20))


def test_two_clients_at_once_do_not_mix() -> None:
    async def main() -> None:
        async with direct() as (_, address):

            async def listed() -> list[str]:
                async with (
                    RemoteServiceDiscoveryService(place(address)) as rsd,
                    AfcService(rsd) as files,
                ):
                    return list(await files.listdir("/"))

            first, second = await asyncio.gather(listed(), listed())
            assert first == second

    asyncio.run(asyncio.wait_for(main(), 20))


def test_a_closed_rack_holds_no_port() -> None:
    async def main() -> None:
        async with direct() as (_, address):
            where = place(address)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*where)

    asyncio.run(asyncio.wait_for(main(), 20))
