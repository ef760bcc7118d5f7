"""Runs to make pages of: the story of a download on a phone, as its timeline would be, told in many ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.evidence.record import Entry
from harness.model.facts import (
    ActionTaken,
    Bootstrapped,
    CallbackSeen,
    Gap,
    Mark,
    OpenRequested,
    ProcessEnded,
    ProcessSeen,
    SessionAssertion,
    SettingRead,
    Source,
    StateSeen,
    TransferPhase,
    TransferSeen,
    Verb,
    Watermark,
)
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.reasons import ClaimKind, Outcome, Reason
from harness.model.run import Begun, Judged
from harness.model.states import AppState
from harness.model.time import Instant, written
from harness.report.run import RunRecord, TestRecord

APP = "dev.harness.downloader"
NONCE = "9edb203f"
START_S = 1_795_343_684.25
"""Phone time at which the stories begin; a binary fraction, so that sums with it are exact."""

PHONES = tuple(
    PhoneIdentity(name, f"udid-{name}", ios, model, Hardware.VIRTUAL)
    for name, ios, model in (
        ("v-15", "15.8", "iPhone9,1"),
        ("v-16", "16.7", "iPhone10,3"),
        ("v-18", "18.5", "iPhone14,5"),
        ("v-26", "26.0", "iPhone17,3"),
    )
)
DESK = PhoneIdentity("desk-15", "udid-desk-15", "17.5", "iPhone15,4", Hardware.REAL)

CALLBACKS = (
    "didFinishLaunching",
    "handleEventsForBackgroundURLSession",
    "didFinishDownloadingTo",
    "didCompleteWithError",
    "urlSessionDidFinishEvents",
    "completionHandlerCalled",
)
WATCHED = (Source.STATE_STREAM, Source.JOURNAL, Source.RECEIPT, Source.SYSTEM_LOG)


@dataclass(frozen=True)
class Story:
    """How one download went.

    Attributes:
        outcome: of the verdict about the wake.
        reason: of the same.
        wait_s: phone time between the release and the wake.
        progress: how many pieces of the file the receipt tells of.
        gap: whether the log was lost for a while.
        torn: whether the two sources of the app's state disagree after the wake.
    """

    outcome: Outcome = Outcome.PASSED
    reason: Reason = Reason.PASS_RELAUNCHED
    wait_s: float = 0.75
    progress: int = 12
    gap: bool = False
    torn: bool = False

    def entries(self, phone: PhoneIdentity = PHONES[1], test: str = "test_x") -> tuple[Entry, ...]:
        """Its timeline."""
        begun = Begun(test=test, nonce=NONCE, phone=phone, bundle_id=APP, host_s=START_S)
        released_s = START_S + 8.5
        woken_s = released_s + self.wait_s
        return (
            begun,
            *_started(START_S),
            *_sent_away(START_S + 6),
            *_downloaded(START_S + 2, released_s, self.progress),
            *_woken(woken_s, torn=self.torn),
            *self._lost(released_s),
            *_covered(woken_s + 2),
            *self._judged(START_S + 6, released_s),
        )

    def _lost(self, from_s: float) -> Iterator[Entry]:
        if self.gap:
            yield Gap(Source.SYSTEM_LOG, from_s + 0.25, None, "the relay's connection was cut")
            yield Gap(Source.SYSTEM_LOG, from_s + 0.25, from_s + 1.5, "the relay's connection was cut")

    def _judged(self, background_s: float, released_s: float) -> Iterator[Entry]:
        yield _judgement(Outcome.PASSED, Reason.PASS_CLAIMS_PROVEN, "the app is suspended", background_s, 30)
        told = "the app is relaunched for background URLSession events"
        yield _judgement(self.outcome, self.reason, told, released_s, 120)


def _judgement(outcome: Outcome, reason: Reason, told: str, since_s: float, within_s: float) -> Judged:
    return Judged(
        question="{}",
        told=told,
        kind=ClaimKind.WAKE,
        outcome=outcome,
        reason=reason,
        since=Instant(since_s, 0.125),
        deadline_s=since_s + within_s,
        story=f"{outcome.upper()} {reason}\n  expected: {told}\n  claims:\n    ? it was woken",
    )


def _state(at_s: float, state: AppState, pid: int) -> Iterator[Entry]:
    for source, later_s in ((Source.STATE_STREAM, 0.0), (Source.SYSTEM_LOG, 0.001)):
        yield StateSeen(at=written(at_s + later_s), source=source, bundle_id=APP, pid=pid, state=state)


def _callback(at_s: float, name: str, seq: int, pid: int) -> Iterator[Entry]:
    for source in (Source.LOG_MARK, Source.JOURNAL):
        yield CallbackSeen(
            at=written(at_s), source=source, bundle_id=APP, pid=pid, name=name, seq=seq, nonce=NONCE
        )


def _action(at_s: float, verb: Verb, detail: str = "") -> Iterator[Entry]:
    at = Instant(at_s, 0.125)
    yield ActionTaken(at=at, source=Source.HARNESS, bundle_id=APP, verb=verb, detail=detail)
    yield Mark(at, f"{verb} {detail}".strip())


def _started(at_s: float) -> Iterator[Entry]:
    yield SettingRead(at=written(at_s), source=Source.SETTINGS, name="wifi", value="on")
    yield SettingRead(at=written(at_s), source=Source.SETTINGS, name="low power mode", value="off")
    yield from _action(at_s + 1, Verb.LAUNCH)
    yield OpenRequested(
        at=written(at_s + 1), source=Source.SYSTEM_LOG, bundle_id=APP, requester="DTServiceHub"
    )
    yield from _state(at_s + 1.125, AppState.FOREGROUND_ACTIVE, 83)
    yield from _callback(at_s + 1.25, "didFinishLaunching", 1, 83)
    yield from _callback(at_s + 1.5, "didBecomeActive", 2, 83)
    yield from _action(at_s + 1.75, Verb.DO, "start-download")
    yield from _callback(at_s + 2, "acknowledged", 3, 83)


def _sent_away(at_s: float) -> Iterator[Entry]:
    yield from _action(at_s, Verb.BACKGROUND, "by opening Settings")
    yield from _state(at_s + 0.125, AppState.BACKGROUND_RUNNING, 83)
    yield from _callback(at_s + 0.25, "didEnterBackground", 4, 83)
    yield from _state(at_s + 1.25, AppState.SUSPENDED, 83)
    yield from _action(at_s + 1.5, Verb.KILL)
    yield ProcessEnded(
        at=written(at_s + 1.5), source=Source.SYSTEM_LOG, bundle_id=APP, pid=83, domain="signal", code=9
    )
    yield from _state(at_s + 1.625, AppState.NOT_RUNNING, 83)


def _downloaded(from_s: float, released_s: float, pieces: int) -> Iterator[Entry]:
    def receipt(at_s: float, phase: TransferPhase, body_bytes: int, complete: bool = False) -> TransferSeen:
        return TransferSeen(
            at=Instant(at_s, 0.0625),
            source=Source.RECEIPT,
            nonce=NONCE,
            name="episode.mp4",
            request=1,
            phase=phase,
            body_bytes=body_bytes,
            size_bytes=50_000_000,
            complete=complete,
        )

    yield receipt(from_s, TransferPhase.STARTED, 0)
    yield receipt(from_s + 1, TransferPhase.HELD, 10_000_000)
    yield from _action(released_s, Verb.RELEASE, "episode.mp4")
    yield receipt(released_s, TransferPhase.RELEASED, 10_000_000)
    for piece in range(pieces):
        sent = 10_000_000 + 40_000_000 * piece // pieces
        yield receipt(released_s + 0.5 * piece / pieces, TransferPhase.PROGRESS, sent)
    yield receipt(released_s + 0.5, TransferPhase.FINISHED, 50_000_000, complete=True)


def _woken(at_s: float, *, torn: bool) -> Iterator[Entry]:
    why = f"com.apple.nsurlsessiond.handlesession {APP}"
    yield Bootstrapped(
        at=written(at_s), source=Source.SYSTEM_LOG, bundle_id=APP, intent="background", why=why
    )
    states = tuple(_state(at_s + 0.125, AppState.BACKGROUND_RUNNING, 100))
    yield from states[: 1 if torn else 2]
    yield SessionAssertion(at=written(at_s + 0.125), source=Source.SYSTEM_LOG, bundle_id=APP, held=True)
    for number, name in enumerate(CALLBACKS):
        yield from _callback(at_s + 0.25 + number / 16, name, 5 + number, 100)
    yield ProcessSeen(
        at=written(at_s + 1), source=Source.PROCESS_LIST, bundle_id=APP, pid=100, started_s=at_s
    )
    yield from _state(at_s + 1.5, AppState.SUSPENDED, 100)


def _covered(until_s: float) -> Iterator[Entry]:
    for source in WATCHED:
        at_s = START_S
        while at_s < until_s and at_s < START_S + 14:
            yield Watermark(source, at_s)
            at_s += 1.0
        yield Watermark(source, until_s)


STORIES = (
    Story(),
    Story(),
    Story(outcome=Outcome.FAILED, reason=Reason.NOT_WOKEN_UNEXPLAINED, wait_s=45),
    Story(),
    Story(outcome=Outcome.INCONCLUSIVE, reason=Reason.INCONCLUSIVE_GAP, gap=True),
    Story(),
    Story(outcome=Outcome.INVALID, reason=Reason.INVALID_FOREGROUNDED, torn=True),
    Story(wait_s=7 * 86_400.0),
)


def a_test(
    name: str = "test_download",
    story: Story | None = None,
    phone: PhoneIdentity | None = PHONES[1],
    **changes: Any,
) -> TestRecord:
    """One attempt at a test, and how it went."""
    story = story or Story()
    record = TestRecord(
        nodeid=f"scenarios/test_background.py::{name}[ios-{phone.ios if phone else '16.7'}]",
        result=story.outcome.value,
        phone=phone,
        bundle_id=APP,
        nonce=NONCE,
        started_s=START_S,
        duration_s=4.2,
        attempt=1,
        worker="gw0",
        phase="call",
        message="" if story.outcome is Outcome.PASSED else f"ExpectationFailed: {story.reason}",
        entries=story.entries(phone, name) if phone else (),
        artifacts=("timelines/test download #1.jsonl",),
    )
    return replace(record, **changes)


def a_run(tests: Sequence[TestRecord]) -> RunRecord:
    """A run of some tests."""
    return RunRecord(START_S, 73.5, "pytest -n 4 --devices devices.yaml --report out", tuple(tests))


def many(count: int, progress: int = 12) -> RunRecord:
    """A run of ``count`` tests on four phones, of which some went wrong."""
    tests = (
        a_test(
            f"test_case_{number // 4:03}",
            replace(STORIES[number * 7 // 3 % len(STORIES)], progress=progress),
            PHONES[number % 4],
        )
        for number in range(count)
    )
    return a_run(list(tests))
