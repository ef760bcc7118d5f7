"""RSD without a tunnel: on a port of this machine, by clients of both orders."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from pymobiledevice3.remote.remotexpc import RemoteXPCConnection

from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.table import SERVICES
from harness.virtual.transport.device import DeviceEnd
from harness.virtual.transport.rsd import RSD_PORT, TRUSTED_LOCKDOWN, Rsd
from harness.virtual.transport.stream import AsyncioStream
from harness.wire.http2_peer import Role
from harness.wire.remotexpc import ClientOrder, Received, RemoteXpcPeer
from tests.virtual.rig import identity, spec


def device(root: Path, *, image_mounted: bool = True) -> DeviceEnd:
    """A phone of iOS 18."""
    phone = VirtualPhone(spec("18.5"), root)
    phone.image_mounted = image_mounted
    return DeviceEnd(phone, identity(), SERVICES)


@contextlib.asynccontextmanager
async def listening(rsd: Rsd) -> AsyncGenerator[int]:
    """RSD on a free port."""
    serve = rsd.listener(RSD_PORT)
    assert serve is not None

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve(AsyncioStream(reader, writer))
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield int(server.sockets[0].getsockname()[1])


async def handshakes(port: int, order: ClientOrder) -> list[Received]:
    """What a client that never sends a handshake hears until the phone is done with what it sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    peer = RemoteXpcPeer(Role.CLIENT, order)
    heard: list[Received] = []
    writer.write(peer.take_output())
    while not heard:
        heard += [one for one in peer.receive(await reader.read(65536)) if isinstance(one, Received)]
        writer.write(peer.take_output())
    writer.write_eof()
    while data := await reader.read(65536):
        heard += [one for one in peer.receive(data) if isinstance(one, Received)]
    writer.close()
    return heard


@pytest.mark.parametrize("order", ClientOrder)
def test_the_phone_speaks_first_and_once(tmp_path: Path, order: ClientOrder) -> None:
    rsd = Rsd(device(tmp_path))

    async def main() -> list[Received]:
        async with listening(rsd) as port:
            return await handshakes(port, order)

    heard = asyncio.run(asyncio.wait_for(main(), 20))
    assert [one.message.body for one in heard] == [rsd.handshake()]


def test_an_unmodified_client_is_told(tmp_path: Path) -> None:
    rsd = Rsd(device(tmp_path))

    async def main() -> None:
        async with listening(rsd) as port, RemoteXPCConnection(("127.0.0.1", port)) as client:
            await client.send_device_handshake()
            told = await asyncio.wait_for(client.receive_response(), 5)
            assert told["MessageType"] == "Handshake"
            assert told == rsd.handshake()

    asyncio.run(asyncio.wait_for(main(), 20))


def test_every_service_has_a_port_of_its_own_that_answers(tmp_path: Path) -> None:
    rsd = Rsd(device(tmp_path))
    ports = {name: int(entry["Port"]) for name, entry in rsd.handshake()["Services"].items()}
    assert len(set(ports.values())) == len(ports)
    assert all(rsd.listener(port) is not None for port in ports.values())
    assert rsd.listener(1) is None
    assert {TRUSTED_LOCKDOWN, "com.apple.afc.shim.remote", "com.apple.instruments.dtservicehub"} <= set(ports)
    assert not any("DVTSecureSocketProxy" in name for name in ports)


def test_without_the_developer_image_there_is_no_service_hub(tmp_path: Path) -> None:
    services = Rsd(device(tmp_path, image_mounted=False)).handshake()["Services"]
    assert "com.apple.instruments.dtservicehub" not in services
    assert "com.apple.afc.shim.remote" in services


def test_a_client_that_breaks_the_protocol_is_cut_off(tmp_path: Path) -> None:
    async def main() -> None:
        async with listening(Rsd(device(tmp_path))) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\nHost: phone\r\n\r\n")
            assert b"HTTP" not in await reader.read()
            writer.close()

    asyncio.run(asyncio.wait_for(main(), 20))
