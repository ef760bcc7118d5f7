"""One log in every form, written out from log-grammar.md §1.1 and from what the tools print."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

from harness.evidence.logfiles import LogForm
from harness.model.raw import LogRecord
from harness.wire.ostrace_record import OsTraceLevel, OsTraceRecord
from harness.wire.syslog import MONTHS, SyslogLine

AT_S = 1_790_000_000.25
APP = "dev.harness.downloader"
SPANNING = (
    "Received termination request from [daemon<com.apple.SpringBoard>:60] on <RBSProcessPredicate "
    "<RBSProcessIdentifierPredicate| 41>> with context <RBSTerminateContext| domain:10 code:0x8BADF00D "
    "explanation:too slow…\nProcessVisibility: Background\n\nProcessState: Running\n reportType:CrashLog>"
)

LOG: tuple[LogRecord, ...] = (
    LogRecord(AT_S, "runningboardd", 34, "notice", f"[app<{APP}>:41] Suspending task."),
    LogRecord(AT_S + 1, "runningboardd", 34, "error", SPANNING, "com.apple.runningboard", "process"),
    LogRecord(AT_S + 2, "Café App", 41, "debug", "déjà vu\twith a tab"),
    LogRecord(AT_S + 3, "SpringBoard", 57, "fault", f'Received request to open "{APP}" from dasd:9.'),
)

_OS_TRACE = {"notice": OsTraceLevel.NOTICE, "error": OsTraceLevel.ERROR, "debug": OsTraceLevel.DEBUG}


def _moment(record: LogRecord) -> datetime:
    return datetime.fromtimestamp(record.phone_s, UTC)


def _local(record: LogRecord) -> datetime:
    return datetime.fromtimestamp(record.phone_s).astimezone()


def os_trace(record: LogRecord) -> bytes:
    return OsTraceRecord(
        at_us=round(record.phone_s * 1_000_000),
        pid=record.pid,
        process_path=f"/usr/libexec/{record.process}",
        message=record.message,
        level=_OS_TRACE.get(record.level, OsTraceLevel.FAULT),
        subsystem=record.subsystem,
        category=record.category,
    ).encode()


def console(record: LogRecord) -> bytes:
    clock = _moment(record).astimezone(UTC).strftime("%H:%M:%S.%f+0000")
    return f"standard\t{clock}\t{record.process}\t{record.message}\n".encode()


def console_of_ios_12(record: LogRecord) -> bytes:
    clock = _moment(record).strftime("%H:%M:%S.%f +0000")
    return f"Vorgabe\t{clock}\t{record.process}\t{record.message}\n".encode()


def console_with_library(record: LogRecord) -> bytes:
    clock = _moment(record).strftime("%H:%M:%S.%f+0000")
    return f"default\t{clock}\t{record.process}\tFrontBoard\t{record.message}\n".encode()


def console_without_level(record: LogRecord) -> bytes:
    clock = _moment(record).strftime("%H:%M:%S.%f+0000")
    return f"{clock}\t{record.process}\t{record.message}\n".encode()


def console_twice(record: LogRecord) -> bytes:
    return console(record) * 2


def _label(record: LogRecord) -> str:
    return f"[{record.subsystem}:{record.category}] " if record.subsystem else ""


def log_show(record: LogRecord) -> bytes:
    at = _moment(record).strftime("%Y-%m-%d %H:%M:%S.%f+0000")
    columns = f"0x1f3      {record.level.title():<11} 0x0                  {record.pid:<6} 0    "
    return f"{at} {columns}{record.process}: (FrontBoard) {_label(record)}{record.message}\n".encode()


_SHORT = {"notice": "Df", "error": "E ", "debug": "Db", "fault": "F "}


def compact(record: LogRecord) -> bytes:
    at = _local(record).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    who = f"{record.process}[{record.pid}:1f3]"
    return f"{at} {_SHORT[record.level]} {who} (Board) {_label(record)}{record.message}\n".encode()


def pymobiledevice3(record: LogRecord) -> bytes:
    at = _local(record).replace(tzinfo=None)
    who = f"{record.process}{{Board}}[{record.pid}] <{record.level.upper()}>"
    return f"{at} {who}: {record.message}\n".encode()


def pymobiledevice3_labelled(record: LogRecord) -> bytes:
    label = f"[{record.subsystem}][{record.category}]" if record.subsystem else ""
    line = pymobiledevice3(record).decode().replace("{Board}", "{Board+0x1f}")
    return f"{line[:-1]} {label}\n".encode()


def pymobiledevice3_coloured(record: LogRecord) -> bytes:
    head, _, message = pymobiledevice3(record).decode()[:-1].partition(" <")
    return f"\x1b[32m{head}\x1b[0m <\x1b[31m{message}\x1b[0m\n".encode()


def _syslog(record: LogRecord, host: str) -> bytes:
    at = _local(record)
    clock = at.strftime("%H:%M:%S")
    return SyslogLine(
        *(at.month, at.day, clock, host, record.process, "Board", record.pid, record.level.title()),
        record.message,
    ).encode()


def syslog(record: LogRecord) -> bytes:
    """As syslog_relay sends it, a NUL after each line."""
    return _syslog(record, "iPhone")


def idevicesyslog(record: LogRecord) -> bytes:
    """Without host and NUL."""
    return _syslog(record, "iPhone").replace(b" iPhone ", b" ", 1).rstrip(b"\0")


def appium(record: LogRecord) -> bytes:
    """In the server's own log, a line of the phone's per line."""
    lines = _syslog(record, "iPhone").rstrip(b"\n\0").split(b"\n")
    ahead = b"2026-09-21 12:00:00:000 [IOSDeviceLog] [IOS_SYSLOG_ROW] "
    return b"".join(ahead + line + b"\n[debug] [XCUITestDriver] busy\n" for line in lines)


def ndjson(record: LogRecord) -> bytes:
    told = {
        "timestamp": _moment(record).strftime("%Y-%m-%d %H:%M:%S.%f+0000"),
        "processImagePath": f"/usr/libexec/{record.process}",
        "processID": record.pid,
        "messageType": record.level.title(),
        "eventMessage": record.message,
        "subsystem": record.subsystem,
        "category": record.category,
    }
    return json.dumps(told).encode() + b"\n"


def appium_json(record: LogRecord) -> bytes:
    month = MONTHS[_local(record).month - 1]
    line = _local(record).strftime(f"{month} %d %H:%M:%S iPhone ") + f"{record.process}(Board)[{record.pid}]"
    told = {"timestamp": 1, "level": "ALL", "message": f"{line} <{record.level.title()}>: {record.message}"}
    return json.dumps(told).encode() + b"\n"


def pymobiledevice3_json(record: LogRecord) -> bytes:
    told = {
        "pid": record.pid,
        "timestamp": _local(record).replace(tzinfo=None).isoformat(),
        "level": record.level.upper(),
        "filename": f"/usr/libexec/{record.process}",
        "message": record.message,
        "label": {"subsystem": record.subsystem, "category": record.category} if record.subsystem else None,
    }
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def go_ios(record: LogRecord) -> bytes:
    line = _syslog(record, "iPhone").rstrip(b"\n\0").decode()
    return json.dumps({"msg": line}).encode() + b"\n"


FORMS: dict[str, tuple[LogForm, Callable[[LogRecord], bytes]]] = {
    "os_trace": (LogForm.OS_TRACE, os_trace),
    "console": (LogForm.CONSOLE, console),
    "console of iOS 12": (LogForm.CONSOLE, console_of_ios_12),
    "console with a column for the library": (LogForm.CONSOLE, console_with_library),
    "console without a level": (LogForm.CONSOLE, console_without_level),
    "console, every row twice": (LogForm.CONSOLE, console_twice),
    "log show": (LogForm.LOG_SHOW, log_show),
    "log show, compact": (LogForm.COMPACT, compact),
    "log show, ndjson": (LogForm.JSON, ndjson),
    "pymobiledevice3": (LogForm.PYMOBILEDEVICE3, pymobiledevice3),
    "pymobiledevice3 with labels": (LogForm.PYMOBILEDEVICE3, pymobiledevice3_labelled),
    "pymobiledevice3 in colours": (LogForm.PYMOBILEDEVICE3, pymobiledevice3_coloured),
    "pymobiledevice3 as JSON": (LogForm.JSON, pymobiledevice3_json),
    "go-ios": (LogForm.JSON, go_ios),
    "syslog_relay": (LogForm.SYSLOG, syslog),
    "idevicesyslog": (LogForm.IDEVICESYSLOG, idevicesyslog),
    "Appium's server": (LogForm.APPIUM, appium),
    "Appium's getLogs": (LogForm.JSON, appium_json),
}
"""Form -> its name, and how a record is written in it."""
