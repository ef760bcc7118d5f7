"""What go-ios 1.2.0 is to get out of the phone: over usbmux before iOS 17, through its own tunnel after."""

from __future__ import annotations

import re
from dataclasses import replace

from harness.virtual.kernel.conditions import Thermal
from harness.virtual.kernel.developer.location import Place
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.preferences import preference
from tests.virtual.judges.shape import Shape
from tests.virtual.judges.tables.acts import (
    PROFILE,
    PROFILE_NAME,
    crash,
    forget_profiles,
    forget_reports,
    has_booted_again,
    in_container,
    in_media,
    install_profile,
    picture_is_of,
    profile_names,
    remember_boot,
    report_names,
    run_app,
    runs,
)
from tests.virtual.judges.tables.command import EITHER, EVERY, NEW, OLD, Command, Reads
from tests.virtual.rig import APP, STORE_APP

LOCKDOWN = "com.apple.mobile.lockdown"
AFC = "AFC"
HOUSE = "com.apple.mobile.house_arrest"
INSTALLER = "com.apple.mobile.installation_proxy"
DIAGNOSTICS = "com.apple.mobile.diagnostics_relay"
MOUNTER = "com.apple.mobile.mobile_image_mounter"
PROFILES = "com.apple.mobile.MCInstall"
AMFI = "com.apple.amfi.lockdown"
DVT = "com.apple.instruments.server.services"
PROCESSES = f"{DVT}.deviceinfo/runningProcesses"
CONTROL = f"{DVT}.processcontrol"
LAUNCH = f"{CONTROL}/launchSuspendedProcessWithDevicePath:bundleIdentifier:environment:arguments:options:"
CONDITIONS = f"{DVT}.ConditionInducer"

BERLIN = Place(52.5, 13.25)


def rename(phone: VirtualPhone) -> None:
    """Give the phone another name, which lasts until the row is over."""
    row = preference("", "DeviceName")
    assert row is not None
    phone.preferences.set(row, "Renamed")


def without_developer_mode(phone: VirtualPhone) -> None:
    """Turn Developer Mode off, and keep in mind which boot session this is."""
    phone.conditions.turn_developer_mode(False)
    remember_boot(phone)


def identity(phone: VirtualPhone) -> Shape:
    """Who the phone is, with the keys that go-ios' own tests of devices require."""
    return {
        "ActivationState": "Activated",
        "BuildVersion": phone.spec.build,
        "CPUArchitecture": str,
        "ChipID": int,
        "DeviceClass": "iPhone",
        "DeviceName": phone.spec.name,
        "HardwareModel": str,
        "PasswordProtected": False,
        "ProductName": str,
        "ProductType": phone.spec.model,
        "ProductVersion": phone.spec.ios,
        "SerialNumber": str,
        "TimeZone": "UTC",
        "UniqueChipID": int,
        "UniqueDeviceID": phone.spec.udid,
        "WiFiAddress": str,
    }


def details(phone: VirtualPhone) -> Shape:
    """The phone in the list of all."""
    return {
        "deviceList": [
            {
                "Udid": phone.spec.udid,
                "ProductName": "iPhone OS",
                "ProductType": phone.spec.model,
                "ProductVersion": phone.spec.ios,
                "ConnectionType": "USB",
            }
        ]
    }


def apps(phone: VirtualPhone, *, system: bool | None) -> Shape:
    """What is installed."""
    return [
        {
            "ApplicationType": "System" if app.is_system else "User",
            "CFBundleDisplayName": app.name,
            "CFBundleExecutable": app.executable,
            "CFBundleIdentifier": app.bundle_id,
            "CFBundleName": str,
            "CFBundleShortVersionString": app.version,
            "CFBundleVersion": app.build,
            "Path": phone.executable_path(app).rpartition("/")[0],
        }
        for app in phone.apps
        if system in (None, app.is_system)
    ]


def app_lines(phone: VirtualPhone) -> list[str]:
    """Patterns for the short list of the user's apps."""
    return [
        rf"^{re.escape(app.bundle_id)} {re.escape(app.name)} {re.escape(app.version)}$"
        for app in phone.apps
        if not app.is_system
    ]


def processes(phone: VirtualPhone) -> Shape:
    """Every process, applications or not."""
    return [
        {"Name": each.name, "Pid": each.pid, "IsApplication": each.is_application, "StartDate": str}
        for each in phone.running_processes()
        if each.name != "DTServiceHub"
    ]


def applications(phone: VirtualPhone) -> Shape:
    """Every application that runs."""
    return [
        {"Name": each.name, "Pid": each.pid, "IsApplication": True}
        for each in phone.running_processes()
        if each.is_application
    ]


def launched(phone: VirtualPhone) -> list[str]:
    """What go-ios logs of a launch: the process that the kernel has."""
    process = phone.processes.of_bundle(APP.bundle_id)
    return [rf'"Process started successfully".*"pid":{process.pid if process else "none"}\b']


def disk(phone: VirtualPhone) -> Shape:
    """What afc tells of the disk."""
    return {"Model": phone.spec.model, "TotalBytes": int, "FreeBytes": int, "BlockSize": 4096}


def reports(phone: VirtualPhone) -> Shape:
    """The crash reports there are."""
    names = report_names(phone)
    return {"files": names, "length": len(names)}


def induced(phone: VirtualPhone, condition: str, profile: str) -> bool:
    """Whether the phone is in a condition."""
    active = phone.induced.active
    return active is not None and (active.condition.identifier, active.profile.identifier) == (
        condition,
        profile,
    )


def switches(command: str, key: str, shown: str) -> tuple[Command, ...]:
    """The rows of one accessibility setting."""

    def value(phone: VirtualPhone) -> object:
        return phone.preferences.value("com.apple.Accessibility", key)

    return (
        Command(f"{LOCKDOWN}/GetValue", f"ios {command} get", {shown: False}, Reads.JSON),
        Command(f"{LOCKDOWN}/SetValue", f"ios {command} enable", then=lambda phone, _home: value(phone) == 1),
        Command(f"{LOCKDOWN}/SetValue", f"ios {command} toggle", then=lambda phone, _home: value(phone) == 1),
    )


FACTS: tuple[Command, ...] = (
    Command("usbmux/ListDevices", "ios list", {"deviceList": ["{udid}"]}, Reads.JSON),
    Command(f"{LOCKDOWN}/GetValue", "ios list --details", truth=details, reads=Reads.JSON),
    Command(
        "usbmux/Listen",
        "ios listen",
        [r'"MessageType":"Attached"', r'"SerialNumber":"{udid}"'],
        Reads.STREAM,
    ),
    Command(f"{LOCKDOWN}/GetValue", "ios info", truth=identity, reads=Reads.JSON),
    Command(f"{LOCKDOWN}/GetValue", "ios info lockdown", truth=identity, reads=Reads.JSON),
    Command(f"{LOCKDOWN}/GetValue", "ios lockdown get", truth=identity, reads=Reads.JSON),
    Command(f"{LOCKDOWN}/GetValue", "ios lockdown get ProductVersion", "{ios}", Reads.JSON),
    Command(f"{LOCKDOWN}/GetValue", "ios devicename", {"devicename": "{name}"}, Reads.JSON),
    Command(f"{LOCKDOWN}/GetValue", "ios devicename", {"devicename": "Renamed"}, Reads.JSON, before=rename),
    Command(
        f"{LOCKDOWN}/GetValue",
        "ios date",
        {"TimeIntervalSince1970": float, "formatedDate": str},
        Reads.JSON,
    ),
    Command(
        f"{LOCKDOWN}/GetValue",
        "ios lang",
        {"Language": "en", "Locale": "en_US", "SupportedLanguages": ["en"], "SupportedLocales": ["en_US"]},
        Reads.JSON,
    ),
    Command(f"{LOCKDOWN}/GetValue", "ios timeformat get", {"TimeFormat": "24h"}, Reads.JSON),
    Command(
        "usbmux/ReadPairRecord",
        "ios readpair",
        {
            "DeviceCertificate": str,
            "HostCertificate": str,
            "HostID": str,
            "RootCertificate": str,
            "SystemBUID": str,
        },
        Reads.JSON,
    ),
    Command(
        f"{LOCKDOWN}/GetValue",
        "ios batterycheck",
        {"HasBattery": True, "GasGaugeCapability": True, "ExternalConnected": True, "FullyCharged": True},
        Reads.JSON,
        truth=lambda phone: {
            "HasBattery": True,
            "BatteryCurrentCapacity": phone.conditions.battery.percent,
            "ExternalConnected": phone.conditions.battery.external_power,
        },
    ),
    Command(
        f"{DIAGNOSTICS}/IORegistry",
        "ios batteryregistry",
        reads=Reads.JSON,
        truth=lambda phone: {
            "CurrentCapacity": phone.conditions.battery.percent,
            "Temperature": round(phone.conditions.battery.temperature_c * 100),
            "CycleCount": int,
            "DesignCapacity": int,
            "Voltage": int,
            "AtWarnLevel": False,
        },
    ),
    Command(
        f"{DIAGNOSTICS}/All",
        "ios diagnostics list",
        {"Diagnostics": {"GasGauge": {"Status": "Success"}}, "Status": "Success"},
        Reads.JSON,
    ),
    Command(
        f"{DIAGNOSTICS}/MobileGestalt",
        "ios mobilegestalt ProductType",
        {"Diagnostics": {"MobileGestalt": {"ProductType": "{model}", "Status": "Success"}}},
        Reads.JSON,
        OLD,
    ),
    Command(
        f"{DIAGNOSTICS}/MobileGestalt",
        "ios mobilegestalt ProductType --plist",
        {"Diagnostics": {"MobileGestalt": {"ProductType": "{model}", "Status": "Success"}}},
        Reads.PLIST,
        OLD,
    ),
    Command(
        f"{DIAGNOSTICS}/MobileGestalt",
        "ios mobilegestalt ProductType",
        {"Status": "Success", "Diagnostics": {"MobileGestalt": {"Status": "MobileGestaltDeprecated"}}},
        Reads.JSON,
        NEW,
    ),
    Command(f"{AFC}/GetDeviceInfo", "ios diskspace", truth=disk, reads=Reads.JSON),
    Command(f"{LOCKDOWN}/GetValue", "ios activate", [r'"the device is already activated".*{udid}']),
)
"""Rows that only ask."""

SETTINGS: tuple[Command, ...] = (
    Command(
        f"{LOCKDOWN}/SetValue",
        "ios lang --setlang=de --setlocale=de_DE",
        {"Language": "de", "Locale": "de_DE"},
        Reads.JSON,
        then=lambda phone, _home: phone.preferences.value("com.apple.international", "Language") == "de",
    ),
    Command(
        f"{LOCKDOWN}/SetValue",
        "ios timeformat 12h",
        then=lambda phone, _home: phone.preferences.value("", "Uses24HourClock") == 0,
    ),
    Command(
        f"{LOCKDOWN}/SetValue",
        "ios timeformat toggle",
        then=lambda phone, _home: phone.preferences.value("", "Uses24HourClock") == 0,
    ),
    *switches("assistivetouch", "AssistiveTouchEnabledByiTunes", "AssistiveTouchEnabled"),
    *switches("voiceover", "VoiceOverTouchEnabledByiTunes", "VoiceOverTouchEnabled"),
    *switches("zoom", "ZoomTouchEnabledByiTunes", "ZoomTouchEnabled"),
    Command(
        f"{MOUNTER}/QueryDeveloperModeStatus",
        "ios devmode get",
        {"DeveloperModeEnabled": True},
        Reads.JSON,
        ("16.7", *NEW),
    ),
    Command(
        f"{AMFI}/0", "ios devmode reveal", [r"Developer Mode menu has been revealed"], ios=("16.7", *NEW)
    ),
    Command(
        f"{AMFI}/1",
        "ios devmode enable",
        [r"Device was successfully restarted after enabling developer mode"],
        ios=("16.7",),
        before=without_developer_mode,
        then=lambda phone, home: (
            has_booted_again(phone, home) and phone.developer_switch.asked_for and not phone.developer_mode
        ),
        alone=True,
    ),
    Command(
        f"{AMFI}/2",
        "ios devmode enable --enable-post-restart",
        [r"Successfully enabled developer mode on device post restart"],
        ios=("26.0",),
        before=without_developer_mode,
        then=lambda phone, home: has_booted_again(phone, home) and phone.developer_mode,
        alone=True,
    ),
    Command(
        f"{LOCKDOWN}/Pair",
        "ios pair",
        [r"Please accept the PairingDialog on the device"],
        code=1,
        ios=EITHER,
        asks=True,
        alone=True,
    ),
    Command(f"{LOCKDOWN}/Pair", "ios pair", [r'"Successfully paired {udid}"'], ios=EITHER, alone=True),
)
"""Rows about what people set."""

APPS: tuple[Command, ...] = (
    Command(
        f"{INSTALLER}/Browse", "ios apps", reads=Reads.JSON, truth=lambda phone: apps(phone, system=False)
    ),
    Command(
        f"{INSTALLER}/Browse",
        "ios apps --system",
        reads=Reads.JSON,
        truth=lambda phone: apps(phone, system=True),
    ),
    Command(
        f"{INSTALLER}/Browse",
        "ios apps --all",
        reads=Reads.JSON,
        truth=lambda phone: apps(phone, system=None),
    ),
    Command(f"{INSTALLER}/Browse", "ios apps --list", truth=app_lines),
    Command(
        f"{INSTALLER}/Uninstall",
        f"ios uninstall {STORE_APP.bundle_id}",
        [r'"done uninstalling"'],
        then=lambda phone, _home: phone.apps.get(STORE_APP.bundle_id) is None,
    ),
    Command(PROCESSES, "ios ps", reads=Reads.JSON, truth=processes),
    Command(PROCESSES, "ios ps --apps", reads=Reads.JSON, truth=applications, before=run_app),
    Command(
        LAUNCH,
        f"ios launch {APP.bundle_id}",
        truth=launched,
        then=lambda phone, _home: runs(phone),
    ),
    Command(
        LAUNCH,
        f"ios launch {APP.bundle_id} --kill-existing",
        truth=launched,
        before=run_app,
        then=lambda phone, _home: runs(phone),
    ),
    Command(
        LAUNCH,
        "ios launch com.example.nothing",
        # The error of an app that is not there has the code of one that will be in a moment.
        [r"com\.example\.nothing", r"transient launch failure from device, retrying"],
        ios=("16.7", "26.0"),
        code=1,
        then=lambda phone, _home: not runs(phone),
    ),
    Command(
        f"{CONTROL}/killPid:",
        f"ios kill {APP.bundle_id}",
        [r'"msg":"killed".*"pid":\d+'],
        before=run_app,
        then=lambda phone, _home: not runs(phone),
    ),
    Command(
        f"{CONTROL}/killPid:",
        "ios kill --process=Plain",
        [r'"msg":"killed","process":"Plain","pid":\d+'],
        before=run_app,
        then=lambda phone, _home: not runs(phone),
    ),
    Command(
        f"{CONTROL}/killPid:",
        "ios kill --pid={pid}",
        before=run_app,
        then=lambda phone, _home: not runs(phone),
    ),
    Command(PROCESSES, "ios kill --pid=99999", [r'"process not found","pid":99999'], code=1),
    Command(
        f"{CONTROL}/requestDisableMemoryLimitsForPid:",
        "ios memlimitoff --process=Plain",
        truth=lambda phone: [
            rf'"process":"Plain","pid":{process.pid},"disabled":true'
            for process in phone.running_processes()
            if process.name == "Plain"
        ],
        before=run_app,
    ),
)
"""Rows about apps and processes."""

FILES: tuple[Command, ...] = (
    Command(
        f"{AFC}/ReadDir",
        "ios fsync tree --path=/",
        [r"\|-DCIM/$", r"\|-Downloads/$", r"\|-PublicStaging/$"],
    ),
    Command(
        f"{AFC}/FileWrite",
        "ios fsync push --srcPath=pushed.txt --dstPath=/pushed.txt",
        files={"pushed.txt": b"pushed"},
        then=lambda phone, _home: in_media(phone, "pushed.txt").read_bytes() == b"pushed",
    ),
    Command(
        f"{AFC}/FileRead",
        "ios fsync pull --srcPath=/pulled.txt --dstPath=.",
        before=lambda phone: in_media(phone, "pulled.txt").write_bytes(b"x" * 100_000),
        then=lambda _phone, home: (home / "pulled.txt").read_bytes() == b"x" * 100_000,
    ),
    Command(
        f"{AFC}/MakeDir",
        "ios fsync mkdir --path=/made",
        then=lambda phone, _home: in_media(phone, "made").is_dir(),
        undo=lambda phone: in_media(phone, "made").rmdir(),
    ),
    Command(
        f"{AFC}/RemovePath",
        "ios fsync rm --path=/removed.txt",
        before=lambda phone: in_media(phone, "removed.txt").write_bytes(b"x"),
        then=lambda phone, _home: not in_media(phone, "removed.txt").exists(),
    ),
    Command(
        f"{HOUSE}/VendContainer",
        f"ios fsync --app={APP.bundle_id} tree --path=/",
        [r"\|-Documents/$", r"\|-tmp/$"],
    ),
    Command(
        f"{HOUSE}/VendContainer",
        f"ios fsync --app={APP.bundle_id} push --srcPath=pushed.txt --dstPath=/Documents/pushed.txt",
        files={"pushed.txt": b"pushed"},
        then=lambda phone, _home: in_container(phone, "Documents/pushed.txt").read_bytes() == b"pushed",
    ),
    Command(
        "com.apple.crashreportmover/connected",
        "ios crash ls",
        truth=reports,
        reads=Reads.JSON,
        before=crash,
        undo=forget_reports,
    ),
    Command(
        f"{AFC}/FileRead",
        "ios crash cp * .",
        before=crash,
        then=lambda phone, home: (
            {path.name for path in home.glob("*.ips")} == set(report_names(phone)) != set()
        ),
        undo=forget_reports,
    ),
    Command(
        f"{AFC}/RemovePath",
        "ios crash rm . *",
        [r'"msg":"deleting"'],
        before=crash,
        then=lambda phone, _home: report_names(phone) == [],
        undo=forget_reports,
    ),
)
"""Rows about files."""

DEVELOPER: tuple[Command, ...] = (
    Command(
        f"{MOUNTER}/LookupImage",
        "ios image list",
        [r'"image signature","signature":"[0-9a-f]{96}"'],
        ios=("15.8", *EITHER),
    ),
    Command(
        f"{MOUNTER}/LookupImage",
        "ios image mount --path=image.dmg",
        [r"there is already a developer image mounted"],
        files={"image.dmg": b"x", "image.dmg.signature": b"x"},
    ),
    Command(
        f"{MOUNTER}/MountImage",
        "ios image mount --path=image.dmg",
        [r'"success mounting image"'],
        ios=OLD,
        before=lambda phone: phone.conditions.unmount_image(),
        then=lambda phone, _home: phone.image_mounted,
        undo=lambda phone: phone.conditions.mount_image(),
        files={"image.dmg": b"image", "image.dmg.signature": b"signature"},
    ),
    Command(
        f"{MOUNTER}/UnmountImage",
        "ios image unmount",
        [r'"success unmounting image"'],
        then=lambda phone, _home: not phone.image_mounted,
        undo=lambda phone: phone.conditions.mount_image(),
    ),
    Command(
        f"{DVT}.screenshot/takeScreenshot",
        "ios screenshot --output=screen.png",
        [r'"File saved successfully"'],
        then=lambda phone, home: picture_is_of(phone, home / "screen.png"),
    ),
    Command(f"{PROFILES}/GetProfileList", "ios profile list", [], Reads.JSON),
    Command(
        f"{PROFILES}/InstallProfile",
        "ios profile add judged.mobileconfig",
        [r'"profile installed'],
        files={"judged.mobileconfig": PROFILE},
        then=lambda phone, _home: profile_names(phone) == [PROFILE_NAME],
        undo=forget_profiles,
    ),
    Command(
        f"{PROFILES}/GetProfileList",
        "ios profile list",
        [{"Identifier": PROFILE_NAME, "Status": "Acknowledged"}],
        Reads.JSON,
        before=install_profile,
        undo=forget_profiles,
    ),
    Command(
        f"{PROFILES}/RemoveProfile",
        f"ios profile remove {PROFILE_NAME}",
        [rf"profile '{PROFILE_NAME}' removed"],
        before=install_profile,
        then=lambda phone, _home: profile_names(phone) == [],
        undo=forget_profiles,
    ),
    Command(
        f"{PROFILES}/GetCloudConfiguration",
        "ios prepare cloudconfig",
        {"CloudConfiguration": {}, "Status": "Acknowledged"},
        Reads.JSON,
    ),
    Command(
        f"{DIAGNOSTICS}/Restart",
        "ios reboot",
        [r'"msg":"ok"'],
        ios=OLD,
        before=remember_boot,
        then=has_booted_again,
        alone=True,
    ),
    Command(
        "com.apple.syslog_relay/connected",
        "ios syslog",
        [r"launchd\[1\]", r"judged"],
        Reads.STREAM,
        meanwhile=lambda phone: phone.log.emit("launchd", 1, "judged"),
    ),
    Command(
        "com.apple.os_trace_relay/StartActivity",
        "ios ostrace",
        [r"launchd", r"judged"],
        Reads.STREAM,
        meanwhile=lambda phone: phone.log.emit("launchd", 1, "judged"),
    ),
    Command(
        "com.apple.os_trace_relay/StartActivity",
        "ios ostrace --pid=1",
        [r"judged of 1"],
        Reads.STREAM,
        meanwhile=lambda phone: phone.log.emit("launchd", 1, "judged of 1"),
    ),
    Command(
        f"{DVT}.sysmontap/start",
        "ios sysmontap",
        [r'"received CPU usage data"', r'"cpu_count":\d+', r'"cpu_total_load":'],
        Reads.STREAM,
    ),
    Command(
        f"{CONDITIONS}/availableConditionInducers",
        "ios devicestate list",
        [
            {"Identifier": "SlowNetworkCondition", "IsActive": False, "Profiles": [{"Identifier": str}]},
            {"Identifier": "ThermalCondition", "IsActive": False, "Profiles": [{"Identifier": str}]},
        ],
        Reads.JSON,
    ),
    Command(
        f"{CONDITIONS}/enableConditionWithIdentifier:profileIdentifier:",
        "ios devicestate enable SlowNetworkCondition SlowNetwork3GGood",
        [r"SlowNetwork3GGood is active"],
        Reads.STREAM,
        then=lambda phone, _home: induced(phone, "SlowNetworkCondition", "SlowNetwork3GGood"),
        ended=lambda phone: phone.induced.active is None,
    ),
    Command(
        f"{CONDITIONS}/enableConditionWithIdentifier:profileIdentifier:",
        "ios devicestate enable ThermalCondition ThermalSerious",
        [r"ThermalSerious is active"],
        Reads.STREAM,
        then=lambda phone, _home: phone.conditions.thermal is Thermal.SERIOUS,
        ended=lambda phone: phone.conditions.thermal is Thermal.NOMINAL,
    ),
    Command(
        "com.apple.dt.simulatelocation/connected",
        "ios setlocation --lat=52.5 --lon=13.25",
        [r'"latitude":52\.5,"longitude":13\.25'],
        ios=OLD,
        then=lambda phone, _home: phone.location.place == BERLIN,
    ),
    Command(
        "com.apple.dt.simulatelocation/connected",
        "ios resetlocation",
        ios=OLD,
        before=lambda phone: phone.location.simulate(BERLIN),
        then=lambda phone, _home: not phone.location.simulated,
    ),
    Command(
        f"{LOCKDOWN}/StartService",
        "ios resetlocation",
        [r"Could not start service:com\.apple\.dt\.simulatelocation with reason:'InvalidService'"],
        ios=NEW,
        code=1,
    ),
)
"""Rows about developers' services."""

TUNNEL: tuple[Command, ...] = (
    # The tunnel was opened before the rows; that it stands is asked of the agent.
    Command(
        "usbmux/ListDevices",
        "ios tunnel ls",
        [{"udid": "{udid}", "address": str, "rsdPort": int, "userspaceTun": True}],
        Reads.JSON,
        NEW,
    ),
    Command(
        "RSD/Handshake",
        "ios rsd ls",
        {
            "com.apple.instruments.dtservicehub": {"Port": int},
            "com.apple.mobile.lockdown.remote.trusted": {"Port": int},
            "com.apple.afc.shim.remote": {"Port": int},
            "com.apple.coredevice.appservice": {"Port": int},
        },
        Reads.JSON,
        NEW,
    ),
    Command(
        "com.apple.coredevice.deviceinfo/com.apple.coredevice.feature.getdisplayinfo",
        "ios info display",
        {
            "backlightState": "on",
            "displays": [{"primary": True, "nativeSize": {"width": int, "height": int}}],
        },
        Reads.JSON,
        NEW,
    ),
)
"""Rows about what is there from iOS 17 on only."""


def on_either_side(rows: tuple[Command, ...]) -> tuple[Command, ...]:
    """Rows that no version changes, on one phone before the tunnel and one behind it."""
    return tuple(replace(row, ios=EITHER) if row.ios == EVERY else row for row in rows)


TABLE: tuple[Command, ...] = (
    *FACTS,
    *on_either_side(SETTINGS),
    *APPS,
    *on_either_side(FILES),
    *on_either_side(DEVELOPER),
    *TUNNEL,
)
"""Every row."""

LEFT_OUT: dict[str, str] = {
    "ax": "the accessibility audit is not served",
    "ax audit": "the accessibility audit is not served",
    "debug": "it launches lldb, which is not on Linux",
    "dproxy": "it puts itself between usbmuxd and its clients and takes the socket of the host's",
    "erase": "nobody is to erase a phone here",
    "file ls": "the file service of CoreDevice is not served",
    "file pull": "the file service of CoreDevice is not served",
    "file push": "the file service of CoreDevice is not served",
    "forward": "it is iproxy, which the table of libimobiledevice has",
    "httpproxy": "it needs a supervised phone and the identity of who supervises it",
    "httpproxy remove": "as httpproxy",
    "image auto": "it downloads the image from the internet",
    "install": "the streaming zip conduit is not served",
    "instruments notifications": "go-ios 1.2.0 prints nothing of what it is told",
    "ip": "it waits for packets of pcapd, which is not served",
    "pcap": "pcapd is not served",
    "prepare": "it supervises a phone, which none here lets happen",
    "prepare create-cert": "it asks nothing of a phone",
    "prepare printskip": "it asks nothing of a phone",
    "resetax": "the accessibility audit is not served",
    "runtest": "XCUITest bundles need a test manager with a runner, which a virtual phone has not",
    "runwda": "as runtest",
    "runxctest": "as runtest",
    "setlocationgpx": "it is setlocation, again and again with the pauses of the file",
    "sign app": "it asks nothing of a phone",
    "sign provision appstoreconnect": "it asks nothing of a phone",
    "tunnel start": "it is what the rows of 18.5 and 26.0 go through",
    "tunnel stopagent": "it asks nothing of a phone",
    "ui": "it asks WebDriverAgent, which has tests of its own",
    "ui download": "it asks nothing of a phone",
    "ui install": "it installs WebDriverAgent",
    "version": "it asks nothing of a phone",
    "webinspector cdp": "the web inspector is not served",
    "webinspector eval": "the web inspector is not served",
    "webinspector js-shell": "the web inspector is not served",
    "webinspector launch": "the web inspector is not served",
    "webinspector list": "the web inspector is not served",
    "wifi": "it is profile add, with a profile of its own making",
}
"""Subcommand, as ``ios --help`` lists them -> why no row runs it."""
