"""Records of a run that never was, with a timeline of a relaunch in each."""

from __future__ import annotations

from dataclasses import replace

from harness.evidence.record import Entry
from harness.model.callbacks import Callback
from harness.model.facts import (
    ActionTaken,
    CallbackSeen,
    Gap,
    Mark,
    OpenRequested,
    Source,
    StateSeen,
    TransferPhase,
    TransferSeen,
    Verb,
)
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.reasons import ClaimKind, Outcome, Reason
from harness.model.run import Begun, Judged
from harness.model.states import AppState
from harness.model.time import Instant
from harness.report.run import RunRecord, TestRecord

APP = "com.example.downloader"
NONCE = "1a2b3c4d"
VIRTUAL = PhoneIdentity("v-16", "00008110-0000000000000001", "16.7", "iPhone10,3", Hardware.VIRTUAL)
REAL = PhoneIdentity("desk-15", "00008120-001A2C3E0A38401E", "17.5", "iPhone15,4", Hardware.REAL)
NAME = "tests/test_it.py::test_download[ios-16.7]"
BEGAN_S = 1_795_344_000.0
"""This host's clock."""

PHONE_S = 1_900_000_000.0
"""The phone's clock, when its timeline begins."""


def state(at_s: float, state: AppState, pid: int) -> StateSeen:
    at = Instant(PHONE_S + at_s, 0.01)
    return StateSeen(at=at, source=Source.STATE_STREAM, bundle_id=APP, pid=pid, state=state)


def transfer(at_s: float, phase: TransferPhase, body_bytes: int, request: int = 1) -> TransferSeen:
    at = Instant(PHONE_S + at_s, 0.005)
    return TransferSeen(
        at=at,
        source=Source.RECEIPT,
        nonce=NONCE,
        name="e42.mp4",
        request=request,
        phase=phase,
        body_bytes=body_bytes,
        complete=phase is TransferPhase.FINISHED,
    )


RELEASED = Instant(PHONE_S + 10.0, 0.02)
WOKEN = Instant(PHONE_S + 12.5, 0.01)


def judged(outcome: Outcome, reason: Reason) -> Judged:
    return Judged(
        question="{}",
        told="the app is relaunched",
        kind=ClaimKind.WAKE,
        outcome=outcome,
        reason=reason,
        since=RELEASED,
        deadline_s=PHONE_S + 130.0,
        story="told whole",
    )


def begun(test: str = NAME, phone: PhoneIdentity = VIRTUAL) -> Begun:
    return Begun(test=test, nonce=NONCE, phone=phone, bundle_id=APP, host_s=BEGAN_S)


def wake_entries(last: Judged, phone: PhoneIdentity = VIRTUAL) -> tuple[Entry, ...]:
    """A suspended app killed, its transfer released, and the app woken 2.5 s after."""
    handle = CallbackSeen(
        at=WOKEN,
        source=Source.JOURNAL,
        bundle_id=APP,
        pid=8,
        name=Callback.HANDLE_EVENTS,
        seq=1,
        nonce=NONCE,
        session="s",
    )
    return (
        begun(phone=phone),
        state(0.0, AppState.FOREGROUND_ACTIVE, 7),
        transfer(1.0, TransferPhase.STARTED, 0),
        transfer(1.5, TransferPhase.HELD, 1_000_000),
        state(3.0, AppState.SUSPENDED, 7),
        ActionTaken(
            at=Instant(PHONE_S + 5.0, 0.1), source=Source.HARNESS, bundle_id=APP, pid=7, verb=Verb.KILL
        ),
        state(5.0, AppState.NOT_RUNNING, 7),
        Gap(Source.SYSTEM_LOG, PHONE_S + 6.0, PHONE_S + 7.0, "the cable was cut"),
        ActionTaken(at=RELEASED, source=Source.HARNESS, bundle_id=APP, verb=Verb.RELEASE, detail="e42.mp4"),
        Mark(RELEASED, "release e42.mp4"),
        transfer(10.1, TransferPhase.RELEASED, 1_000_000),
        transfer(11.0, TransferPhase.FINISHED, 50_000_000),
        OpenRequested(
            at=Instant(PHONE_S + 12.0, 0.001),
            source=Source.SYSTEM_LOG,
            bundle_id=APP,
            requester="nsurlsessiond",
        ),
        replace(state(12.5, AppState.BACKGROUND_RUNNING, 8), at=WOKEN),
        handle,
        state(20.0, AppState.SUSPENDED, 8),
        last,
    )


def record(
    result: str = "passed",
    *,
    nodeid: str = NAME,
    phone: PhoneIdentity | None = VIRTUAL,
    attempt: int = 1,
    message: str = "",
    started_s: float = BEGAN_S,
) -> TestRecord:
    """One attempt; of one without a phone there is no timeline."""
    reasons = {"passed": Reason.PASS_RELAUNCHED, "failed": Reason.NOT_WOKEN_UNEXPLAINED}
    verdict = judged(Outcome(result), reasons[result]) if result in reasons else None
    entries = wake_entries(verdict, phone) if verdict and phone else ()
    return TestRecord(
        nodeid=nodeid,
        result=result,
        phone=phone,
        bundle_id=APP,
        nonce=NONCE,
        started_s=started_s,
        duration_s=4.25,
        attempt=attempt,
        worker="gw0",
        phase="call",
        message=message,
        entries=entries,
        artifacts=("timelines/a.jsonl", "artifacts/a/screen.png") if entries else (),
    )


def run_of(*tests: TestRecord, started_s: float = BEGAN_S) -> RunRecord:
    return RunRecord(started_s, 60.5, "pytest -n2 --report=out", tests)
