"""diagnostics_relay: facts about the hardware; restarting a phone, shutting it down, putting it to sleep.

Source of requests and fields: virtual-iphone.md §2, other clients; the keys of the battery are those that
go-ios, pymobiledevice3, tidevice and appium-ios-remotexpc read. A phone goes down for a restart when
the connection that asked for it ends: seen by pymobiledevice3; that it shuts down then too is guessed.
Charge, feed and warmth are the kernel's; every other figure is plausible, not read from a phone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.support.questions import serve_questions
from harness.virtual.transport.lockdown_values import wifi_address
from harness.virtual.transport.plists import strings
from harness.virtual.transport.stream import Stream
from harness.virtual.versions.presence import GESTALT_DEPRECATED

DESIGN_CAPACITY_MAH = 2716
FULL_VOLTAGE_MV = 4300
EMPTY_VOLTAGE_MV = 3400
WARN_PERCENT, CRITICAL_PERCENT = 20, 5
"""At and below which the battery says so; the first is when iOS warns, the second is guessed."""

Request = dict[str, Any]
Answer = dict[str, Any]
Handler = Callable[[VirtualPhone, Request], Answer]


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client, and go down afterwards if it asked for that."""
    asked: list[str] = []

    def answer(_phone: VirtualPhone, request: Request) -> Answer:
        name = str(request.get("Request"))
        asked.append(name)
        return MESSAGES.get(name, _unknown)(phone, request)

    await serve_questions(phone, stream, answer, lambda request: request.get("Request") == "Goodbye")
    for name in dict.fromkeys(asked):
        if name in AFTERWARDS:
            AFTERWARDS[name](phone)


def _unknown(_phone: VirtualPhone, _request: Request) -> Answer:
    return {"Status": "UnknownRequest"}


def _success(_phone: VirtualPhone, _request: Request) -> Answer:
    return {"Status": "Success"}


def _sleep(phone: VirtualPhone, _request: Request) -> Answer:
    phone.go_to_sleep()
    return {"Status": "Success"}


def _gas_gauge(_phone: VirtualPhone) -> dict[str, Any]:
    full = {"DesignCapacity": DESIGN_CAPACITY_MAH, "FullChargeCapacity": DESIGN_CAPACITY_MAH}
    return {"CycleCount": 1, **full, "Status": "Success"}


def _wifi(_phone: VirtualPhone) -> dict[str, Any]:
    """It says NO on phones that are on Wi-Fi too. Source: issue threads of libimobiledevice, iOS 13."""
    return {"Active": "NO", "Status": "Success"}


def _nand(_phone: VirtualPhone) -> dict[str, Any]:
    return {"Status": "Success"}


def _hdmi(_phone: VirtualPhone) -> dict[str, Any]:
    return {"Connection": "false", "Status": "Success"}


PARTS: Mapping[str, Callable[[VirtualPhone], dict[str, Any]]] = {
    "GasGauge": _gas_gauge,
    "HDMI": _hdmi,
    "NAND": _nand,
    "WiFi": _wifi,
}
"""What ``All`` is made of, and each of which can be asked for alone."""


def _parts(phone: VirtualPhone, request: Request) -> Answer:
    wanted = PARTS if request["Request"] == "All" else (str(request["Request"]),)
    return {"Status": "Success", "Diagnostics": {name: PARTS[name](phone) for name in wanted}}


def _gestalt(phone: VirtualPhone, request: Request) -> Answer:
    if GESTALT_DEPRECATED.holds_for(phone.spec.ios):
        told: dict[str, Any] = {"Status": GESTALT_DEPRECATED.key}
    else:
        known = _gestalt_values(phone)
        keys = strings(request.get("MobileGestaltKeys"))
        told = {"Status": "Success", **{key: known[key] for key in keys if key in known}}
    return {"Status": "Success", "Diagnostics": {"MobileGestalt": told}}


def _gestalt_values(phone: VirtualPhone) -> dict[str, Any]:
    spec = phone.spec
    width, height = phone.screen.size
    return {
        "AirplaneMode": phone.conditions.airplane,
        "BuildVersion": spec.build,
        "DeviceClass": "iPhone",
        "DeviceName": phone.preferences.device_name,
        "InternalBuild": False,
        "ProductName": "iPhone OS",
        "ProductType": spec.model,
        "ProductVersion": spec.ios,
        "SystemTime": phone.clock.now_s,
        "UniqueDeviceID": spec.udid,
        "WifiAddress": wifi_address(spec.udid),
        "cellular-data": spec.cellular,
        "main-screen-height": height,
        "main-screen-width": width,
        "wifi": True,
    }


def _io_registry(phone: VirtualPhone, request: Request) -> Answer:
    names = [request.get(key) for key in ("EntryName", "EntryClass", "CurrentPlane")]
    entry = next((ENTRIES[name] for name in names if isinstance(name, str) and name in ENTRIES), None)
    return {"Status": "Success", "Diagnostics": {"IORegistry": {} if entry is None else entry(phone)}}


def _battery_entry(phone: VirtualPhone) -> dict[str, Any]:
    battery = phone.conditions.battery
    charge_mah = DESIGN_CAPACITY_MAH * battery.percent // 100
    voltage_mv = EMPTY_VOLTAGE_MV + (FULL_VOLTAGE_MV - EMPTY_VOLTAGE_MV) * battery.percent // 100
    amperage_ma = 0 if battery.is_full else 1000 if battery.is_charging else -300
    return {
        "AbsoluteCapacity": charge_mah,
        "Amperage": amperage_ma,
        "AppleRawBatteryVoltage": voltage_mv,
        "AppleRawCurrentCapacity": charge_mah,
        "AppleRawExternalConnected": battery.external_power,
        "AppleRawMaxCapacity": DESIGN_CAPACITY_MAH,
        "AtCriticalLevel": battery.percent <= CRITICAL_PERCENT,
        "AtWarnLevel": battery.percent <= WARN_PERCENT,
        "BatteryInstalled": True,
        "BootVoltage": voltage_mv,
        "CurrentCapacity": battery.percent,
        "CycleCount": 1,
        "DesignCapacity": DESIGN_CAPACITY_MAH,
        "ExternalChargeCapable": battery.external_power,
        "ExternalConnected": battery.external_power,
        "FullyCharged": battery.is_full,
        "InstantAmperage": amperage_ma,
        "IsCharging": battery.is_charging,
        "MaxCapacity": 100,
        "NominalChargeCapacity": DESIGN_CAPACITY_MAH,
        "Serial": f"VIRTUAL{phone.spec.udid[-8:]}",
        "Temperature": round(battery.temperature_c * 100),
        "UpdateTime": int(phone.clock.now_s),
        "Voltage": voltage_mv,
    }


def _wifi_entry(phone: VirtualPhone) -> dict[str, Any]:
    return {
        "BSD Name": "en0",
        "IOClass": "AppleBCMWLANSkywalkInterface",
        "IOInterfaceName": "en0",
        "IOMACAddress": bytes.fromhex(wifi_address(phone.spec.udid).replace(":", "")),
    }


def _root_entry(phone: VirtualPhone) -> dict[str, Any]:
    return {
        "IOClass": "IOPlatformExpertDevice",
        "model": phone.spec.model.encode() + b"\0",
        "name": "device-tree",
    }


ENTRIES: Mapping[str, Callable[[VirtualPhone], dict[str, Any]]] = {
    "IOPMPowerSource": _battery_entry,
    "AppleSmartBattery": _battery_entry,
    "AppleARMPMUCharger": _battery_entry,
    "AppleBCMWLANSkywalkInterface": _wifi_entry,
    "IO80211Interface": _wifi_entry,
    "IODeviceTree": _root_entry,
    "IOService": _root_entry,
    "IOPower": _root_entry,
}
"""Name, class or plane -> the entry that is told: of a plane only its root."""

MESSAGES: Mapping[str, Handler] = {
    "All": _parts,
    **dict.fromkeys(PARTS, _parts),
    "IORegistry": _io_registry,
    "MobileGestalt": _gestalt,
    "Restart": _success,
    "Shutdown": _success,
    "Sleep": _sleep,
    "Goodbye": _success,
}
"""Request -> what answers it; any other is unknown."""

AFTERWARDS: Mapping[str, Callable[[VirtualPhone], None]] = {
    "Restart": VirtualPhone.reboot,
    "Shutdown": VirtualPhone.shut_down,
}
"""Request -> what is done when the connection that asked for it has ended."""
