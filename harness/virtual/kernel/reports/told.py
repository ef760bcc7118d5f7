"""What the kernel knows of a process's end, as a report tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.virtual.kernel.processes.exits import ExitRecord
from harness.virtual.kernel.processes.process import Process
from harness.virtual.kernel.reports import ips
from harness.virtual.kernel.rules import ExitDomain

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone


@dataclass(frozen=True)
class Report:
    """One report.

    Attributes:
        name: what its file is called after.
        bug_type: its kind.
        text: what it says.
    """

    name: str
    bug_type: str
    text: str


def report_of(phone: VirtualPhone, record: ExitRecord, reporter_key: str, *, incident: str) -> Report:
    """The report of an end that leaves one.

    Args:
        phone: where it was.
        record: the end.
        reporter_key: the phone's anonymous identifier.
        incident: identifier of the report.
    """
    facts = _facts(phone, reporter_key)
    if record.domain is ExitDomain.JETSAM:
        text = ips.jetsam(_occupants(phone, record), record.at_s, facts, incident=incident)
        return Report("JetsamEvent", ips.JETSAM_BUG_TYPE, text)
    bug_type = phone.rules.crash_bug_type
    program = _program(phone, record)
    return Report(
        record.name, bug_type, ips.crash(record, program, facts, bug_type=bug_type, incident=incident)
    )


def _facts(phone: VirtualPhone, reporter_key: str) -> ips.Phone:
    return ips.Phone(
        ios=phone.spec.ios,
        build=phone.spec.build,
        model=phone.spec.model,
        reporter_key=reporter_key,
        boot_id=phone.boot_id,
        locked=phone.locked,
        unlocked_since_boot=phone.springboard.first_unlock_done,
        uptime_s=phone.clock.mono_s,
        frontboard=phone.rules.frontboard_namespace,
    )


def _program(phone: VirtualPhone, record: ExitRecord) -> ips.Program:
    app = phone.apps.get(record.bundle_id)
    if app is None:
        return ips.Program("", "", "", is_system=True)
    return ips.Program(phone.executable_path(app), app.version, app.build, app.is_system)


def _occupants(phone: VirtualPhone, victim: ExitRecord) -> list[ips.Occupant]:
    state = ips.jetsam_state(victim.last_state, is_application=bool(victim.bundle_id))
    killed = ips.Occupant(victim.pid, victim.name, state, victim.cause.footprint_bytes, victim.reason)
    others = [_occupant(phone, process) for process in phone.processes]
    return sorted((killed, *others), key=lambda each: each.pid)


def _occupant(phone: VirtualPhone, process: Process) -> ips.Occupant:
    state = ips.jetsam_state(process.state, is_application=process.is_application)
    return ips.Occupant(process.pid, process.name, state, phone.activity.footprint_bytes(process))
