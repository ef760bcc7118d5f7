"""``python -m harness.drivers.pmd3.tunnelchild``: a process that holds one phone's tunnel, for another one.

The tunnel's TCP stack is a global of its process, so a process that drives several phones has a child for
each further one. It does nothing but carry bytes, between a socket in a private directory and the phone;
what they mean, its parent knows. See ``tunnelchild_words`` for what is said.

It ends when its parent does, however that ended, and when the tunnel breaks; both take its socket and its
directory along.
"""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from harness.drivers.pmd3.errors import translate
from harness.drivers.pmd3.imports import prepare
from harness.drivers.pmd3.tunnelchild_words import OPEN, SOCKET, Order, Report, failure, strange
from harness.drivers.pmd3.tunnellife import claim_stack

if TYPE_CHECKING:
    from harness.drivers.pmd3.tunnel import FarEnd

STDIN, STDOUT, STDERR = 0, 1, 2

BUFFER_BYTES = 1024 * 1024
"""Of each connection, and not the 8 KiB of macOS, which would be moved one turn of the loop at a time."""


class Doorman:
    """Lets connections through to the phone.

    Args:
        far_end: the phone's end of the tunnel.
    """

    def __init__(self, far_end: FarEnd) -> None:
        self._far_end = far_end
        self._guests: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def open(self, path: str) -> None:
        """Listen."""
        self._server = await asyncio.start_unix_server(self._receive, path)

    async def close(self) -> None:
        """End every connection; the phone is told, as far as the tunnel still carries."""
        if self._server is not None:
            self._server.close()
        for guest in self._guests:
            guest.cancel()
        await asyncio.gather(*self._guests, return_exceptions=True)

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._guests.add(task)
        try:
            await self._serve(reader, writer)
        except asyncio.CancelledError:
            pass  # the tunnel ends
        finally:
            self._guests.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from harness.drivers.pmd3.tunnelchild_relay import Relay

        grow_buffers(writer.get_extra_info("socket"))
        port = await reader.readline()
        if not port.endswith(b"\n"):
            return  # whoever dialled has thought better of it
        try:
            far = await self._far_end.stack.connect_tcp(self._far_end.address, int(port))
        except (OSError, TimeoutError) as error:
            writer.write(f"{error}\n".encode())
            return
        writer.write(OPEN)
        async with Relay(far, self._far_end) as relay:
            await relay.carry(int(port), reader, writer)


def grow_buffers(connection: socket.socket) -> None:
    """Give a connection of this host the buffers it needs to carry much."""
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)


async def hold(parent: socket.socket) -> None:
    """Open the tunnel that the parent orders, and hold it until one of them ends."""
    reader, writer = await asyncio.open_connection(sock=parent)
    line = await reader.readline()
    if line:  # else it has ended already
        order = Order.of(line)
        try:
            await _hold(order, reader, writer)
        finally:
            shutil.rmtree(order.directory, ignore_errors=True)
    writer.close()


async def _hold(order: Order, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    parent_ends = asyncio.create_task(reader.read(), name="the end of the parent")
    holding = asyncio.create_task(_hold_tunnel(order, writer), name=f"the tunnel of {order.phone}")
    await asyncio.wait({parent_ends, holding}, return_when=asyncio.FIRST_COMPLETED)
    for task in (parent_ends, holding):
        task.cancel()
    await asyncio.gather(parent_ends, holding, return_exceptions=True)


async def _hold_tunnel(order: Order, writer: asyncio.StreamWriter) -> None:
    prepare()
    from harness.drivers.pmd3.tunnel import open_far_end

    # What is imported stays, and is not looked through for garbage; what comes after it is: an agent holds
    # its tunnels for weeks.
    gc.freeze()
    gc.enable()
    stack = claim_stack()
    assert stack is not None, "a child holds one tunnel, once"
    try:
        tunnel, far_end = await open_far_end(stack, order.phone, order.udid, order.within_s)
    except Exception as error:
        # Whatever it is, the parent is to raise it: nobody reads what is said here.
        named = translate(error, order.phone, "opening its tunnel")
        writer.write(failure(named) if named else strange(error))
        return
    doorman = Doorman(far_end)
    try:
        await doorman.open(str(Path(order.directory) / SOCKET))
        writer.write(Report(far_end.address, far_end.rsd_port).line())
        await tunnel.wait_gone()
    finally:
        await doorman.close()
        await tunnel.close()


def main() -> None:
    """Be the child; ends the process."""
    gc.disable()  # until all is imported
    parent = socket.socket(fileno=os.dup(STDIN))
    # Only the report goes to the parent, whatever some module may print.
    os.dup2(STDERR, STDOUT)
    asyncio.run(hold(parent))
    # All is closed; who waits for the end need not wait until the modules are taken apart.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
