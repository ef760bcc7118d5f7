"""How many records a second of four phones' logs reach four clients without loss, while all phones download.

The records are offered at a fixed pace, above the one that is aimed for: a piece of the flood for every
phone each ``PIECE_S``, by the control socket. Clients that do not keep up get them later, which lowers the
rate; a record that never comes is an error, so that every figure is one without loss.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from harness.virtual.address import RackAddress
from harness.virtual.control_client import ControlClient, open_control
from tests.bench.figures import Aim, Figure, Spread, interleaved
from tests.bench.reader import FLOOD, READY, Got
from tests.bench.stage import APP, IOS_16, IOS_18, IOS_26, Stage, stage

PARTS: Mapping[str, float] = {"log-4": 6.0}
"""Part -> seconds of flood."""

PHONES = 4

PIECE_S = 0.02
"""Wall seconds between two pieces."""

PER_PIECE = 150
"""Records of a piece: 7,500 a second on every phone, 30,000 on all of them."""

PROBE_S = 0.1
"""Wall seconds between two records that show whether a client has begun to read."""

DOWNLOAD_BYTES_PER_S = 1_000_000
"""Pace of each of the four downloads beside it."""

RATE_AIM = Aim("median", at_least=20_000.0)


@dataclass(frozen=True)
class Flooded:
    """One flood.

    Attributes:
        total_per_s: records of all phones, by the time from the first that came to the last.
        slowest_per_s: the same of the phone that had the fewest a second.
        rack_us: processor time of the rack's process per record, its boot and its downloads included.
        client_us: processor time of the clients per record.
    """

    total_per_s: float
    slowest_per_s: float
    rack_us: float
    client_us: float


FIGURES: tuple[tuple[str, str, str, str], ...] = (
    ("total", "records/s", "total_per_s", "os_trace records without loss, 4 phones together"),
    ("slowest-phone", "records/s", "slowest_per_s", "the same, of the slowest of them"),
    ("rack-cpu", "us/record", "rack_us", "processor time of the rack's process, boot and downloads included"),
    ("client-cpu", "us/record", "client_us", "processor time of pymobiledevice3"),
)
"""End of the figure's name, unit, attribute of ``Flooded``, and meaning."""


def measure(part: str, runs: int) -> list[Figure]:
    """Floods of 4 phones, 2 of them behind tunnels, each read by a process of pymobiledevice3."""
    pieces = round(PARTS[part] / PIECE_S)
    with stage() as place:
        (floods,) = interleaved(runs, [lambda: once(place, pieces)])
    beside = f"beside 4 downloads of {DOWNLOAD_BYTES_PER_S / 1e6:g} MB/s"
    offered = f"{PHONES * PER_PIECE / PIECE_S:,.0f}/s offered"
    return [
        Figure(
            f"{part}-{name}",
            unit,
            Spread(f"{what}; {offered}, {beside}", tuple(getattr(each, attribute) for each in floods)),
            aim=RATE_AIM if name == "total" else None,
        )
        for name, unit, attribute, what in FIGURES
    ]


def once(place: Stage, pieces: int) -> Flooded:
    """Run a rack, download on all its phones, flood their logs, and stop it."""
    devices = place.devices_file(PHONES, [IOS_16, IOS_18, IOS_16, IOS_26])
    with _downloads(place) as url:
        with place.rack(devices) as rack:
            got = _flooded(place, rack.address, url, pieces)
            before_s = _children_cpu_s()
        rack_s = _children_cpu_s() - before_s
    records = sum(each.records for each in got)
    return Flooded(
        total_per_s=records / (max(each.last_s for each in got) - min(each.first_s for each in got)),
        slowest_per_s=min(each.records / (each.last_s - each.first_s) for each in got),
        rack_us=rack_s * 1e6 / records,
        client_us=sum(each.cpu_s for each in got) * 1e6 / records,
    )


def _children_cpu_s() -> float:
    """Processor time of the child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def _downloads(place: Stage) -> Generator[str]:
    """A URL to download from; all phones have to have got something when the block ends."""
    with _python(place, "tests.bench.downloads", str(DOWNLOAD_BYTES_PER_S)) as origin:
        assert origin.stdout is not None
        yield origin.stdout.readline().strip()
        said, _ = origin.communicate()
    got_bytes: list[int] = json.loads(said)
    if len(got_bytes) != PHONES or not all(got_bytes):
        raise RuntimeError(f"not all of {PHONES} phones were downloading: {got_bytes}")


def _flooded(place: Stage, rack: RackAddress, url: str, pieces: int) -> list[Got]:
    with ExitStack() as running:
        readers: list[subprocess.Popen[str]] = []
        for phone in rack.phones:
            way = "tunnel" if int(phone.ios.split(".")[0]) >= 17 else "lockdown"
            options = (phone.udid, rack.usbmux, way, APP, url, str(pieces), str(PER_PIECE))
            reader = _python(place, "tests.bench.reader", *options, usbmux=rack.usbmux)
            readers.append(running.enter_context(reader))
        control = running.enter_context(open_control(rack.control))
        names = [phone.name for phone in rack.phones]
        asyncio.run(_flood(control, names, readers, pieces))
        got = [_told(reader) for reader in readers]
    for name, each in zip(names, got, strict=True):
        if each.missing or each.records != pieces * PER_PIECE:
            raise RuntimeError(f"{name}: {each}, expected {pieces * PER_PIECE} records")
    return got


async def _flood(
    control: ControlClient, phones: Sequence[str], readers: Sequence[subprocess.Popen[str]], pieces: int
) -> None:
    reading = asyncio.gather(*(asyncio.to_thread(_until_ready, reader) for reader in readers))
    while not reading.done():
        _burst(control, phones, "probe", 1)
        await asyncio.sleep(PROBE_S)
    await reading
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    for piece in range(pieces):
        await asyncio.sleep(max(0.0, began_s + piece * PIECE_S - loop.time()))
        _burst(control, phones, f"{FLOOD} {piece}", PER_PIECE)


def _burst(control: ControlClient, phones: Sequence[str], text: str, count: int) -> None:
    for phone in phones:
        control.ask({"do": "log burst", "phone": phone, "count": count, "text": text})


def _told(reader: subprocess.Popen[str]) -> Got:
    said, _ = reader.communicate()
    if reader.returncode:
        raise RuntimeError("a client ended before it had read everything")
    return Got(**json.loads(said))


def _until_ready(reader: subprocess.Popen[str]) -> None:
    assert reader.stdout is not None
    if reader.stdout.readline().strip() != READY:
        raise RuntimeError("a client ended before it read anything")


@contextmanager
def _python(
    place: Stage, module: str, *options: str, usbmux: str | None = None
) -> Generator[subprocess.Popen[str]]:
    """A module that runs beside; ended with the block at the latest."""
    environment = {**place.environment, **({"USBMUXD_SOCKET_ADDRESS": usbmux} if usbmux else {})}
    process = subprocess.Popen(
        [sys.executable, "-m", module, *options],
        cwd=place.path,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate()
