"""Sources: what they show, how far they say they have come, and what they own up to."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from harness.evidence.items import ClockRead
from harness.evidence.sources import log as log_module
from harness.evidence.sources.journal import JournalSource
from harness.evidence.sources.log import LogSource
from harness.evidence.sources.processes import ProcessSource
from harness.evidence.sources.receipts import ReceiptSource
from harness.evidence.sources.states import StateSource
from harness.evidence.timeline import Timeline
from harness.model.facts import (
    CallbackSeen,
    DebuggerSeen,
    Gap,
    ProcessAbsent,
    ProcessSeen,
    Source,
    StateSeen,
    TransferPhase,
    TransferSeen,
)
from harness.model.journal import JournalLine
from harness.model.raw import LogLoss, ProcessRow
from harness.model.states import AppState
from harness.model.time import Instant
from harness.origin.body import BLOCK_BYTES
from harness.origin.receipts import EventKind, Receipt, ReceiptEvent
from harness.origin.run import OriginRun
from tests.unit.evidence.desk import HandDesk, Watch
from tests.unit.evidence.phones import APP, HandContainer, logged, notice, suspended
from tests.unit.evidence.receipts import receipt, request

PATH = "Documents/harness-journal.jsonl"


class TestStates:
    """The state stream."""

    def test_a_round_trip_proves_what_was_pushed_before_it(self) -> None:
        async def run() -> None:
            async with Watch(StateSource) as watch:
                watch.phone.state_streams[0].show(notice(101.0, 4), notice(102.0, 2))
                await watch.settle(103.0)
                known = watch.known
                seen = known.of(StateSeen)
                assert [fact.state for fact in seen] == [AppState.BACKGROUND_RUNNING, AppState.SUSPENDED]
                assert known.covers(Source.STATE_STREAM, 100.01, 102.99)
                assert not known.passed(Source.STATE_STREAM, 103.0)

        asyncio.run(run())

    def test_it_covers_only_what_came_after_the_phone_confirmed_it(self) -> None:
        async def run() -> None:
            watch = Watch(StateSource)
            watch.phone.connecting_s = 2.0
            async with watch:
                assert watch.known.coverage[Source.STATE_STREAM].from_s == 102.0 + 0.01

        asyncio.run(run())

    def test_a_connection_that_ended_leaves_a_gap_until_the_next_is_confirmed(self) -> None:
        async def run() -> None:
            watch = Watch(StateSource)
            watch.phone.connecting_s = 2.0
            async with watch:
                watch.phone.state_streams[0].cut()
                await watch.settle(110.0)
                await watch.settle(120.0)
                known = watch.known
                assert [(gap.from_s, gap.to_s) for gap in known.gaps] == [(102.01, 122.01)]
                assert not known.covers(Source.STATE_STREAM, 105.0, 111.0)
                await watch.settle(130.0)
                assert watch.known.covers(Source.STATE_STREAM, 122.1, 129.0)

        asyncio.run(run())

    def test_a_phone_that_stays_away_leaves_the_gap_open(self) -> None:
        async def run() -> None:
            async with Watch(StateSource) as watch:
                watch.phone.state_streams[0].cut()
                watch.phone.is_gone = True
                for at_s in (105.0, 106.0):
                    await watch.settle(at_s)
                known = watch.known
                assert known.gaps == (Gap(Source.STATE_STREAM, 100.0 + 0.01, None, known.gaps[0].why),)

        asyncio.run(run())

    def test_a_stream_that_was_given_up_shows_nothing_more(self) -> None:
        async def run() -> None:
            async with Watch(StateSource) as watch:
                old = watch.phone.state_streams[0]
                old.is_cut = True  # it does not answer, and its peer has not noticed
                for _ in range(2):
                    await watch.settle()
                old.show(notice(101.0, 4))
                watch.phone.state_streams[-1].show(notice(101.0, 4))
                await watch.settle()
                assert len(watch.known.of(StateSeen)) == 1

        asyncio.run(run())


class TestLog:
    """The live log."""

    def test_a_silent_log_is_provoked_into_showing_how_far_it_has_come(self) -> None:
        async def run() -> None:
            async with Watch(LogSource) as watch:
                watch.phone.log_streams[0].tell(suspended(101.0))
                await watch.settle(105.0)
                known = watch.known
                assert [fact.state for fact in known.of(StateSeen)] == [AppState.SUSPENDED]
                assert known.covers(Source.SYSTEM_LOG, 100.02, 104.98)

        asyncio.run(run())

    def test_a_log_that_lags_has_come_as_far_as_its_newest_record(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def run() -> None:
            watch = Watch(LogSource)
            watch.phone.logs_when_provoked = False
            async with watch:
                watch.phone.log_streams[0].tell(logged(102.0))
                await watch.settle(110.0)
                known = watch.known
                assert known.coverage[Source.SYSTEM_LOG].to_s == 102.0
                assert known.gaps == ()

        monkeypatch.setattr(log_module, "PROVOKED_WITHIN_S", 0.01)
        asyncio.run(run())

    def test_a_phone_that_takes_long_to_be_provoked_has_no_log_that_lags(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def run() -> None:
            watch = Watch(LogSource)
            watch.phone.provoking_s = 0.05
            async with watch:
                await watch.settle(105.0)
                assert watch.known.covers(Source.SYSTEM_LOG, 100.02, 104.98)

        monkeypatch.setattr(log_module, "PROVOKED_WITHIN_S", 0.01)
        asyncio.run(run())

    def test_records_that_the_phone_dropped_are_a_gap(self) -> None:
        async def run() -> None:
            async with Watch(LogSource) as watch:
                watch.phone.log_streams[0].tell(logged(101.0), LogLoss(103.0), logged(104.0))
                await watch.settle(105.0)
                known = watch.known
                assert [(gap.from_s, gap.to_s) for gap in known.gaps] == [(101.0, 103.0)]
                assert known.covers(Source.SYSTEM_LOG, 103.5, 104.5)

        asyncio.run(run())

    def test_a_connection_that_ended_is_opened_again_at_once_and_the_gap_begins_at_the_newest_record(
        self,
    ) -> None:
        async def run() -> None:
            watch = Watch(LogSource)
            watch.phone.connecting_s = 2.0
            async with watch:
                watch.phone.log_streams[0].tell(logged(104.0))
                watch.phone.log_streams[0].cut()
                await asyncio.sleep(0)  # lets the source read to the end
                await asyncio.sleep(0)
                await watch.settle(110.0)
                known = watch.known
                assert [(gap.from_s, gap.to_s) for gap in known.gaps] == [(104.0, 104.01)]
                assert len(watch.phone.log_streams) == 2

        asyncio.run(run())


def line(seq: int, at_s: float, event: str = "note", nonce: str = "n1") -> bytes:
    text = JournalLine(seq, "boot", 41, 1.0, at_s, nonce, event).to_json()
    return text.encode() + b"\n"


class Journal(Watch[JournalSource]):
    """A journal source over a file in memory."""

    def __init__(self, *before: bytes) -> None:
        super().__init__(lambda desk: JournalSource(desk, APP, PATH))
        self.set(*before)

    def set(self, *lines: bytes) -> None:
        self.phone.files.files[PATH] = b"".join(lines)

    def append(self, data: bytes) -> None:
        self.phone.files.files[PATH] += data

    @property
    def seqs(self) -> list[int]:
        return [fact.seq for fact in self.known.of(CallbackSeen)]

    @property
    def shown_s(self) -> float:
        return self.known.coverage[Source.JOURNAL].to_s


class TestJournal:
    """The app's journal."""

    def test_what_it_held_before_the_test_never_counts(self) -> None:
        async def run() -> None:
            journal = Journal(line(1, 50.0, "handleEventsForBackgroundURLSession", "n0"))
            await journal.begin()
            journal.append(line(2, 101.0))
            await journal.settle(105.0)
            assert journal.seqs == [2]
            assert journal.shown_s == 105.0 - 0.01

        asyncio.run(run())

    def test_a_read_that_failed_is_made_up_for_by_the_next(self) -> None:
        async def run() -> None:
            journal = Journal()
            await journal.begin()
            journal.append(line(1, 101.0))
            journal.phone.files.is_cut = True
            journal.phone.is_gone = True
            await journal.settle(103.0)
            assert (journal.seqs, journal.shown_s) == ([], 100.0 + 0.01)
            journal.phone.is_gone = False
            await journal.settle(104.0)
            assert (journal.seqs, journal.shown_s) == ([1], 104.0 - 0.01)
            assert journal.known.gaps == ()

        asyncio.run(run())

    def test_a_journal_that_moved_to_another_container_is_read_on_there(self) -> None:
        async def run() -> None:
            journal = Journal()
            await journal.begin()
            journal.append(line(1, 101.0))
            await journal.settle(102.0)
            old, journal.phone.files = journal.phone.files, HandContainer()
            journal.set(old.files.pop(PATH), line(2, 103.0))
            await journal.settle(104.0)
            assert journal.seqs == [1, 2]
            assert journal.known.gaps == ()

        asyncio.run(run())

    def test_a_line_read_in_two_parts_is_one_line_and_until_then_nothing_is_proven(self) -> None:
        async def run() -> None:
            journal = Journal()
            await journal.begin()
            whole = line(1, 101.0, "Grüße")
            journal.append(whole[:60])
            await journal.settle(103.0)
            assert (journal.seqs, journal.shown_s) == ([], 100.0 + 0.01)
            journal.append(whole[60:])
            await journal.settle(104.0)
            assert (journal.seqs, journal.shown_s) == ([1], 104.0 - 0.01)

        asyncio.run(run())

    def test_a_line_that_cannot_be_read_is_lost_evidence(self) -> None:
        async def run() -> None:
            journal = Journal()
            await journal.begin()
            journal.append(line(1, 101.0) + line(2, 102.0)[:30] + line(3, 103.0) + b"\n" + line(4, 103.5))
            await journal.settle(104.0)
            known = journal.known
            assert journal.seqs == [1, 4]
            (gap,) = known.gaps
            assert (gap.from_s, gap.to_s) == pytest.approx((101.0, 103.5), abs=1e-3)
            assert not known.covers(Source.JOURNAL, 100.5, 103.0)

        asyncio.run(run())

    def test_a_journal_that_became_shorter_is_read_anew_and_may_have_lost_lines(self) -> None:
        async def run() -> None:
            journal = Journal(line(1, 50.0), line(2, 51.0))
            await journal.begin()
            journal.set(line(1, 101.0))
            await journal.settle(104.0)
            assert journal.seqs == [1]
            assert [gap.source for gap in journal.known.gaps] == [Source.JOURNAL]

        asyncio.run(run())

    def test_a_journal_that_the_harness_cleared_has_lost_nothing(self) -> None:
        async def run() -> None:
            journal = Journal(line(1, 50.0))
            await journal.begin()
            await journal.source.clear()
            journal.set(line(1, 101.0))
            await journal.settle(104.0)
            assert journal.seqs == [1]
            assert journal.known.gaps == ()

        asyncio.run(run())


def row(pid: int, name: str, bundle_id: str = "") -> ProcessRow:
    return ProcessRow(pid, name, bundle_id, is_application=True, started_s=90.0)


class TestProcesses:
    """The process list."""

    def look(self, *looks: tuple[ProcessRow, ...]) -> Timeline:
        async def run() -> Timeline:
            desk = HandDesk()
            source = ProcessSource(desk)
            for desk.phone.rows in looks:
                await source.settle(await desk.now())
            return desk.timeline

        return asyncio.run(run())

    @pytest.mark.parametrize("mine", [row(41, "Downloader", APP), row(41, "Downloader"), row(41, "x", APP)])
    def test_the_app_is_known_by_its_identifier_or_where_there_is_none_by_its_name(
        self, mine: ProcessRow
    ) -> None:
        (seen,) = self.look((mine,)).evidence().of(ProcessSeen)
        assert (seen.pid, seen.bundle_id, seen.started_s) == (41, APP, 90.0)

    def test_another_app_of_the_same_name_is_not_the_app(self) -> None:
        known = self.look((row(41, "Downloader", f"{APP}.beta"),)).evidence()
        assert known.of(ProcessSeen) == ()
        assert len(known.of(ProcessAbsent)) == 1

    def test_a_debugserver_is_told_when_it_comes_and_when_it_goes(self) -> None:
        debugged = (row(90, "debugserver"),)
        known = self.look((), debugged, debugged, ()).evidence()
        assert [fact.attached for fact in known.of(DebuggerSeen)] == [True, False]

    def test_a_look_that_failed_shows_nothing(self) -> None:
        async def run() -> None:
            desk = HandDesk()
            desk.phone.is_gone = True
            await ProcessSource(desk).settle(await desk.now())
            assert desk.timeline.evidence().facts == ()

        asyncio.run(run())


SIZE = 10 * BLOCK_BYTES


def silenced(run: OriginRun, receipt: Receipt) -> None:
    """Have a run keep a receipt that nobody is told of."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "_callbacks", [])
        run.note(receipt)


class Receipts:
    """A receipt source, with the phone's clock a thousand seconds ahead of the host's."""

    def __init__(self) -> None:
        self.desk = HandDesk()
        self.source = ReceiptSource(self.desk)

    async def read_clock(self, host_s: float) -> None:
        now = Instant(host_s + 1000, 0.001)
        self.desk.hand(ClockRead(host_s=host_s, asked_s=host_s, phone=now))
        await self.source.settle(now)

    def take(
        self, *kinds: tuple[EventKind, float, int], serial: int = 1, start: int = 0, status: int = 200
    ) -> None:
        events = tuple(ReceiptEvent(kind, host_s, sent) for kind, host_s, sent in kinds)
        how = {"status": status, "range_start": start, "range_end": SIZE, "size_bytes": SIZE}
        for count in range(1, len(events) + 1):
            self.source.take(replace(receipt(serial, *events[:count]), **how))

    @property
    def seen(self) -> tuple[TransferSeen, ...]:
        return self.desk.timeline.evidence().of(TransferSeen)


class TestReceipts:
    """The origin's receipts."""

    def test_a_receipt_becomes_facts_once_each_in_phone_time(self) -> None:
        async def run() -> None:
            receipts = Receipts()
            await receipts.read_clock(10)
            receipts.take(
                (EventKind.STARTED, 11, 0),
                (EventKind.FIRST_BYTE, 11.1, 1),
                (EventKind.HELD, 12, 500),
                (EventKind.RELEASED, 13, 500),
                (EventKind.FINISHED, 14, SIZE),
            )
            await receipts.read_clock(20)
            await receipts.read_clock(30)
            assert [(fact.at.at_s, fact.phase) for fact in receipts.seen] == [
                (1011, TransferPhase.STARTED),
                (1012, TransferPhase.HELD),
                (1013, TransferPhase.RELEASED),
                (1014, TransferPhase.FINISHED),
            ]
            assert [fact.complete for fact in receipts.seen] == [False, False, False, True]

        asyncio.run(run())

    def test_what_came_after_the_last_reading_of_the_clock_waits_for_the_next(self) -> None:
        async def run() -> None:
            receipts = Receipts()
            await receipts.read_clock(10)
            receipts.take((EventKind.STARTED, 10.5, 0), (EventKind.FINISHED, 20.5, SIZE))
            await receipts.read_clock(20)
            assert [fact.phase for fact in receipts.seen] == [TransferPhase.STARTED]
            await receipts.read_clock(30)
            assert receipts.seen[-1].at.at_s == 1020.5
            assert receipts.seen[-1].complete

        asyncio.run(run())

    def test_a_download_that_went_on_after_a_break_is_whole(self) -> None:
        async def run() -> None:
            receipts = Receipts()
            await receipts.read_clock(10)
            receipts.take((EventKind.STARTED, 11, 0), (EventKind.BROKEN, 12, 5 * BLOCK_BYTES))
            # The receipt of a broken response is a lower bound: the peer had a little more than that.
            start = 5 * BLOCK_BYTES + 1000
            receipts.take(
                (EventKind.STARTED, 13, 0),
                (EventKind.FINISHED, 14, SIZE - start),
                serial=2,
                start=start,
                status=206,
            )
            await receipts.read_clock(20)
            assert [fact.complete for fact in receipts.seen] == [False, False, False, True]

        asyncio.run(run())

    @pytest.mark.parametrize(
        ("start", "sent", "status"),
        [(5 * BLOCK_BYTES, 5 * BLOCK_BYTES, 206), (0, SIZE - 1, 200), (0, SIZE, 503)],
    )
    def test_a_part_alone_or_an_error_is_not_the_whole_file(self, start: int, sent: int, status: int) -> None:
        async def run() -> None:
            receipts = Receipts()
            await receipts.read_clock(10)
            receipts.take((EventKind.FINISHED, 14, sent), start=start, status=status)
            await receipts.read_clock(20)
            assert [fact.complete for fact in receipts.seen] == [False]

        asyncio.run(run())

    def test_what_one_run_did_not_tell_is_not_made_up_for_by_another_that_was_left(self) -> None:
        async def run() -> None:
            receipts = Receipts()
            await receipts.source.begin(Instant(1000.0, 0.001))
            await receipts.read_clock(10)
            first, second = (OriginRun(nonce, "http://127.0.0.1:1", lambda: 0.0) for nonce in ("n1", "n2"))
            leave = receipts.source.follow(first)
            for serial in (1, 2):
                first.note(request(serial, 10.0 + serial))
            leave()
            receipts.source.follow(second)
            await receipts.read_clock(20)
            assert receipts.desk.timeline.evidence().gaps == ()
            silenced(second, request(3, 21.0))
            await receipts.read_clock(30)
            (gap,) = receipts.desk.timeline.evidence().gaps
            assert gap.source is Source.RECEIPT

        asyncio.run(run())

    def test_an_event_that_is_missing_stays_missing_when_another_comes(self) -> None:
        async def run() -> None:
            receipts = Receipts()
            run = OriginRun("n1", "http://127.0.0.1:1", lambda: 0.0)
            await receipts.source.begin(Instant(1000.0, 0.001))
            await receipts.read_clock(10)
            receipts.source.follow(run)
            silenced(run, request(1, 11.0))
            await receipts.read_clock(20)
            run.note(request(2, 21.0))
            await receipts.read_clock(30)
            (gap,) = receipts.desk.timeline.evidence().gaps
            assert gap.overlaps(1011.0, 1011.0)
            run.note(request(1, 11.0))
            await receipts.read_clock(40)
            known = receipts.desk.timeline.evidence()
            assert known.gaps == ()
            assert [fact.request for fact in known.of(TransferSeen)] == [1, 2]

        asyncio.run(run())

    def test_its_watermark_is_the_reading_that_it_was_settled_with(self) -> None:
        async def run() -> None:
            receipts = Receipts()
            await receipts.source.begin(Instant(1000.0, 0.001))
            await receipts.read_clock(20)
            assert receipts.desk.timeline.evidence().covers(Source.RECEIPT, 1000.001, 1019.99)

        asyncio.run(run())
