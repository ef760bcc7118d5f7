"""Recordings that lost, doubled, delayed or truncated items: told all the same, and never more than whole."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.items import Item, JournalRead, LogCame, Watching
from harness.evidence.recorder import Recorder
from harness.evidence.teller import retell
from harness.evidence.timeline import Timeline
from harness.model.facts import CallbackSeen, Fact, Source, StateSeen
from harness.model.journal import JournalLine, parse_journal_line
from harness.model.raw import DarwinNotice
from tests.unit.evidence.desk import WATCHED
from tests.unit.evidence.phones import HandPhone, logged, notice, suspended


def line(seq: int, at_s: float) -> str:
    return JournalLine(seq, "boot", 41, 1.0, at_s, "n1", "note").to_json()


class Keeping(Recorder):
    """A recorder that keeps its items in memory."""

    def __init__(self, phone: HandPhone) -> None:
        super().__init__(phone, Timeline(), WATCHED)
        self.items: list[Item] = [Watching(host_s=0.0, app=WATCHED, nonce="", ios="17.0")]

    def hand(self, item: Item) -> None:
        self.items.append(item)
        super().hand(item)


@cache
def recorded() -> tuple[Item, ...]:
    """The items of a session in which every second brings something from every source."""

    async def run() -> tuple[Item, ...]:
        phone = HandPhone()
        phone.offers_all = True
        recorder = Keeping(phone)
        await recorder.start()
        written = ""
        for number in range(1, 7):
            at_s = 100.0 + number
            written += line(number, at_s) + "\n"
            phone.files.files["Documents/harness-journal.jsonl"] = written.encode()
            said = replace(logged(at_s, line(number, at_s), "Downloader"), subsystem="harness.journal")
            phone.log_streams[0].tell(said, suspended(at_s))
            phone.state_streams[0].show(notice(at_s, (8, 4, 2)[number % 3]))
            phone.darwin_streams[0].show(DarwinNotice(0.0, "com.apple.springboard.lockstate"))
            phone.clock.at_s = at_s + 0.5
            await recorder.settle(thorough=True)
        await recorder.stop()
        return tuple(recorder.items)

    return asyncio.run(run())


def told(items: tuple[Item, ...]) -> list[Fact]:
    return list(retell(items).evidence().facts)


def truncated(item: Item, size_bytes: int) -> Item:
    if isinstance(item, LogCame | JournalRead):
        return replace(item, data=item.data[:size_bytes])
    return item


places = st.integers(1, len(recorded()) - 1)


@given(st.sets(places, max_size=10), places, places, st.integers(0, 200))
def test_what_is_left_of_a_recording_is_told(
    dropped: set[int], cut_at: int, delayed: int, size_bytes: int
) -> None:
    items = list(recorded())
    items[cut_at] = truncated(items[cut_at], size_bytes)
    late = items[delayed]
    left = [item for number, item in enumerate(items) if number not in dropped | {delayed}]
    whole = {(fact.seq, fact.source) for fact in told(recorded()) if isinstance(fact, CallbackSeen)}
    facts = told((*left, late))
    assert {(fact.seq, fact.source) for fact in facts if isinstance(fact, CallbackSeen)} <= whole


@given(places)
def test_an_item_that_came_twice_brings_no_line_of_the_journal_twice(number: int) -> None:
    items = recorded()
    doubled = (*items[: number + 1], items[number], *items[number + 1 :])
    if isinstance(items[number], LogCame):
        return  # bytes of a stream have no place in it that would tell
    seqs = [fact.seq for fact in told(doubled) if isinstance(fact, CallbackSeen)]
    assert sorted(seqs) == sorted(fact.seq for fact in told(items) if isinstance(fact, CallbackSeen))


def test_a_read_of_the_journal_that_is_lost_never_goes_unnoticed() -> None:
    items = recorded()
    for number, item in enumerate(items):
        if isinstance(item, JournalRead) and item.data:
            lost_s = parse_journal_line(item.data.decode().splitlines()[0]).wall_s
            known = retell((*items[:number], *items[number + 1 :])).evidence()
            assert not known.covers(Source.JOURNAL, lost_s, lost_s), number


def test_the_session_is_whole_when_nothing_is_lost() -> None:
    known = retell(recorded()).evidence()
    assert known.gaps == ()
    assert len(known.of(CallbackSeen)) == 12
    assert len([fact for fact in known.of(StateSeen) if fact.source is Source.STATE_STREAM]) == 6
