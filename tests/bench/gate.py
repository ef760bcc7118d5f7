"""What a lease's socket costs: the same connection with it and without, and how soon it is cut."""

from __future__ import annotations

import asyncio
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from pymobiledevice3.usbmux import select_device

from tests.bench.figures import Figure, Spread, interleaved
from tests.bench.gate_ends import ECHO, SOURCE, UDID
from tests.bench.stage import Stage, stage

PARTS = ("gate",)
"""What can be measured by itself."""

ROUND_TRIPS = 2000
PING = bytes(64)
BULK_BYTES = 64 * 1024 * 1024
CONNECTS = 20

Measure = Callable[[str], float]


def measure(part: str, runs: int) -> list[Figure]:
    """Each thing through a grant's socket and at usbmuxd itself, in turn; then the end of a grant."""
    with stage() as place, _end(place, "phone") as (usbmuxd, _):
        with _end(place, "gate") as (gate, _):
            figures = [
                _figure(name, unit, what, once, (gate, usbmuxd), runs) for name, unit, what, once in SIDES
            ]
        (cuts,) = interleaved(runs, [lambda: cut_ms(place)])
    what = "end of the grant to end of a client's connection, the order to the agent's process included"
    return [*figures, Figure("gate-cut", "ms", Spread(what, cuts))]


def _figure(name: str, unit: str, what: str, once: Measure, at: tuple[str, str], runs: int) -> Figure:
    gate, usbmuxd = at
    through, alone = interleaved(runs, [lambda: once(gate), lambda: once(usbmuxd)])
    spread = Spread(f"{what}, through a lease's socket", through)
    return Figure(name, unit, spread, Spread("the same at usbmuxd itself", alone))


def connected(path: str, port: int) -> socket.socket:
    """A connection to a port of the phone, by pymobiledevice3's own client of usbmuxd."""

    async def connect() -> socket.socket:
        device = await select_device(UDID, usbmux_address=path)
        assert device is not None
        return await device.connect(port, usbmux_address=path)

    connection = asyncio.run(connect())
    connection.setblocking(True)
    return connection


def connect_ms(path: str) -> float:
    """List the phones and connect; the median of a few."""

    def once() -> float:
        began_s = time.perf_counter()
        connected(path, ECHO).close()
        return (time.perf_counter() - began_s) * 1e3

    return statistics.median(once() for _ in range(CONNECTS))


def round_trip_us(path: str) -> float:
    """64 bytes there and back; the median of many."""
    with connected(path, ECHO) as connection:

        def once() -> float:
            began_s = time.perf_counter()
            connection.sendall(PING)
            _receive(connection, len(PING))
            return (time.perf_counter() - began_s) * 1e6

        return statistics.median(once() for _ in range(ROUND_TRIPS))


def bulk_mb_per_s(path: str) -> float:
    """64 MiB from the phone."""
    with connected(path, SOURCE) as connection:
        began_s = time.perf_counter()
        _receive(connection, BULK_BYTES)
        return BULK_BYTES / 1e6 / (time.perf_counter() - began_s)


def cut_ms(place: Stage) -> float:
    """Open a grant, connect through it, end it, and see the connection end."""
    with _end(place, "gate") as (path, process), connected(path, ECHO) as connection:
        assert process.stdin is not None
        began_s = time.perf_counter()
        process.stdin.close()
        assert connection.recv(1) == b""
        return (time.perf_counter() - began_s) * 1e3


SIDES: tuple[tuple[str, str, str, Measure], ...] = (
    ("gate-connect", "ms", "listing the phones and connecting to one", connect_ms),
    ("gate-round-trip", "us", "64 bytes there and back", round_trip_us),
    ("gate-bulk", "MB/s", "64 MiB from the phone", bulk_mb_per_s),
)
"""Name and unit of a figure, what it is, and how it is measured at a socket."""


def _receive(connection: socket.socket, size_bytes: int) -> None:
    buffer = bytearray(min(size_bytes, 1024 * 1024))
    while size_bytes:
        came = connection.recv_into(buffer, min(size_bytes, len(buffer)))
        if not came:
            raise RuntimeError("the connection ended")
        size_bytes -= came


@contextmanager
def _end(place: Stage, which: str) -> Generator[tuple[str, subprocess.Popen[bytes]]]:
    """One of the processes behind a connection, and the path of its socket."""
    command = [sys.executable, "-m", "tests.bench.gate_ends", which, str(place.path)]
    pipe = subprocess.PIPE
    # Leaving it closes its standard input, which ends it.
    with subprocess.Popen(command, env=place.environment, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        yield process.stdout.readline().decode().strip(), process
