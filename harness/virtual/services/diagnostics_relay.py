"""diagnostics_relay: a few facts about the hardware.

Source of requests and fields: virtual-iphone.md §2, other clients. The figures of the battery are
plausible, not read from a phone.
"""

from __future__ import annotations

from typing import Any

from harness.errors import WireError
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.plists import PlistConnection, strings
from harness.virtual.transport.stream import Stream, StreamClosed

GESTALT_GONE_FROM = (17, 4)
"""From this iOS version on MobileGestalt answers that it is deprecated. Source: clients' error tables."""


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    connection = PlistConnection(stream)
    try:
        while (request := await connection.receive()) is not None:
            with phone.clock.hold():
                answer = _answer(phone, request)
            connection.send(answer)
            await connection.drain()
            if request.get("Request") == "Goodbye":
                return
    except (StreamClosed, WireError):
        return


def _answer(phone: VirtualPhone, request: dict[str, Any]) -> dict[str, Any]:
    match request.get("Request"):
        case "Goodbye":
            return {"Status": "Success"}
        case "All" | "GasGauge":
            return {"Status": "Success", "Diagnostics": {"GasGauge": dict(_GAS_GAUGE)}}
        case "IORegistry" if request.get("EntryClass") == "IOPMPowerSource":
            return {"Status": "Success", "Diagnostics": {"IORegistry": _battery(phone)}}
        case "IORegistry":
            return {"Status": "Success", "Diagnostics": {"IORegistry": {}}}
        case "MobileGestalt":
            keys = strings(request.get("MobileGestaltKeys"))
            return {"Status": "Success", "Diagnostics": {"MobileGestalt": _gestalt(phone, keys)}}
        case _:
            return {"Status": "UnknownRequest"}


def _gestalt(phone: VirtualPhone, keys: list[str]) -> dict[str, Any]:
    spec = phone.spec
    if tuple(int(part) for part in spec.ios.split("."))[:2] >= GESTALT_GONE_FROM:
        return {"Status": "MobileGestaltDeprecated"}
    known: dict[str, Any] = {
        "BuildVersion": spec.build,
        "DeviceClass": "iPhone",
        "DeviceName": spec.name,
        "ProductType": spec.model,
        "ProductVersion": spec.ios,
        "SystemTime": phone.clock.now_s,
        "UniqueDeviceID": spec.udid,
        "cellular-data": spec.cellular,
    }
    return {"Status": "Success", **{key: known[key] for key in keys if key in known}}


_GAS_GAUGE = {"CycleCount": 1, "DesignCapacity": 2716, "FullChargeCapacity": 2716, "Status": "Success"}


def _battery(phone: VirtualPhone) -> dict[str, Any]:
    # A full battery at room temperature, as new; keys are those that go-ios reads, values guessed.
    return {
        "AbsoluteCapacity": 2716,
        "AppleRawCurrentCapacity": 2716,
        "AppleRawMaxCapacity": 2716,
        "AtCriticalLevel": False,
        "AtWarnLevel": False,
        "CurrentCapacity": 100,
        "CycleCount": 1,
        "DesignCapacity": 2716,
        "ExternalConnected": True,
        "FullyCharged": True,
        "InstantAmperage": 0,
        "IsCharging": False,
        "NominalChargeCapacity": 2716,
        "Temperature": 2900,
        "UpdateTime": int(phone.clock.now_s),
        "Voltage": 4300,
    }
