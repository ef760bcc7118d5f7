"""Broken clients and clients that vanish: whatever they send, the phone serves the next one.

HARNESS_GARBAGE_CASES sets how many of them there are, HARNESS_GARBAGE_SEED which.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import random
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest
from pymobiledevice3.services.dvt.instruments.device_info import DeviceInfo
from pymobiledevice3.services.dvt.instruments.dvt_provider import DvtProvider

from harness.virtual.services.table import SERVICES
from harness.virtual.transport.device import DeviceEnd
from harness.virtual.transport.offers import CORE_DEVICE_PROXY
from harness.virtual.transport.rsd import RSD_PORT, TRUSTED_LOCKDOWN, Rsd
from harness.virtual.transport.stream import AsyncioStream, Stream
from harness.virtual.transport.tunnel import Tunnel, tunnel_addresses
from tests.faults import garbage
from tests.faults.garbage import Talk, mangle, plists
from tests.virtual.rig import APP, Rig, identity, rig, until

CASES = int(os.environ.get("HARNESS_GARBAGE_CASES", "300"))
SEED = os.environ.get("HARNESS_GARBAGE_SEED", "1")
OVER_WITHIN_S = 20.0
"""Wall seconds in which the phone has to be done with a client that has gone."""

Serve = Callable[[Stream], Awaitable[None]]

DVT = "com.apple.instruments.remoteserver.DVTSecureSocketProxy"
TALKS: dict[str, Talk] = {
    "com.apple.afc": garbage.afc_client,
    "com.apple.mobile.house_arrest": garbage.house_arrest,
    "com.apple.mobile.installation_proxy": plists(
        {"Command": "Browse", "ClientOptions": {"ApplicationType": "User", "ReturnAttributes": ["Path"]}},
        {"Command": "Lookup", "ClientOptions": {"BundleIDs": [APP.bundle_id]}},
        {"Command": "Uninstall", "ApplicationIdentifier": "com.example.none"},
    ),
    "com.apple.mobile.notification_proxy": plists(
        {"Command": "ObserveNotification", "Name": "a"},
        {"Command": "PostNotification", "Name": "a"},
        {"Command": "Shutdown"},
    ),
    "com.apple.mobile.diagnostics_relay": plists(
        {"Request": "All"},
        {"Request": "IORegistry", "EntryClass": "IOPMPowerSource"},
        {"Request": "MobileGestalt", "MobileGestaltKeys": ["ProductType"]},
        {"Request": "Goodbye"},
    ),
    "com.apple.mobile.heartbeat": plists({"Command": "Polo"}),
    "com.apple.syslog_relay": plists({"Request": "watch"}),
    "com.apple.os_trace_relay": plists({"Request": "PidList"}, {"Request": "StartActivity", "Pid": 1}),
    DVT: garbage.instruments,
    "com.apple.debugserver": garbage.debugserver,
}
"""What is there behind lockdown on iOS 16 -> how a client of it talks."""

TUNNEL_TALKS: dict[str, Talk] = {
    CORE_DEVICE_PROXY: garbage.tunnel,
    "RSD": garbage.rsd,
    "RSD check-in": plists({"Request": "RSDCheckin"}, {"Request": "GetValue", "Key": "ProductVersion"}),
}
SOCKET_TALKS: dict[str, Talk] = {
    "usbmux": garbage.mux,
    "lockdown": garbage.lockdown,
    "clock": garbage.clock,
}
EACH = max(1, CASES // (len(TALKS) + len(TUNNEL_TALKS) + len(SOCKET_TALKS) + 1))


@contextlib.asynccontextmanager
async def unharmed() -> AsyncGenerator[Rig]:
    """A rack that must lose no task to an error, keep no work in flight, and still list its processes."""
    lost: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: lost.append(context))
    async with rig() as it:
        yield it
        await until(lambda: not it.phone.clock.held)
        async with contextlib.AsyncExitStack() as stack:
            lockdown = await it.lockdown()
            stack.push_async_callback(lockdown.close)
            provider = await stack.enter_async_context(DvtProvider(lockdown))
            rows = await (await stack.enter_async_context(DeviceInfo(provider))).proclist()
            assert {row["name"] for row in rows} >= {"SpringBoard", "lockdownd"}
    gc.collect()
    assert lost == []


@pytest.mark.parametrize("name", TALKS)
def test_a_service_outlives_its_broken_clients(name: str) -> None:
    async def main() -> None:
        async with unharmed() as it:
            end = DeviceEnd(it.phone, identity(), SERVICES)
            offer = end.offer(name)
            assert offer is not None
            await _many(it, name, TALKS[name], lambda stream: offer.serve(it.phone, stream))

    asyncio.run(main())


@pytest.mark.parametrize("name", TUNNEL_TALKS)
def test_a_tunnel_outlives_its_broken_hosts(name: str) -> None:
    async def main() -> None:
        # The phone's own instruments need no tunnel, which makes the last look cheap.
        async with unharmed() as it:
            end = DeviceEnd(it.phone, identity(), SERVICES)
            rsd = Rsd(end)
            ports = {"RSD": RSD_PORT, "RSD check-in": _port_of(rsd, TRUSTED_LOCKDOWN)}
            host = tunnel_addresses(end.udid)
            serve: Serve | None = (
                rsd.listener(ports[name])
                if name in ports
                else lambda stream: Tunnel(stream, host, rsd.listener, RSD_PORT).serve()
            )
            assert serve is not None
            await _many(it, name, TUNNEL_TALKS[name], serve)

    asyncio.run(main())


def test_a_service_outlives_clients_that_fail_at_tls() -> None:
    async def main() -> None:
        async with unharmed() as it:
            end = DeviceEnd(it.phone, identity(), SERVICES)
            offer, host = end.offer("com.apple.afc"), end.trust.get(identity().host_id)
            assert offer is not None
            assert host is not None

            async def serve(stream: Stream) -> None:
                handler = end.open_port(end.start_service(offer, host))
                assert handler is not None
                await handler(stream)

            await _many(it, "TLS", garbage.tls, serve)

    asyncio.run(main())


@pytest.mark.parametrize("name", SOCKET_TALKS)
def test_a_socket_of_the_rack_outlives_its_broken_clients(name: str) -> None:
    async def main() -> None:
        async with unharmed() as it:
            path = it.address.clock if name == "clock" else it.address.usbmux
            for case in range(EACH):
                chance = random.Random(f"{SEED} {name} {case}")
                reader, writer = await asyncio.open_unix_connection(path)
                await _misbehave(reader, writer, SOCKET_TALKS[name](chance, it.phone.spec.udid), chance)

    asyncio.run(main())


def _port_of(rsd: Rsd, name: str) -> int:
    services: Any = rsd.handshake()["Services"]
    return int(services[name]["Port"])


async def _many(it: Rig, name: str, talk: Talk, serve: Serve) -> None:
    for case in range(EACH):
        chance = random.Random(f"{SEED} {name} {case}")
        ours, phones = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=phones)
        stream = AsyncioStream(reader, writer)
        serving = asyncio.ensure_future(_served(serve, stream))
        await _misbehave(*await asyncio.open_connection(sock=ours), talk(chance, it.phone.spec.udid), chance)
        try:
            await asyncio.wait_for(serving, OVER_WITHIN_S)
        except Exception as error:
            error.add_note(f"{name}, case {case} of seed {SEED}")
            raise


async def _served(serve: Serve, stream: Stream) -> None:
    try:
        await serve(stream)
    finally:
        stream.close()


async def _misbehave(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, messages: list[bytes], chance: random.Random
) -> None:
    """Say it, broken, in a few pieces; then go, with or without a word, with or without having listened."""
    data = mangle(messages, chance)
    with contextlib.suppress(OSError):
        while data:
            size_bytes = chance.randrange(1, len(data) + 1)
            writer.write(data[:size_bytes])
            data = data[size_bytes:]
            await writer.drain()
            await asyncio.sleep(0)
        match chance.randrange(3):
            case 0:
                writer.transport.abort()
            case 1:
                writer.write_eof()
                await asyncio.wait_for(reader.read(), OVER_WITHIN_S)
            case _:
                pass
        writer.close()
        await writer.wait_closed()
