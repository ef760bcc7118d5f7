"""The parent's side of a process that holds a tunnel: it is started, dialled through, and ended.

Imports pymobiledevice3, so it is imported only once a phone is open.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.config.places import make_socket_dir
from harness.drivers.pmd3.tunnelchild import grow_buffers
from harness.drivers.pmd3.tunnelchild_words import OPEN, SOCKET, Order, Report
from harness.drivers.pmd3.tunnellife import Tunnel, opened_whole
from harness.errors import CapabilityMissing

if TYPE_CHECKING:
    from harness.drivers.pmd3.discovery import Discovery, Streams

MODULE = "harness.drivers.pmd3.tunnelchild"

ENDS_WITHIN_S = 3.0
"""How long a child may take to tell the phone and to end, in wall seconds; then it is killed."""

_log = logging.getLogger(__name__)


class Child:
    """A process that holds one phone's tunnel.

    Args:
        order: which.
        environment: of the process; says where usbmuxd is.

    Raises:
        CapabilityMissing: this machine starts no more processes.
    """

    def __init__(self, order: Order, environment: Mapping[str, str]) -> None:
        self._order = order
        self._ours, theirs = socket.socketpair()
        with theirs:
            try:
                self.process = start(order.phone, theirs.fileno(), environment)
            except BaseException:
                self._ours.close()
                raise
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[bytes] | None = None

    async def report(self) -> Report:
        """Give the order, and return what came of it; see ``Report.of`` for what it raises."""
        reader, self._writer = await asyncio.open_connection(sock=self._ours)
        self._writer.write(self._order.line())
        said = await reader.readline()
        self._reading = asyncio.create_task(reader.read(), name=f"the end of {self._order.phone}'s process")
        return Report.of(said)

    async def wait_closed(self) -> None:
        """Return when the process has ended, and the tunnel with it."""
        if self._reading is not None:
            await asyncio.wait([self._reading])

    async def dial(self, port: int, **how: Any) -> Streams:
        """Open a connection to a port of the phone; takes what ``asyncio.open_connection`` takes besides.

        Raises:
            OSError: the phone refused it, or the tunnel is gone.
        """
        path = str(Path(self._order.directory) / SOCKET)
        reader, writer = await asyncio.open_unix_connection(path, **how)
        try:
            grow_buffers(writer.get_extra_info("socket"))
            writer.write(b"%d\n" % port)
            answer = await reader.readline()
            if answer != OPEN:
                raise ConnectionRefusedError(answer.decode().strip() or "the tunnel is gone")
        except BaseException:
            writer.close()
            raise
        return reader, writer

    async def end(self) -> None:
        """Have the process end, by force if need be; returns once it has."""
        (self._writer or self._ours).close()
        try:
            async with asyncio.timeout(ENDS_WITHIN_S):
                await self._wait()
        except TimeoutError:
            _log.warning("%s: the process of its tunnel does not end, and is killed", self._order.phone)
            self.process.kill()
            await self._wait()
        if self._reading is not None:
            self._reading.cancel()

    async def _wait(self) -> None:
        await asyncio.to_thread(self.process.wait)


def start(phone: str, channel: int, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start the process, with its end of the socket for its input and output.

    Raises:
        CapabilityMissing: this machine starts no more processes.
    """
    command = [sys.executable, "-m", MODULE]
    try:
        # Ctrl-C is for the parent, which closes the phone before this: hence a session of its own.
        return subprocess.Popen(
            command, stdin=channel, stdout=channel, env=environment, start_new_session=True
        )
    except OSError as error:
        raise CapabilityMissing(
            f"no process can be started that holds its tunnel: {error}",
            phone=phone,
            fix="See how many processes run here, and end some.",
        ) from error


async def open_in_child(
    phone: str, udid: str, environment: Mapping[str, str], within_s: float
) -> tuple[Tunnel, Discovery]:
    """Open the tunnel in a process of its own, and what services are opened on behind it.

    Args:
        phone: the phone's name.
        udid: the phone.
        environment: of the process; says where usbmuxd is.
        within_s: protective deadline in wall seconds.

    Raises:
        HarnessError: why there is no tunnel.
        ConnectionResetError: the process has ended.
    """

    async def opening(tunnel: Tunnel, parts: AsyncExitStack) -> Discovery:
        directory = make_socket_dir(SOCKET)
        parts.callback(directory.remove)
        child = Child(Order(phone, udid, str(directory.path), within_s), environment)
        parts.push_async_callback(child.end)
        # While the child starts; neither waits for the other.
        from harness.drivers.pmd3.discovery import Discovery

        report = await child.report()

        async def dial(host: str, port: int, **how: Any) -> Streams:
            if host == report.address:
                return await child.dial(port, **how)
            return await asyncio.open_connection(host, port, **how)

        services = Discovery((report.address, report.rsd_port), dial)
        parts.push_async_callback(services.close)
        tunnel.watch(child)
        await services.connect()
        return services

    return await opened_whole(phone, within_s, AsyncExitStack(), opening)
