"""Calls the instruments of every phone of a usbmuxd, all at once; prints how many answers took how long."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from pymobiledevice3.services.dvt.instruments.device_info import DeviceInfo
from pymobiledevice3.services.dvt.instruments.dvt_provider import DvtProvider
from pymobiledevice3.services.dvt.instruments.process_control import ProcessControl
from pymobiledevice3.usbmux import list_devices

from tests.bench.reader import reached

Call = Callable[[], Awaitable[object]]


async def opened(kept: AsyncExitStack, udid: str, usbmux: str, way: str, call: str, bundle_id: str) -> Call:
    """Open one phone's instruments; returns the call that is to be made of it."""
    phone = await kept.enter_async_context(reached(udid, usbmux, tunnel=way == "tunnel"))
    dvt = await kept.enter_async_context(DvtProvider(phone))
    if call == "list":
        info = await kept.enter_async_context(DeviceInfo(dvt))
        return info.proclist
    control = await kept.enter_async_context(ProcessControl(dvt))
    await control.launch(bundle_id)
    return lambda: control.process_identifier_for_bundle_identifier(bundle_id)


async def asked(call: Call, times: int) -> int:
    """Make a call so often, one after the other; returns how many were answered with something."""
    return sum([bool(await call()) for _ in range(times)])


async def main(usbmux: str, way: str, call: str, times: int, at_once: int, bundle_id: str) -> None:
    """Open all phones, then ask them all, ``at_once`` times side by side each."""
    async with AsyncExitStack() as kept:
        serials = [device.serial for device in await list_devices(usbmux_address=usbmux)]
        calls = [await opened(kept, serial, usbmux, way, call, bundle_id) for serial in serials]
        began_s = time.perf_counter()
        askers = (asked(each, times) for each in calls for _ in range(at_once))
        answered = sum(await asyncio.gather(*askers))
        took_s = time.perf_counter() - began_s
    print(json.dumps({"phones": len(serials), "answered": answered, "took_s": took_s}))


if __name__ == "__main__":
    words = sys.argv[1:]
    asyncio.run(main(words[0], words[1], words[2], int(words[3]), int(words[4]), words[5]))
