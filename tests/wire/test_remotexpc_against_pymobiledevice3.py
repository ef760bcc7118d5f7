"""RemoteXPC and CDTunnel as pymobiledevice3's own connection classes speak them, over a pair of sockets."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pymobiledevice3.exceptions import StreamClosedError
from pymobiledevice3.remote.remotexpc import RemoteXPCConnection
from pymobiledevice3.remote.tunnel_service import CDTunnelPacket, RemotePairingTcpTunnel
from pymobiledevice3.remote.xpc_message import XpcInt64Type, XpcUInt64Type

from harness.wire.cdtunnel import TunnelDecoder, TunnelRequest, TunnelResponse
from harness.wire.http2_peer import Role
from harness.wire.remotexpc import Opened, Received, RemoteXpcPeer, XpcEvent
from harness.wire.xpc import UInt64, XpcDict, XpcFlag

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Answer = Callable[[XpcDict], XpcDict]


async def pair() -> tuple[Streams, Streams]:
    """Both ends of one connection."""
    ours, theirs = socket.socketpair()
    return await asyncio.open_connection(sock=ours), await asyncio.open_connection(sock=theirs)


class Server:
    """Our end: it answers every request, and keeps what it heard."""

    def __init__(self, answer: Answer) -> None:
        self.peer = RemoteXpcPeer(Role.SERVER)
        self.heard: list[XpcEvent] = []
        self._answer = answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            for event in self.peer.receive(data):
                self.heard.append(event)
                if isinstance(event, Received) and event.message.flags & XpcFlag.WANTS_REPLY:
                    body = self._answer(event.message.body or {})
                    self.peer.send(body, reply_to=event.message.message_id)
            writer.write(self.peer.take_output())
        self.peer.close()
        writer.close()

    def messages(self) -> list[XpcDict]:
        """The bodies that came."""
        return [event.message.body or {} for event in self.heard if isinstance(event, Received)]


def talk(answer: Answer, client: Callable[[RemoteXPCConnection, Server], Awaitable[None]]) -> Server:
    """Have their client speak to our server until it is done."""

    async def main() -> Server:
        ours, theirs = await pair()
        server = Server(answer)
        serving = asyncio.create_task(server.serve(*ours))

        async def dial(host: str, port: int) -> Streams:
            return theirs

        async with RemoteXPCConnection(("", 0), open_connection=dial) as connection:
            await client(connection, server)
        await serving
        return server

    return asyncio.run(main())


def test_a_connection_is_opened_and_values_of_every_kind_are_answered() -> None:
    of = uuid.UUID(int=7)
    sent: dict[str, Any] = {
        "text": "é",
        "yes": True,
        "raw": b"\0\1",
        "id": of,
        "list": [{}, "x"],
        "half": 0.5,
    }
    numbers = {"u": XpcUInt64Type(2**63), "i": XpcInt64Type(-2)}
    told: list[dict[str, Any]] = []

    async def client(connection: RemoteXPCConnection, server: Server) -> None:
        told.append(await connection.send_receive_request(sent | numbers))
        told.append(await connection.send_receive_request({"again": True}))

    server = talk(lambda body: {"got": body, "u": UInt64(3)}, client)
    assert server.heard[0] == Opened()
    assert server.messages() == [sent | {"u": UInt64(2**63), "i": -2}, {"again": True}]
    assert told == [{"got": sent | {"u": 2**63, "i": -2}, "u": 3}, {"got": {"again": True}, "u": 3}]
    assert isinstance(told[0]["got"]["u"], XpcUInt64Type)
    assert isinstance(told[0]["got"]["i"], XpcInt64Type)


def test_the_handshake_of_a_peer_is_read() -> None:
    async def client(connection: RemoteXPCConnection, server: Server) -> None:
        await connection.send_device_handshake(uuid.UUID(int=1))
        await connection.send_receive_request({"is it": "there"})

    handshake, _ = talk(lambda body: body, client).messages()
    assert (handshake["MessageType"], handshake["UUID"]) == ("Handshake", uuid.UUID(int=1))
    assert isinstance(handshake["MessagingProtocolVersion"], UInt64)


@pytest.mark.parametrize("size_bytes", [20_000, 300_000])
def test_messages_longer_than_a_frame_and_than_a_window_go_both_ways(size_bytes: int) -> None:
    raw = bytes(range(256)) * (size_bytes // 256)
    told: list[dict[str, Any]] = []

    async def client(connection: RemoteXPCConnection, server: Server) -> None:
        told.append(await connection.send_receive_request({"raw": raw}))

    assert talk(lambda body: {"back": body["raw"]}, client).messages() == [{"raw": raw}]
    assert told == [{"back": raw}]


def test_the_end_of_a_connection_is_told() -> None:
    async def client(connection: RemoteXPCConnection, server: Server) -> None:
        server.peer.go_away()
        with pytest.raises(StreamClosedError):
            await connection.send_receive_request({"more": True})

    assert talk(lambda body: body, client).messages() == [{"more": True}]


RESPONSE = TunnelResponse("fd00::2", "ffff:ffff:ffff:ffff::", 16000, "fd00::1", 58783)


def test_a_tunnel_is_asked_for_and_granted() -> None:
    async def main() -> tuple[object, list[object], bytes]:
        (reader, writer), theirs = await pair()
        tunnel = RemotePairingTcpTunnel(*theirs)
        asking = asyncio.create_task(tunnel.request_tunnel_establish())
        decoder = TunnelDecoder()
        asked: list[object] = []
        while not asked:
            asked += decoder.feed(await reader.read(4096))
        writer.write(RESPONSE.encode())
        told = await asking
        await tunnel.send_packet_to_device(b"packet")
        decoder.push(await reader.readexactly(6))
        for _, one in ((reader, writer), theirs):
            one.close()
        return told, asked, decoder.rest()

    told, asked, rest = asyncio.run(main())
    assert asked == [TunnelRequest(RemotePairingTcpTunnel.REQUESTED_MTU)]
    assert told == {
        "type": "serverHandshakeResponse",
        "clientParameters": {"address": "fd00::2", "mtu": 16000, "netmask": "ffff:ffff:ffff:ffff::"},
        "serverAddress": "fd00::1",
        "serverRSDPort": 58783,
    }
    assert rest == b"packet"


def test_their_packet_class_reads_ours_and_we_read_theirs() -> None:
    ours = RESPONSE.encode()
    body = CDTunnelPacket.parse(ours).body
    assert CDTunnelPacket(body=body).build() == ours
    assert TunnelDecoder().feed(CDTunnelPacket(body=body).build()) == [RESPONSE]
