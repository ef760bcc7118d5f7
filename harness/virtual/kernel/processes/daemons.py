"""The processes that run on every phone beside its applications."""

from __future__ import annotations

SYSTEM_PROCESSES: tuple[tuple[str, str], ...] = (
    ("launchd", "/sbin/launchd"),
    ("logd", "/usr/libexec/logd"),
    ("runningboardd", "/usr/libexec/runningboardd"),
    ("backboardd", "/usr/libexec/backboardd"),
    ("SpringBoard", "/System/Library/CoreServices/SpringBoard.app/SpringBoard"),
    ("lockdownd", "/usr/libexec/lockdownd"),
    ("notifyd", "/usr/sbin/notifyd"),
    ("nsurlsessiond", "/usr/libexec/nsurlsessiond"),
    ("dasd", "/usr/libexec/dasd"),
    ("apsd", "/System/Library/PrivateFrameworks/ApplePushService.framework/apsd"),
    ("wifid", "/usr/sbin/wifid"),
    ("profiled", "/usr/libexec/profiled"),
    ("installd", "/usr/libexec/installd"),
    ("locationd", "/usr/libexec/locationd"),
    ("mediaserverd", "/usr/sbin/mediaserverd"),
    ("DTServiceHub", "/Developer/Library/PrivateFrameworks/DVTInstrumentsFoundation.framework/DTServiceHub"),
)
"""Name and path, in the order in which they start. Paths are from memory, so guessed."""

DEBUGSERVER = ("debugserver", "/Developer/usr/bin/debugserver")
"""What an attached debugger looks like in the process list."""
