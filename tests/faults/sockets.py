"""The sockets of a rack, and broken clients that come through them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.virtual.control_server import ControlServer
from harness.virtual.endpoints import GET_MESSAGES, POST_MESSAGES
from harness.virtual.faults.bench import FaultBench
from harness.virtual.faults.verbs import VERBS
from harness.virtual.faults.words import Kind
from harness.virtual.transport.device import LOCKDOWN_PORT
from harness.wire.clockline import ClockOp
from harness.wire.usbmux import MuxFrame, encode, swap_port
from harness.wire.usbmux_binary import BinaryConnect, BinaryFrame, BinaryListen
from tests.faults import talks, talks_dtx, talks_remote
from tests.faults.damage import Frame, Talk, conversation
from tests.virtual.rig import APP, Rig, identity, rig

Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True)
class Stage:
    """A rack with every socket that there is.

    Attributes:
        it: the rack and its one phone.
        control: path of the control socket.
        endpoints: port of the HTTP endpoints.
        rsd: port of the phone's RSD; 0 when it has none.
    """

    it: Rig
    control: str
    endpoints: int
    rsd: int


@contextlib.asynccontextmanager
async def stage(ios: str) -> AsyncGenerator[Stage]:
    """A running rack."""
    async with rig(ios) as it:
        server = ControlServer(FaultBench(it.rack))
        control = await server.listen(Path(it.address.clock).with_name("control"))
        direct = await it.rack.open_direct(it.address)
        (one,) = direct.phones
        port = int(one.rsd.rpartition(":")[2] or 0)
        try:
            yield Stage(it, control, int(direct.endpoints.rpartition(":")[2]), port)
        finally:
            await server.close()


@dataclass(frozen=True)
class SocketCase:
    """One socket.

    Attributes:
        name: of it.
        talk: how its honest clients talk.
        dial: opens a connection.
        ios: the version of the phone.
        keeps_phone: whether what its clients ask for leaves the phone as it was.
    """

    name: str
    talk: Callable[[Stage], Talk]
    dial: Callable[[Stage], Awaitable[Link]]
    ios: str = "16.7"
    keeps_phone: bool = True

    async def broken(self, on: Stage, number: int) -> None:
        """Let the broken client of that number come and go."""
        dice = random.Random(f"{self.name} {number}")
        data = conversation(self.talk(on), dice)
        with contextlib.suppress(OSError):
            await misbehave(*await self.dial(on), data, dice)

    async def honest(self, on: Stage) -> None:
        """Let an honest client come, which is answered.

        Raises:
            AssertionError: it was not.
        """
        talk = self.talk(on)
        reader, writer = await self.dial(on)
        writer.write(talk.honest())
        heard = b""
        async with asyncio.timeout(20):
            while talk.told not in heard:
                piece = await reader.read(65536)
                assert piece, f"{self.name} ends with {heard[-200:]!r}"
                heard += piece
        await hang_up(writer)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close a connection, whatever the other side has done to it."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def misbehave(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes, dice: random.Random
) -> None:
    """Say it in a few pieces; then go, with or without a word, with or without having listened."""
    try:
        while data:
            size_bytes = dice.randrange(1, len(data) + 1)
            writer.write(data[:size_bytes])
            data = data[size_bytes:]
            await writer.drain()
        match dice.randrange(3):
            case 0:
                writer.transport.abort()
            case 1 if writer.can_write_eof():
                writer.write_eof()
                async with asyncio.timeout(20):
                    await reader.read()
            case _:
                pass
    finally:
        await hang_up(writer)


# usbmux, and lockdownd behind it.


def _mux(body: dict[str, Any]) -> Frame:
    return Frame((1, body), lambda value: encode(MuxFrame(*value)))


def _connect(port: int) -> dict[str, Any]:
    return {"MessageType": "Connect", "DeviceID": 1, "PortNumber": swap_port(port)}


def mux(on: Stage) -> Talk:
    """A client of usbmuxd that talks in property lists."""
    bodies = (
        {"MessageType": "ReadBUID", "ClientVersionString": "x", "kLibUSBMuxVersion": 3},
        {"MessageType": "ListDevices"},
        {"MessageType": "ReadPairRecord", "PairRecordID": on.it.phone.spec.udid},
        {"MessageType": "SavePairRecord", "PairRecordID": "other", "PairRecordData": b"x", "DeviceID": 1},
        {"MessageType": "DeletePairRecord", "PairRecordID": "other"},
        {"MessageType": "Other"},
        {"MessageType": "Listen"},
        _connect(1),
        _connect(LOCKDOWN_PORT),
    )
    return Talk((), tuple(map(_mux, bodies)), b"DeviceList")


def binary_mux(on: Stage) -> Talk:
    """A client of usbmuxd from before property lists."""

    def connect(value: tuple[int, int]) -> bytes:
        return BinaryFrame(2, BinaryConnect(*value)).encode()

    frames = (
        talks.raw(BinaryFrame(1, BinaryListen()).encode()),
        Frame((1, swap_port(1)), connect),
        Frame((1, swap_port(LOCKDOWN_PORT)), connect),
    )
    return Talk((), frames, on.it.phone.spec.udid.encode())


async def _usbmuxd(on: Stage) -> Link:
    return await asyncio.open_unix_connection(on.it.address.usbmux)


async def connect(on: Stage, port: int) -> Link:
    """A connection to a port of the phone.

    Raises:
        StreamClosed: nothing listens there.
    """
    reader, writer = await _usbmuxd(on)
    writer.write(encode(MuxFrame(1, _connect(port))))
    head = await reader.readexactly(4)
    answer = await reader.readexactly(int.from_bytes(head, "little") - 4)
    assert b"<integer>0</integer>" in answer, answer
    return reader, writer


async def _lockdownd(on: Stage) -> Link:
    return await connect(on, LOCKDOWN_PORT)


def _lockdown(on: Stage) -> Talk:
    return talks_remote.lockdown(on.it.rack.end(on.it.phone.spec.udid).pair_record())


# Services behind TLS.


def host_context(directory: Path) -> ssl.SSLContext:
    """What the rack's own host shows to a phone; its key is put into a directory."""
    pem = directory / "host.pem"
    pem.write_text(identity().host_key + identity().host_certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(pem)
    return context


def _behind_tls(service: str) -> Callable[[Stage], Awaitable[Link]]:
    async def dial(on: Stage) -> Link:
        end = on.it.rack.end(on.it.phone.spec.udid)
        offer, host = end.offer(service), end.trust.get(identity().host_id)
        assert offer is not None
        assert host is not None
        reader, writer = await connect(on, end.start_service(offer, host))
        await writer.start_tls(host_context(Path(on.it.address.clock).parent))
        return reader, writer

    return dial


# Lines of JSON.


def _line(value: object) -> bytes:
    return json.dumps(value).encode() + b"\n"


def clock(on: Stage) -> Talk:
    """A client of the clock."""
    phone, now_s = on.it.phone.spec.udid, on.it.phone.clock.now_s
    bodies = (
        {"op": str(ClockOp.NOW), "phone": phone},
        {"op": str(ClockOp.LET_PASS), "phone": phone, "until": now_s + 1},
        {"op": str(ClockOp.NOW), "phone": "nobody"},
    )
    return Talk((), tuple(Frame(body, _line) for body in bodies), b'"now"')


VALUES: Mapping[Kind, Any] = {
    Kind.TEXT: "text",
    Kind.COUNT: 3,
    Kind.SWITCH: "on",
    Kind.BUNDLE: APP.bundle_id,
    Kind.SERVICE: "com.apple.afc",
}


def control(_on: Stage) -> Talk:
    """A person at the control socket, who tries every verb."""
    bodies: list[dict[str, Any]] = []
    for verb in VERBS.values():
        given = {one.name: (one.words or (VALUES.get(one.kind, "x"),))[0] for one in verb.arguments}
        bodies.append({"do": verb.name, "phone": "v-16", **given})
        bodies.append({"do": verb.name, "phone": "v-16", **given, "at_s": 0.01})
    bodies.append({"do": "lock", "phone": "v-16", "when": {"log": "text"}})
    bodies.append({"do": "lock", "phone": "v-16", "when": {"bytes_to_host": 5}})
    return Talk((), tuple(Frame(body, _line) for body in bodies), b'"ok"')


async def _clock(on: Stage) -> Link:
    return await asyncio.open_unix_connection(on.it.address.clock)


async def _control(on: Stage) -> Link:
    return await asyncio.open_unix_connection(on.control)


# HTTP, and RSD without a tunnel.


def _request(value: tuple[str, str, dict[str, str], str]) -> bytes:
    method, path, headers, body = value
    lines = "".join(f"{name}: {text}\r\n" for name, text in headers.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n{body}".encode()


def http(on: Stage) -> Talk:
    """A client of the endpoints where tunnels are looked for."""
    headers, udid = {"Host": "localhost", "Accept": "*/*"}, on.it.phone.spec.udid
    gets = [("GET", path.replace("{udid}", udid), headers, "") for path in GET_MESSAGES]
    posts = [("POST", path.replace("{udid}", udid), headers, "") for path in POST_MESSAGES]
    with_body = headers | {"Content-Length": "4"}
    more = [("GET", f"/start-tunnel?udid={udid}", headers, ""), ("PUT", "/", with_body, "body")]
    return Talk((), tuple(Frame(value, _request) for value in (*gets, *posts, *more)), b"HTTP/1.1 405")


async def _http(on: Stage) -> Link:
    return await asyncio.open_connection("127.0.0.1", on.endpoints)


async def _direct_rsd(on: Stage) -> Link:
    return await asyncio.open_connection("127.0.0.1", on.rsd)


DVT = "com.apple.instruments.remoteserver.DVTSecureSocketProxy"

SOCKETS: Mapping[str, SocketCase] = {
    case.name: case
    for case in (
        SocketCase("usbmux", mux, _usbmuxd),
        SocketCase("usbmux, version 0", binary_mux, _usbmuxd),
        SocketCase("lockdownd through usbmux", _lockdown, _lockdownd),
        SocketCase("clock", clock, _clock),
        SocketCase("control", control, _control, keeps_phone=False),
        SocketCase("HTTP endpoints", http, _http, "18.5"),
        SocketCase("RSD without a tunnel", lambda _: talks_remote.RSD, _direct_rsd, "18.5"),
    )
}
"""Name -> socket."""

BEHIND_TLS: Mapping[str, SocketCase] = {
    name: SocketCase(f"TLS {name}", lambda _, talk=talk: talk, _behind_tls(name))
    for name, talk in (
        ("com.apple.afc", talks.AFC),
        ("com.apple.mobile.installation_proxy", talks.INSTALLATION),
        ("com.apple.os_trace_relay", talks.OS_TRACE),
        (DVT, talks_dtx.INSTRUMENTS),
    )
}
"""Name of a service -> it, through all that is in front of it."""
