"""Feeds: what items mean, what they prove, and what is missing between them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.evidence.feeds.numbering import Numbering
from harness.evidence.feeds.reach import Reach
from harness.evidence.items import (
    ClockRead,
    DarwinCame,
    Ended,
    ExitCame,
    Item,
    JournalCleared,
    JournalRead,
    LogCame,
    NoticeCame,
    Observed,
    Opened,
    ReceiptCame,
    ReportsRead,
    Settled,
    Watching,
)
from harness.evidence.teller import retell
from harness.evidence.timeline import Timeline
from harness.evidence.view import Evidence
from harness.model.facts import CallbackSeen, DarwinSeen, Gap, ProcessEnded, Source, StateSeen, TransferSeen
from harness.model.interfaces import Interface
from harness.model.journal import JournalLine
from harness.model.raw import DarwinNotice, LogLoss, LogRecord, ProcessExit, ReportFile
from harness.model.states import AppState
from harness.model.time import Instant, Order, written
from harness.origin.receipts import EventKind
from tests.unit.evidence.desk import WATCHED
from tests.unit.evidence.phones import APP, logged, notice, suspended, written_record

AHEAD_S = 1000.0
"""The phone's clock is so far ahead of this host's."""

BEGUN: tuple[Item, ...] = (
    Watching(host_s=0.0, app=WATCHED, nonce="n1", ios="17.4"),
    ClockRead(host_s=0.0, asked_s=0.0, phone=Instant(AHEAD_S, 0.001)),
    *(
        Opened(host_s=0.0, source=source, shown_s=AHEAD_S)
        for source in (
            Source.STATE_STREAM,
            Source.SYSTEM_LOG,
            Source.JOURNAL,
            Source.PROCESS_EVENTS,
            Source.DARWIN,
            Source.RECEIPT,
        )
    ),
)


def known(*items: Item) -> Evidence:
    return retell((*BEGUN, *items)).evidence()


def spans(evidence: Evidence, source: Source) -> list[tuple[float, float | None]]:
    """Gaps of a source, to the hundredth."""
    gaps = [gap for gap in evidence.gaps if gap.source is source]
    return [(round(gap.from_s, 2), None if gap.to_s is None else round(gap.to_s, 2)) for gap in gaps]


def phone(host_s: float) -> Instant:
    return Instant(AHEAD_S + host_s, 0.001)


def clock(host_s: float) -> ClockRead:
    return ClockRead(host_s=host_s, asked_s=host_s, phone=phone(host_s))


def settled(source: Source, host_s: float, *, answered: bool = True, count: int = -1) -> Settled:
    return Settled(host_s=host_s, source=source, asked=phone(host_s), answered=answered, count=count)


def text(seq: int, host_s: float, pid: int = 41) -> str:
    return JournalLine(seq, "boot", pid, 1.0, AHEAD_S + host_s, "n1", "note").to_json()


def mark(seq: int, host_s: float, pid: int = 41, came_s: float | None = None) -> LogCame:
    record = LogRecord(
        AHEAD_S + host_s, "Downloader", pid, "notice", text(seq, host_s, pid), "harness.journal"
    )
    return LogCame(host_s=host_s if came_s is None else came_s, data=written_record(record))


def plain(host_s: float) -> LogCame:
    return LogCame(host_s=host_s, data=written_record(logged(AHEAD_S + host_s)))


class Journal:
    """A journal that grows, and what reading it gives."""

    def __init__(self) -> None:
        self._data = b""
        self._read_bytes = 0

    def write(self, *lines: str) -> None:
        self._data += "".join(f"{line}\n" for line in lines).encode()

    def read(self, host_s: float) -> JournalRead:
        offset, self._read_bytes = self._read_bytes, len(self._data)
        return JournalRead(
            host_s=host_s,
            asked=phone(host_s),
            asked_s=host_s,
            offset=offset,
            size_bytes=len(self._data),
            data=self._data[offset:],
        )


def journal_of(*seqs: int, at_s: float = 5.0) -> JournalRead:
    journal = Journal()
    journal.write(*(text(seq, at_s + seq / 10) for seq in seqs))
    return journal.read(10.0)


class TestJournalNumbers:
    """Numbers of the journal's lines."""

    def test_a_number_that_is_skipped_is_a_gap_between_its_neighbours(self) -> None:
        assert spans(known(journal_of(1, 2, 4)), Source.JOURNAL) == [(1005.2, 1005.4)]

    def test_numbers_that_follow_one_another_lack_nothing(self) -> None:
        assert known(journal_of(1, 2, 3)).gaps == ()

    def test_a_first_line_of_a_new_file_is_number_one(self) -> None:
        assert spans(known(journal_of(2)), Source.JOURNAL) == [(1000.0, 1005.2)]

    def test_a_file_that_was_there_before_may_go_on_with_any_number(self) -> None:
        there = Opened(host_s=0.0, source=Source.JOURNAL, shown_s=AHEAD_S, offset=500)
        read = replace(journal_of(7, 8), offset=500, size_bytes=9000)
        read = replace(read, size_bytes=500 + len(read.data))
        assert known(there, read).gaps == ()

    def test_a_journal_that_began_anew_may_have_lost_lines(self) -> None:
        journal = Journal()
        journal.write(text(1, 1), text(2, 2), text(1, 3))
        assert len(spans(known(journal.read(10.0)), Source.JOURNAL)) == 1

    def test_a_journal_that_the_harness_cleared_begins_with_one_again(self) -> None:
        first, second = Journal(), Journal()
        first.write(text(1, 1), text(2, 2))
        second.write(text(1, 13))
        cleared = JournalCleared(host_s=12.0, at=phone(12.0))
        told = known(first.read(10.0), cleared, second.read(20.0))
        assert told.gaps == ()
        assert [fact.seq for fact in told.of(CallbackSeen)] == [1, 2, 1]

    def test_a_read_that_never_arrived_is_known_by_its_bytes(self) -> None:
        journal = Journal()
        journal.write(text(1, 1))
        journal.read(10.0)
        journal.write(text(2, 11))
        assert spans(known(journal.read(20.0)), Source.JOURNAL) == [(1000.0, 1011.0)]

    def test_a_read_that_was_cut_short_proves_nothing_until_the_rest_was_read(self) -> None:
        whole = journal_of(1, 2)
        half = replace(whole, data=whole.data[:20])
        rest = replace(whole, host_s=11.0, asked=phone(11.0), offset=20, data=whole.data[20:])
        assert known(half).coverage[Source.JOURNAL].to_s == AHEAD_S
        told = known(half, rest)
        assert told.coverage[Source.JOURNAL].to_s == pytest.approx(1011.0, abs=0.01)
        assert told.gaps == ()

    def test_a_hole_as_large_as_an_app_likes_costs_nothing(self) -> None:
        assert len(known(journal_of(1, 10**15, 10**15 + 1)).gaps) == 1


class TestNumbering:
    """What a hole in the numbers means, until all that was missing has come."""

    def test_it_lasts_until_the_last_of_the_missing_has_come(self) -> None:
        items = (mark(1, 5.1), mark(4, 5.4), mark(2, 5.2))
        assert spans(known(*items), Source.SYSTEM_LOG) == [(1005.1, 1005.4)]
        assert known(*items, mark(3, 5.3)).gaps == ()

    def test_it_reaches_over_all_that_its_neighbours_may_have_been(self) -> None:
        reach = Reach(Source.JOURNAL)
        numbers = Numbering(reach, "line")
        numbers.restart(0, 0.0)
        assert numbers.take(1, Instant(5.0, 0.25)) == []
        (gap,) = numbers.take(3, Instant(6.0, 0.5))
        assert gap == Gap(Source.JOURNAL, 4.75, 6.5, "line 2 is missing")

    def test_what_the_phone_says_it_dropped_is_not_missed_a_second_time(self) -> None:
        dropped = LogCame(host_s=5.2, data=written_record(LogLoss(AHEAD_S + 5.2)))
        assert spans(known(mark(1, 5.1), dropped, mark(5, 5.3)), Source.SYSTEM_LOG) == [(1005.1, 1005.2)]


class TestProofs:
    """How far a stream has come."""

    def test_a_proof_that_was_answered_shows_all_up_to_when_it_was_asked_for(self) -> None:
        told = known(settled(Source.STATE_STREAM, 5.0))
        assert told.coverage[Source.STATE_STREAM].to_s == phone(5.0).earliest_s

    def test_a_proof_without_an_answer_proves_nothing(self) -> None:
        told = known(settled(Source.STATE_STREAM, 5.0, answered=False))
        assert told.coverage[Source.STATE_STREAM].to_s == AHEAD_S

    def test_a_proof_that_comes_while_the_stream_is_lost_proves_nothing(self) -> None:
        lost = Ended(host_s=4.0, source=Source.STATE_STREAM, why="cut")
        told = known(lost, settled(Source.STATE_STREAM, 5.0))
        assert told.coverage[Source.STATE_STREAM].to_s == AHEAD_S
        assert spans(told, Source.STATE_STREAM) == [(1000.0, None)]


class TestPairing:
    """What journal and marks say of one another."""

    def test_a_mark_whose_line_a_later_read_lacks_is_a_gap_of_the_journal(self) -> None:
        told = known(mark(1, 5.0), journal_of())
        assert spans(told, Source.JOURNAL) == [(1000.0, 1010.0)]

    def test_the_gap_is_taken_back_when_a_read_has_the_line(self) -> None:
        told = known(mark(1, 5.0), journal_of(), replace(journal_of(1), host_s=20.0, asked=phone(20.0)))
        assert told.gaps == ()

    def test_a_mark_that_came_after_the_read_was_asked_for_proves_nothing_yet(self) -> None:
        assert known(mark(1, 9.9, came_s=10.1), journal_of()).gaps == ()

    def test_a_mark_of_before_the_journal_was_watched_is_nobodys_loss(self) -> None:
        assert known(mark(1, -1.0, came_s=5.0), journal_of()).gaps == ()

    def test_a_mark_of_before_the_journal_was_cleared_is_nobodys_loss(self) -> None:
        cleared = JournalCleared(host_s=8.0, at=phone(8.0))
        assert known(cleared, mark(5, 5.0, came_s=9.0), journal_of()).gaps == ()

    def test_a_line_whose_mark_the_log_lacks_is_a_gap_of_the_log_between_its_neighbours(self) -> None:
        told = known(
            mark(1, 5.1), mark(3, 5.3), journal_of(1, 2, 3), plain(30.0), settled(Source.SYSTEM_LOG, 30.0)
        )
        assert (1005.1, 1005.3) in spans(told, Source.SYSTEM_LOG)

    def test_a_last_mark_that_is_missing_shows_once_the_log_has_come_past_it(self) -> None:
        items = (mark(1, 5.1), journal_of(1, 2), plain(30.0))
        assert known(*items).gaps == ()
        told = known(*items, settled(Source.SYSTEM_LOG, 30.0))
        assert spans(told, Source.SYSTEM_LOG) == [(1005.1, 1030.0)]

    def test_an_app_that_never_leaves_marks_has_lost_none(self) -> None:
        assert known(journal_of(1, 2), plain(30.0), settled(Source.SYSTEM_LOG, 30.0)).gaps == ()

    def test_a_mark_that_came_and_cannot_be_read_is_not_missing(self) -> None:
        cut = LogRecord(AHEAD_S + 5.2, "Downloader", 41, "notice", '{"seq":2,"bo', "harness.journal")
        told = known(
            mark(1, 5.1),
            LogCame(host_s=5.2, data=written_record(cut)),
            mark(3, 5.3),
            journal_of(1, 2, 3),
            plain(30.0),
            settled(Source.SYSTEM_LOG, 30.0),
        )
        assert told.gaps == ()

    def test_marks_that_overtook_one_another_are_all_there(self) -> None:
        told = known(mark(1, 5.1), mark(3, 5.3), mark(2, 5.2))
        assert told.gaps == ()

    def test_a_mark_that_is_skipped_is_a_gap_without_any_journal(self) -> None:
        assert spans(known(mark(1, 5.1), mark(3, 5.3)), Source.SYSTEM_LOG) == [(1005.1, 1005.3)]


class TestLog:
    """The live log."""

    def test_bytes_that_are_no_log_end_it_until_it_is_opened_again(self) -> None:
        items = (plain(5.0), LogCame(host_s=6.0, data=b"\x07" * 40), plain(7.0))
        assert spans(known(*items), Source.SYSTEM_LOG) == [(1005.0, None)]
        again = Opened(host_s=8.0, source=Source.SYSTEM_LOG, shown_s=1008.0)
        told = known(*items, again, plain(9.0), settled(Source.SYSTEM_LOG, 9.0))
        assert spans(told, Source.SYSTEM_LOG) == [(1005.0, 1008.0)]
        assert told.passed(Source.SYSTEM_LOG, 1008.9)

    def test_what_came_before_bytes_that_are_no_log_is_told_and_the_log_is_lost_at_once(self) -> None:
        data = written_record(suspended(AHEAD_S + 5.0)) + b"\x07" * 40
        told = known(LogCame(host_s=5.0, data=data))
        assert len(told.of(StateSeen)) == 1
        assert spans(told, Source.SYSTEM_LOG) == [(1005.0, None)]

    def test_a_loss_that_the_phone_tells_of_is_a_gap_from_the_record_before(self) -> None:
        lost = LogCame(host_s=6.0, data=written_record(LogLoss(1006.0)))
        assert spans(known(plain(5.0), lost), Source.SYSTEM_LOG) == [(1005.0, 1006.0)]


class TestStates:
    """What cannot follow in the state stream."""

    @pytest.mark.parametrize(
        ("notices", "gaps"),
        [
            ([(1, 8, 41), (2, 4, 41), (3, 2, 41), (4, 1, 41), (5, 4, 42)], []),
            ([(1, 8, 41), (2, 2, 41), (3, 4, 42)], [(1002.0, 1003.0)]),
            ([(1, 8, 41), (2, 2, 41), (3, 2, 41)], [(1002.0, 1003.0)]),
            ([(1, 8, 41), (2, 1, 41), (3, 2, 42)], [(1002.0, 1003.0)]),
            ([(1, 2, 41), (2, 4, 41)], []),
        ],
        ids=["all there", "the end is missing", "a run is missing", "the start is missing", "first of all"],
    )
    def test_a_notice_that_cannot_follow_is_a_gap_from_the_one_before(
        self, notices: list[tuple[int, int, int]], gaps: list[tuple[float, float]]
    ) -> None:
        came = [
            NoticeCame(host_s=at_s, notice=notice(AHEAD_S + at_s, state, pid)) for at_s, state, pid in notices
        ]
        assert spans(known(*came), Source.STATE_STREAM) == gaps

    def test_what_a_new_stream_begins_with_follows_nothing(self) -> None:
        told = known(
            NoticeCame(host_s=1.0, notice=notice(1001.0, 2)),
            Ended(host_s=2.0, source=Source.STATE_STREAM, why="cut"),
            Opened(host_s=3.0, source=Source.STATE_STREAM, shown_s=1003.0),
            NoticeCame(host_s=3.1, notice=notice(1003.1, 2)),
        )
        assert spans(told, Source.STATE_STREAM) == [(1000.0, 1003.0)]

    def test_another_app_may_do_what_it_likes(self) -> None:
        other = [NoticeCame(host_s=at_s, notice=notice(1000.0 + at_s, 2, bundle_id="x")) for at_s in (1, 2)]
        assert known(*other).gaps == ()


class TestUndatedStates:
    """Notices that the phone did not date."""

    def undated(self, host_s: float) -> NoticeCame:
        told = replace(notice(AHEAD_S + host_s, 2), is_dated=False)
        return NoticeCame(host_s=host_s, notice=told)

    def test_one_lies_between_the_last_proof_and_its_arrival(self) -> None:
        (fact,) = known(settled(Source.STATE_STREAM, 4.0), self.undated(6.0)).of(StateSeen)
        assert fact.at.earliest_s == pytest.approx(1004.0, abs=0.01)
        assert fact.at.latest_s == pytest.approx(1006.0, abs=0.01)
        assert fact.at.order(phone(5.0)) is Order.CANNOT_TELL

    def test_one_comes_after_the_notice_before_it(self) -> None:
        dated = NoticeCame(host_s=5.0, notice=notice(1005.0, 4))
        _, fact = known(dated, self.undated(6.0)).of(StateSeen)
        assert fact.state is AppState.SUSPENDED
        assert fact.at.earliest_s == pytest.approx(1005.0, abs=0.01)

    def test_a_dated_one_is_as_exact_as_the_phone_writes(self) -> None:
        (fact,) = known(NoticeCame(host_s=6.0, notice=notice(1005.0, 2))).of(StateSeen)
        assert fact.at == written(1005.0)


class TestReports:
    """Reports, which the phone may write long after the end that they tell of."""

    def read(self, host_s: float, *bodies: bytes) -> ReportsRead:
        files = tuple(ReportFile(f"{number}.ips", len(body), 1.0) for number, body in enumerate(bodies))
        return ReportsRead(host_s=host_s, asked=phone(host_s), files=files, bodies=bodies)

    def test_a_look_shows_no_moment_to_be_free_of_reports(self) -> None:
        opened = Opened(host_s=0.0, source=Source.REPORTS, shown_s=AHEAD_S)
        told = known(opened, self.read(50.0))
        assert not told.passed(Source.REPORTS, AHEAD_S + 1.0)

    def test_one_that_cannot_be_read_may_tell_of_any_end_since_reports_are_watched(self) -> None:
        opened = Opened(host_s=0.0, source=Source.REPORTS, shown_s=AHEAD_S)
        told = known(opened, self.read(50.0), self.read(60.0, b"{"))
        assert spans(told, Source.REPORTS) == [(1000.0, 1060.0)]


def end(host_s: float, pid: int = 41, signal: int | None = None, code: int | None = None) -> ExitCame:
    return ExitCame(host_s=host_s, exit=ProcessExit(host_s, pid, code, signal))


class TestUndated:
    """Ends of processes and Darwin notifications, which the phone does not date."""

    def test_an_end_lies_between_the_last_proof_and_its_arrival(self) -> None:
        told = known(clock(4.0), settled(Source.PROCESS_EVENTS, 4.0), end(5.0, signal=9), clock(6.0))
        (fact,) = told.of(ProcessEnded)
        assert fact.at.earliest_s == pytest.approx(1004.0, abs=0.01)
        assert fact.at.latest_s == pytest.approx(1005.0, abs=0.01)
        assert (fact.bundle_id, fact.pid, fact.domain, fact.code) == (APP, 41, "signal", 9)

    @pytest.mark.parametrize(
        ("signal", "code", "how"),
        [(9, None, ("signal", 9)), (None, 3, ("voluntary", 3)), (None, None, ("other", 0))],
    )
    def test_it_says_no_more_of_an_end_than_the_phone(
        self, signal: int | None, code: int | None, how: tuple[str, int]
    ) -> None:
        (fact,) = known(end(5.0, signal=signal, code=code), clock(6.0)).of(ProcessEnded)
        assert (fact.domain, fact.code) == how

    def test_it_is_told_once_the_clock_was_read_and_no_watermark_overtakes_it(self) -> None:
        items = (end(5.0, signal=9), settled(Source.PROCESS_EVENTS, 6.0))
        before = known(*items)
        assert before.of(ProcessEnded) == ()
        assert not before.passed(Source.PROCESS_EVENTS, 1005.0)
        after = known(*items, clock(7.0))
        assert len(after.of(ProcessEnded)) == 1
        assert after.passed(Source.PROCESS_EVENTS, 1005.9)

    def test_a_process_that_was_gone_before_it_could_be_observed_is_a_gap(self) -> None:
        told = known(Observed(host_s=5.0, pid=41, refused="no such process"), clock(6.0))
        assert spans(told, Source.PROCESS_EVENTS) == [(1000.0, 1005.0)]

    def test_a_notification_is_told_with_its_name(self) -> None:
        came = DarwinCame(host_s=5.0, notice=DarwinNotice(5.0, "com.apple.springboard.lockstate"))
        (fact,) = known(came, clock(6.0)).of(DarwinSeen)
        assert fact.name == "com.apple.springboard.lockstate"
        assert fact.at.latest_s == pytest.approx(1005.0, abs=0.01)


def receipt(number: int, host_s: float, kind: EventKind = EventKind.SENT) -> ReceiptCame:
    return ReceiptCame(
        host_s=host_s,
        number=number,
        serial=1,
        nonce="n1",
        name="a",
        method="GET",
        status=200,
        range_start=0,
        size_bytes=100,
        kind=kind,
        body_bytes=number,
        interface=Interface.CELLULAR,
    )


class TestReceipts:
    """The origin's count of its own events."""

    def test_as_many_as_the_origin_counts_lack_nothing(self) -> None:
        told = known(receipt(1, 1.0), receipt(2, 2.0), clock(3.0), settled(Source.RECEIPT, 3.0, count=2))
        assert told.gaps == ()
        assert [fact.body_bytes for fact in told.of(TransferSeen)] == [1, 2]

    @pytest.mark.parametrize(
        ("kind", "status", "whole"),
        [
            (EventKind.FINISHED, 201, True),
            (EventKind.FINISHED, 503, False),
            (EventKind.BROKEN, None, False),
        ],
    )
    def test_an_upload_is_whole_when_its_body_was_taken(
        self, kind: EventKind, status: int | None, whole: bool
    ) -> None:
        ended = replace(receipt(1, 1.0, kind), method="POST", status=status, size_bytes=0)
        told = known(ended, clock(3.0), settled(Source.RECEIPT, 3.0, count=1))
        assert [fact.complete for fact in told.of(TransferSeen)] == [whole]

    def test_a_receipt_tells_by_which_interface_its_request_left(self) -> None:
        told = known(receipt(1, 1.0), clock(3.0), settled(Source.RECEIPT, 3.0, count=1))
        assert [fact.interface for fact in told.of(TransferSeen)] == [Interface.CELLULAR]

    def test_a_last_event_that_is_missing_is_a_gap_up_to_the_count(self) -> None:
        told = known(receipt(1, 1.0), clock(3.0), settled(Source.RECEIPT, 3.0, count=2))
        assert spans(told, Source.RECEIPT) == [(1000.0, 1003.0)]

    def test_an_event_that_is_missing_in_between_is_a_gap_too(self) -> None:
        told = known(receipt(1, 1.0), receipt(3, 2.0), clock(3.0))
        assert spans(told, Source.RECEIPT) == [(1000.0, 1002.0)]

    def test_the_gap_is_taken_back_when_all_that_was_missing_has_come(self) -> None:
        late = (
            receipt(1, 1.0),
            clock(3.0),
            settled(Source.RECEIPT, 3.0, count=3),
            receipt(2, 1.5),
            clock(4.0),
        )
        assert len(known(*late).gaps) == 1
        assert known(*late, receipt(3, 1.6), clock(5.0)).gaps == ()


def test_two_gaps_of_one_source_that_begin_together_are_two() -> None:
    told = known(receipt(2, 1.0), clock(2.0), receipt(4, 2.5), clock(3.0), receipt(1, 0.9), clock(4.0))
    assert spans(told, Source.RECEIPT) == [(1000.0, 1002.5)]


def test_a_gap_that_is_taken_back_is_none_and_what_was_lost_can_be_told_from_it() -> None:
    timeline = Timeline()
    timeline.append(Gap(Source.JOURNAL, 5.0, 9.0, "x"))
    timeline.append(Gap(Source.JOURNAL, 5.0, 4.9, "x"))
    assert timeline.evidence().gaps == ()
