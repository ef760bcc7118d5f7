"""What libimobiledevice's tools, ideviceinstaller, libusbmuxd's and ifuse are to get out of the phone.

Versions as Debian 12 ships them: libimobiledevice-utils 1.3.0, ideviceinstaller 1.1.1, libusbmuxd-tools
2.0.2, ifuse 1.1.4.
"""

from __future__ import annotations

import plistlib
import re
import socket
from datetime import UTC, datetime
from pathlib import Path

from harness.virtual.kernel.developer.location import Place
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.debugserver import GDB
from tests.virtual.judges.shape import Shape
from tests.virtual.judges.tables.acts import (
    PROVISION,
    PROVISION_UUID,
    bring_provision,
    crash,
    forget_provision,
    forget_reports,
    has_booted_again,
    has_provision,
    is_the_version_of_the_package,
    package,
    picture_is_of,
    port_here,
    remember_boot,
    report_names,
)
from tests.virtual.judges.tables.command import NEW, OLD, Command, Reads
from tests.virtual.rig import APP, STORE_APP

LOCKDOWN = "com.apple.mobile.lockdown"
INSTALLER = "com.apple.mobile.installation_proxy"
DIAGNOSTICS = "com.apple.mobile.diagnostics_relay"
MOUNTER = "com.apple.mobile.mobile_image_mounter"
PROVISIONING = "com.apple.misagent"
NOTIFICATIONS = "com.apple.mobile.notification_proxy"


def exactly(text: str) -> str:
    """A pattern for all that was printed."""
    return rf"\A{re.escape(text)}\n\Z"


def query_type() -> str:
    """A question to lockdownd as it goes over the wire; padded, so that its length in bytes is text too."""
    body = plistlib.dumps({"Request": "QueryType", "Label": "judge"}).decode()
    body += "\n" * (256 - len(body) % 256)
    return (len(body)).to_bytes(4, "big").decode("latin-1") + body


def ask_through_iproxy(_phone: VirtualPhone) -> None:
    """Connect to iproxy, if it listens yet, and say something."""
    try:
        with socket.create_connection(("127.0.0.1", port_here()), timeout=1) as connection:
            connection.sendall(query_type().encode())
    except OSError:
        # It does not listen yet; this is done again.
        return


def report_has_moved(phone: VirtualPhone, home: Path) -> bool:
    """Whether the one report is on the host and no longer on the phone."""
    return len(list(home.glob("Plain-*.ips"))) == 1 and report_names(phone) == []


def print_judged(phone: VirtualPhone) -> None:
    """Let the sample app print a line, if it runs; one that its debugger has not let go yet prints none."""
    process = phone.processes.of_bundle(APP.bundle_id)
    if process is not None and not process.stopped:
        phone.log.emit(process.name, process.pid, "judged")


def runs_under_a_debugger(phone: VirtualPhone, _home: Path) -> bool:
    """Whether the sample app runs as it was launched, and cannot be suspended."""
    process = phone.processes.of_bundle(APP.bundle_id)
    return (
        process is not None
        and (process.traced, process.stopped) == (True, False)
        and process.arguments == ("one", "two")
        and process.environment == {"MODE": "judged"}
    )


def wake_and_unlock(phone: VirtualPhone) -> None:
    """Press the side button and unlock."""
    phone.conditions.wake_up()
    phone.unlock()


def installed(phone: VirtualPhone) -> Shape:
    """The user's apps as a property list of ideviceinstaller has them."""
    return [
        {
            "ApplicationType": "User",
            "CFBundleIdentifier": app.bundle_id,
            "CFBundleDisplayName": app.name,
            "CFBundleExecutable": app.executable,
            "CFBundleVersion": app.build,
            "CFBundleShortVersionString": app.version,
            "Container": phone.containers.phone_path(app.bundle_id),
        }
        for app in phone.apps
        if not app.is_system
    ]


def listed(phone: VirtualPhone, *, system: bool | None) -> list[str]:
    """Patterns for the lines of ideviceinstaller."""
    return [
        rf'^{re.escape(app.bundle_id)}, "{re.escape(app.build)}", "{re.escape(app.name)}"$'
        for app in phone.apps
        if system in (None, app.is_system)
    ]


def date(phone: VirtualPhone) -> list[str]:
    """The phone's day, in the words of ``date``; seconds go on meanwhile."""
    now = datetime.fromtimestamp(phone.clock.now_s, UTC)
    return [rf"\A{now:%a %b} +{now.day} {now:%H}:\d\d:\d\d \w+ {now.year}\n\Z"]


def identity(phone: VirtualPhone) -> Shape:
    """What ideviceinfo prints of who the phone is."""
    return {
        "ActivationState": "Activated",
        "BuildVersion": phone.spec.build,
        "DeviceClass": "iPhone",
        "DeviceName": phone.spec.name,
        "ProductType": phone.spec.model,
        "ProductVersion": phone.spec.ios,
        "UniqueDeviceID": phone.spec.udid,
        "DevicePublicKey": bytes,
        "SerialNumber": str,
        "TimeIntervalSince1970": float,
    }


def provision_lines(phone: VirtualPhone) -> Shape:
    """How many profiles there are, and each of them."""
    found = phone.provisioning.of_apps()
    counted = f"Device has {len(found)} provisioning profiles installed:"
    return [counted, *(re.escape(f"{each.uuid} - {each.name}") for each in found)]


TABLE: tuple[Command, ...] = (
    Command(f"{PROVISIONING}/CopyAll", "ideviceprovision -u {udid} list", truth=provision_lines),
    Command(
        f"{PROVISIONING}/Install",
        "ideviceprovision -u {udid} install judged.mobileprovision",
        [r"^Profile 'judged.mobileprovision' installed successfully\.$"],
        files={"judged.mobileprovision": PROVISION},
        then=lambda phone, _home: has_provision(phone),
        undo=forget_provision,
    ),
    Command(
        f"{PROVISIONING}/Remove",
        f"ideviceprovision -u {{udid}} remove {PROVISION_UUID}",
        [rf"^Profile '{PROVISION_UUID}' removed\.$"],
        before=bring_provision,
        then=lambda phone, _home: not has_provision(phone),
        undo=forget_provision,
    ),
    Command("usbmux/ListDevices", "idevice_id -l", [r"^{udid}$"]),
    Command(f"{LOCKDOWN}/GetValue", "idevice_id {udid}", [r"\A{name}\n\Z"]),
    Command(f"{LOCKDOWN}/GetValue", "ideviceinfo -u {udid} -x", truth=identity, reads=Reads.PLIST),
    Command(
        f"{LOCKDOWN}/GetValue",
        "ideviceinfo -u {udid}",
        [r"^DeviceClass: iPhone$", r"^UniqueDeviceID: {udid}$", r"^SupportedDeviceFamilies\[1\]:\s+0: 1$"],
    ),
    Command(f"{LOCKDOWN}/GetValue", "ideviceinfo -u {udid} -k ProductVersion", [r"\A{ios}\n\Z"]),
    Command(
        f"{LOCKDOWN}/GetValue",
        "ideviceinfo -u {udid} -k BuildVersion",
        truth=lambda phone: [exactly(phone.spec.build)],
    ),
    Command(f"{LOCKDOWN}/GetValue", "ideviceinfo -u {udid} -k NoSuchKey", [r"\A\n?\Z"]),
    Command(f"{LOCKDOWN}/GetValue", "ideviceinfo -s -u {udid} -k ProductType", [r"\A{model}\n\Z"]),
    Command(f"{LOCKDOWN}/GetValue", "ideviceinfo -s -u {udid} -k SerialNumber", [r"\A\n?\Z"]),
    Command(
        f"{LOCKDOWN}/GetValue",
        "ideviceinfo -u {udid} -q com.apple.disk_usage -x",
        {"TotalDiskCapacity": int, "TotalDataCapacity": int, "TotalDataAvailable": int},
        reads=Reads.PLIST,
    ),
    Command(
        f"{LOCKDOWN}/GetValue",
        "ideviceinfo -u {udid} -q com.apple.international -x",
        {"Language": "en", "Locale": "en_US"},
        reads=Reads.PLIST,
    ),
    Command(f"{LOCKDOWN}/GetValue", "idevicename -u {udid}", [r"\A{name}\n\Z"]),
    Command(f"{LOCKDOWN}/GetValue", "idevicedate -u {udid}", truth=date),
    Command(
        f"{LOCKDOWN}/SetValue",
        "idevicename -u {udid} 'Another name'",
        [r"^device name set to 'Another name'$"],
        then=lambda phone, _home: phone.preferences.device_name == "Another name",
    ),
    Command(f"{LOCKDOWN}/SetValue", "idevicedate -u {udid} -c", [r"ERROR: Failed to set date on device\."]),
    Command(
        f"{LOCKDOWN}/StartSession",
        "idevicepair -u {udid} validate",
        [r"\ASUCCESS: Validated pairing with device {udid}\n\Z"],
    ),
    Command(
        "usbmux/ReadBUID", "idevicepair -u {udid} systembuid", [r"\A[0-9A-F]{8}(-[0-9A-F]{4,12}){4}\n\Z"]
    ),
    Command(
        "usbmux/ReadPairRecord", "idevicepair -u {udid} hostid", [r"\A[0-9A-F]{8}(-[0-9A-F]{4,12}){4}\n\Z"]
    ),
    Command(
        f"{LOCKDOWN}/Pair",
        "idevicepair -u {udid} pair",
        [r"\ASUCCESS: Paired with device {udid}\n\Z"],
        alone=True,
    ),
    Command(
        f"{LOCKDOWN}/Unpair",
        "idevicepair -u {udid} unpair",
        [r"\ASUCCESS: Unpaired with device {udid}\n\Z"],
        alone=True,
    ),
    Command(
        f"{DIAGNOSTICS}/All",
        "idevicediagnostics -u {udid} diagnostics All",
        {"GasGauge": {"Status": "Success", "CycleCount": int}},
        reads=Reads.PLIST,
    ),
    Command(
        f"{DIAGNOSTICS}/GasGauge",
        "idevicediagnostics -u {udid} diagnostics GasGauge",
        {"GasGauge": {"Status": "Success", "DesignCapacity": int, "FullChargeCapacity": int}},
        reads=Reads.PLIST,
    ),
    Command(
        f"{DIAGNOSTICS}/MobileGestalt",
        "idevicediagnostics -u {udid} mobilegestalt ProductType BuildVersion",
        truth=lambda phone: {
            "MobileGestalt": {
                "Status": "Success",
                "ProductType": phone.spec.model,
                "BuildVersion": phone.spec.build,
            }
        },
        reads=Reads.PLIST,
        ios=OLD,
    ),
    Command(
        f"{DIAGNOSTICS}/MobileGestalt",
        "idevicediagnostics -u {udid} mobilegestalt ProductType",
        {"MobileGestalt": {"Status": "MobileGestaltDeprecated"}},
        reads=Reads.PLIST,
        ios=NEW,
    ),
    Command(
        f"{MOUNTER}/LookupImage",
        "ideviceimagemounter -u {udid} -l -x -t Developer",
        truth=lambda phone: {"ImagePresent": phone.spec.ios_major < 17, "Status": "Complete"},
        reads=Reads.PLIST,
    ),
    Command(
        f"{MOUNTER}/LookupImage",
        "ideviceimagemounter -u {udid} -l -x -t Personalized",
        truth=lambda phone: {"ImagePresent": phone.spec.ios_major >= 17, "Status": "Complete"},
        reads=Reads.PLIST,
    ),
    Command(
        f"{INSTALLER}/Browse",
        "ideviceinstaller -u {udid} -l",
        truth=lambda phone: listed(phone, system=False),
    ),
    Command(
        f"{INSTALLER}/Browse", "ideviceinstaller -u {udid} -l -o xml", truth=installed, reads=Reads.PLIST
    ),
    Command(
        f"{INSTALLER}/Browse",
        "ideviceinstaller -u {udid} -l -o list_system",
        truth=lambda phone: listed(phone, system=True),
    ),
    Command(
        f"{INSTALLER}/Browse",
        "ideviceinstaller -u {udid} -l -o list_all",
        truth=lambda phone: listed(phone, system=None),
    ),
    Command(
        f"{INSTALLER}/Uninstall",
        f"ideviceinstaller -u {{udid}} -U {STORE_APP.bundle_id}",
        [r"^Uninstall: RemovingApplication \(\d+%\)$", r"^Uninstall: Complete$"],
        then=lambda phone, _home: phone.apps.get(STORE_APP.bundle_id) is None,
    ),
    Command(
        f"{INSTALLER}/Uninstall",
        "ideviceinstaller -u {udid} -U com.apple.Preferences",
        [r"UninstallProhibited"],
        code=128,
        then=lambda phone, _home: phone.apps.get("com.apple.Preferences") is not None,
    ),
    Command(
        f"{INSTALLER}/Install",
        "ideviceinstaller -u {udid} -i packed.ipa",
        [r"^Install: Complete$"],
        then=is_the_version_of_the_package,
        files={"packed.ipa": package()},
    ),
    Command(f"{INSTALLER}/Browse", "ifuse -u {udid} --list-apps", [r"\A\Z"]),
    Command(
        f"{NOTIFICATIONS}/PostNotification",
        "idevicenotificationproxy -u {udid} post dev.harness.judged",
        [r'^< posting "dev\.harness\.judged"$'],
    ),
    Command(
        f"{NOTIFICATIONS}/ObserveNotification",
        "idevicenotificationproxy -u {udid} observe dev.harness.judged",
        [r"> dev\.harness\.judged\r?$"],
        reads=Reads.TERMINAL,
        meanwhile=lambda phone: phone.darwin.post("dev.harness.judged"),
    ),
    Command(
        "com.apple.syslog_relay/connected",
        "idevicesyslog -u {udid}",
        [r"\w{3} [ \d]\d \d\d:\d\d:\d\d launchd(\(.+\))?\[\d+\] <Notice>: judged$"],
        reads=Reads.STREAM,
        meanwhile=lambda phone: phone.log.emit("launchd", 1, "judged"),
    ),
    Command(
        "com.apple.syslog_relay/connected",
        "idevicesyslog -u {udid} -p launchd -m judged",
        [r"launchd.*<Notice>: judged 2$"],
        reads=Reads.STREAM,
        ios=OLD,
        meanwhile=lambda phone: phone.log.emit("launchd", 1, "judged 2"),
    ),
    Command(
        "AFC/FileRead",
        "idevicecrashreport -u {udid} .",
        [r"^Move: /Plain-2027-01-15-08\d{4}\.ips$"],
        before=crash,
        then=report_has_moved,
        undo=forget_reports,
    ),
    Command(
        "com.apple.crashreportmover/connected",
        "idevicecrashreport -u {udid} -k .",
        [r"^Copy: /Plain-2027-01-15-08\d{4}\.ips$"],
        before=crash,
        then=lambda phone, home: (
            all(
                (home / name).read_bytes() == (phone.crash_reports.directory / name).read_bytes()
                for name in report_names(phone)
            )
            and report_names(phone) != []
        ),
        undo=forget_reports,
    ),
    Command(
        "com.apple.dt.simulatelocation/connected",
        "idevicesetlocation -u {udid} -- 52.5 13.25",
        ios=OLD,
        then=lambda phone, _home: phone.location.place == Place(52.5, 13.25),
    ),
    Command(
        "com.apple.dt.simulatelocation/connected",
        "idevicesetlocation -u {udid} reset",
        ios=OLD,
        before=lambda phone: phone.location.simulate(Place(52.5, 13.25)),
        then=lambda phone, _home: not phone.location.simulated,
    ),
    Command(
        f"{LOCKDOWN}/StartService",
        "idevicesetlocation -u {udid} -- 52.5 13.25",
        [r"^ERROR: Could not start the simulatelocation service\."],
        ios=NEW,
        code=255,
        then=lambda phone, _home: not phone.location.simulated,
    ),
    Command(
        f"{DIAGNOSTICS}/WiFi",
        "idevicediagnostics -u {udid} diagnostics WiFi",
        {"WiFi": {"Active": "NO", "Status": "Success"}},
        Reads.PLIST,
    ),
    Command(
        f"{DIAGNOSTICS}/NAND",
        "idevicediagnostics -u {udid} diagnostics NAND",
        {"NAND": {"Status": "Success"}},
        Reads.PLIST,
    ),
    Command(
        f"{DIAGNOSTICS}/IORegistry",
        "idevicediagnostics -u {udid} ioregentry AppleARMPMUCharger",
        reads=Reads.PLIST,
        truth=lambda phone: {
            "IORegistry": {
                "CurrentCapacity": phone.conditions.battery.percent,
                "ExternalConnected": phone.conditions.battery.external_power,
                "Temperature": round(phone.conditions.battery.temperature_c * 100),
            }
        },
    ),
    Command(
        f"{DIAGNOSTICS}/IORegistry",
        "idevicediagnostics -u {udid} ioreg IOPower",
        reads=Reads.PLIST,
        truth=lambda phone: {"IORegistry": {"model": phone.spec.model.encode() + b"\0"}},
    ),
    Command(
        f"{DIAGNOSTICS}/Sleep",
        "idevicediagnostics -u {udid} sleep",
        [r"^Putting device into deep sleep mode\.$"],
        then=lambda phone, _home: phone.conditions.asleep and phone.locked,
        undo=wake_and_unlock,
    ),
    Command(
        f"{DIAGNOSTICS}/Restart",
        "idevicediagnostics -u {udid} restart",
        [r"^Restarting device\.$"],
        before=remember_boot,
        then=has_booted_again,
        alone=True,
    ),
    Command(
        f"{DIAGNOSTICS}/Shutdown",
        "idevicediagnostics -u {udid} shutdown",
        [r"^Shutting down device\.$"],
        then=lambda phone, _home: phone.is_off and not phone.conditions.is_up,
        alone=True,
    ),
    Command(
        f"{MOUNTER}/MountImage",
        "ideviceimagemounter -u {udid} image.dmg image.dmg.signature",
        [r"^Status: Complete$"],
        ios=OLD,
        before=lambda phone: phone.conditions.unmount_image(),
        then=lambda phone, _home: phone.image_mounted,
        undo=lambda phone: phone.conditions.mount_image(),
        files={"image.dmg": b"image", "image.dmg.signature": b"signature"},
    ),
    Command(
        "com.apple.mobile.screenshotr/ScreenShotRequest",
        "idevicescreenshot -u {udid} screen.png",
        [r"^Screenshot saved to screen\.png$"],
        ios=OLD,
        then=lambda phone, home: picture_is_of(phone, home / "screen.png"),
    ),
    Command(
        f"{LOCKDOWN}/StartService",
        "idevicescreenshot -u {udid} x.tiff",
        [r"^Could not start screenshotr service!"],
        ios=NEW,
        code=255,
    ),
    Command(
        f"{GDB}/A",
        f"idevicedebug -u {{udid}} -e MODE=judged run {APP.bundle_id} one two",
        [r"^judged$"],
        reads=Reads.STREAM,
        ios=OLD,
        meanwhile=print_judged,
        then=runs_under_a_debugger,
    ),
    Command(
        f"{GDB}/qLaunchSuccess",
        f"idevicedebug -u {{udid}} run {STORE_APP.bundle_id}",
        [r"^ERROR: failed to get the task for process"],
        ios=OLD,
        code=255,
        then=lambda phone, _home: phone.processes.of_bundle(STORE_APP.bundle_id) is None,
    ),
    Command(
        f"{GDB}/qLaunchSuccess",
        f"idevicedebug -u {{udid}} run {APP.bundle_id}",
        [r"^ERROR: Locked$"],
        ios=OLD,
        code=255,
        before=lambda phone: phone.lock(),
        undo=lambda phone: phone.unlock(),
    ),
    Command(
        f"{LOCKDOWN}/StartService",
        f"idevicedebug -u {{udid}} run {APP.bundle_id}",
        [r"^Could not start com\.apple\.debugserver!"],
        ios=NEW,
        code=255,
    ),
    Command(
        f"{LOCKDOWN}/QueryType",
        "iproxy -u {udid} {port}:62078",
        [r"Requesting connec\w+ to .*{udid}.*port 62078"],
        reads=Reads.TERMINAL,
        ios=("16.7",),
        meanwhile=ask_through_iproxy,
    ),
    Command(
        "usbmux/Connect",
        "inetcat -u {udid} 62078",
        [r"<string>com\.apple\.mobile\.lockdown</string>"],
        reads=Reads.STREAM,
        typed=query_type(),
    ),
)
"""Every row."""

LEFT_OUT: dict[str, str] = {
    "idevicebackup": "the backup service of iOS 3 is not served",
    "idevicebackup2": "mobilebackup2 is not served: the harness makes no backups",
    "ideviceenterrecovery": "a virtual phone has no recovery mode; the tool says it succeeded without",
    "idevicedebugserverproxy": "a bare pipe to debugserver, which idevicedebug judges",
}
"""Tool -> why no row runs it."""

TOOLS: tuple[str, ...] = (
    "idevice_id",
    "idevicebackup",
    "idevicebackup2",
    "idevicecrashreport",
    "idevicedate",
    "idevicedebug",
    "idevicedebugserverproxy",
    "idevicediagnostics",
    "ideviceenterrecovery",
    "ideviceimagemounter",
    "ideviceinfo",
    "ideviceinstaller",
    "idevicename",
    "idevicenotificationproxy",
    "idevicepair",
    "ideviceprovision",
    "idevicescreenshot",
    "idevicesetlocation",
    "idevicesyslog",
    "ifuse",
    "inetcat",
    "iproxy",
)
"""What the four Debian packages ship."""
