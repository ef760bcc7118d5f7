"""What pymobiledevice3 11.45 is to get out of the phone by its command line: over lockdown before iOS 17,
over RSD after.

Its own tests of devices are a judge already; this is for messages that neither they nor another client ask.
"""

from __future__ import annotations

import plistlib
import re

from harness.virtual.kernel.developer.induced import THERMAL
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.preferences import preference
from harness.virtual.kernel.subscription import Subscription
from tests.virtual.judges.shape import Shape
from tests.virtual.judges.tables.acts import (
    PROFILE,
    PROFILE_NAME,
    PROVISION,
    PROVISION_UUID,
    bring_provision,
    forget_profiles,
    forget_provision,
    has_booted_again,
    has_provision,
    install_profile,
    profile_names,
    provisions,
    remember_boot,
    run_app,
    runs,
)
from tests.virtual.judges.tables.command import Command, Reads
from tests.virtual.rig import APP, STORE_APP

LOCKDOWN = "com.apple.mobile.lockdown"
DIAGNOSTICS = "com.apple.mobile.diagnostics_relay"
AMFI = "com.apple.amfi.lockdown"
ARBITRATION = "com.apple.dt.devicearbitration"
PROFILES = "com.apple.mobile.MCInstall"
PROVISIONING = "com.apple.misagent"
MOUNTER = "com.apple.mobile.mobile_image_mounter"
NOTIFICATIONS = "com.apple.mobile.notification_proxy"
INSECURE = "com.apple.mobile.insecure_notification_proxy"
SPRINGBOARD = "com.apple.springboardservices"
TRACE = "com.apple.os_trace_relay"
APPS = "com.apple.coredevice.appservice/com.apple.coredevice.feature"
DEVICE = "com.apple.coredevice.deviceinfo/com.apple.coredevice.feature"
DVT = "com.apple.instruments.server.services"

CORE = "pymobiledevice3 developer core-device"
DTX = "pymobiledevice3 developer dvt"
ARBITER = "pymobiledevice3 developer arbitration"

LAST_OLD, LAST_NEW = ("16.7",), ("26.0",)
"""A message is asked on one version that has it: what differs by version, other judges look at."""

MIDDLE = ("18.5",)
"""For what the last one has no more."""

VOICE_OVER = ("com.apple.Accessibility", "VoiceOverTouchEnabledByiTunes")

CLOUD = {"AllowPairing": True, "IsSupervised": False, "OrganizationName": "Harness"}
"""A cloud configuration."""

POSTED = "dev.harness.judged"
"""A notification that nobody else on the phone posts."""

TOKEN: Shape = {"processIdentifier": int, "executableURL": {"relative": str}}


def post(phone: VirtualPhone) -> None:
    """Post the notification."""
    phone.darwin.post(POSTED)


_HEARD: list[str] = []
"""The notifications that came to the phone from a client."""

_EARS: list[Subscription] = []
"""By what they are heard."""


def hear(phone: VirtualPhone) -> None:
    """Note every post of the notification from now on."""
    _EARS.append(phone.darwin.observe(POSTED, _HEARD.append))


def hear_no_more(_phone: VirtualPhone) -> None:
    """Forget what was heard."""
    _EARS.pop().close()
    _HEARD.clear()


def was_heard(_phone: VirtualPhone, _home: object) -> bool:
    """Whether it was posted once."""
    return _HEARD == [POSTED]


def speak_over(phone: VirtualPhone) -> None:
    """Switch VoiceOver on."""
    row = preference(*VOICE_OVER)
    assert row is not None
    phone.preferences.set(row, 1)


def speaks_over(phone: VirtualPhone) -> bool:
    """Whether VoiceOver is on."""
    return bool(phone.preferences.value(*VOICE_OVER))


def hide_developer_mode(phone: VirtualPhone) -> None:
    """Be as a phone that no developer has had."""
    phone.conditions.turn_developer_mode(False)
    phone.developer_switch.revealed = False


def forget_cloud(phone: VirtualPhone) -> None:
    """Be as a phone that nobody has configured."""
    phone.profiles.cloud_configuration = {}


def heat(phone: VirtualPhone) -> None:
    """Induce a condition from a client that has gone since."""
    phone.induced.enable(THERMAL, "ThermalFair", object())


def other_profile(named: str) -> bytes:
    """The profile under another name."""
    return plistlib.dumps({**plistlib.loads(PROFILE), "PayloadIdentifier": named})


def processes(phone: VirtualPhone) -> Shape:
    """Every process, as os_trace_relay lists them."""
    return {str(one.pid): {"ProcessName": one.name} for one in phone.running_processes()}


def tokens(phone: VirtualPhone) -> Shape:
    """Every process, as CoreDevice lists them."""
    return [
        {"processIdentifier": one.pid, "executableURL": {"relative": f"file://{one.path}"}}
        for one in phone.running_processes()
    ]


def pid_line(phone: VirtualPhone) -> list[str]:
    """The process identifier of the sample app, and nothing else."""
    process = phone.processes.of_bundle(APP.bundle_id)
    return [rf"\A{process.pid if process else 'none'}\n\Z"]


def held(phone: VirtualPhone) -> list[tuple[str, str]]:
    """Type and name of every power assertion."""
    return [(one.kind, one.name) for one in phone.power_assertions.held()]


LOCKDOWN_ROWS: tuple[Command, ...] = (
    Command(
        f"{LOCKDOWN}/RemoveValue",
        f"pymobiledevice3 lockdown remove {' '.join(VOICE_OVER)}",
        {"Request": "RemoveValue", "Key": VOICE_OVER[1]},
        Reads.JSON,
        LAST_OLD,
        before=speak_over,
        then=lambda phone, _home: not speaks_over(phone),
    ),
    Command(
        f"{LOCKDOWN}/EnterRecovery",
        "pymobiledevice3 lockdown recovery",
        [r"InvalidRequest"],
        ios=LAST_OLD,
        code=1,
        before=remember_boot,
        then=lambda phone, home: not has_booted_again(phone, home),
    ),
    Command(
        f"{AMFI}/0",
        "pymobiledevice3 amfi reveal-developer-mode",
        ios=LAST_OLD,
        before=hide_developer_mode,
        then=lambda phone, _home: phone.developer_switch.revealed,
        undo=lambda phone: phone.conditions.turn_developer_mode(True),
    ),
    Command(
        f"{AMFI}/2",
        "pymobiledevice3 amfi enable-developer-mode",
        ios=LAST_OLD,
        before=lambda phone: (remember_boot(phone), phone.conditions.turn_developer_mode(False)),
        then=lambda phone, home: phone.developer_mode and has_booted_again(phone, home),
        alone=True,
    ),
    Command(
        f"{DIAGNOSTICS}/Shutdown",
        "pymobiledevice3 diagnostics shutdown",
        ios=LAST_OLD,
        then=lambda phone, _home: not phone.running_processes(),
        alone=True,
    ),
    Command(
        "com.apple.mobile.assertion_agent/CommandCreateAssertion",
        "pymobiledevice3 power-assertion PreventUserIdleSystemSleep judged 60",
        [r"Hit Ctrl\+C to exit"],
        Reads.TERMINAL,
        LAST_OLD,
        then=lambda phone, _home: held(phone) == [("PreventUserIdleSystemSleep", "judged")],
    ),
)
"""Rows about lockdown, and what is asked of the phone as a whole."""

ARBITRATION_ROWS: tuple[Command, ...] = (
    Command(
        f"{ARBITRATION}/version",
        f"{ARBITER} version",
        {"result": "success", "version": int},
        Reads.JSON,
        LAST_OLD,
    ),
    Command(
        f"{ARBITRATION}/check-in",
        f"{ARBITER} check-in judge",
        [r"Press Ctrl\+C"],
        Reads.TERMINAL,
        LAST_OLD,
        then=lambda phone, _home: phone.arbitration.holder == "judge",
        undo=lambda phone: phone.arbitration.check_out(),
    ),
    Command(
        f"{ARBITRATION}/force-check-in",
        f"{ARBITER} check-in judge --force",
        [r"Press Ctrl\+C"],
        Reads.TERMINAL,
        LAST_OLD,
        before=lambda phone: phone.arbitration.check_in("another"),
        then=lambda phone, _home: phone.arbitration.holder == "judge",
        undo=lambda phone: phone.arbitration.check_out(),
    ),
    Command(
        f"{ARBITRATION}/check-out",
        f"{ARBITER} check-out",
        ios=LAST_OLD,
        before=lambda phone: phone.arbitration.check_in("another"),
        then=lambda phone, _home: phone.arbitration.holder is None,
    ),
)
"""Rows about who holds the phone."""

PROVISION_ROWS: tuple[Command, ...] = (
    Command(
        f"{PROVISIONING}/CopyAll",
        "pymobiledevice3 provision list",
        reads=Reads.JSON,
        ios=LAST_OLD,
        truth=provisions,
    ),
    Command(
        f"{PROVISIONING}/Install",
        "pymobiledevice3 provision install judged.mobileprovision",
        ios=LAST_OLD,
        files={"judged.mobileprovision": PROVISION},
        then=lambda phone, _home: has_provision(phone),
        undo=forget_provision,
    ),
    Command(
        f"{PROVISIONING}/Remove",
        f"pymobiledevice3 provision remove {PROVISION_UUID}",
        ios=LAST_OLD,
        before=bring_provision,
        then=lambda phone, _home: not has_provision(phone),
        undo=forget_provision,
    ),
)

PROFILE_ROWS: tuple[Command, ...] = (
    Command(
        f"{PROFILES}/InstallProfile",
        "pymobiledevice3 profile install judged.mobileconfig",
        ios=LAST_OLD,
        files={"judged.mobileconfig": PROFILE},
        then=lambda phone, _home: profile_names(phone) == [PROFILE_NAME],
        undo=forget_profiles,
    ),
    Command(
        f"{PROFILES}/RemoveProfile",
        f"pymobiledevice3 profile remove {PROFILE_NAME}",
        ios=LAST_OLD,
        before=install_profile,
        then=lambda phone, _home: not profile_names(phone),
        undo=forget_profiles,
    ),
    Command(
        f"{PROFILES}/StoreProfile",
        "pymobiledevice3 profile store judged.mobileconfig",
        ios=LAST_OLD,
        files={"judged.mobileconfig": PROFILE},
        then=lambda phone, _home: PROFILE in phone.profiles.stored.values(),
        undo=lambda phone: phone.profiles.stored.clear(),
    ),
    Command(
        f"{PROFILES}/SetWiFiPowerState",
        "pymobiledevice3 profile set-wifi-power off",
        ios=LAST_OLD,
        then=lambda phone, _home: not phone.conditions.wifi_on,
        undo=lambda phone: phone.conditions.switch_wifi(True),
    ),
    Command(
        f"{PROFILES}/SetCloudConfiguration",
        "pymobiledevice3 profile cloud-configuration cloud.plist",
        ios=LAST_OLD,
        files={"cloud.plist": plistlib.dumps(CLOUD)},
        before=forget_cloud,
        then=lambda phone, _home: phone.profiles.cloud_configuration == CLOUD,
        undo=forget_cloud,
    ),
)
"""Rows about profiles."""

IMAGE_ROWS: tuple[Command, ...] = (
    Command(
        f"{MOUNTER}/QueryNonce",
        "pymobiledevice3 mounter query-nonce",
        truth=lambda phone: [re.escape(phone.images.nonce.hex())],
        ios=LAST_NEW,
    ),
    Command(
        f"{MOUNTER}/RollPersonalizationNonce",
        "pymobiledevice3 mounter roll-personalization-nonce",
        ios=LAST_NEW,
        before=lambda phone: remember_nonce(phone),
        then=lambda phone, _home: phone.images.nonce != _NONCES[phone.spec.udid],
    ),
    Command(
        f"{MOUNTER}/RollCryptexNonce",
        "pymobiledevice3 mounter roll-cryptex-nonce",
        ios=LAST_NEW,
        before=lambda phone: remember_nonce(phone),
        then=lambda phone, _home: phone.images.nonce != _NONCES[phone.spec.udid],
    ),
    Command(
        f"{MOUNTER}/QueryPersonalizationIdentifiers",
        "pymobiledevice3 mounter query-personalization-identifiers",
        {"BoardId": int, "ChipID": int, "UniqueChipID": int},
        Reads.JSON,
        LAST_NEW,
    ),
)
"""Rows about the developer disk image."""

_NONCES: dict[str, bytes] = {}
"""UDID -> the nonce that was remembered."""


def remember_nonce(phone: VirtualPhone) -> None:
    """Keep the nonce in mind."""
    _NONCES[phone.spec.udid] = phone.images.nonce


def posts(service: str, option: str, ios: tuple[str, ...]) -> tuple[Command, ...]:
    """The rows of one notification proxy: a notification sent, and one received."""
    return (
        Command(
            f"{service}/PostNotification",
            f"pymobiledevice3 notification post {POSTED}{option}",
            ios=ios,
            before=hear,
            then=was_heard,
            undo=hear_no_more,
        ),
        Command(
            f"{service}/ObserveNotification",
            f"pymobiledevice3 notification observe {POSTED}{option}",
            [re.escape(POSTED)],
            Reads.TERMINAL,
            ios,
            meanwhile=post,
        ),
    )


NOTIFICATION_ROWS: tuple[Command, ...] = (
    *posts(NOTIFICATIONS, "", LAST_OLD),
    *posts(INSECURE, " --insecure", LAST_OLD),
    *posts(f"{NOTIFICATIONS}.remote", " --remotexpc", LAST_NEW),
    *posts(f"{INSECURE}.remote", " --remotexpc --insecure", LAST_NEW),
)
"""Rows about notifications between processes."""

SIGHT_ROWS: tuple[Command, ...] = (
    Command(
        f"{TRACE}/PidList", "pymobiledevice3 processes ps", reads=Reads.JSON, ios=LAST_OLD, truth=processes
    ),
    Command(
        f"{TRACE}/CreateArchive",
        "pymobiledevice3 syslog collect judged.logarchive",
        ios=LAST_OLD,
        then=lambda _phone, home: any(one.is_file() for one in (home / "judged.logarchive").rglob("*")),
    ),
    Command(
        f"{SPRINGBOARD}/getInterfaceOrientation",
        "pymobiledevice3 springboard orientation",
        [r"PORTRAIT|^1$"],
        ios=LAST_OLD,
    ),
    Command(
        f"{SPRINGBOARD}/getHomeScreenIconMetrics",
        "pymobiledevice3 springboard homescreen-icon-metrics",
        {"homeScreenIconWidth": float, "homeScreenIconHeight": float},
        Reads.JSON,
        LAST_OLD,
    ),
)
"""Rows about what the phone shows and logs."""

CORE_ROWS: tuple[Command, ...] = (
    Command(
        f"{APPS}.streamapplist",
        f"{CORE} list-apps",
        [{"bundleIdentifier": APP.bundle_id, "name": APP.name, "isRemovable": True}],
        Reads.JSON,
        LAST_NEW,
    ),
    Command(
        f"{APPS}.launchapplication",
        f"{CORE} launch-application {APP.bundle_id}",
        {"processToken": TOKEN},
        Reads.JSON,
        LAST_NEW,
        then=lambda phone, _home: runs(phone),
    ),
    Command(
        f"{APPS}.uninstallapp",
        f"{CORE} uninstall {STORE_APP.bundle_id}",
        ios=LAST_NEW,
        then=lambda phone, _home: phone.apps.get(STORE_APP.bundle_id) is None,
    ),
    Command(f"{APPS}.listprocesses", f"{CORE} list-processes", reads=Reads.JSON, ios=LAST_NEW, truth=tokens),
    Command(
        f"{APPS}.streamprocesslist", f"{CORE} stream-processes", reads=Reads.JSON, ios=LAST_NEW, truth=tokens
    ),
    Command(
        f"{APPS}.sendsignaltoprocess",
        f"{CORE} send-signal-to-process {{pid}} 9",
        {"process": TOKEN, "signal": 9},
        Reads.JSON,
        LAST_NEW,
        before=run_app,
        then=lambda phone, _home: not runs(phone),
    ),
    Command(
        f"{DEVICE}.getdeviceinfo",
        f"{CORE} get-device-info",
        {"udid": "{udid}", "osVersionNumber": "{ios}", "productType": "{model}"},
        Reads.JSON,
        LAST_NEW,
    ),
    Command(
        f"{DEVICE}.getlockstate",
        f"{CORE} get-lockstate",
        {"passcodeRequired": False, "unlockedSinceBoot": True},
        Reads.JSON,
        LAST_NEW,
    ),
    Command(
        f"{DEVICE}.getdisplayinfo",
        f"{CORE} get-display-info",
        {"backlightState": "on", "displays": [{"primary": True}]},
        Reads.JSON,
        LAST_NEW,
    ),
)
"""Rows about CoreDevice."""

DTX_ROWS: tuple[Command, ...] = (
    Command(
        f"{DVT}.processcontrol/processIdentifierForBundleIdentifier:",
        f"{DTX} process-id-for-bundle-id {APP.bundle_id}",
        truth=pid_line,
        ios=LAST_OLD,
        before=run_app,
    ),
    Command(
        f"{DVT}.deviceinfo/isRunningPid:",
        f"{DTX} is-running-pid {{pid}}",
        [r"\Atrue\n\Z"],
        ios=LAST_OLD,
        before=run_app,
    ),
    Command(
        f"{DVT}.deviceinfo/machKernelName",
        f"{DTX} device-information",
        {"kernel-name": str, "network": {"en0": str}, "system": {"_deviceIdentifier": "{udid}"}},
        Reads.JSON,
        LAST_OLD,
    ),
    Command(f"{DVT}.deviceinfo/nameForUID:", f"{DTX} name-for-uid 501", [r"\Amobile\n\Z"], ios=LAST_OLD),
    Command(f"{DVT}.deviceinfo/nameForGID:", f"{DTX} name-for-gid 501", [r"\Amobile\n\Z"], ios=LAST_OLD),
    Command(
        f"{DVT}.ConditionInducer/disableActiveCondition",
        f"{DTX} condition clear",
        ios=LAST_OLD,
        before=heat,
        then=lambda phone, _home: phone.induced.active is None,
    ),
)
"""Rows about instruments."""

TABLE: tuple[Command, ...] = (
    *LOCKDOWN_ROWS,
    *ARBITRATION_ROWS,
    *PROFILE_ROWS,
    *PROVISION_ROWS,
    *IMAGE_ROWS,
    *NOTIFICATION_ROWS,
    *SIGHT_ROWS,
    *CORE_ROWS,
    *DTX_ROWS,
)
"""Every row."""
