"""A usbmuxd with phones that are only ports, a relay before it, and a client that speaks frames by hand."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.farm.gate.relay import UsbmuxRelay
from harness.model.identity import Connection
from harness.virtual.transport.mux import MuxServer, PortHandler
from harness.virtual.transport.stream import Stream, StreamClosed
from harness.wire.usbmux import MuxDecoder, MuxFrame, encode, swap_port

WITHIN_S = 20.0
"""Wall seconds that anything may take; a loaded host is slow."""

CHUNK_BYTES = 65536

ECHO, SILENT, FLOOD, DEAF = 7, 9, 19, 21
"""Ports of a phone: says what it hears, reads and says nothing, talks without end, neither reads nor talks.

The last two do not notice that their client has gone, but by what they cannot send.
"""


@dataclass
class VirtualPort:
    """A phone that is only ports.

    Attributes:
        udid: who it is.
        heard: all bytes that came to any port.
        said_bytes: how much it could send from its port that talks without end.
        open: connections that are open now.
    """

    udid: str
    wifi_address: str = "02:00:00:00:00:01"
    heard: bytearray = field(default_factory=bytearray)
    said_bytes: int = 0
    open: int = 0

    def open_port(self, port: int, connection: Connection = Connection.USB) -> PortHandler | None:
        ports = {ECHO: self._echo, SILENT: self._silent, FLOOD: self._flood, DEAF: self._deaf}
        handler = ports.get(port)
        return None if handler is None else lambda stream: self._counted(handler, stream)

    async def _counted(self, handler: PortHandler, stream: Stream) -> None:
        self.open += 1
        try:
            await handler(stream)
        except StreamClosed:
            pass
        finally:
            self.open -= 1

    async def _echo(self, stream: Stream) -> None:
        while data := await stream.read():
            self.heard += data
            stream.write(data)
            await stream.drain()
        stream.write(b"end")
        await stream.drain()

    async def _silent(self, stream: Stream) -> None:
        while data := await stream.read():
            self.heard += data
        # A phone has things to do before it is done with a client.
        for _ in range(50):
            await asyncio.sleep(0)

    async def _flood(self, stream: Stream) -> None:
        while True:
            stream.write(bytes(CHUNK_BYTES))
            await stream.drain()
            self.said_bytes += CHUNK_BYTES

    async def _deaf(self, stream: Stream) -> None:
        await asyncio.Event().wait()


class Asker:
    """A client of a usbmuxd that speaks frames by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._decoder = MuxDecoder()

    @classmethod
    async def at(cls, path: str) -> Asker:
        return cls(*await asyncio.open_unix_connection(path))

    def send(self, message_type: str, **fields: Any) -> None:
        self.writer.write(encode(MuxFrame(7, {"MessageType": message_type, **fields})))

    async def frame(self) -> dict[str, Any]:
        """The body of the next frame; its tag is 0, or that of what was asked."""
        while (frame := self._decoder.take()) is None:
            data = await asyncio.wait_for(self.reader.read(CHUNK_BYTES), WITHIN_S)
            assert data, "the relay closed the connection"
            self._decoder.push(data)
        assert frame.tag in (0, 7)
        return frame.body

    async def ask(self, message_type: str, **fields: Any) -> dict[str, Any]:
        self.send(message_type, **fields)
        return await self.frame()

    async def connect(self, device_id: int, port: int) -> int:
        """Ask for a connection; the number of the result."""
        return (await self.ask("Connect", DeviceID=device_id, PortNumber=swap_port(port)))["Number"]

    async def rest(self) -> bytes:
        """All that comes until the other side has ended, or broken, the connection."""
        with contextlib.suppress(ConnectionError):
            return self._decoder.rest() + await asyncio.wait_for(self.reader.read(), WITHIN_S)
        return b""

    def close(self) -> None:
        self.writer.close()


@dataclass(frozen=True)
class Bench:
    """A relay before a usbmuxd.

    Attributes:
        directory: for sockets.
        upstream: the usbmuxd.
        upstream_path: where it is.
        relay: what is tested; no phone is attached to it.
        askers: who was connected to it.
    """

    directory: Path
    upstream: MuxServer
    upstream_path: str
    relay: UsbmuxRelay
    askers: list[Asker] = field(default_factory=list[Asker])

    @property
    def path(self) -> str:
        return self.relay.path

    def plug_in(self, udid: str) -> VirtualPort:
        """Attach a phone to the usbmuxd."""
        phone = VirtualPort(udid)
        self.upstream.attach(phone)
        return phone

    async def show(self, udid: str) -> VirtualPort:
        """Attach a phone to the usbmuxd and to the relay."""
        phone = self.plug_in(udid)
        self.relay.attach(udid, self.upstream_path)
        assert await self.relay.shown(udid, WITHIN_S)
        return phone

    async def asker(self) -> Asker:
        asker = await Asker.at(self.path)
        self.askers.append(asker)
        return asker

    async def listed(self) -> list[dict[str, Any]]:
        """What the relay lists."""
        return (await (await self.asker()).ask("ListDevices"))["DeviceList"]

    async def connected(self, udid: str, port: int = ECHO) -> Asker:
        """A client that is connected to a port of a phone that is shown."""
        (device_id,) = {
            one["DeviceID"] for one in await self.listed() if one["Properties"]["SerialNumber"] == udid
        }
        asker = await self.asker()
        assert await asker.connect(device_id, port) == 0
        return asker


async def until(condition: Callable[[], object]) -> None:
    """Let the loop turn until something holds."""
    deadline_s = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline_s, "it never came to hold"
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def bench() -> AsyncGenerator[Bench]:
    """A usbmuxd without phones, and a relay that shows none."""
    directory = Path(tempfile.mkdtemp(prefix="ih-", dir="/tmp"))
    upstream, relay = MuxServer("HOST-BUID"), UsbmuxRelay()
    upstream_path = str(directory / "upstream")
    try:
        await upstream.listen(upstream_path)
        await relay.start(str(directory / "relay"))
        yield (it := Bench(directory, upstream, upstream_path, relay))
        for asker in it.askers:
            asker.close()
    finally:
        await relay.stop()
        await upstream.close()
        shutil.rmtree(directory)


def run(test: Callable[[Bench], Awaitable[None]]) -> None:
    """Run a test on a bench."""

    async def main() -> None:
        async with bench() as it:
            await test(it)

    asyncio.run(main())
