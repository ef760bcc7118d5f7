"""What a driver's sources yield, before anyone has judged what it means.

Times are seconds since 1970 by the phone's wall clock, as the phone itself wrote them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LogRecord:
    """One line of the phone's log, as os_trace_relay or syslog_relay carries it.

    Attributes:
        phone_s: when it was logged.
        process: name of the process that logged it.
        pid: its process identifier.
        level: ``notice``, ``info``, ``debug``, ``error`` or ``fault``.
        message: the text; may span lines; redacted values read ``<private>``.
        subsystem: ``os_log`` subsystem, or empty.
        category: ``os_log`` category, or empty.
    """

    phone_s: float
    process: str
    pid: int
    level: str
    message: str
    subsystem: str = ""
    category: str = ""


@dataclass(frozen=True)
class LogLoss:
    """The phone says that it dropped log records here."""

    phone_s: float


@dataclass(frozen=True)
class LogRead:
    """What one read of the live log brought.

    Attributes:
        host_s: when it was read, ``time.monotonic()``.
        data: the bytes, as they came; a record may begin in one read and end in the next.
    """

    host_s: float
    data: bytes


@dataclass(frozen=True)
class ProcessExit:
    """The end of an observed process, pushed by the phone.

    A push may tell neither code nor signal: a phone says ``0`` of a process that exited with 0 and of one
    that any signal ended alike, so what it says then is only that the process has ended.

    Attributes:
        host_s: when it arrived, ``time.monotonic()``; the phone does not date it.
        pid: process identifier.
        exit_code: what it exited with, not 0; ``None`` when the phone does not tell.
        signal: number of the signal that ended it; ``None`` when the phone does not tell.
    """

    host_s: float
    pid: int
    exit_code: int | None
    signal: int | None


@dataclass(frozen=True)
class DarwinNotice:
    """A Darwin notification, relayed by the phone.

    Attributes:
        host_s: when it arrived, ``time.monotonic()``; the phone does not date it.
        name: its name.
    """

    host_s: float
    name: str


@dataclass(frozen=True)
class ReportFile:
    """A crash or jetsam report that the phone keeps.

    Attributes:
        name: path below the root of its report store.
        size_bytes: its size.
        modified_s: when it was last written, phone time.
    """

    name: str
    size_bytes: int
    modified_s: float


@dataclass(frozen=True)
class Setting:
    """A setting or condition, as the phone tells it.

    Attributes:
        name: a name of ``harness.model.settings``.
        value: as text.
    """

    name: str
    value: str


@dataclass(frozen=True)
class StateNotice:
    """One ``applicationStateNotification:`` of DVT's mobilenotifications.

    Attributes:
        phone_s: the notice's own timestamp; of one that is not dated, a time by which it had come.
        mach: ``mach_absolute_time``; orders notices.
        pid: process identifier; 0 when the phone wrote ``Unknown``.
        state: an ``SBApplicationState`` value.
        bundle_id: ``displayID``.
        exec_name: executable name, or ``Unknown``.
        is_dated: whether the phone dated it.
    """

    phone_s: float
    mach: int
    pid: int
    state: int
    bundle_id: str
    exec_name: str
    is_dated: bool = True


@dataclass(frozen=True)
class ProcessRow:
    """One process of the phone's process list.

    Attributes:
        pid: process identifier.
        name: executable name.
        bundle_id: bundle identifier, or empty when the phone does not tell.
        is_application: whether the phone calls it an application.
        started_s: start time; ``None`` when the phone does not tell.
    """

    pid: int
    name: str
    bundle_id: str
    is_application: bool
    started_s: float | None


@dataclass(frozen=True)
class InstalledApp:
    """One installed app, as installation_proxy describes it.

    Attributes:
        bundle_id: ``CFBundleIdentifier``.
        name: display name.
        version: ``CFBundleShortVersionString``.
        executable: ``CFBundleExecutable``.
        background_modes: ``UIBackgroundModes``.
        debuggable: whether it carries ``get-task-allow``.
    """

    bundle_id: str
    name: str
    version: str
    executable: str
    background_modes: tuple[str, ...] = ()
    debuggable: bool = False
