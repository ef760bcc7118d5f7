"""Losing evidence may leave a verdict or make it inconclusive; it never makes it another."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.model.callbacks import Callback
from harness.model.facts import Source
from harness.model.reasons import Outcome
from harness.model.states import AppState
from tests.unit.expect.asking import Ask, ask, callbacks, no_wake, relaunch, resume, state, transfer
from tests.unit.expect.story import (
    NEW,
    OLD,
    SESSION,
    WATCHED,
    WHOLE,
    Story,
    asleep,
    relaunched,
    story,
    waiting,
    wakes,
    woken_in_place,
)

Tell = Callable[[Story], Story]


def _woken_without(*missing: Callback) -> Tell:
    came = tuple(callback for callback in WHOLE if callback not in missing)
    return lambda begun: wakes(waiting(begun), at=8, callbacks=came)


def _tapped(begun: Story) -> Story:
    return waiting(begun).tapped(at=8, pid=NEW)


def _resumed_before_the_kill(begun: Story) -> Story:
    told = asleep(begun).resumed(at=4.9).killed(at=5).released(at=6).delivered(at=7)
    return wakes(told, at=8)


def _crashed_before_the_kill(begun: Story) -> Story:
    told = asleep(begun).ended("signal", 11, at=4.99).kill_too_late(at=5).released(at=6).delivered(at=7)
    return wakes(told, at=8)


def _awake_at_the_release(begun: Story) -> Story:
    return wakes(asleep(begun).resumed(at=4).released(at=6).delivered(at=7), at=8, pid=OLD)


def _never_suspended(begun: Story) -> Story:
    return begun.launched(at=0.5).backgrounded(at=2)


def _debugged(begun: Story) -> Story:
    return begun.launched(at=0.5).debugger(at=3, attached=True).backgrounded(at=2)


STORIES: tuple[tuple[str, Tell, Ask, Outcome], ...] = (
    ("relaunched", relaunched, relaunch, Outcome.PASSED),
    ("relaunched and told", relaunched, callbacks(), Outcome.PASSED),
    ("resumed", woken_in_place, resume, Outcome.PASSED),
    ("resumed and told", woken_in_place, callbacks(pid=OLD), Outcome.PASSED),
    ("not woken", waiting, relaunch, Outcome.FAILED),
    ("not resumed", lambda begun: asleep(begun).released(at=6).delivered(at=7), resume, Outcome.FAILED),
    ("prewarmed only", lambda begun: waiting(begun).prewarmed(at=8), relaunch, Outcome.FAILED),
    ("tapped", _tapped, relaunch, Outcome.INVALID),
    ("awake when killed", _resumed_before_the_kill, relaunch, Outcome.INVALID),
    ("crashed before the kill", _crashed_before_the_kill, relaunch, Outcome.INVALID),
    ("awake at the release", _awake_at_the_release, resume, Outcome.INVALID),
    ("relaunch expected of a resume", woken_in_place, relaunch, Outcome.INVALID),
    ("orphaned", _woken_without(*WHOLE), callbacks(), Outcome.FAILED),
    ("handler not called", _woken_without(Callback.COMPLETION_HANDLER), callbacks(), Outcome.FAILED),
    ("called twice", lambda b: relaunched(b).called(WHOLE[1], at=8.215), callbacks(), Outcome.FAILED),
    (
        "called in another session",
        lambda begun: wakes(waiting(begun), at=8, callbacks=()).called(*WHOLE, at=8.2, session=f"{SESSION}x"),
        callbacks(),
        Outcome.FAILED,
    ),
    ("suspended", asleep, state(AppState.SUSPENDED), Outcome.PASSED),
    (
        "suspended at the mark",
        lambda begun: asleep(begun).released(at=6).resumed(at=8),
        state(AppState.SUSPENDED),
        Outcome.PASSED,
    ),
    ("never suspended", _never_suspended, state(AppState.SUSPENDED), Outcome.FAILED),
    ("debugged", _debugged, state(AppState.SUSPENDED), Outcome.INVALID),
    ("left alone", waiting, no_wake(), Outcome.PASSED),
    ("woken after all", relaunched, no_wake(), Outcome.FAILED),
    ("delivered once", relaunched, transfer, Outcome.PASSED),
    ("asked for twice", lambda b: relaunched(b).requested(at=8.4, request=2), transfer, Outcome.FAILED),
)

MOMENTS = st.one_of(
    st.floats(0, 10), st.floats(10, 140), st.sampled_from([3.0, 4.9, 5.0, 6.0, 7.0, 8.0, 8.2, 9.0])
)
SOURCES = st.sampled_from(WATCHED)


def _hurt(told: Story, source: Source, from_s: float, to_s: float, *, lags: bool) -> Story:
    return told.known_to(source, from_s) if lags else told.cut(source, *sorted((from_s, to_s)))


@pytest.mark.parametrize(
    ("tell", "question", "right"), [case[1:] for case in STORIES], ids=[c[0] for c in STORIES]
)
@settings(max_examples=60, deadline=None)
@given(marks=st.booleans(), source=SOURCES, from_s=MOMENTS, to_s=MOMENTS, lags=st.booleans())
def test_losing_one_source_never_turns_a_verdict_into_a_wrong_one(
    tell: Tell,
    question: Ask,
    right: Outcome,
    marks: bool,
    source: Source,
    from_s: float,
    to_s: float,
    lags: bool,
) -> None:
    assert ask(tell(story(marks=marks)), question).outcome is right
    hurt = ask(_hurt(tell(story(marks=marks)), source, from_s, to_s, lags=lags), question)
    assert hurt.outcome in (right, Outcome.INCONCLUSIVE), hurt.reason
