"""What the CoreDevice services say they can do: data for the list behind a tunnel.

Only what is done here is listed, so that a client asks for nothing else. Source: the peer info of an iPhone
with iOS 18, published with pymobiledevice3 (misc/RemoteXPC.md); of the streams: pymobiledevice3's
app_service, which finds them on iOS 26.
"""

from __future__ import annotations

from harness.virtual.transport.offers import Feature
from harness.virtual.versions import presence

_PREFIX = "com.apple.coredevice.feature."

LIST_APPS = f"{_PREFIX}listapps"
STREAM_APPS = presence.STREAMED_APPS.key
LAUNCH = f"{_PREFIX}launchapplication"
UNINSTALL = f"{_PREFIX}uninstallapp"
LIST_PROCESSES = f"{_PREFIX}listprocesses"
STREAM_PROCESSES = presence.STREAMED_PROCESSES.key
SEND_SIGNAL = f"{_PREFIX}sendsignaltoprocess"
SEND_MEMORY_WARNING = f"{_PREFIX}sendmemorywarningtoprocess"
MONITOR_TERMINATION = f"{_PREFIX}monitorprocesstermination"
REBOOT = f"{_PREFIX}rebootdevice"

DEVICE_INFO = f"{_PREFIX}getdeviceinfo"
DISPLAY_INFO = f"{_PREFIX}getdisplayinfo"
LOCK_STATE = f"{_PREFIX}getlockstate"

STREAMED_APPS = Feature(STREAM_APPS, presence.STREAMED_APPS)
"""Where it is there, ``LIST_APPS`` is never answered."""

APP_SERVICE: tuple[Feature, ...] = (
    Feature(LAUNCH),
    Feature(MONITOR_TERMINATION),
    Feature(UNINSTALL),
    Feature(SEND_SIGNAL),
    Feature(SEND_MEMORY_WARNING),
    Feature(LIST_PROCESSES),
    Feature(REBOOT),
    Feature(LIST_APPS),
    STREAMED_APPS,
    Feature(STREAM_PROCESSES, presence.STREAMED_PROCESSES),
)

DEVICE_INFO_SERVICE: tuple[Feature, ...] = (
    Feature(DISPLAY_INFO),
    Feature(DEVICE_INFO),
    Feature(LOCK_STATE),
)
