"""What can happen to one source of a recording at one place, done to its items before any fact is made.

A recording is what the sources were told, in the order in which it came. A placement names a source, one of
its items, and what happens there. What is left of the recording is what the sources would have been told:
what comes over a connection that is cut is missing, and a proof that was asked for over it has no answer.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from harness.evidence.items import (
    DarwinCame,
    Ended,
    ExitCame,
    Item,
    JournalRead,
    LogCame,
    NoticeCame,
    Observed,
    Opened,
    ReceiptCame,
    ReportsRead,
    RowsRead,
    SettingsRead,
    Settled,
)
from harness.model.facts import Source
from tests.acceptance.placements.losing import lose_records

CARRIED: dict[type[Item], Source] = {
    LogCame: Source.SYSTEM_LOG,
    NoticeCame: Source.STATE_STREAM,
    Observed: Source.PROCESS_EVENTS,
    ExitCame: Source.PROCESS_EVENTS,
    DarwinCame: Source.DARWIN,
    JournalRead: Source.JOURNAL,
    RowsRead: Source.PROCESS_LIST,
    ReportsRead: Source.REPORTS,
    SettingsRead: Source.SETTINGS,
    ReceiptCame: Source.RECEIPT,
}
"""Kind of item -> the source whose it is; ``Opened``, ``Ended`` and ``Settled`` name theirs."""


class Act(StrEnum):
    """What happens to a source."""

    CUT = "cut for good"
    CUT_BRIEFLY = "cut until it was opened again"
    DELAY = "delayed"
    DROP = "dropped"
    TRUNCATE = "truncated"
    VANISH = "gone without a word"


@dataclass(frozen=True)
class Placement:
    """One thing that happens to one source at one place.

    Attributes:
        source: the source.
        at: which of its items, counted from 0.
        act: what happens there.
        size: how much: items that are late or missing, or bytes that are left of the item.
    """

    source: Source
    at: int
    act: Act
    size: int

    def __str__(self) -> str:
        return f"{self.source} {self.act} at item {self.at}, {self.size}"


def source_of(item: Item) -> Source | None:
    """The source that an item is of; ``None`` for the clock's and the harness's own."""
    if isinstance(item, (Opened, Ended, Settled)):
        return item.source
    return CARRIED.get(type(item))


def sources_in(items: Sequence[Item]) -> tuple[Source, ...]:
    """The sources that a recording has items of, each once."""
    return tuple(dict.fromkeys(source for item in items if (source := source_of(item))))


def places(items: Sequence[Item], source: Source) -> list[int]:
    """Where in a recording the items of a source are that can be hit: all after it was first opened."""
    own = [index for index, item in enumerate(items) if source_of(item) is source]
    return own[1:]


def some_placements(items: Sequence[Item], count: int, seed: int) -> Iterator[Placement]:
    """So many placements, spread over all sources and acts, the same for the same seed."""
    chance = random.Random(seed)
    counts = {source: len(places(items, source)) for source in sources_in(items)}
    rows = [(source, act) for source, places_there in counts.items() if places_there for act in Act]
    for number in range(count):
        source, act = rows[number % len(rows)]
        yield Placement(source, chance.randrange(counts[source]), act, chance.randrange(1, 60))


def applied(items: Sequence[Item], placement: Placement) -> list[Item]:
    """What the sources would have been told with a placement."""
    start = places(items, placement.source)[placement.at]
    return DO[placement.act](list(items), start, placement)


def _cut(items: list[Item], start: int, placement: Placement) -> list[Item]:
    source = placement.source
    return [*items[:start], *_ended(items, start, source), *_silent(items[start:], source)]


def _ended(items: list[Item], start: int, source: Source) -> list[Item]:
    """What the harness notices of a cut: nothing where it only asks now and then, and gets no answer."""
    if not any(isinstance(item, Opened) and item.source is source for item in items):
        return []
    return [Ended(host_s=items[start].host_s, source=source, why="cut by a placement")]


def _cut_briefly(items: list[Item], start: int, placement: Placement) -> list[Item]:
    """Cut, and opened again after the next time that the harness settled."""
    source = placement.source
    until = next(
        (index for index in range(start, len(items)) if _is_settled(items[index], source)), len(items) - 1
    )
    asked = items[until]
    cut = _ended(items, start, source)
    missing = list(_silent(items[start : until + 1], source))
    if not isinstance(asked, Settled):
        return [*items[:start], *cut, *missing, *items[until + 1 :]]
    again = Opened(
        host_s=asked.host_s, source=source, shown_s=asked.asked.latest_s, offset=_offset(items, start)
    )
    return [*items[:start], *cut, *missing, again, *items[until + 1 :]]


def _offset(items: list[Item], start: int) -> int:
    reads = [item for item in items[:start] if isinstance(item, JournalRead)]
    return reads[-1].offset + len(reads[-1].data) if reads else 0


def _delay(items: list[Item], start: int, placement: Placement) -> list[Item]:
    """The next items come late: after the proofs that were asked for in between, which have no answer."""
    source = placement.source
    own = [index for index in range(start, len(items)) if source_of(items[index]) is source]
    late = set(own[: placement.size])
    end = own[: placement.size][-1]
    behind = [items[index] for index in sorted(late) if not isinstance(items[index], Settled)]
    between = [item for index, item in enumerate(items[start : end + 1], start) if index not in late]
    asked = [replace(item, answered=False) for item in items[start : end + 1] if _is_settled(item, source)]
    host_s = items[end].host_s
    return [
        *items[:start],
        *between,
        *asked,
        *(replace(item, host_s=host_s) for item in behind),
        *items[end + 1 :],
    ]


def _drop(items: list[Item], start: int, placement: Placement) -> list[Item]:
    """Some items never come. A phone whose log loses records says so in the log; other losses are silent."""
    if placement.source is Source.SYSTEM_LOG:
        return lose_records(items, start, placement.size, tell=True)
    own = [index for index in range(start, len(items)) if _carries(items[index], placement.source)]
    gone = set(own[: placement.size])
    return [item for index, item in enumerate(items) if index not in gone]


def _vanish(items: list[Item], start: int, placement: Placement) -> list[Item]:
    """Whole records of the log never come, and it says nothing of them; of others every loss is like that."""
    if placement.source is Source.SYSTEM_LOG:
        return lose_records(items, start, placement.size, tell=False)
    return _drop(items, start, placement)


def _truncate(items: list[Item], start: int, placement: Placement) -> list[Item]:
    """The next thing that has a size loses its end."""
    own = (index for index in range(start, len(items)) if source_of(items[index]) is placement.source)
    at = next((index for index in own if _shorter(items[index], placement.size) != items[index]), None)
    return [_shorter(item, placement.size) if index == at else item for index, item in enumerate(items)]


def _shorter(item: Item, size: int) -> Item:
    match item:
        case LogCame(data=data) | JournalRead(data=data):
            return replace(item, data=data[: max(0, len(data) - size)])
        case ReportsRead(bodies=bodies):
            return replace(item, bodies=tuple(body[: max(0, len(body) - size)] for body in bodies))
        case RowsRead(rows=rows):
            return replace(item, rows=rows[: len(rows) // 2])
        case SettingsRead(settings=settings):
            return replace(item, settings=settings[: len(settings) // 2])
        case _:
            return item


def _silent(items: Sequence[Item], source: Source) -> Iterator[Item]:
    """Items without those of one source; a proof that it was asked for has no answer."""
    for item in items:
        if source_of(item) is not source:
            yield item
        elif isinstance(item, Settled):
            yield replace(item, answered=False)


def _is_settled(item: Item, source: Source) -> bool:
    return isinstance(item, Settled) and item.source is source


def _carries(item: Item, source: Source) -> bool:
    return CARRIED.get(type(item)) is source


DO: dict[Act, Callable[[list[Item], int, Placement], list[Item]]] = {
    Act.CUT: _cut,
    Act.CUT_BRIEFLY: _cut_briefly,
    Act.DELAY: _delay,
    Act.DROP: _drop,
    Act.TRUNCATE: _truncate,
    Act.VANISH: _vanish,
}
"""Act -> what it does to the items from the place on."""
