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

ROWS: tuple[MessageRow, ...] = CAPTURES
"""Every row."""
