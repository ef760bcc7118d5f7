"""Everything lockdown tells, of every phone of a usbmuxd at once; prints how long it took."""

from __future__ import annotations

import asyncio
import json
import sys
import time

from pymobiledevice3.lockdown import create_using_usbmux
from pymobiledevice3.usbmux import list_devices


async def info(udid: str, usbmux: str) -> str:
    """What ``pymobiledevice3 lockdown info`` asks of one phone; returns the UDID that it told."""
    client = await create_using_usbmux(serial=udid, autopair=False, usbmux_address=usbmux)
    try:
        values = await client.get_value()
        return str(values["UniqueDeviceID"])
    finally:
        await client.close()


async def main(usbmux: str) -> None:
    """Ask all of them."""
    began_s = time.perf_counter()
    serials = [device.serial for device in await list_devices(usbmux_address=usbmux)]
    told = await asyncio.gather(*(info(serial, usbmux) for serial in serials))
    took_s = time.perf_counter() - began_s
    if list(told) != serials:
        raise RuntimeError("a phone told another one's identifier")
    print(json.dumps({"phones": len(told), "took_s": took_s}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
