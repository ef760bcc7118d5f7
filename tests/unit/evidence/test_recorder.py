"""The recorder: all sources of a phone, what a phone lacks, and connections that break and come back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from harness.errors import (
    AppNotRunning,
    CommandRefused,
    CommandTimeout,
    DeviceLocked,
    DeviceLost,
    EvidenceError,
)
from harness.evidence.recorder import APART_S, Recorder
from harness.evidence.timeline import Timeline
from harness.evidence.view import Evidence
from harness.expect.facts import ExpectNoFact
from harness.expect.question import Window, judge
from harness.model.facts import (
    ActionTaken,
    ClockCompared,
    DarwinSeen,
    Gap,
    Mark,
    ProcessEnded,
    ReportFound,
    SettingRead,
    Source,
    StateSeen,
    Verb,
)
from harness.model.raw import DarwinNotice, ProcessExit, StateNotice
from harness.model.time import Instant
from harness.model.verdict import Outcome
from tests.unit.evidence.desk import WATCHED
from tests.unit.evidence.phones import APP, HandClock, HandPhone, HandStream, notice

SOME_TURNS = 20
"""Turns of the loop in which what is already there has been taken, and a lost stream opened again."""


async def turns() -> None:
    for _ in range(SOME_TURNS):
        await asyncio.sleep(0)


def watch(
    doing: Callable[[Recorder, HandPhone], Awaitable[None]], phone: HandPhone | None = None
) -> Evidence:
    """What is known after something was done to a phone that is watched whole."""
    watched, timeline = phone or HandPhone(), Timeline()

    async def run() -> None:
        recorder = Recorder(watched, timeline, WATCHED, observe_exits=True)
        await recorder.start()
        await doing(recorder, watched)
        await recorder.stop()

    asyncio.run(run())
    return timeline.evidence()


def whole() -> HandPhone:
    phone = HandPhone()
    phone.offers_all = True
    return phone


async def settle(recorder: Recorder, phone: HandPhone, at_s: float) -> None:
    phone.clock.at_s = at_s
    await recorder.settle(thorough=True)


def test_what_a_phone_lacks_is_neither_covered_nor_lost() -> None:
    async def doing(recorder: Recorder, phone: HandPhone) -> None:
        await settle(recorder, phone, 105.0)

    known = watch(doing)
    assert known.gaps == ()
    assert set(known.coverage) == {
        Source.STATE_STREAM,
        Source.SYSTEM_LOG,
        Source.JOURNAL,
        Source.RECEIPT,
    }


def test_all_that_a_phone_has_is_watched_from_before_the_first_action() -> None:
    async def doing(recorder: Recorder, phone: HandPhone) -> None:
        await settle(recorder, phone, 105.0)

    known = watch(doing, whole())
    watched = {source: covered.from_s for source, covered in known.coverage.items()}
    assert set(watched) == set(Source) - {
        Source.PROCESS_LIST,  # looks, which cover nothing between them
        Source.SETTINGS,
        Source.LOG_MARK,  # comes by the log
        Source.HARNESS,
    }
    assert set(watched.values()) == {100.01}
    assert [fact.value for fact in known.of(SettingRead)] == ["on", "on"]


class TestReconnecting:
    """Streams that end."""

    def test_a_stream_that_ended_is_opened_at_once_without_anybody_asking(self) -> None:
        async def doing(recorder: Recorder, phone: HandPhone) -> None:
            phone.clock.at_s = 103.0
            phone.state_streams[0].cut()
            await turns()
            assert len(phone.state_streams) == 2
            assert phone.state_streams[0].closed
            phone.state_streams[1].show(notice(104.0, 8))
            await settle(recorder, phone, 105.0)

        known = watch(doing)
        assert known.gaps == (Gap(Source.STATE_STREAM, 100.01, 103.01, "the connection ended"),)
        assert len(known.of(StateSeen)) == 1

    @pytest.mark.parametrize(
        ("error", "why"), [(EvidenceError("strange bytes"), "strange bytes"), (KeyError("x"), "broke")]
    )
    def test_a_stream_that_breaks_in_a_library_is_a_dead_stream(
        self, error: Exception, why: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        phone = HandPhone()

        async def broken(stream: HandStream[StateNotice]) -> AsyncIterator[StateNotice]:
            if stream in phone.state_streams:
                yield notice(101.0, 8)
            raise error

        async def doing(recorder: Recorder, phone: HandPhone) -> None:
            await turns()

        with monkeypatch.context() as patch:
            patch.setattr(HandStream, "__aiter__", broken)
            known = watch(doing, phone)
        assert any(why in gap.why for gap in known.gaps if gap.source is Source.STATE_STREAM)
        assert known.of(StateSeen)

    def test_a_phone_that_is_away_is_asked_again_at_each_settling_and_the_gap_has_one_start(self) -> None:
        async def doing(recorder: Recorder, phone: HandPhone) -> None:
            phone.is_gone = True
            phone.state_streams[0].cut()
            await turns()
            await settle(recorder, phone, 105.0)
            phone.is_gone = False
            await settle(recorder, phone, 110.0)

        gaps = watch(doing).gaps
        assert [(gap.from_s, gap.to_s) for gap in gaps if gap.source is Source.STATE_STREAM] == [
            (100.01, 110.01)
        ]

    def test_nothing_is_opened_again_once_it_is_over(self) -> None:
        phone = HandPhone()

        async def doing(recorder: Recorder, phone: HandPhone) -> None:
            await recorder.stop()
            phone.state_streams[0].cut()
            await turns()

        watch(doing, phone)
        assert len(phone.state_streams) == 1


class TestActing:
    """What the harness did, and what it tried to do."""

    def attempt(self, failure: BaseException) -> ActionTaken:
        async def refuse() -> None:
            raise failure

        async def doing(recorder: Recorder, phone: HandPhone) -> None:
            with pytest.raises(type(failure)):
                await recorder.act(Verb.KILL, refuse(), pid=7)

        (noted,) = watch(doing).of(ActionTaken)
        return noted

    def test_what_the_phone_answered_is_done(self) -> None:
        async def doing(recorder: Recorder, phone: HandPhone) -> None:
            await recorder.act(Verb.KILL, turns(), pid=7)

        assert [action.done for action in watch(doing).of(ActionTaken)] == [True]

    @pytest.mark.parametrize(
        "failure",
        [
            CommandTimeout("no answer"),
            DeviceLost("the cable was pulled"),
            CommandRefused("what it said can mean anything"),
            asyncio.CancelledError(),
            ValueError("a fault of a client library"),
        ],
        ids=lambda failure: type(failure).__name__,
    )
    def test_an_attempt_without_an_answer_may_have_been_done_from_then_on(
        self, failure: BaseException
    ) -> None:
        noted = self.attempt(failure)
        assert (noted.done, noted.pid, noted.verb) == (None, 7, Verb.KILL)
        assert noted.at == Instant(100.0, 0.01)

    def test_a_refusal_is_noted_as_one(self) -> None:
        assert self.attempt(AppNotRunning("no process 7")).done is False
        assert self.attempt(DeviceLocked("the phone is locked")).done is False

    def test_an_attempt_leaves_no_mark_to_look_on_from(self) -> None:
        async def gone() -> None:
            raise DeviceLost("the cable was pulled")

        async def doing(recorder: Recorder, phone: HandPhone) -> None:
            with pytest.raises(DeviceLost):
                await recorder.act(Verb.LAUNCH, gone())
            assert recorder.timeline.marks == ()

        watch(doing)


class TestExits:
    """Ends of processes."""

    def test_a_process_is_observed_once_it_is_known_and_its_end_told(self) -> None:
        async def doing(recorder: Recorder, phone: HandPhone) -> None:
            phone.running.add(41)
            phone.state_streams[0].show(notice(101.0, 8), notice(102.0, 2))
            await settle(recorder, phone, 105.0)
            assert phone.event_streams[0].observed == [41]
            phone.event_streams[0].show(ProcessExit(time.monotonic(), 41, None, 9))
            await turns()
            await settle(recorder, phone, 110.0)

        (end,) = watch(doing, whole()).of(ProcessEnded)
        assert (end.pid, end.domain, end.code, end.source) == (41, "signal", 9, Source.PROCESS_EVENTS)
        assert end.at.earliest_s >= 100.0

    def test_after_a_cut_what_runs_is_observed_anew(self) -> None:
        async def doing(recorder: Recorder, phone: HandPhone) -> None:
            phone.running.add(41)
            phone.state_streams[0].show(notice(101.0, 8))
            await settle(recorder, phone, 105.0)
            phone.event_streams[0].cut()
            await turns()
            await settle(recorder, phone, 106.0)
            assert phone.event_streams[1].observed == [41]

        assert [gap.source for gap in watch(doing, whole()).gaps] == [Source.PROCESS_EVENTS]

    def test_nobody_is_observed_unless_it_was_asked_for(self) -> None:
        async def run() -> None:
            phone = whole()
            recorder = Recorder(phone, Timeline(), WATCHED)
            await recorder.start()
            phone.state_streams[0].show(notice(101.0, 8))
            await recorder.settle()
            assert phone.event_streams == []
            await recorder.stop()

        asyncio.run(run())


def test_reports_are_looked_for_after_an_end_and_not_without() -> None:
    async def doing(recorder: Recorder, phone: HandPhone) -> None:
        await settle(recorder, phone, 103.0)
        assert phone.store.flushed == 0
        phone.state_streams[0].show(notice(104.0, 1))
        await settle(recorder, phone, 105.0)
        await settle(recorder, phone, 106.0)
        assert phone.store.flushed == 1

    watch(doing, whole())


def test_a_look_that_found_no_report_proves_nothing_as_one_may_be_written_later() -> None:
    async def doing(recorder: Recorder, phone: HandPhone) -> None:
        phone.state_streams[0].show(notice(101.0, 1))
        await settle(recorder, phone, 500.0)
        assert phone.store.flushed == 1

    known = watch(doing, whole())
    never = Window(Mark(Instant(101.0), "end"), deadline_s=111.0)
    asked = ExpectNoFact(APP, never, ReportFound, "a report")
    assert judge(asked, known).outcome is Outcome.INCONCLUSIVE
    assert known.gaps == ()


def test_a_look_for_reports_that_failed_is_made_up_for() -> None:
    async def doing(recorder: Recorder, phone: HandPhone) -> None:
        phone.state_streams[0].show(notice(101.0, 1))
        phone.store.is_gone = True
        await settle(recorder, phone, 105.0)
        assert phone.store.flushed == 0
        await settle(recorder, phone, 106.0)
        assert phone.store.flushed == 1

    assert watch(doing, whole()).gaps == ()


def test_a_phone_that_answers_oddly_when_asked_for_reports_is_asked_again() -> None:
    async def doing(recorder: Recorder, phone: HandPhone) -> None:
        phone.state_streams[0].show(notice(101.0, 1))
        phone.store.is_odd = True
        await settle(recorder, phone, 105.0)
        assert phone.store.flushed == 0
        phone.store.is_odd = False
        await settle(recorder, phone, 106.0)
        assert phone.store.flushed == 1

    watch(doing, whole())


def test_a_notification_is_told_by_its_name() -> None:
    async def doing(recorder: Recorder, phone: HandPhone) -> None:
        await settle(recorder, phone, 101.0)
        phone.darwin_streams[0].show(DarwinNotice(1.0, "com.apple.springboard.lockstate"))
        await turns()
        await settle(recorder, phone, 105.0)

    (fact,) = watch(doing, whole()).of(DarwinSeen)
    assert fact.name == "com.apple.springboard.lockstate"


def test_how_the_clocks_stood_is_noted_at_the_end() -> None:
    async def nothing(recorder: Recorder, phone: HandPhone) -> None:
        pass

    phone = HandPhone()
    phone.clock = HandClock(at_s=time.time() + 3600, error_s=0.01)
    (compared,) = watch(nothing, phone).of(ClockCompared)
    assert compared.ahead_s == pytest.approx(3600, abs=5)
    assert 0.005 < compared.error_s < 5


def test_two_actions_on_a_clock_that_stands_have_an_order() -> None:
    async def act_twice(recorder: Recorder, phone: HandPhone) -> None:
        for verb in (Verb.KILL, Verb.LAUNCH):
            await recorder.act(verb, asyncio.sleep(0))

    phone = HandPhone()
    phone.clock = HandClock(error_s=0.0)
    killed, launched = watch(act_twice, phone).of(ActionTaken)
    assert killed.at.surely_before(launched.at)
    assert launched.at.earliest_s - killed.at.latest_s >= APART_S / 2
