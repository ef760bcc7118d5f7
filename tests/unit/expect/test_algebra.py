"""The algebra of verdicts, sentence by sentence: each test is named for one of them.

The eight cases that must come out right stand at the end, each under its own name.
"""

from __future__ import annotations

import pytest

from harness.errors import ConfigError
from harness.expect.callbacks import ExpectCallbacks
from harness.expect.facts import ExpectFact, ExpectNoFact
from harness.expect.fields import NEVER, Fields, at_least, exactly
from harness.expect.transfer import ExpectTransfer
from harness.model import facts as fact
from harness.model.callbacks import Callback
from harness.model.facts import HeldBack, Hindrance, SettingRead, Source, StateSeen, Verb
from harness.model.reasons import Outcome, Reason
from harness.model.states import AppState
from harness.model.time import Instant, written
from tests.unit.expect.asking import (
    Ask,
    answer,
    ask,
    callbacks,
    no_wake,
    relaunch,
    resume,
    state,
    transfer,
    window,
)
from tests.unit.expect.story import (
    ACT_S,
    BUNDLE,
    FOREIGN_NONCE,
    FOREIGN_SESSION,
    NAME,
    NEW,
    OLD,
    SESSION,
    Story,
    asleep,
    dead,
    relaunched,
    story,
    waiting,
    wakes,
    woken_in_place,
)

PASSED, FAILED, INVALID, OPEN = Outcome.PASSED, Outcome.FAILED, Outcome.INVALID, Outcome.INCONCLUSIVE


def told_by(told: Story, seen: fact.Fact) -> Story:
    told.facts.append(seen)
    return told


def held_back(told: Story, why: Hindrance, *, at: float) -> Story:
    return told_by(told, HeldBack(at=written(at), source=Source.SYSTEM_LOG, why=why))


def setting(told: Story, name: str, value: str, *, at: float) -> Story:
    return told_by(told, SettingRead(at=written(at), source=Source.SETTINGS, name=name, value=value))


def outcome(told: Story, question: Ask) -> Outcome:
    return ask(told, question).outcome


class TestGaps:
    """A gap makes unknown only what needs that source."""

    def test_a_positive_claim_proven_by_others_stands(self) -> None:
        assert outcome(relaunched().cut(Source.JOURNAL, 6, 60), relaunch) is PASSED

    def test_a_counter_proof_stands(self) -> None:
        told = waiting().requested(at=7.5, request=2).cut(Source.SYSTEM_LOG, 6, 60)
        assert answer(told, transfer) == (FAILED, Reason.TRANSFER_DUPLICATE)

    @pytest.mark.parametrize("source", [Source.STATE_STREAM, Source.SYSTEM_LOG, Source.JOURNAL])
    def test_an_absence_claim_falls(self, source: Source) -> None:
        assert outcome(dead().released(at=6).cut(source, 20, 21), no_wake()) is OPEN


class TestTwoClasses:
    """Claims about a wake need facts of two independent classes."""

    def test_the_app_alone_does_not_prove_its_wake(self) -> None:
        told = relaunched().cut(Source.STATE_STREAM, 5.5, 60).cut(Source.SYSTEM_LOG, 5.5, 60)
        told.facts = [one for one in told.facts if not isinstance(one, fact.TransferSeen)]
        assert outcome(told, relaunch) is OPEN

    def test_the_phone_alone_does_not_prove_it(self) -> None:
        told = dead().released(at=6).started(at=8, pid=NEW)
        assert outcome(told, relaunch) is OPEN

    def test_the_completion_handler_needs_an_effect(self) -> None:
        told = dead().released(at=6).delivered(at=7).started(at=8, pid=NEW)
        told.called(Callback.HANDLE_EVENTS, Callback.COMPLETION_HANDLER, at=8.2)
        wanted = callbacks(Callback.HANDLE_EVENTS, Callback.COMPLETION_HANDLER)
        assert outcome(told, wanted) is OPEN
        assert outcome(told.assertion(at=9, pid=NEW, held=False), wanted) is PASSED

    def test_an_effect_of_the_same_instant_is_no_proof(self) -> None:
        told = dead().released(at=6).delivered(at=7).started(at=8, pid=NEW)
        told.called(Callback.COMPLETION_HANDLER, at=8.2).assertion(at=8.2, pid=NEW, held=False)
        assert answer(told, callbacks(Callback.COMPLETION_HANDLER)) == (OPEN, Reason.INCONCLUSIVE_ORDER)


class TestDeadlines:
    """An unmet deadline is failed only with every source past it, the guards holding, and no reason known."""

    def test_with_all_of_that_it_is_failed(self) -> None:
        assert answer(waiting(), relaunch) == (FAILED, Reason.NOT_WOKEN_UNEXPLAINED)

    @pytest.mark.parametrize("source", [Source.STATE_STREAM, Source.SYSTEM_LOG, Source.JOURNAL])
    def test_a_source_that_has_not_passed_it_leaves_it_open(self, source: Source) -> None:
        assert answer(waiting().known_to(source, 100), relaunch) == (OPEN, Reason.INCONCLUSIVE_DEADLINE)

    @pytest.mark.parametrize("source", [Source.STATE_STREAM, Source.SYSTEM_LOG])
    def test_a_state_is_not_called_missing_by_one_of_its_two_sources(self, source: Source) -> None:
        told = story().launched(at=0.5).backgrounded(at=2).known_to(source, 20)
        assert answer(told, state(AppState.SUSPENDED))[0] is OPEN

    def test_a_callback_is_not_called_missing_by_the_journal_alone(self) -> None:
        told = wakes(waiting(), at=8, callbacks=(Callback.HANDLE_EVENTS,)).known_to(Source.SYSTEM_LOG, 100)
        assert outcome(told, callbacks(Callback.DID_FINISH_EVENTS)) is OPEN

    @pytest.mark.parametrize(
        ("told", "reason"),
        [
            (waiting().delay_set(960, at=8), Reason.NOT_WOKEN_RATE_LIMITED),
            (held_back(waiting(), Hindrance.UPDATES_OFF, at=8), Reason.NOT_WOKEN_BAR_OFF),
            (setting(waiting(), "low power mode", "on", at=8), Reason.NOT_WOKEN_LOW_POWER),
            (setting(waiting(), "low power mode", "on", at=0.1), Reason.NOT_WOKEN_LOW_POWER),
            (setting(waiting(), "first unlock", "no", at=0.1), Reason.NOT_WOKEN_BFU_LOCKED),
            (held_back(dead().released(at=6), Hindrance.NO_WIFI, at=8), Reason.NOT_WOKEN_WAITING_NETWORK),
        ],
    )
    def test_a_reason_of_the_phones_own_makes_it_open_and_is_named(self, told: Story, reason: Reason) -> None:
        assert answer(told, relaunch) == (OPEN, reason)

    def test_a_reason_that_was_over_before_the_window_is_none(self) -> None:
        told = setting(setting(waiting(), "low power mode", "on", at=0.1), "low power mode", "off", at=5.5)
        assert outcome(told, relaunch) is FAILED

    def test_what_hinders_a_transfer_is_no_reason_once_it_has_come(self) -> None:
        assert outcome(held_back(waiting(), Hindrance.NO_WIFI, at=8), relaunch) is FAILED

    def test_a_transfer_that_waits_for_a_network_is_not_called_incomplete(self) -> None:
        told = held_back(dead().released(at=6), Hindrance.NO_WIFI, at=8)
        assert answer(told, transfer) == (OPEN, Reason.NOT_WOKEN_WAITING_NETWORK)
        assert answer(dead().released(at=6), transfer) == (FAILED, Reason.TRANSFER_INCOMPLETE)


class TestOrders:
    """Moments closer than their errors have no order."""

    def test_a_wake_at_the_very_deadline_may_have_been_in_time(self) -> None:
        told = waiting()
        deadline_s = window(told).deadline_s
        asked = fact.OpenRequested(
            at=Instant(deadline_s, 0.05),
            source=Source.SYSTEM_LOG,
            bundle_id=BUNDLE,
            requester="nsurlsessiond",
        )
        assert answer(told_by(told, asked), relaunch) == (OPEN, Reason.INCONCLUSIVE_ORDER)

    def test_an_app_that_ran_at_the_edge_of_the_time_it_must_not_run_in_may_have(self) -> None:
        told = dead().released(at=6)
        seen = StateSeen(
            at=Instant(window(told).deadline_s, 0.05),
            source=Source.STATE_STREAM,
            bundle_id=BUNDLE,
            pid=NEW,
            state=AppState.BACKGROUND_RUNNING,
        )
        assert answer(told_by(told, seen), no_wake()) == (OPEN, Reason.INCONCLUSIVE_ORDER)

    def test_a_debugger_let_go_as_the_experiment_began_may_have_spoilt_it(self) -> None:
        told = story().launched(at=0.5).debugger(at=1, attached=True).backgrounded(at=2)
        gone = fact.DebuggerSeen(at=Instant(2.0, 0.1), source=Source.PROCESS_LIST, pid=OLD, attached=False)
        assert answer(told_by(told, gone), state(AppState.SUSPENDED)) == (OPEN, Reason.INCONCLUSIVE_ORDER)

    def test_an_app_that_was_suspended_while_its_debugger_was_let_go_was_not_held_any_more(self) -> None:
        told = story().launched(at=0.5).debugger(at=1, attached=True).backgrounded(at=2)
        told.act(Verb.DETACH_DEBUGGER, 5, OLD).suspended(at=5 + ACT_S / 4)
        assert answer(told, state(AppState.SUSPENDED)) == (Outcome.PASSED, Reason.PASS_CLAIMS_PROVEN)

    def test_a_file_that_came_whole_about_the_deadline_may_have_been_in_time(self) -> None:
        told = dead().released(at=6)
        came = fact.TransferSeen(
            at=Instant(window(told).deadline_s, 1.0),
            source=Source.RECEIPT,
            nonce="n1",
            name="episode.mp4",
            request=1,
            phase=fact.TransferPhase.FINISHED,
            complete=True,
        )
        assert answer(told_by(told, came), transfer) == (OPEN, Reason.INCONCLUSIVE_ORDER)

    def test_an_effect_that_a_standing_clock_dates_to_its_action_is_its_effect(self) -> None:
        told = story().launched(at=0.5)
        at_once = told.mark.at.earliest_s
        told.line(Callback.DID_ENTER_BACKGROUND, at=at_once, pid=OLD)
        assert outcome(told, callbacks(Callback.DID_ENTER_BACKGROUND, pid=OLD)) is PASSED

    def test_what_an_earlier_action_did_is_no_counter_proof_though_the_next_begins_with_it(self) -> None:
        told = asleep().killed(at=5)
        next_one = fact.Mark(Instant(5.1, 0.1 - ACT_S / 2), "launch")
        told.mark = next_one
        gone = ExpectNoFact(BUNDLE, window(told), StateSeen, "it ends", lambda seen: not seen.state.runs_code)
        assert ask(told, lambda _: gone).outcome is PASSED

    def test_one_too_many_in_the_very_instant_of_the_mark_may_be_of_before(self) -> None:
        told = relaunched()
        at_once = told.mark.at.earliest_s
        told.called(Callback.DID_COMPLETE, at=at_once)
        assert answer(told, callbacks(Callback.DID_COMPLETE)) == (OPEN, Reason.INCONCLUSIVE_ORDER)


class TestCounts:
    """How often a callback comes, and with what."""

    def asked(self, told: Story, **said: object) -> Outcome:
        fields, count = Fields(str(said.get("task", "")), str(said.get("thread", ""))), said.get("count")
        assert count is None or isinstance(count, type(NEVER))
        question = ExpectCallbacks(
            BUNDLE, window(told), (Callback.DID_COMPLETE,), SESSION, NEW, fields, count
        )
        return ask(told, lambda _: question).outcome

    def twice(self) -> Story:
        return relaunched().called(Callback.DID_COMPLETE, at=20)

    def test_exactly_is_neither_more_nor_less(self) -> None:
        assert self.asked(self.twice(), count=exactly(2)) is PASSED
        assert self.asked(self.twice(), count=exactly(1)) is FAILED
        assert self.asked(self.twice(), count=exactly(3)) is FAILED

    def test_at_least_is_not_less(self) -> None:
        assert self.asked(self.twice(), count=at_least(1)) is PASSED
        assert self.asked(self.twice(), count=at_least(3)) is FAILED

    def test_never_is_proven_by_the_whole_window_only(self) -> None:
        assert self.asked(waiting(), count=NEVER) is PASSED
        assert self.asked(self.twice(), count=NEVER) is FAILED
        assert self.asked(waiting().known_to(Source.JOURNAL, 100), count=NEVER) is OPEN
        assert self.asked(relaunched().known_to(Source.JOURNAL, 100), count=exactly(1)) is OPEN

    def test_an_order_of_what_may_come_again_needs_all_that_came_before(self) -> None:
        told = relaunched().called(Callback.HANDLE_EVENTS, at=20)

        def asked(*wanted: Callback) -> Outcome:
            question = ExpectCallbacks(BUNDLE, window(told), wanted, SESSION, NEW, count=at_least(1))
            return ask(told, lambda _: question).outcome

        in_order = (Callback.HANDLE_EVENTS, Callback.DID_COMPLETE)
        assert (asked(*in_order), asked(*reversed(in_order))) == (PASSED, FAILED)
        told.cut(Source.JOURNAL, 7, 8.15).cut(Source.SYSTEM_LOG, 7, 8.15)
        assert (asked(*in_order), asked(*reversed(in_order))) == (OPEN, OPEN)

    def test_a_callback_that_says_something_else_is_no_match(self) -> None:
        assert self.asked(relaunched(), task="e42") is FAILED


class TestFacts:
    """Predicates of the author's own."""

    def asked(self, told: Story, value: AppState, *, never: bool = False) -> Outcome:
        kind = ExpectNoFact if never else ExpectFact
        question = kind(BUNDLE, window(told), StateSeen, "it", lambda seen: seen.state is value)
        return ask(told, lambda _: question).outcome

    def test_what_was_seen_passes_and_what_was_not_fails(self) -> None:
        assert self.asked(relaunched(), AppState.SUSPENDED) is PASSED
        assert self.asked(relaunched(), AppState.FOREGROUND_ACTIVE) is FAILED

    def test_that_it_was_never_seen_needs_every_source_of_its_kind(self) -> None:
        never = relaunched()
        assert self.asked(never, AppState.FOREGROUND_ACTIVE, never=True) is PASSED
        assert self.asked(never, AppState.SUSPENDED, never=True) is FAILED
        assert (
            self.asked(never.cut(Source.STATE_STREAM, 50, 51), AppState.FOREGROUND_ACTIVE, never=True) is OPEN
        )

    @pytest.mark.parametrize("source", [Source.STATE_STREAM, Source.SYSTEM_LOG, Source.JOURNAL])
    def test_facts_of_any_kind_need_the_sources_of_every_kind(self, source: Source) -> None:
        told = relaunched().cut(source, 50, 51)
        question = ExpectNoFact(BUNDLE, window(told), fact.AppFact, "it", lambda seen: seen.pid == 999)
        assert ask(told, lambda _: question).outcome is OPEN

    def test_a_predicate_that_raises_is_the_authors_mistake_and_named(self) -> None:
        told = relaunched()
        question = ExpectFact(BUNDLE, window(told), StateSeen, "it", lambda seen: seen.nonsense)
        with pytest.raises(ConfigError, match=r"lambda> of 'it' raised AttributeError"):
            ask(told, lambda _: question)

    def test_another_tests_lines_do_not_count(self) -> None:
        told = waiting().line("note", at=8, nonce=FOREIGN_NONCE)
        question = ExpectFact(
            BUNDLE, window(told), fact.CallbackSeen, "a note", lambda seen: seen.name == "note"
        )
        assert ask(told, lambda _: question).outcome is FAILED


class TestCasesThatMustComeOutRight:
    """Those that the design names."""

    def test_a_failed_claim_with_an_unknown_guard(self) -> None:
        told = waiting().cut(Source.STATE_STREAM, 3.5, 5.5).cut(Source.SYSTEM_LOG, 3.5, 5.5)
        assert answer(told, relaunch)[0] is OPEN

    def test_a_duplicate_transfer_proven_by_receipts_despite_a_log_gap(self) -> None:
        told = waiting().requested(at=9, request=2).cut(Source.SYSTEM_LOG, 6.5, 100)
        assert answer(told, transfer) == (FAILED, Reason.TRANSFER_DUPLICATE)

    def test_a_second_request_where_any_number_is_right(self) -> None:
        told = waiting().requested(at=6.5, request=1).requested(at=9, request=2).delivered(at=10)
        asked = ExpectTransfer(BUNDLE, window(told), (NAME,), requests=None)
        assert ask(told, lambda _: asked).outcome is PASSED
        assert ask(told, transfer).reason is Reason.TRANSFER_DUPLICATE

    def test_the_app_jetsammed_ten_milliseconds_before_our_kill(self) -> None:
        told = asleep().ended("jetsam", 4, at=4.99).kill_too_late(at=5).released(at=6).delivered(at=7)
        assert answer(wakes(told, at=8), relaunch) == (PASSED, Reason.PASS_RELAUNCHED)

    def test_resumed_between_suspended_and_the_signal(self) -> None:
        told = asleep().resumed(at=4.9).killed(at=5).released(at=6).delivered(at=7)
        assert answer(wakes(told, at=8), relaunch) == (INVALID, Reason.INVALID_NOT_SUSPENDED)

    def test_the_fifth_chained_wake_with_a_delay_of_960_s(self) -> None:
        told = dead().delay_set(960, at=5.5).released(at=6).delivered(at=7)
        assert answer(told, relaunch) == (OPEN, Reason.NOT_WOKEN_RATE_LIMITED)

    def test_a_prewarm_launch_mistaken_for_the_wake(self) -> None:
        assert answer(waiting().prewarmed(at=8), relaunch) == (FAILED, Reason.NOT_WOKEN_UNEXPLAINED)

    def test_stale_journal_lines_of_an_earlier_test(self) -> None:
        told = waiting().started(at=8, pid=NEW)
        told.line(Callback.HANDLE_EVENTS, at=8.2, session=FOREIGN_SESSION, nonce=FOREIGN_NONCE)
        assert answer(told, relaunch) == (OPEN, Reason.INCONCLUSIVE_OTHER_WAKE)
        assert outcome(told, callbacks(Callback.HANDLE_EVENTS)) is not PASSED

    @pytest.mark.parametrize(("told", "question"), [(waiting(), relaunch), (woken_in_place(), resume)])
    def test_a_person_tapping_the_icon_in_the_window(self, told: Story, question: Ask) -> None:
        opened = told.tapped(at=7.5, pid=NEW if question is relaunch else OLD)
        assert answer(opened, question) == (INVALID, Reason.INVALID_FOREGROUNDED)

    def test_a_log_source_that_lags_8_s_behind_the_deadline(self) -> None:
        told = waiting()
        lagging = told.known_to(Source.SYSTEM_LOG, window(told).deadline_s - 8)
        assert answer(lagging, relaunch) == (OPEN, Reason.INCONCLUSIVE_DEADLINE)
