"""Calls the instruments of every phone of a usbmuxd, all at once; prints how many answers took how long."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from pymobiledevice3.lockdown import create_using_usbmux
from pymobiledevice3.services.dvt.instruments.device_info import DeviceInfo
from pymobiledevice3.services.dvt.instruments.dvt_provider import DvtProvider
from pymobiledevice3.services.dvt.instruments.process_control import ProcessControl
from pymobiledevice3.usbmux import list_devices

Call = Callable[[], Awaitable[object]]


async def opened(kept: AsyncExitStack, udid: str, usbmux: str, call: str, bundle_id: str) -> Call:
    """Open one phone's instruments; returns the call that is to be made of it."""
    lockdown = await create_using_usbmux(serial=udid, autopair=False, usbmux_address=usbmux)
    kept.push_async_callback(lockdown.close)
    dvt = await kept.enter_async_context(DvtProvider(lockdown))
    if call == "list":
        info = await kept.enter_async_context(DeviceInfo(dvt))
        return info.proclist
    control = await kept.enter_async_context(ProcessControl(dvt))
    await control.launch(bundle_id)
    return lambda: control.process_identifier_for_bundle_identifier(bundle_id)


async def asked(call: Call, times: int) -> int:
    """Make a call so often, one after the other; returns how many were answered with something."""
    return sum([bool(await call()) for _ in range(times)])


async def main(usbmux: str, call: str, times: int, bundle_id: str) -> None:
    """Open all phones, then ask them all."""
    async with AsyncExitStack() as kept:
        serials = [device.serial for device in await list_devices(usbmux_address=usbmux)]
        calls = [await opened(kept, serial, usbmux, call, bundle_id) for serial in serials]
        began_s = time.perf_counter()
        answered = sum(await asyncio.gather(*(asked(each, times) for each in calls)))
        took_s = time.perf_counter() - began_s
    print(json.dumps({"phones": len(serials), "answered": answered, "took_s": took_s}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
