"""What a report that the phone keeps says of the app under test."""

from __future__ import annotations

from collections.abc import Callable

from harness.evidence.reports.crash import CrashReport, read_json_crash, read_text_crash
from harness.evidence.reports.envelope import (
    FORCE_RESET,
    JETSAM,
    JSON_CRASH,
    PANIC,
    RESOURCE,
    TEXT_CRASH,
    Envelope,
    open_report,
)
from harness.evidence.reports.jetsam import MOST_NAME, read_jetsam
from harness.model.facts import ReportFound, ReportKind, Source

OF_THE_PHONE: dict[str, str] = {FORCE_RESET: "the phone was reset", PANIC: "the kernel panicked"}
"""Bug types of reports that are about no process, and that every process ended with -> in words."""


def report_facts(name: str, data: bytes, *, bundle_id: str, executable: str) -> tuple[ReportFound, ...]:
    """What a report says of one app; nothing when it does not name it, or is of a sort that never does.

    Args:
        name: file name of the report.
        data: the whole file.
        bundle_id: the app.
        executable: name of its executable, which is all that a jetsam report tells; empty where it is
            not known, and then no jetsam report names it.

    Raises:
        EvidenceError: the report is cut off, or no report at all.
    """
    envelope = open_report(name, data)
    read = READERS.get(envelope.bug_type)
    return read(envelope, bundle_id, executable) if read else ()


def _crash_facts(
    read: Callable[[Envelope], CrashReport], envelope: Envelope, bundle_id: str, executable: str
) -> tuple[ReportFound, ...]:
    crash = read(envelope)
    if not _names(crash.bundle_id, crash.process, bundle_id, executable) or crash.at is None:
        return ()
    why = crash.termination
    fact = ReportFound(
        at=crash.at,
        source=Source.REPORTS,
        bundle_id=bundle_id,
        pid=crash.pid,
        name=envelope.name,
        kind=ReportKind.CRASH,
        namespace=why.namespace,
        code=why.code,
        signal=crash.signal,
        explanation=crash.explanation,
    )
    return (fact,)


def _json_crash_facts(envelope: Envelope, bundle_id: str, executable: str) -> tuple[ReportFound, ...]:
    return _crash_facts(read_json_crash, envelope, bundle_id, executable)


def _text_crash_facts(envelope: Envelope, bundle_id: str, executable: str) -> tuple[ReportFound, ...]:
    return _crash_facts(read_text_crash, envelope, bundle_id, executable)


def _jetsam_facts(envelope: Envelope, bundle_id: str, executable: str) -> tuple[ReportFound, ...]:
    event = read_jetsam(envelope)
    if event.at is None or not executable:
        return ()
    return tuple(
        ReportFound(
            at=event.at,
            source=Source.REPORTS,
            bundle_id=bundle_id,
            pid=occupant.pid,
            name=envelope.name,
            kind=ReportKind.JETSAM,
            namespace="JETSAM",
            signal=9 if occupant.is_victim else 0,
            explanation=occupant.reason,
            victim=occupant.is_victim,
        )
        for occupant in event.occupants
        if occupant.name == executable[:MOST_NAME]
    )


def _phone_facts(envelope: Envelope, bundle_id: str, executable: str) -> tuple[ReportFound, ...]:
    del executable  # the report is about the phone
    return _other(envelope, bundle_id, OF_THE_PHONE[envelope.bug_type])


def _resource_facts(envelope: Envelope, bundle_id: str, executable: str) -> tuple[ReportFound, ...]:
    named = _names(envelope.bundle_id, envelope.process, bundle_id, executable)
    return _other(envelope, bundle_id, "it used more than its share") if named else ()


def _other(envelope: Envelope, bundle_id: str, what: str) -> tuple[ReportFound, ...]:
    if envelope.at is None:
        return ()
    fact = ReportFound(
        at=envelope.at,
        source=Source.REPORTS,
        bundle_id=bundle_id,
        name=envelope.name,
        kind=ReportKind.OTHER,
        explanation=what,
        victim=False,
    )
    return (fact,)


def _names(told_bundle_id: str, told_process: str, bundle_id: str, executable: str) -> bool:
    """Whether a report names the app: by its bundle identifier, or by its executable where it has none."""
    if told_bundle_id:
        return told_bundle_id == bundle_id
    return bool(executable) and told_process == executable


READERS: dict[str, Callable[[Envelope, str, str], tuple[ReportFound, ...]]] = {
    JSON_CRASH: _json_crash_facts,
    TEXT_CRASH: _text_crash_facts,
    JETSAM: _jetsam_facts,
    RESOURCE: _resource_facts,
    FORCE_RESET: _phone_facts,
    PANIC: _phone_facts,
}
"""Bug type -> reader. Source: log-grammar.md §1.5; reports of any other sort name no end of an app."""
