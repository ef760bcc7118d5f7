"""Was the app ended the way the system ends a suspended app, and with no debugger attached?"""

from __future__ import annotations

import pytest

from harness.model.facts import Source, StateSeen, Verb
from harness.model.reasons import Outcome, Reason
from harness.model.states import AppState
from tests.unit.expect.asking import answer, ask, relaunch, state
from tests.unit.expect.story import ACT_S, NEW, OLD, Story, asleep, dead, relaunched, story, wakes


def woken(told: Story) -> Story:
    return wakes(told.released(at=6).delivered(at=7), at=8)


def ended_before_the_kill(domain: str, code: int) -> Story:
    """The process ends by itself ten milliseconds before the signal that is on its way."""
    return woken(asleep().ended(domain, code, at=4.99).kill_too_late(at=5))


PASSED = (Outcome.PASSED, Reason.PASS_RELAUNCHED)
WRONG_END = (Outcome.INVALID, Reason.INVALID_WRONG_EXIT_CODE)
NOT_SUSPENDED = (Outcome.INVALID, Reason.INVALID_NOT_SUSPENDED)
OPEN = (Outcome.INCONCLUSIVE, Reason.INCONCLUSIVE_GAP)
DEBUGGED = (Outcome.INVALID, Reason.INVALID_DEBUGGER)

KILLS: dict[str, tuple[Story, tuple[Outcome, Reason]]] = {
    "killed while suspended": (relaunched(), PASSED),
    "jetsammed ten milliseconds before the signal": (ended_before_the_kill("jetsam", 4), PASSED),
    "quit in the app switcher before the signal": (
        ended_before_the_kill("frontboard", 0xDEADFA11),
        WRONG_END,
    ),
    "crashed before the signal": (ended_before_the_kill("signal", 11), WRONG_END),
    "ended by a watchdog before the signal": (ended_before_the_kill("frontboard", 0x8BADF00D), WRONG_END),
    "ended by UI automation": (ended_before_the_kill("frontboard", 0xFBFBFBFB), WRONG_END),
    "left by itself": (ended_before_the_kill("voluntary", 0), WRONG_END),
    "resumed between the wait and the signal": (woken(asleep().resumed(at=4.9).killed(at=5)), NOT_SUSPENDED),
    "resumed and suspended again before the signal": (
        woken(asleep().resumed(at=4).suspended(at=4.5).killed(at=5)),
        PASSED,
    ),
    "resumed while the signal was on its way": (
        woken(asleep().resumed(at=5 + ACT_S / 4).killed(at=5)),
        OPEN,
    ),
    "never suspended": (woken(story().launched(at=0.5).backgrounded(at=2).killed(at=5)), NOT_SUSPENDED),
    "its end before the signal is in no log": (
        ended_before_the_kill("frontboard", 0xDEADFA11).absent(at=5.1).cut(Source.SYSTEM_LOG, 4.9, 5.5),
        OPEN,
    ),
    "no source watched between the wait and the signal": (
        relaunched().cut(Source.STATE_STREAM, 3.5, 5.5).cut(Source.SYSTEM_LOG, 3.5, 5.5),
        OPEN,
    ),
    "one source watched between the wait and the signal": (
        relaunched().cut(Source.STATE_STREAM, 3.5, 5.5),
        PASSED,
    ),
    "the suspension itself was lost": (
        relaunched().cut(Source.STATE_STREAM, 2.5, 3.5).cut(Source.SYSTEM_LOG, 2.5, 3.5),
        OPEN,
    ),
    "a signal whose answer was lost": (
        woken(asleep().act(Verb.KILL, 5, OLD, done=None).ended("signal", 9, at=5.5)),
        OPEN,
    ),
    "a signal whose answer was lost, then a jetsam": (
        woken(asleep().act(Verb.KILL, 4, OLD, done=None).ended("jetsam", 4, at=5)),
        OPEN,
    ),
    "a signal whose answer was lost, of a process that crashed": (
        woken(asleep().act(Verb.KILL, 4, OLD, done=None).ended("signal", 11, at=5)),
        WRONG_END,
    ),
    "a kill, and a launch that was refused": (woken(dead().act(Verb.LAUNCH, 5.5, done=False)), PASSED),
    "an old kill, and a launch since": (
        woken(dead().launched(at=5.1).backgrounded(at=5.4).suspended(at=5.6).ended("jetsam", 4, at=5.8)),
        PASSED,
    ),
}


@pytest.mark.parametrize("what", KILLS)
def test_a_kill_is_right_when_the_system_could_have_done_it(what: str) -> None:
    told, expected = KILLS[what]
    assert answer(told, relaunch) == expected


def test_the_new_process_running_within_the_span_of_the_kill_is_not_taken_for_the_killed_one() -> None:
    told = asleep().killed(at=5).resumed(at=5 + ACT_S / 1.5, pid=NEW)
    assert answer(wakes(told.released(at=6).delivered(at=7), at=8, pid=700), relaunch) == PASSED


DEBUGGERS: dict[str, tuple[Story, tuple[Outcome, Reason]]] = {
    "attached and let go before the app was suspended": (
        woken(
            dead(story().debugger(at=0.2, attached=True)).debugger(at=1.5, attached=False),
        ),
        PASSED,
    ),
    "attached in the foreground, let go, suspended": (
        woken(dead().debugger(at=1.5, attached=True).debugger(at=1.8, attached=False)),
        PASSED,
    ),
    "attached to the suspended app": (woken(dead().debugger(at=4, attached=True)), DEBUGGED),
    "attached to another process": (woken(dead().debugger(at=4, attached=True, pid=77)), PASSED),
    "attached to a process that is not told": (woken(dead().debugger(at=4, attached=True, pid=0)), DEBUGGED),
    "the app says so itself": (woken(dead().line("note", at=4.5, pid=500, traced=True)), DEBUGGED),
    "the harness may have, no answer told": (
        woken(asleep().act(Verb.ATTACH_DEBUGGER, 4, done=None).killed(at=5)),
        (Outcome.INCONCLUSIVE, Reason.INCONCLUSIVE_ORDER),
    ),
    "the harness may have let go, no answer told": (
        woken(asleep().act(Verb.ATTACH_DEBUGGER, 4).act(Verb.DETACH_DEBUGGER, 4.2, done=None).killed(at=5)),
        DEBUGGED,
    ),
    "the harness was refused it": (
        woken(asleep().act(Verb.ATTACH_DEBUGGER, 4, done=False).killed(at=5)),
        PASSED,
    ),
    "the harness did it, and the log is lost": (
        woken(asleep().act(Verb.ATTACH_DEBUGGER, 4).killed(at=5)).cut(Source.SYSTEM_LOG, 3.5, 5.5),
        DEBUGGED,
    ),
}


@pytest.mark.parametrize("what", DEBUGGERS)
def test_a_debugger_spoils_a_relaunch_unless_the_app_was_suspended_after_it(what: str) -> None:
    told, expected = DEBUGGERS[what]
    assert answer(told, relaunch) == expected


def test_a_launch_that_nobody_answered_is_judged_by_what_the_phone_shows_of_it() -> None:
    told = dead().released(at=6).act(Verb.LAUNCH, 7, done=None).delivered(at=7.5)
    assert answer(wakes(told, at=8), relaunch) == PASSED
    told = dead().released(at=6).act(Verb.LAUNCH, 7, done=None).tapped(at=7.1, pid=NEW)
    assert answer(told, relaunch) == (Outcome.INVALID, Reason.INVALID_FOREGROUNDED)


class TestStates:
    """The states themselves."""

    def test_reached(self) -> None:
        assert answer(asleep(), state(AppState.SUSPENDED)) == (Outcome.PASSED, Reason.PASS_CLAIMS_PROVEN)

    def test_never_suspended_without_a_debugger_is_the_apps_fault(self) -> None:
        told = story().launched(at=0.5).backgrounded(at=2)
        assert answer(told, state(AppState.SUSPENDED)) == (Outcome.FAILED, Reason.NEVER_SUSPENDED)

    def test_never_suspended_with_a_debugger_is_no_experiment(self) -> None:
        told = story().launched(at=0.5).debugger(at=1, attached=True).backgrounded(at=2)
        assert answer(told, state(AppState.SUSPENDED)) == DEBUGGED

    def test_a_debugger_let_go_within_the_window_was_there_when_it_began(self) -> None:
        told = story().launched(at=0.5).debugger(at=1, attached=True).backgrounded(at=2)
        assert answer(told.debugger(at=31, attached=False), state(AppState.SUSPENDED)) == DEBUGGED

    def test_a_debugger_let_go_and_then_suspended_is_a_suspension(self) -> None:
        told = story().launched(at=0.5).debugger(at=1, attached=True).backgrounded(at=2)
        told.debugger(at=10, attached=False).suspended(at=11)
        assert answer(told, state(AppState.SUSPENDED))[0] is Outcome.PASSED

    def test_never_suspended_is_not_told_while_the_log_that_names_debuggers_is_cut(self) -> None:
        told = story().launched(at=0.5).debugger(at=5, attached=True).backgrounded(at=2)
        told.cut(Source.SYSTEM_LOG, 4, 20)
        assert answer(told, state(AppState.SUSPENDED)) == OPEN

    def test_suspended_before_the_mark_and_since_is_suspended(self) -> None:
        verdict = ask(asleep().released(at=6), state(AppState.SUSPENDED))
        assert verdict.outcome is Outcome.PASSED
        assert "already was" in verdict.claims[0].note

    def test_suspended_at_the_mark_is_enough_though_it_wakes_after(self) -> None:
        verdict = ask(asleep().released(at=6).resumed(at=8), state(AppState.SUSPENDED))
        assert verdict.outcome is Outcome.PASSED
        assert [
            (known.at.at_s, known.pid) for known in verdict.claims[0].facts if isinstance(known, StateSeen)
        ] == [(3, OLD)]

    def test_suspended_at_the_mark_is_told_at_once(self) -> None:
        told = asleep().released(at=6).known_to(Source.STATE_STREAM, 6.1).known_to(Source.SYSTEM_LOG, 6.1)
        assert answer(told, state(AppState.SUSPENDED))[0] is Outcome.PASSED

    def test_resumed_just_before_the_mark_is_no_longer_suspended(self) -> None:
        told = asleep().resumed(at=5.9).released(at=6)
        assert answer(told, state(AppState.SUSPENDED)) == (Outcome.FAILED, Reason.NEVER_SUSPENDED)

    @pytest.mark.parametrize("source", [Source.STATE_STREAM, Source.SYSTEM_LOG])
    def test_a_state_at_the_mark_rests_on_both_who_tell_of_changes(self, source: Source) -> None:
        told = asleep().released(at=6).resumed(at=8).cut(source, 5, 5.5)
        assert answer(told, state(AppState.SUSPENDED)) == OPEN

    def test_the_state_before_a_launch_is_not_the_state_after_it(self) -> None:
        told = asleep().launched(at=6)
        assert answer(told, state(AppState.SUSPENDED)) == (Outcome.FAILED, Reason.NEVER_SUSPENDED)

    def test_a_debugger_that_came_to_a_suspended_app_before_the_mark_spoils_it(self) -> None:
        told = asleep().debugger(at=4, attached=True).released(at=6)
        assert answer(told, state(AppState.SUSPENDED)) == DEBUGGED

    def test_a_suspension_lost_before_the_mark_is_not_called_missing(self) -> None:
        told = asleep().released(at=6)
        told.cut(Source.STATE_STREAM, 2.5, 4).cut(Source.SYSTEM_LOG, 2.5, 4)
        assert answer(told, state(AppState.SUSPENDED)) == OPEN

    def test_the_state_stream_cut_in_the_window_leaves_the_state_open(self) -> None:
        told = story().launched(at=0.5).backgrounded(at=2).cut(Source.STATE_STREAM, 5, 6)
        assert answer(told, state(AppState.SUSPENDED)) == OPEN

    def test_the_two_foreground_states_cannot_be_told_apart(self) -> None:
        told = story().launched(at=0.5)
        assert answer(told, state(AppState.FOREGROUND_INACTIVE))[0] is Outcome.PASSED

    def test_not_running_is_reached_by_the_end_of_the_process(self) -> None:
        assert answer(dead(), state(AppState.NOT_RUNNING))[0] is Outcome.PASSED

    def test_an_app_that_runs_on_does_not_reach_not_running(self) -> None:
        told = asleep().kill_too_late(at=5)
        assert answer(told, state(AppState.NOT_RUNNING)) == (Outcome.FAILED, Reason.STATE_NOT_REACHED)
