"""A question survives being written down, and a stored run is judged as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.evidence.record import Entry, from_line, read_entries, to_line
from harness.expect import absence, callbacks, ended, facts, relaunch, resume, state, transfer
from harness.expect.callbacks import ExpectCallbacks
from harness.expect.ended import ExpectExit
from harness.expect.facts import ExpectFact, ExpectNoFact
from harness.expect.fields import NEVER, Fields, at_least
from harness.expect.question import Question, Window
from harness.expect.replay import replay
from harness.expect.stored import QUESTIONS, NotRejudgeable, from_text, to_text
from harness.expect.story import tell
from harness.model.callbacks import Callback, WakeReason
from harness.model.exits import ExitCause
from harness.model.facts import Fact, Gap, Mark, Source, StateSeen, Watermark
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.interfaces import Interface
from harness.model.reasons import Outcome, Reason
from harness.model.run import Begun, Judged
from harness.model.states import AppState
from harness.model.time import Instant
from tests.unit.expect import asking
from tests.unit.expect.asking import Ask, ask
from tests.unit.expect.story import BUNDLE, NEW, NONCE, SESSION, Story, dead, relaunched

WINDOW = Window(Mark(Instant(1_790_000_000.25, 0.125), "release episode.mp4"), 1_790_000_120.375)
PHONE = PhoneIdentity(name="v-16", udid="0" * 25, ios="16.7", model="iPhone10,3", hardware=Hardware.VIRTUAL)


def is_foreground(seen: StateSeen) -> bool:
    return seen.state.is_foreground


STORED: tuple[Question, ...] = (
    ExpectCallbacks(BUNDLE, WINDOW, (Callback.HANDLE_EVENTS, Callback.DID_COMPLETE), SESSION, NEW),
    ExpectCallbacks(BUNDLE, WINDOW, (Callback.DID_COMPLETE,), fields=Fields(error="-999"), count=at_least(2)),
    ExpectCallbacks(BUNDLE, WINDOW, (Callback.DID_COMPLETE,), count=NEVER, in_order=False),
    ExpectExit(BUNDLE, WINDOW, ExitCause.WATCHDOG),
    ExpectFact(BUNDLE, WINDOW, StateSeen, "it came to the front", is_foreground),
    ExpectNoFact("", WINDOW, Fact, "anything at all"),
    absence.ExpectNoWake(BUNDLE, WINDOW, Reason.NOT_WOKEN_FORCE_QUIT, frozenset({"b", "a"})),
    absence.ExpectNoWake(BUNDLE, WINDOW),
    relaunch.ExpectRelaunch(BUNDLE, WINDOW, sessions=frozenset({SESSION})),
    resume.ExpectResume(BUNDLE, WINDOW, NEW),
    state.ExpectState(BUNDLE, WINDOW, AppState.SUSPENDED),
    transfer.ExpectTransfer(BUNDLE, WINDOW, ("épisode 1\n.mp4", "b"), 2, Interface.CELLULAR),
    ExpectCallbacks(
        BUNDLE,
        WINDOW,
        (Callback.DID_COMPLETE,),
        fields=Fields(cancelled=Reason.TRANSFER_CANCELLED_FORCE_QUIT),
    ),
    relaunch.ExpectRelaunch(BUNDLE, WINDOW, WakeReason.LOCATION),
)


@pytest.mark.parametrize("question", STORED, ids=lambda question: type(question).__name__)
def test_a_question_comes_back_as_it_was_out_of_one_line_of_ascii(question: Question) -> None:
    text = to_text(question)
    assert text.isascii()
    assert "\n" not in text
    assert from_text(text) == question


def test_every_sort_of_question_can_be_stored() -> None:
    modules = (absence, callbacks, ended, facts, relaunch, resume, state, transfer)
    every = {name for module in modules for name in vars(module) if name.startswith("Expect")}
    assert every == set(QUESTIONS)
    assert {type(question).__name__ for question in STORED} == every


def test_a_predicate_without_a_name_cannot_be_judged_again() -> None:
    question = ExpectFact(BUNDLE, WINDOW, StateSeen, "anything", lambda _: True)
    with pytest.raises(NotRejudgeable, match="lambda or a local function"):
        from_text(to_text(question))


def test_a_predicate_that_is_not_here_is_named() -> None:
    text = to_text(ExpectFact(BUNDLE, WINDOW, StateSeen, "anything", is_foreground))
    with pytest.raises(NotRejudgeable, match="no_such_module:is_foreground"):
        from_text(text.replace("tests.unit.expect.test_stored", "no_such_module"))


@pytest.mark.parametrize(
    "text", ['{"is":"ExpectState"}', '{"is":"Verdict"}', "[]", '{"is":"ExpectState","state":"x"}']
)
def test_what_is_no_question_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        from_text(text)


# ---- a stored run


def stored(told: Story, question: Ask) -> list[Entry]:
    """A run as its timeline keeps it, with its verdict after all that it rests on."""
    evidence, verdict, asked = told.evidence(), ask(told, question), question(told)
    begun = Begun(test="t", nonce=NONCE, phone=PHONE, bundle_id=BUNDLE, host_s=0.0)
    marks = [Watermark(source, 0.0) for source in evidence.coverage]
    marks += [Watermark(source, watched.to_s) for source, watched in evidence.coverage.items()]
    judged = Judged(
        question=to_text(asked),
        told=verdict.question,
        kind=verdict.kind,
        outcome=verdict.outcome,
        reason=verdict.reason,
        since=asked.window.since.at,
        deadline_s=asked.window.deadline_s,
        story=tell(verdict),
    )
    return [begun, *evidence.facts, *evidence.gaps, *marks, judged]


RUNS: dict[str, tuple[Story, Ask]] = {
    "relaunched": (relaunched(), asking.relaunch),
    "not woken": (dead().released(at=6).delivered(at=7), asking.relaunch),
    "not resumed": (dead().released(at=6).delivered(at=7), asking.resume),
    "callbacks": (relaunched(), asking.callbacks()),
    "left alone": (dead().released(at=6), asking.no_wake()),
    "delivered": (dead().released(at=6).delivered(at=7), asking.transfer),
    "state": (dead(), asking.state(AppState.NOT_RUNNING)),
    "with a gap": (relaunched().cut(Source.SYSTEM_LOG, 6, 60), asking.relaunch),
}


@pytest.mark.parametrize("what", RUNS)
def test_a_stored_run_is_judged_as_it_was_down_to_its_story(what: str) -> None:
    lines = [to_line(entry) + "\n" for entry in stored(*RUNS[what])]
    (again,) = replay(read_entries(lines))
    assert again.agrees
    assert again.verdict
    assert tell(again.verdict) == again.live.story


def test_a_verdict_changed_by_hand_disagrees() -> None:
    *before, judged = stored(*RUNS["not woken"])
    assert isinstance(judged, Judged)
    changed = replace(judged, outcome=Outcome.PASSED, reason=Reason.PASS_RELAUNCHED)
    (again,) = replay([*before, changed])
    assert not again.agrees
    assert again.verdict
    assert again.verdict.outcome is Outcome.FAILED


def test_evidence_taken_away_by_hand_disagrees() -> None:
    entries = stored(*RUNS["relaunched"])
    kept = [entry for entry in entries if not isinstance(entry, StateSeen)]
    (again,) = replay(kept)
    assert not again.agrees


def test_what_came_after_the_verdict_counts_in_hindsight_only() -> None:
    entries = stored(*RUNS["relaunched"])
    late = (
        Gap(Source.SYSTEM_LOG, 0.0, 1000.0, "found out later"),
        Gap(Source.STATE_STREAM, 0.0, 1000.0, "too"),
    )
    (live,) = replay([*entries, *late])
    (hindsight,) = replay([*entries, *late], hindsight=True)
    assert live.agrees
    assert hindsight.verdict
    assert hindsight.verdict.outcome is Outcome.INCONCLUSIVE


def test_a_last_line_cut_short_by_a_crash_is_left_out_and_any_other_is_told() -> None:
    lines = [to_line(entry) + "\n" for entry in stored(*RUNS["relaunched"])]
    assert len(list(read_entries([*lines, lines[-1][:40]]))) == len(lines)
    with pytest.raises(ValueError, match="line 3"):
        list(read_entries([*lines[:2], lines[2][:20] + "\n", *lines[3:]]))


def test_a_question_that_cannot_be_asked_again_agrees_with_nothing() -> None:
    *before, judged = stored(*RUNS["state"])
    assert isinstance(judged, Judged)
    question = ExpectFact(BUNDLE, WINDOW, StateSeen, "anything", lambda _: True)
    (again,) = replay([*before, replace(judged, question=to_text(question))])
    assert again.verdict is None
    assert not again.agrees
    assert "lambda" in again.why_not


@pytest.mark.parametrize(
    "text", ['{"is":"ExpectState"}', '{"is":"Verdict"}', "{", '{"is":"ExpectState","state":"x"}']
)
def test_a_question_that_cannot_be_read_costs_the_others_of_its_run_nothing(text: str) -> None:
    *before, judged = stored(*RUNS["state"])
    assert isinstance(judged, Judged)
    unread, read = replay([*before, replace(judged, question=text), judged])
    assert unread.verdict is None
    assert unread.why_not
    assert not unread.agrees
    assert read.agrees


def test_entries_of_a_run_come_back_from_their_lines() -> None:
    for entry in stored(*RUNS["with a gap"]):
        assert from_line(to_line(entry)) == entry
