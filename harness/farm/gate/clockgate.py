"""The clock of a virtual phone for one turn: beside the socket of its grant, and cut with it.

The clock socket of a rack lets time pass on every phone of that rack, for whoever connects. A worker that was
stopped and wakes after its lease must not move the time of the next holder's phone, so a grant has a clock
socket of its own: it passes on what concerns its phone, refuses the rest, and is over when the grant is.

It stands beside the grant's usbmuxd, under a name that follows from that one's, on the phone's host and
wherever ``ssh`` carries both: who is told of the one knows the other.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

from harness.errors import WireError
from harness.farm.gate.listening import Listening
from harness.wire.clockline import ClockRefusal, ClockRequestDecoder

READ_BYTES = 65536

RETIRED_WITHIN_S = 0.1
"""Wall seconds that a rack has to take back what was asked of it before its connection is cut."""

MUX_SUFFIX, CLOCK_SUFFIX = ".sock", ".time"
"""Of the names of a grant's two sockets; equally long, for the length of a socket's path is limited."""


def clock_beside(mux: str) -> str:
    """Where the clock of a grant's phone is.

    Args:
        mux: path of the usbmuxd of the grant, on this machine.
    """
    return mux.removesuffix(MUX_SUFFIX) + CLOCK_SUFFIX


class ClockGate:
    """The clock socket of one grant; used on one loop.

    Args:
        udid: the phone.
        clock: path of its rack's clock socket.
    """

    def __init__(self, udid: str, clock: str) -> None:
        self._udid = udid
        self._clock = clock
        self._clients: set[asyncio.Task[None]] = set()
        self._retiring: set[asyncio.Task[None]] = set()
        self._listening = Listening(self._accept)

    def open(self, path: str) -> None:
        """Serve clients at a Unix socket that only this user can open; raises as ``Listening.open`` does."""
        self._listening.open(path)

    async def close(self) -> None:
        """Cut every client and leave no file; closing twice is no error.

        When this returns, nothing that a client has asked moves the clock any more.
        """
        self._listening.close()
        clients = tuple(self._clients)
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
        await asyncio.gather(*self._retiring)

    def _accept(self, connection: socket.socket) -> None:
        client = asyncio.create_task(self._serve(connection), name=f"a client of the clock of {self._udid}")
        self._clients.add(client)

        def over(done: asyncio.Task[None]) -> None:
            self._clients.discard(done)
            if done.cancelled():  # also before it began, when nobody else would close it
                connection.close()

        client.add_done_callback(over)

    async def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):  # one of the two has gone, which ends the other
            reader, writer = await asyncio.open_connection(sock=connection)
            try:
                await self._join(reader, writer)
            except asyncio.CancelledError:
                writer.transport.abort()
                raise
            finally:
                writer.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, rack = await asyncio.open_unix_connection(self._clock)
        asking = asyncio.create_task(self._pass_on(reader, writer, rack), name=f"asking {self._udid}'s clock")
        answering = asyncio.create_task(_copy(answers, writer), name=f"answers of {self._udid}'s clock")
        try:
            await asyncio.wait({asking, answering}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Apart from this task, which may be cut at any moment.
            retiring = asyncio.create_task(_retire((asking, answering), answers, rack))
            self._retiring.add(retiring)
            retiring.add_done_callback(self._retiring.discard)

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rack: asyncio.StreamWriter
    ) -> None:
        decoder = ClockRequestDecoder()
        try:
            while data := await reader.read(READ_BYTES):
                decoder.push(data)
                while (question := decoder.take()) is not None:
                    if question.phone != self._udid:
                        raise WireError(f"this is the clock of {self._udid}, and not of {question.phone}")
                    rack.write(question.encode())
                await rack.drain()
        except WireError as error:
            writer.write(ClockRefusal(str(error)).encode())


async def _copy(answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await answers.read(READ_BYTES):
        writer.write(data)
        await writer.drain()


async def _retire(
    pair: tuple[asyncio.Task[None], asyncio.Task[None]],
    answers: asyncio.StreamReader,
    rack: asyncio.StreamWriter,
) -> None:
    """Say goodbye to the rack, and wait until it has taken back what was asked of it."""
    for task in pair:
        task.cancel()
    await asyncio.gather(*pair, return_exceptions=True)
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(RETIRED_WITHIN_S):
            rack.write_eof()
            while await answers.read(READ_BYTES):
                pass
    rack.transport.abort()
