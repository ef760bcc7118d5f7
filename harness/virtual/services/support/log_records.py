"""What the kernel logs, in the records of os_trace_relay."""

from __future__ import annotations

from harness.virtual.kernel.log import LogEvent
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.processes.states import MACH_TICKS_PER_S
from harness.wire.ostrace import OsTraceLevel, OsTraceLoss, OsTraceRecord

LEVELS: dict[str, int] = {
    "notice": OsTraceLevel.NOTICE,
    "info": OsTraceLevel.INFO,
    "debug": OsTraceLevel.DEBUG,
    "error": OsTraceLevel.ERROR,
    "fault": OsTraceLevel.FAULT,
}
"""Word of the kernel -> level byte."""


def record_of(phone: VirtualPhone, event: LogEvent) -> OsTraceRecord:
    """The record of one logged line."""
    process = phone.processes.get(event.pid)
    path = process.path if process is not None else event.process
    return OsTraceRecord(
        at_us=_micros(event),
        pid=event.pid,
        process_path=path,
        message=event.message,
        level=LEVELS.get(event.level, OsTraceLevel.NOTICE),
        image_path=path if event.image in ("", event.process) else event.image,
        subsystem=event.subsystem,
        category=event.category,
        mach=_mach(event),
        thread_id=event.thread_id,
        unique_pid=event.pid,
    )


def loss_before(event: LogEvent, count: int) -> OsTraceLoss:
    """The record that ``count`` lines before this one were lost."""
    return OsTraceLoss(_micros(event), count, _mach(event))


def _micros(event: LogEvent) -> int:
    """Whole microseconds, never later than the line: a phone counts those that have passed."""
    seconds, rest = divmod(event.wall_s, 1)
    return int(seconds) * 1_000_000 + int(rest * 1_000_000)


def _mach(event: LogEvent) -> int:
    return int(event.mono_s * MACH_TICKS_PER_S)
