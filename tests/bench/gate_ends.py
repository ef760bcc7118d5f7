"""The two processes behind a measured connection: a usbmuxd with one phone of two ports, and a grant's gate.

``python -m tests.bench.gate_ends phone|gate DIR``; prints the path of its socket when that stands, and ends
with its standard input.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from harness.farm.gate.epochs import Epochs
from harness.farm.gate.scoped import ScopedSocket
from harness.model.identity import Connection
from harness.virtual.transport.mux import MuxServer, PortHandler
from harness.virtual.transport.stream import Stream, StreamClosed

UDID = "00008120-000A11112222001E"

ECHO, SOURCE = 7, 19
"""Ports of the phone: says what it hears; talks without end."""

CHUNK = bytes(65536)


class Ports:
    """A phone that is two ports."""

    udid = UDID
    wifi_address = "02:00:00:00:00:01"

    def open_port(self, port: int, connection: Connection = Connection.USB) -> PortHandler | None:
        """What listens at a port."""
        return {ECHO: _echo, SOURCE: _source}.get(port)


async def _echo(stream: Stream) -> None:
    while data := await stream.read():
        stream.write(data)


async def _source(stream: Stream) -> None:
    try:
        while True:
            stream.write(CHUNK)
            await stream.drain()
    except StreamClosed:
        return


async def main(which: str, directory: Path) -> None:
    """Serve until there is nobody any more to read from."""
    upstream = str(directory / "usbmuxd")
    over = asyncio.Event()
    if which == "phone":
        mux = MuxServer("HOST-BUID")
        mux.attach(Ports())
        await mux.listen(upstream)
        path, close = upstream, mux.close
    else:
        epochs = Epochs(directory / "epochs.json")
        turn = epochs.highest(UDID) + 1
        granted = await ScopedSocket.open(directory, UDID, turn, epochs, upstream=upstream)
        path, close = granted.path, granted.close
    asyncio.get_running_loop().add_reader(sys.stdin, over.set)
    print(path, flush=True)
    await over.wait()
    await close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
