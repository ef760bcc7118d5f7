"""Something between a host's clients and its usbmuxd, which can let go of all of them at once."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.runtime.loop import LoopThread
from harness.virtual.transport.listening import Listening

PIECE_BYTES = 64 * 1024
START_S = 10.0
"""Protective deadline of starting and stopping it, in wall time."""


class Relay:
    """A usbmuxd that hands everything on to another one; to its clients it looks like the only one.

    Args:
        usbmux: path of the other one's socket.
    """

    def __init__(self, usbmux: str) -> None:
        self._usbmux = usbmux
        self._listening = Listening(self._serve)
        self._clients: set[asyncio.StreamWriter] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def listen(self, path: str) -> None:
        """Start to serve on a Unix socket."""
        self._loop = asyncio.get_running_loop()
        await self._listening.on_unix(path)

    async def close(self) -> None:
        """Stop serving and break every connection."""
        await self._listening.close()

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._clients)

    def let_go(self) -> None:
        """Break every connection, as a usbmuxd does that is started anew; new ones are taken."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._abort)

    def _abort(self) -> None:
        for client in tuple(self._clients):
            client.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        there: asyncio.StreamWriter | None = None
        try:
            back, there = await asyncio.open_unix_connection(self._usbmux)
            # Whichever side ends first ends both: a half-closed connection to a phone is of no use.
            ways = [asyncio.ensure_future(_pass_on(*way)) for way in ((reader, there), (back, writer))]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            self._clients.discard(writer)
            if there is not None:
                there.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(PIECE_BYTES):
            writer.write(piece)
            await writer.drain()


@contextmanager
def relayed(usbmux: str) -> Generator[tuple[Relay, str]]:
    """A relay in front of a usbmuxd, and the path of its socket."""
    relay = Relay(usbmux)
    with tempfile.TemporaryDirectory(prefix="ih-", dir="/tmp") as directory, LoopThread("relay") as loop:
        path = str(Path(directory) / "mux")
        loop.run(relay.listen(path), START_S)
        try:
            yield relay, path
        finally:
            loop.run(relay.close(), START_S)
