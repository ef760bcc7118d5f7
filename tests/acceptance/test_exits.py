"""Every end that a virtual phone can bring about is named, from what the phone shows of it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from harness.expect.ended import ExpectExit
from harness.expect.exits import cause_of
from harness.expect.question import Window
from harness.expect.story import tell
from harness.model.exits import ExitCause
from harness.model.facts import Mark, Source, Verb
from harness.model.reasons import Outcome, Reason
from harness.model.states import AppState
from harness.model.verdict import Verdict
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.processes.policies import Policy
from tests.acceptance.exit_apps import bundle_of
from tests.acceptance.exit_stage import ExitStage, ExitTheatre, open_exit_theatre

LOG, STATES, EXITS, LIST, REPORTS = (
    Source.SYSTEM_LOG,
    Source.STATE_STREAM,
    Source.PROCESS_EVENTS,
    Source.PROCESS_LIST,
    Source.REPORTS,
)


def opened(stage: ExitStage) -> Mark:
    return stage.app.launch()


def left(stage: ExitStage) -> Mark:
    stage.app.launch()
    return stage.app.background()


def asleep(stage: ExitStage) -> Mark:
    mark = left(stage)
    stage.app.expect_state(AppState.SUSPENDED, within_s=30)
    return mark


def told_to_leave(stage: ExitStage) -> Mark:
    stage.app.launch()
    return stage.app.do("exit", code="3").mark


def killed(stage: ExitStage) -> Mark:
    asleep(stage)
    return stage.app.kill()


def sent(number: int) -> Callable[[ExitStage], Mark]:
    """Another client of the phone sends a signal; the recorder is not asked."""

    def act(stage: ExitStage) -> Mark:
        mark = opened(stage)
        stage.run(stage.phone.signal(stage.the_pid(), number))
        return mark

    return act


def happening(
    begun: Callable[[ExitStage], Mark], what: Callable[[VirtualPhone, str], object]
) -> Callable[[ExitStage], Mark]:
    """Something happens on the phone to an app that has come so far, by its bundle id."""

    def act(stage: ExitStage) -> Mark:
        mark = begun(stage)
        stage.happens(lambda phone: what(phone, stage.bundle_id))
        return mark

    return act


def pid_of(phone: VirtualPhone, bundle_id: str) -> int:
    process = phone.processes.of_bundle(bundle_id)
    assert process is not None
    return process.pid


def ended_for(policy: Policy) -> Callable[[ExitStage], Mark]:
    return happening(opened, lambda phone, app: phone.end_for(pid_of(phone, app), policy))


jetsammed = happening(asleep, lambda phone, app: phone.jetsam(pid_of(phone, app)))
swiped_away = happening(asleep, lambda phone, app: phone.force_quit(app))
swiped_away_while_open = happening(opened, lambda phone, app: phone.force_quit(app))
automated = happening(opened, lambda phone, app: phone.terminate_for_automation(app))
updated = happening(opened, lambda phone, _: phone.install(bundle_of("calm", "2.0")))
called = happening(asleep, lambda phone, app: phone.deliver_voip_push(app))

launched_anew = happening(opened, lambda phone, app: phone.launch(app, kill_existing=True))
"""Another tool launches it as Xcode does, which ends what runs first."""


@dataclass(frozen=True)
class Row:
    """One way to come to an end.

    Attributes:
        kind: of app.
        story: what happens; gives the mark to look on from.
        cause: what the harness must call it.
        sources: what must speak for it.
    """

    kind: str
    story: Callable[[ExitStage], Mark]
    cause: ExitCause
    sources: frozenset[Source]


def row(kind: str, story: Callable[[ExitStage], Mark], cause: ExitCause, *more: Source) -> Row:
    """A row; every end is in the log and in the states."""
    return Row(kind, story, cause, frozenset({LOG, STATES, *more}))


ROWS: dict[str, Row] = {
    "our kill": row("calm", killed, ExitCause.OUR_KILL, Source.HARNESS),
    "SIGKILL by another client": row("calm", sent(9), ExitCause.OTHER_SIGNAL),
    "SIGTERM by another client": row("calm", sent(15), ExitCause.OTHER_SIGNAL),
    "exit(3)": row("calm", told_to_leave, ExitCause.VOLUNTARY),
    "a crash": row("crashing", left, ExitCause.CRASH, REPORTS),
    "jetsam": row("calm", jetsammed, ExitCause.JETSAM, REPORTS),
    "too slow at launch": row("slow-to-launch", opened, ExitCause.LAUNCH_WATCHDOG, REPORTS),
    "too slow to leave": row("slow-to-leave", left, ExitCause.SCENE_UPDATE_WATCHDOG, REPORTS),
    "a background task not ended": row("overrunning", left, ExitCause.BACKGROUND_TASK_WATCHDOG, REPORTS),
    "a lock held": row("locking", left, ExitCause.LOCK_HELD, REPORTS),
    "swiped away": row("calm", swiped_away, ExitCause.USER_FORCE_QUIT),
    "swiped away while open": row("calm", swiped_away_while_open, ExitCause.USER_FORCE_QUIT),
    "an automation tool": row("calm", automated, ExitCause.AUTOMATION),
    "an update": row("calm", updated, ExitCause.UPDATE),
    "another launch": row("calm", launched_anew, ExitCause.REPLACED),
    "a VoIP push without a call": row("calm", called, ExitCause.VOIP, REPORTS),
    "heat": row("calm", ended_for(Policy.HEAT), ExitCause.THERMAL),
    "code signing": row("calm", ended_for(Policy.CODE_SIGNING), ExitCause.CODE_SIGNING, REPORTS),
    "a processor limit": row("calm", ended_for(Policy.CPU_LIMIT), ExitCause.SYSTEM_RULE, REPORTS),
    "a call not posted": row("calm", ended_for(Policy.CALL_NOT_POSTED), ExitCause.VOIP, REPORTS),
    "a scene too slow": row("calm", ended_for(Policy.SLOW_SCENE), ExitCause.SCENE_CREATE_WATCHDOG, REPORTS),
    "an exit too slow": row("calm", ended_for(Policy.SLOW_EXIT), ExitCause.EXIT_WATCHDOG, REPORTS),
}


@pytest.fixture(scope="module", params=["16.7", "18.5"])
def theatre(request: pytest.FixtureRequest) -> Iterator[ExitTheatre]:
    with open_exit_theatre(request.param) as opened_one:
        yield opened_one


@pytest.mark.parametrize("what", ROWS)
def test_an_end_is_named(what: str, theatre: ExitTheatre) -> None:
    row = ROWS[what]
    with theatre.stage(row.kind) as stage:
        mark = row.story(stage)
        verdict = stage.app.expect_exit(cause=row.cause, within_s=60, since=mark)
        [*_, ended] = [finding for finding in verdict.claims if finding.about.startswith("the cause")]
    assert verdict.reason is Reason.PASS_EXITED, tell(verdict)
    assert row.sources <= {fact.source for fact in ended.facts}, tell(verdict)


def test_another_cause_than_the_expected_one_is_told(theatre: ExitTheatre) -> None:
    with theatre.stage("crashing") as stage:
        mark = left(stage)
        verdict = judged(stage, mark, ExitCause.VOLUNTARY)
    assert (verdict.outcome, verdict.reason) == (Outcome.FAILED, Reason.KILLED_CRASH), tell(verdict)


def judged(stage: ExitStage, mark: Mark, cause: ExitCause) -> Verdict:
    window = Window(mark, mark.at.latest_s + 60)
    return stage.app.verdict_on(ExpectExit(stage.bundle_id, window, cause))


@contextmanager
def log_lost(stage: ExitStage) -> Generator[None]:
    """The phone drops every line of its log, and says so."""

    def lose(phone: VirtualPhone) -> None:
        phone.service_faults.log.drop_every = 1

    stage.happens(lose)
    try:
        yield
    finally:
        stage.happens(lambda phone: phone.service_faults.log.mend())


def test_a_report_names_the_cause_when_the_log_is_lost(theatre: ExitTheatre) -> None:
    with theatre.stage("calm") as stage:
        mark = opened(stage)
        pid = stage.the_pid()
        with log_lost(stage):
            stage.happens(lambda phone: phone.end_for(pid, Policy.SLOW_SCENE))
            verdict = judged(stage, mark, ExitCause.SCENE_CREATE_WATCHDOG)
    assert verdict.reason is Reason.PASS_EXITED, tell(verdict)
    assert LOG not in {fact.source for finding in verdict.claims for fact in finding.facts}


@pytest.mark.parametrize("cause", [ExitCause.OUR_KILL, ExitCause.OTHER_SIGNAL, ExitCause.JETSAM])
def test_our_kill_is_not_told_from_anything_else_when_the_log_is_lost(
    cause: ExitCause, theatre: ExitTheatre
) -> None:
    with theatre.stage("calm") as stage:
        asleep(stage)
        with log_lost(stage):
            mark = stage.app.kill()
            verdict = judged(stage, mark, cause)
    assert verdict.outcome is Outcome.INCONCLUSIVE, tell(verdict)


def test_a_jetsam_just_before_our_signal_is_a_jetsam(theatre: ExitTheatre) -> None:
    with theatre.stage("calm") as stage:
        mark = asleep(stage)
        pid = stage.the_pid()

        async def jetsam_then_kill() -> None:
            stage.kernel.jetsam(pid)
            await stage.phone.signal(pid, 9)

        recorder = stage.session.recorder
        stage.run(recorder.act(Verb.KILL, jetsam_then_kill(), detail=stage.bundle_id, pid=pid))
        stage.app.expect_exit(cause=ExitCause.JETSAM, within_s=30, since=mark)
        story = cause_of(stage.session.timeline.evidence(), stage.bundle_id, pid)
    assert story.cause is ExitCause.JETSAM
