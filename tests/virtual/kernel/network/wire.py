"""A network with an egress of no sockets: what a server would see and say, by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from ssl import SSLContext
from typing import Any

from harness.model.interfaces import Interface
from harness.virtual.kernel.clock import VirtualClock
from harness.virtual.kernel.conditions import Conditions
from harness.virtual.kernel.network.network import Network


class Server(asyncio.Transport):
    """The server's end of one connection."""

    def __init__(self, phone: asyncio.Protocol, interface: Interface) -> None:
        super().__init__()
        self.phone = phone
        self.interface = interface
        self.got = b""
        self.is_read = True
        self.closed_by = ""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.got += bytes(data)

    def get_write_buffer_size(self) -> int:
        return 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": ("127.0.0.1", 80)}.get(name, default)

    def pause_reading(self) -> None:
        self.is_read = False

    def resume_reading(self) -> None:
        self.is_read = True

    def close(self) -> None:
        self._end("close")

    def abort(self) -> None:
        self._end("abort")

    def _end(self, how: str) -> None:
        if not self.closed_by:
            self.closed_by = how
            asyncio.get_running_loop().call_soon(self.phone.connection_lost, None)


class Dialler:
    """An egress that keeps what it opened; ``refuses`` and ``hangs`` say how it fares."""

    def __init__(self) -> None:
        self.opened: list[Server] = []
        self.refuses = False
        self.hangs = False
        self.hanging = asyncio.Event()

    async def dial(
        self,
        protocol_factory: Callable[[], asyncio.Protocol],
        host: str,
        port: int,
        *,
        ssl: SSLContext | None,
        interface: Interface,
    ) -> asyncio.Transport:
        await asyncio.sleep(0)
        if self.hangs:
            self.hanging.set()
            await asyncio.get_running_loop().create_future()
        if self.refuses:
            raise ConnectionRefusedError(f"{host}:{port} refused")
        server = Server(protocol_factory(), interface)
        self.opened.append(server)
        server.phone.connection_made(server)
        return server


class User(asyncio.Protocol):
    """Whoever uses a connection; keeps what it is told."""

    def __init__(self) -> None:
        self.got = b""
        self.told: list[str] = []
        self.error: Exception | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.told.append("made")

    def data_received(self, data: bytes) -> None:
        self.got += data

    def eof_received(self) -> None:
        self.told.append("eof")

    def connection_lost(self, exc: Exception | None) -> None:
        self.told.append("lost")
        self.error = exc

    def link_waits(self, waits: bool) -> None:
        self.told.append("waits" if waits else "moves")

    def pause_writing(self) -> None:
        self.told.append("pause")

    def resume_writing(self) -> None:
        self.told.append("resume")


class Bench:
    """A network with its conditions, clock and egress, and one connection over it."""

    def __init__(self, *, has_cellular: bool = True) -> None:
        self.conditions = Conditions(17)
        self.clock = VirtualClock(epoch_s=1.7e9)
        self.dialler = Dialler()
        self.network = Network(self.conditions, self.clock, self.dialler, has_cellular=has_cellular)
        self.user = User()

    async def connect(self, interface: Interface = Interface.WIFI) -> asyncio.Transport:
        return await self.network.connect(lambda: self.user, "origin", 80, interface=interface)

    async def connecting(self) -> asyncio.Task[asyncio.Transport]:
        """A connection that is being dialled, and that the other side leaves so."""
        self.dialler.hangs = True
        dialling = asyncio.create_task(self.connect())
        await self.dialler.hanging.wait()
        return dialling

    @property
    def server(self) -> Server:
        return self.dialler.opened[-1]

    async def wait(self, seconds: float) -> None:
        await self.clock.let_pass(self.clock.now_s + seconds)
