"""What is known of messages beside that clients are content with them. Data only.

A message that has no row here is one that independent clients ask and accept, which the ledger reads off
recordings of them (docs/FIDELITY.md). Sources named §n are sections of virtual-iphone.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.virtual.versions.row import Standing

_SEEN = Standing.CAPTURED
_DOC = Standing.DOCUMENTED
_GUESS = Standing.GUESSED

_CHANNEL = "com.apple.instruments.server.services"


@dataclass(frozen=True)
class MessageRow:
    """One message.

    Attributes:
        service: as ``conversation.Question`` has it.
        message: its name.
        standing: how well its shape is established.
        source: where it is from.
    """

    service: str
    message: str
    standing: Standing
    source: str


CAPTURES: tuple[MessageRow, ...] = (
    MessageRow("RSD", "Handshake", _SEEN, "pymobiledevice3, misc/RemoteXPC.md: two dumps of peer info"),
    MessageRow("usbmux", "ListDevices", _SEEN, "go-ios, ios/test-fixture/readdevices.bin"),
    MessageRow("DTX", "_notifyOfPublishedCapabilities:", _SEEN, "go-ios, ios/dtx_codec/fixtures"),
    MessageRow("DTX", "_requestChannelWithCode:identifier:", _SEEN, "go-ios, ios/dtx_codec/fixtures"),
    MessageRow(
        f"{_CHANNEL}.deviceinfo",
        "runningProcesses",
        _SEEN,
        "go-ios, ios/dtx_codec/fixtures/fragmentedmessage.bin",
    ),
    MessageRow(
        f"{_CHANNEL}.mobilenotifications",
        "setApplicationStateNotificationsEnabled:",
        _SEEN,
        "§4: notices as py-ios-device and tidevice print them",
    ),
    MessageRow(
        "com.apple.os_trace_relay",
        "StartActivity",
        _SEEN,
        "pymobiledevice3, tests/services/test_os_trace_syslog_entry.py: iOS 27.0",
    ),
)
"""Messages whose bytes, or a client's print of them, were recorded at a phone."""

_MCINSTALL = "com.apple.mobile.MCInstall"
_MISAGENT = "com.apple.misagent"
_APPSERVICE = "com.apple.coredevice.appservice"
_AFTER_ESCALATE = "pymobiledevice3 asks it after an Escalate, which this phone refuses"
_NAME_ONLY = (
    "the list of features that an iOS 18 iPhone told (pymobiledevice3, misc/RemoteXPC.md); body guessed"
)

UNASKED: tuple[MessageRow, ...] = (
    MessageRow(_MISAGENT, "Copy", _DOC, "libimobiledevice, which asks it of phones before iOS 9.3"),
    MessageRow(_MCINSTALL, "InstallProfileSilent", _DOC, _AFTER_ESCALATE),
    MessageRow(_MCINSTALL, "EscalateResponse", _DOC, _AFTER_ESCALATE),
    MessageRow(_MCINSTALL, "ProceedWithKeybagMigration", _DOC, _AFTER_ESCALATE),
    MessageRow(_APPSERVICE, "com.apple.coredevice.feature.sendmemorywarningtoprocess", _GUESS, _NAME_ONLY),
    MessageRow(_APPSERVICE, "com.apple.coredevice.feature.rebootdevice", _GUESS, _NAME_ONLY),
    MessageRow(
        f"{_CHANNEL}.processcontrol", "sendProcessControlEvent:toPid:", _GUESS, "its name: public class dumps"
    ),
    MessageRow(f"{_CHANNEL}.deviceinfo", "runningProcessWithPid:", _GUESS, "its name: public class dumps"),
    MessageRow(f"{_CHANNEL}.device.applictionListing", "unregisterUpdateToken:", _DOC, "public class dumps"),
    *(
        MessageRow("remote protocol of gdb", packet, _DOC, "the manual of GDB")
        for packet in ("?", "D", "QStartNoAckMode", "k", "qAttached", "vAttach")
    ),
    MessageRow("remote protocol of gdb", "QSetLogging", _DOC, "LLDB's documents of its extensions"),
    MessageRow(
        f"{_CHANNEL}.ConditionInducer", "disableConditionWithIdentifier:", _DOC, "public class dumps; go-ios"
    ),
    *(
        MessageRow("WebDriverAgent", route, _DOC, "WebDriverAgent 16 itself: Commands/FB*Commands.m")
        for route in (
            "GET /wda/healthcheck",
            "GET /session/:id",
            "DELETE /session/:id",
            "GET /appium/settings",
            "POST /timeouts",
            "GET /element/active",
            "GET /wda/element/:uuid/getVisibleCells",
            "GET /element/:uuid/screenshot",
            "GET /wda/element/:uuid/accessible",
            "POST /element/:uuid/value",
            "POST /element/:uuid/clear",
            "POST /wda/keyboard/dismiss",
            "POST /wda/element/:uuid/scrollTo",
            "POST /wda/element/:uuid/tap",
            "POST /wda/doubleTap",
            "POST /wda/element/:uuid/doubleTap",
            "POST /wda/touchAndHold",
            "POST /wda/element/:uuid/touchAndHold",
            "POST /wda/element/:uuid/dragfromtoforduration",
            "POST /wda/element/:uuid/pressAndDragWithVelocity",
            "GET /wda/apps/list",
            "POST /wda/apps/launchUnattached",
            "POST /orientation",
            "GET /wda/device/info",
        )
    ),
    MessageRow(f"{_CHANNEL}.sysmontap", "pause", _GUESS, "the opposite of start"),
    MessageRow(f"{_CHANNEL}.sysmontap", "unpause", _GUESS, "the opposite of pause"),
)
"""Messages that the phone answers and no client here asks."""

REFUSED: frozenset[tuple[str, str]] = frozenset(
    {
        ("com.apple.mobile.lockdown", "EnterRecovery"),
        (_MCINSTALL, "Escalate"),
    }
)
"""Service and message of what this phone always refuses; a client accepts that by an error of its own."""

REFUSING_SERVICES: frozenset[str] = frozenset(
    {"dtxproxy:XCTestManager_IDEInterface:XCTestManager_DaemonConnectionInterface"}
)
"""Services of which every message is refused."""

ROWS: tuple[MessageRow, ...] = (*CAPTURES, *UNASKED)
"""Every row."""
