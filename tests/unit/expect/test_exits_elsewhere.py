"""Other expectations ask why a process ended, and get the answer of all evidence, not of one line."""

from __future__ import annotations

from harness.expect.endings import exits_of, reason_of
from harness.model import facts as fact
from harness.model.callbacks import Callback
from harness.model.exits import ExitCause
from harness.model.facts import Source
from harness.model.reasons import Outcome, Reason
from harness.model.states import AppState
from harness.model.time import Instant
from tests.unit.expect.asking import answer, callbacks, no_wake, resume
from tests.unit.expect.story import BUNDLE, NEW, OLD, Story, asleep, dead, relaunched, wakes

SWIPED = 0xDEADFA11


def requested(told: Story, code: int, *, at: float) -> Story:
    """runningboardd is asked to end the process; the record of the end itself is not there."""
    asked = {"requester": "com.apple.SpringBoard", "domain": 10, "code": code}
    told.log(fact.TerminationRequested, at=at, pid=OLD, **asked)
    return told.state(AppState.NOT_RUNNING, at=at + 0.01, pid=OLD)


def test_a_swipe_that_only_the_request_names_explains_that_nothing_woke_the_app() -> None:
    told = requested(asleep().released(at=6), SWIPED, at=6.5).delivered(at=7)
    assert answer(told, no_wake(Reason.NOT_WOKEN_FORCE_QUIT)) == (
        Outcome.PASSED,
        Reason.NOT_WOKEN_FORCE_QUIT,
    )


def test_a_watchdog_that_only_a_report_names_explains_that_nothing_was_resumed() -> None:
    told = asleep().released(at=6).state(AppState.NOT_RUNNING, at=6.5, pid=OLD).delivered(at=7)
    told.facts.append(
        fact.ReportFound(
            at=Instant(6.5, 0.00005),
            source=Source.REPORTS,
            bundle_id=BUNDLE,
            pid=OLD,
            name="R.ips",
            kind=fact.ReportKind.CRASH,
            namespace="RUNNINGBOARD",
            code=0xDEAD10CC,
            signal=9,
        )
    )
    assert answer(told, resume) == (Outcome.FAILED, Reason.KILLED_LOCK)


def test_callbacks_kept_by_an_end_that_nothing_explains_blame_nobody() -> None:
    told = wakes(dead().released(at=6).delivered(at=7), at=8, callbacks=(Callback.HANDLE_EVENTS,))
    told.facts = [known for known in told.facts if known.at.at_s < 9]
    told.state(AppState.NOT_RUNNING, at=8.5, pid=NEW)
    assert answer(told, callbacks())[0] is Outcome.INCONCLUSIVE


def test_callbacks_kept_by_a_crash_name_the_crash() -> None:
    told = wakes(dead().released(at=6).delivered(at=7), at=8, callbacks=(Callback.HANDLE_EVENTS,))
    told.facts = [known for known in told.facts if known.at.at_s < 9]
    told.ended("signal", 6, at=8.5, pid=NEW)
    assert answer(told, callbacks()) == (Outcome.FAILED, Reason.KILLED_CRASH)


def test_the_ends_of_an_app_come_in_order_and_within_the_stretch_asked_for() -> None:
    told = relaunched().ended("voluntary", 0, at=20, pid=NEW).evidence()
    whole = exits_of(told, BUNDLE, since_s=None, until_s=100)
    assert [(story.pid, story.cause) for story in whole] == [
        (OLD, ExitCause.OUR_KILL),
        (NEW, ExitCause.VOLUNTARY),
    ]
    assert [story.pid for story in exits_of(told, BUNDLE, since_s=10, until_s=100)] == [NEW]
    assert [story.pid for story in exits_of(told, BUNDLE, since_s=None, until_s=10)] == [OLD]
    assert [reason_of(story) for story in whole] == [Reason.KILLED_SIGNAL, None]
