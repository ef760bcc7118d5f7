"""Opens one phone, calls its instruments and reads a flood of its log; prints how long each took."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator

from harness.drivers.logrecords import LogDecoder
from harness.drivers.pmd3.phone import Pmd3Phone, open_phone
from harness.drivers.virtual_clock import VirtualClock
from harness.model.capabilities import LogStream
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.raw import LogRecord
from harness.virtual.control_client import open_control

SPRINGBOARD = "com.apple.springboard"
CALLS = 300
FLOOD = "flood"
RECORDS = 20_000


async def calls_ms(phone: Pmd3Phone) -> float:
    """The median of many calls, one after the other."""
    took: list[float] = []
    for _ in range(CALLS):
        began_s = time.perf_counter()
        await phone.pid_of(SPRINGBOARD)
        took.append((time.perf_counter() - began_s) * 1000)
    return statistics.median(took)


async def records_per_s(phone: Pmd3Phone, name: str, control: str) -> float:
    """How fast a flood is read, from its first record to its last."""
    log = await phone.log()
    with open_control(control) as client:
        asked = {"do": "log burst", "phone": name, "count": RECORDS, "text": FLOOD}
        flooding = asyncio.create_task(asyncio.to_thread(client.ask, asked))
        first_s, count = 0.0, 0
        async for record in _records(log):
            if record.message.startswith(FLOOD):
                first_s, count = first_s or time.perf_counter(), count + 1
            if count == RECORDS:
                break
        took_s = time.perf_counter() - first_s
        await flooding
    await log.close()
    return RECORDS / took_s


async def _records(log: LogStream) -> AsyncIterator[LogRecord]:
    decoder = LogDecoder()
    async for read in log:
        for item in decoder.feed(read.data):
            if isinstance(item, LogRecord):
                yield item


async def main(
    name: str, udid: str, ios: str, model: str, usbmux: str, clock_path: str, control: str, way: str
) -> None:
    """Use the phone, and tell."""
    began_s = time.perf_counter()
    who = PhoneIdentity(name, udid, ios, model, Hardware.VIRTUAL)
    clock = VirtualClock(who, clock_path)
    phone = await open_phone(who, usbmux=usbmux, clock=clock, apart=way == "child")
    await phone.pid_of(SPRINGBOARD)
    open_ms = (time.perf_counter() - began_s) * 1000
    told = {"open_ms": open_ms, "call_ms": await calls_ms(phone)}
    told["records_per_s"] = await records_per_s(phone, name, control)
    await phone.close()
    await clock.close()
    print(json.dumps(told))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
