"""What a report of a process's end says: pure text, made from what the kernel knows.

An ``.ips`` file is one line of JSON, the header, and a body: JSON from iOS 15 on, text before.
Sources: log-grammar.md §1.5, background-execution.md §3.4, and reports that people have published, of
which the keys and their spelling are taken. Stack, images and statistics are what a virtual phone has
none of: the lists of frames and registers are empty.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from harness.model.states import AppState
from harness.virtual.kernel.processes.activity import PAGE_BYTES
from harness.virtual.kernel.processes.exits import ExitRecord
from harness.virtual.kernel.rules import SIGNAL_NAMES, ExitDomain

JETSAM_BUG_TYPE = "298"
JSON_CRASH_BUG_TYPE = "309"

MOST_JETSAM_NAME = 32
"""A JetsamEvent cuts names to this length. Source: log-grammar.md §1.5."""

JETSAM_STATES: dict[AppState, str] = {
    AppState.FOREGROUND_ACTIVE: "frontmost",
    AppState.FOREGROUND_INACTIVE: "frontmost",
    AppState.BACKGROUND_RUNNING: "active",
    AppState.SUSPENDED: "suspended",
}
"""State of an application -> its word in a JetsamEvent; ``daemon`` is a daemon's. Seen in reports."""

SIGNAL_INDICATORS: dict[int, str] = {6: "Abort trap: 6", 9: "Killed: 9", 15: "Terminated: 15"}
"""Signal -> Darwin's words for it."""


@dataclass(frozen=True)
class Phone:
    """What a report says of the phone.

    Attributes:
        ios: product version.
        build: build version.
        model: product type.
        reporter_key: the phone's anonymous identifier, the same in every report.
        boot_id: boot session identifier.
        locked: whether it is locked.
        unlocked_since_boot: whether it was unlocked since it booted.
        uptime_s: how long it has been on.
        frontboard: FrontBoard's namespace of reasons.
    """

    ios: str
    build: str
    model: str
    reporter_key: str
    boot_id: str
    locked: bool
    unlocked_since_boot: bool
    uptime_s: float
    frontboard: str

    @property
    def system(self) -> str:
        """The system as reports name it."""
        return f"iPhone OS {self.ios} ({self.build})"


@dataclass(frozen=True)
class Program:
    """The program that ended.

    Attributes:
        path: its executable, as the phone names it.
        version: ``CFBundleShortVersionString``.
        build: ``CFBundleVersion``.
        is_system: whether it came with the phone.
    """

    path: str
    version: str
    build: str
    is_system: bool


@dataclass(frozen=True)
class Occupant:
    """One process in a JetsamEvent.

    Attributes:
        pid: process identifier.
        name: executable name.
        state: its word for where it stood.
        footprint_bytes: its memory.
        reason: why it was killed; empty for those that were not.
    """

    pid: int
    name: str
    state: str
    footprint_bytes: int
    reason: str = ""


def jetsam_state(state: AppState, *, is_application: bool) -> str:
    """How a JetsamEvent names where a process stands."""
    return JETSAM_STATES.get(state, "active") if is_application else "daemon"


def crash(record: ExitRecord, program: Program, phone: Phone, *, bug_type: str, incident: str) -> str:
    """The report of one process.

    Args:
        record: its end.
        program: what it was.
        phone: where it ran.
        bug_type: ``309`` makes a JSON body, anything else a text.
        incident: identifier of this report, a UUID.
    """
    header = {
        "app_name": record.name,
        "timestamp": _stamp(record.at_s, 2),
        "app_version": program.version,
        "build_version": program.build,
        "platform": 2,
        "bundleID": record.bundle_id,
        "share_with_app_devs": 0,
        "is_first_party": int(program.is_system),
        "bug_type": bug_type,
        "os_version": phone.system,
        "roots_installed": 0,
        "name": record.name,
        "incident_id": incident,
    }
    if bug_type != JSON_CRASH_BUG_TYPE:
        return _joined(header, _text(record, program, phone, incident))
    return _joined(header, _pretty(_body(record, program, phone, incident)))


def jetsam(occupants: Sequence[Occupant], at_s: float, phone: Phone, *, incident: str) -> str:
    """The report of the memory running out, with everyone who was there and a reason at the victim.

    Args:
        occupants: the processes, the victim included.
        at_s: when, seconds since 1970.
        phone: where.
        incident: identifier of this report, a UUID.
    """
    date = _stamp(at_s, 2)
    header = {
        "bug_type": JETSAM_BUG_TYPE,
        "timestamp": date,
        "os_version": phone.system,
        "incident_id": incident,
    }
    body: dict[str, Any] = {
        "crashReporterKey": phone.reporter_key,
        "product": phone.model,
        "incident": incident,
        "date": date,
        "build": phone.system,
        "memoryStatus": {"pageSize": PAGE_BYTES},
        "processes": [_occupant(each) for each in occupants],
    }
    return _joined(header, _pretty(body))


def _occupant(occupant: Occupant) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "pid": occupant.pid,
        "name": occupant.name[:MOST_JETSAM_NAME],
        "states": [occupant.state],
        "rpages": occupant.footprint_bytes // PAGE_BYTES,
    }
    return {**entry, "reason": occupant.reason} if occupant.reason else entry


def _body(record: ExitRecord, program: Program, phone: Phone, incident: str) -> dict[str, Any]:
    return {
        "uptime": int(phone.uptime_s),
        "procRole": _role(record),
        "modelCode": phone.model,
        "osVersion": {
            "isEmbedded": True,
            "train": f"iPhone OS {phone.ios}",
            "releaseType": "User",
            "build": phone.build,
        },
        "captureTime": _stamp(record.at_s, 4),
        "incident": incident,
        "pid": record.pid,
        "cpuType": "ARM-64",
        "procLaunch": _stamp(record.started_s, 4),
        "procName": record.name,
        "procPath": program.path,
        "bundleInfo": {
            "CFBundleShortVersionString": program.version,
            "CFBundleVersion": program.build,
            "CFBundleIdentifier": record.bundle_id,
        },
        "parentProc": "launchd",
        "parentPid": 1,
        "coalitionName": record.bundle_id,
        "crashReporterKey": phone.reporter_key,
        "wasUnlockedSinceBoot": int(phone.unlocked_since_boot),
        "isLocked": int(phone.locked),
        "bootSessionUUID": phone.boot_id,
        "exception": {
            "codes": "0x0000000000000000, 0x0000000000000000",
            "rawCodes": [0, 0],
            "type": "EXC_CRASH",
            "signal": _signal(record),
        },
        "termination": _termination(record, phone),
        "faultingThread": 0,
        "threads": [
            {
                "triggered": True,
                "id": record.pid,
                "queue": "com.apple.main-thread",
                "threadState": {},
                "frames": [],
            }
        ],
        "usedImages": [],
    }


def _termination(record: ExitRecord, phone: Phone) -> dict[str, Any]:
    code = int(record.code)
    if record.domain is ExitDomain.SIGNAL:
        words = SIGNAL_INDICATORS.get(code, f"Signal: {code}")
        who = {"byProc": record.name, "byPid": record.pid}
        return {"flags": 0, "code": code, "namespace": "SIGNAL", "indicator": words, **who}
    if record.domain is ExitDomain.FRONTBOARD:
        reasons = _context(record).split("\n")
        return {"flags": 6, "code": code, "namespace": phone.frontboard, "reasons": reasons}
    # The one sample of RUNNINGBOARD has no reasons; for codes other than its own that is guessed.
    return {"flags": 6, "code": code, "namespace": record.domain.name}


def _context(record: ExitRecord) -> str:
    visible = "Foreground" if record.last_state.is_foreground else "Background"
    return (
        f"<RBSTerminateContext| domain:{int(record.domain)} code:0x{record.code:08X} "
        f"explanation:{record.reason}\nProcessVisibility: {visible}\nProcessState: Running "
        "reportType:CrashLog maxTerminationResistance:Interactive>"
    )


def _text(record: ExitRecord, program: Program, phone: Phone, incident: str) -> str:
    rows = (
        ("Incident Identifier", incident),
        ("CrashReporter Key", phone.reporter_key),
        ("Hardware Model", phone.model),
        ("Process", f"{record.name} [{record.pid}]"),
        ("Path", program.path),
        ("Identifier", record.bundle_id),
        ("Version", f"{program.build} ({program.version})"),
        ("Code Type", "ARM-64 (Native)"),
        ("Role", _role(record)),
        ("Parent Process", "launchd [1]"),
        ("", ""),
        ("Date/Time", _stamp(record.at_s, 4)),
        ("Launch Time", _stamp(record.started_s, 4)),
        ("OS Version", phone.system),
        ("Report Version", "104"),
        ("", ""),
        ("Exception Type", f"EXC_CRASH ({_signal(record)})"),
        ("Exception Codes", "0x0000000000000000, 0x0000000000000000"),
        ("Exception Note", "EXC_CORPSE_NOTIFY"),
        *_text_termination(record, phone),
        ("Triggered by Thread", "0"),
        ("", ""),
        ("Thread 0 Crashed", ""),
        ("", ""),
    )
    return "".join(f"{name + ':':<20} {value}".rstrip() + "\n" if name else "\n" for name, value in rows)


def _text_termination(record: ExitRecord, phone: Phone) -> tuple[tuple[str, str], ...]:
    is_frontboard = record.domain is ExitDomain.FRONTBOARD
    namespace = phone.frontboard if is_frontboard else record.domain.name
    reason = ("Termination Reason", f"Namespace {namespace}, Code 0x{record.code:x}")
    if not is_frontboard:
        return (reason,)
    return (reason, ("Termination Description", f"{namespace}, {_context(record).replace(chr(10), ' | ')}"))


def _signal(record: ExitRecord) -> str:
    return SIGNAL_NAMES.get(record.signal or 0, str(record.signal))


def _role(record: ExitRecord) -> str:
    return "Foreground" if record.last_state.is_foreground else "Background"


def _stamp(at_s: float, digits: int) -> str:
    # The phone's time zone is UTC, as lockdown tells.
    at = datetime.fromtimestamp(at_s, UTC)
    return f"{at:%Y-%m-%d %H:%M:%S}.{f'{at.microsecond:06d}'[:digits]} +0000"


def _pretty(body: dict[str, Any]) -> str:
    return json.dumps(body, indent=2, separators=(",", " : ")) + "\n"


def _joined(header: dict[str, Any], body: str) -> str:
    return json.dumps(header, separators=(",", ":")) + "\n" + body
