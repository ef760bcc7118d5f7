"""Reads the log of one phone by pymobiledevice3 while its app downloads; tells what it got of a flood.

A message of the flood ends in two numbers: of the piece, from 0, and of the line within it, from 1.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

from pymobiledevice3.lockdown import create_using_usbmux
from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider
from pymobiledevice3.remote.userspace_tunnel import UserspaceRsdTunnel
from pymobiledevice3.services.dvt.instruments.dvt_provider import DvtProvider
from pymobiledevice3.services.dvt.instruments.process_control import ProcessControl
from pymobiledevice3.services.os_trace import OsTraceService

from harness.model.journal import COMMAND_ARGUMENT

FLOOD = "flood"
"""How a message of the flood begins."""

READY = "ready"
"""What is printed at the first line of the log, whatever it says."""

OVER_WITHIN_S = 180.0
"""Wall seconds after which something has gone wrong, however busy the host."""


@dataclass
class Got:
    """What came of a flood.

    Attributes:
        records: how many.
        missing: how many others were missing between two that came.
        first_s: when the first came, seconds of the host's monotonic clock.
        last_s: when the last came.
        cpu_s: processor time of this process between the two.
    """

    records: int = 0
    missing: int = 0
    first_s: float = 0.0
    last_s: float = 0.0
    cpu_s: float = 0.0


@asynccontextmanager
async def reached(udid: str, usbmux: str, *, tunnel: bool) -> AsyncGenerator[LockdownServiceProvider]:
    """A phone, through its tunnel or by lockdown alone."""
    if tunnel:
        async with UserspaceRsdTunnel(serial=udid, autopair=False, remotepairing_fallback=False) as rsd:
            yield rsd
        return
    lockdown = await create_using_usbmux(serial=udid, autopair=False, usbmux_address=usbmux)
    try:
        yield lockdown
    finally:
        await lockdown.close()


async def read(phone: LockdownServiceProvider, pieces: int, per_piece: int) -> Got:
    """Read until the last line of the last piece."""
    got, last = Got(), pieces * per_piece
    expected, cpu_before_s = 1, 0.0
    async with OsTraceService(phone) as service:
        lines = service.syslog()
        await anext(lines)
        print(READY, flush=True)
        async for line in lines:
            word, _, numbers = line.message.partition(" ")
            if word != FLOOD:
                continue
            piece, _, within = numbers.partition(" ")
            number = int(piece) * per_piece + int(within)
            if not got.records:
                got.first_s, cpu_before_s = time.monotonic(), time.process_time()
            got.records += 1
            got.missing += number - expected
            expected = number + 1
            if number == last:
                break
    got.last_s, got.cpu_s = time.monotonic(), time.process_time() - cpu_before_s
    return got


async def main(
    udid: str, usbmux: str, tunnel: str, bundle_id: str, url: str, pieces: int, per_piece: int
) -> None:
    """Begin the download, then read."""
    command = {"id": "download", "do": "start-download", "args": {"id": "episode", "url": url}}
    async with asyncio.timeout(OVER_WITHIN_S), reached(udid, usbmux, tunnel=tunnel == "tunnel") as phone:
        async with DvtProvider(phone) as dvt, ProcessControl(dvt) as control:
            await control.launch(bundle_id, [COMMAND_ARGUMENT, json.dumps(command)])
        print(json.dumps(asdict(await read(phone, pieces, per_piece))))


if __name__ == "__main__":
    words = sys.argv[1:]
    asyncio.run(main(words[0], words[1], words[2], words[3], words[4], int(words[5]), int(words[6])))
