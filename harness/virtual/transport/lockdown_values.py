"""What lockdown's GetValue knows, by domain, made from who the phone is and from its clock.

Keys that a stock phone tells without a session are those that ``ideviceinfo -s`` shows on one
(source: public outputs of that tool). Values that the harness has no use for are plausible, not real.
"""

from __future__ import annotations

import datetime
import hashlib
import zoneinfo
from typing import Any

from harness.virtual.kernel.conditions import Battery
from harness.virtual.kernel.phone import PhoneSpec, VirtualPhone
from harness.virtual.kernel.preferences import ACCESSIBILITY, INTERNATIONAL, ROOT, WIRELESS
from harness.virtual.transport.identity import wifi_address
from harness.virtual.versions.products import product_of

ROOT_DOMAIN = ""

WITHOUT_SESSION = frozenset(
    {
        "ActivationState",
        "BoardId",
        "BuildVersion",
        "CPUArchitecture",
        "ChipID",
        "DeviceClass",
        "DeviceColor",
        "DeviceName",
        "DevicePublicKey",
        "DieID",
        "HardwareModel",
        "HasSiDP",
        "PartitionType",
        "ProductName",
        "ProductType",
        "ProductVersion",
        "ProductionSOC",
        "ProtocolVersion",
        "SupportedDeviceFamilies",
        "TelephonyCapability",
        "UniqueChipID",
        "UniqueDeviceID",
        "WiFiAddress",
    }
)
"""Keys of the root domain that need no session."""


def _fixed_values(spec: PhoneSpec, *, now_s: float, public_key: bytes) -> dict[str, dict[str, Any]]:
    """Domain -> key -> value of what nobody can set; the root domain has the empty name.

    Args:
        spec: who the phone is.
        now_s: the phone's wall clock, seconds since 1970.
        public_key: the phone's public key, PEM.
    """
    return {
        ROOT_DOMAIN: {
            **_identity(spec),
            **_hardware(spec),
            "DevicePublicKey": public_key,
            "TimeIntervalSince1970": now_s,
        },
        "com.apple.international": {
            "Keyboard": "en",
            "SupportedLanguages": ["en", "de", "fr", "ja"],
            "SupportedLocales": ["en_US", "de_DE", "fr_FR", "ja_JP"],
        },
        "com.apple.mobile.iTunes": {"MinITunesVersion": "12.9"},
        "com.apple.mobile.wireless_lockdown": {"SupportsWifiSyncing": True},
        "com.apple.mobile.backup": {"WillEncrypt": False},
        "com.apple.xcode.developerdomain": {"DeveloperStatus": "Development"},
    }


def values_of(phone: VirtualPhone, public_key: bytes) -> dict[str, dict[str, Any]]:
    """Domain -> key -> value as the phone is now.

    ``PasswordProtected`` is whether it is locked with a passcode, not whether it has one (source: public
    issue threads of libimobiledevice and tidevice).

    Args:
        phone: whose values.
        public_key: its public key, PEM.
    """
    domains = _fixed_values(phone.spec, now_s=phone.clock.now_s, public_key=public_key)
    for domain in (ROOT, INTERNATIONAL, WIRELESS, ACCESSIBILITY):
        domains[domain] = domains.get(domain, {}) | phone.preferences.domain(domain)
    root = domains[ROOT]
    root["PasswordProtected"] = phone.locked_by_passcode
    root["TimeZoneOffsetFromUTC"] = _offset_s(str(root["TimeZone"]), phone.clock.now_s)
    domains["com.apple.mobile.battery"] = _battery(phone.conditions.battery)
    domains["com.apple.disk_usage"] = {
        "TotalDiskCapacity": phone.storage.total_bytes,
        "TotalDataCapacity": phone.storage.data_bytes,
        "TotalDataAvailable": phone.storage.free_bytes,
    }
    domains["com.apple.security.mac.amfi"] = {"DeveloperModeStatus": phone.developer_mode}
    return domains


def _offset_s(time_zone: str, now_s: float) -> float:
    try:
        zone = zoneinfo.ZoneInfo(time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        # A name that this host does not know, or no name of a time zone at all.
        return 0.0
    offset = datetime.datetime.fromtimestamp(now_s, zone).utcoffset()
    return offset.total_seconds() if offset is not None else 0.0


def _battery(battery: Battery) -> dict[str, Any]:
    return {
        "BatteryCurrentCapacity": battery.percent,
        "BatteryIsCharging": battery.is_charging,
        "ExternalChargeCapable": battery.external_power,
        "ExternalConnected": battery.external_power,
        "FullyCharged": battery.is_full,
        "GasGaugeCapability": True,
        "HasBattery": True,
    }


def _identity(spec: PhoneSpec) -> dict[str, Any]:
    digest = hashlib.sha256(f"serial {spec.udid}".encode()).hexdigest().upper()
    wifi = wifi_address(spec.udid)
    return {
        "ActivationState": "Activated",
        "BluetoothAddress": wifi[:-2] + f"{int(wifi[-2:], 16) ^ 1:02x}",
        "BuildVersion": spec.build,
        "DeviceClass": "iPad" if spec.model.startswith("iPad") else "iPhone",
        "DeviceColor": "1",
        "HostAttached": True,
        "ProductName": "iPhone OS",
        "ProductType": spec.model,
        "ProductVersion": spec.ios,
        "ProtocolVersion": "2",
        "SerialNumber": "V" + digest[:9],
        "TrustedHostAttached": True,
        "UniqueChipID": int(spec.udid.partition("-")[2] or "0", 16),
        "UniqueDeviceID": spec.udid,
        "WiFiAddress": wifi,
    }


def _hardware(spec: PhoneSpec) -> dict[str, Any]:
    product = product_of(spec.model)
    return {
        "BoardId": 6,
        "CPUArchitecture": product.chip if product else "arm64e",
        "ChipID": int(spec.udid.partition("-")[0] or "0", 16),
        "DieID": int(spec.udid.partition("-")[2] or "0", 16),
        "HardwareModel": product.board if product else "N104AP",
        "HasSiDP": True,
        "MobileSubscriberCountryCode": "",
        "PartitionType": "GUID_partition_scheme",
        "ProductionSOC": True,
        "SIMStatus": "kCTSIMSupportSIMStatusReady" if spec.cellular else "kCTSIMSupportSIMStatusNotInserted",
        "SupportedDeviceFamilies": [1],
        "TelephonyCapability": spec.cellular,
    }
