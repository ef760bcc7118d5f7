"""A pid that is used again, and a journal that counts anew: what looks like one is two."""

from __future__ import annotations

from harness.expect.exits import cause_of
from harness.expect.lives import life_at, lives_of
from harness.model.callbacks import Callback
from harness.model.exits import ExitCause
from harness.model.facts import ProcessSeen, Source
from harness.model.reasons import Outcome, Reason
from harness.model.states import AppState
from harness.model.time import Instant, written
from tests.unit.expect.asking import answer, callbacks, relaunch, resume
from tests.unit.expect.story import BUNDLE, OLD, SESSION, WHOLE, Story, asleep, dead, story, wakes


def reused() -> Story:
    """Killed at 5, released at 6, and relaunched at 8 with the very pid that it had."""
    told = dead().released(at=6).delivered(at=7).started(at=8, pid=OLD)
    told.line(Callback.DID_FINISH_LAUNCHING, at=8.1, pid=OLD).assertion(at=8.12, pid=OLD, held=True)
    return (
        told.called(*WHOLE, at=8.2, pid=OLD).assertion(at=8.3, pid=OLD, held=False).suspended(at=9, pid=OLD)
    )


def looked(told: Story, *, at: float, started_s: float) -> Story:
    seen = ProcessSeen(
        at=written(at), source=Source.PROCESS_LIST, bundle_id=BUNDLE, pid=OLD, started_s=started_s
    )
    told.facts.append(seen)
    return told


class TestPids:
    """A pid names a process until its end."""

    def test_a_new_process_with_the_old_pid_is_a_relaunch(self) -> None:
        assert answer(reused(), relaunch) == (Outcome.PASSED, Reason.PASS_RELAUNCHED)

    def test_the_old_process_running_on_is_none(self) -> None:
        told = wakes(asleep().released(at=6).delivered(at=7), at=8, pid=OLD)
        assert answer(told, relaunch)[0] is not Outcome.PASSED

    def test_a_new_process_with_the_old_pid_is_no_resume(self) -> None:
        told = wakes(asleep().released(at=6), at=6.5, pid=OLD).ended("signal", 9, at=10)
        assert len(lives_of(told.evidence(), BUNDLE, OLD)) == 1
        ended = asleep().released(at=6).ended("jetsam", 4, at=6.5).delivered(at=7)
        assert answer(wakes(ended, at=8, pid=OLD), resume) == (
            Outcome.INCONCLUSIVE,
            Reason.KILLED_JETSAM,
        )

    def test_each_of_them_has_an_end_of_its_own(self) -> None:
        told = reused().ended("signal", 11, at=12)
        first, second = lives_of(told.evidence(), BUNDLE, OLD)
        causes = [cause_of(told.evidence(), BUNDLE, OLD, life).cause for life in (first, second)]
        assert causes == [ExitCause.OUR_KILL, ExitCause.CRASH]
        assert life_at(told.evidence(), BUNDLE, OLD, Instant(5.0)) == first

    def test_another_start_in_the_process_list_is_another_process(self) -> None:
        told = looked(looked(story(), at=1, started_s=0.5), at=9, started_s=8.0)
        assert len(lives_of(told.evidence(), BUNDLE, OLD)) == 2
        same = looked(looked(story(), at=1, started_s=0.5), at=9, started_s=0.6)
        assert len(lives_of(same.evidence(), BUNDLE, OLD)) == 1

    def test_one_source_that_calls_it_gone_too_early_makes_no_new_process(self) -> None:
        told = asleep().state(AppState.NOT_RUNNING, at=4, pid=OLD).resumed(at=4.5)
        assert len(lives_of(told.evidence(), BUNDLE, OLD)) == 2
        told.facts = [
            seen
            for seen in told.facts
            if not (seen.source is Source.SYSTEM_LOG and getattr(seen, "state", None) is AppState.NOT_RUNNING)
        ]
        assert len(lives_of(told.evidence(), BUNDLE, OLD)) == 1

    def test_last_words_dated_after_the_end_are_of_the_process_that_ended(self) -> None:
        told = dead().line("last words", at=5.2, pid=OLD)
        assert len(lives_of(told.evidence(), BUNDLE, OLD)) == 1


class TestNumbers:
    """A journal that is emptied counts from 1 again."""

    def restarted(self) -> Story:
        told = dead().released(at=6).delivered(at=7).started(at=8, pid=600)
        told.seq = 0
        told.called(Callback.HANDLE_EVENTS, Callback.DID_COMPLETE, at=8.2)
        told.seq = 0
        return told.called(Callback.DID_FINISH_EVENTS, Callback.DID_COMPLETE, at=8.4)

    def test_a_line_with_a_number_that_another_had_is_another_line(self) -> None:
        assert answer(self.restarted(), callbacks(Callback.DID_COMPLETE)) == (
            Outcome.FAILED,
            Reason.CALLBACK_DUPLICATE,
        )

    def test_what_is_counted_anew_comes_after_what_was_counted_before(self) -> None:
        told = dead().released(at=6).delivered(at=7).started(at=8, pid=600)
        told.called(Callback.HANDLE_EVENTS, at=8.2)
        told.seq = 0
        told.called(Callback.DID_FINISH_EVENTS, at=8.4)
        wanted = callbacks(Callback.HANDLE_EVENTS, Callback.DID_FINISH_EVENTS, session=SESSION)
        assert answer(told, wanted) == (Outcome.PASSED, Reason.PASS_CLAIMS_PROVEN)
