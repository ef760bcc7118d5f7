"""What goes wrong around an app goes wrong when it is to, however slow the host is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from harness.errors import DeviceLost
from harness.model.time import Instant
from harness.origin.receipts import EventKind, Receipt, ReceiptEvent
from tests.acceptance.conditions import TICK_S, moved
from tests.acceptance.cuts import Cuts, Line


class StandingClock:
    """A phone's clock while bytes for it lie in a buffer: it stands, although the phone shows things.

    Args:
        showings: how often it stops for something shown before the bytes are taken, and time goes on.
    """

    def __init__(self, showings: int) -> None:
        self.at_s = 1000.0
        self.stands_for = showings

    async def now(self) -> Instant:
        """The phone's time."""
        return Instant(self.at_s)

    async def let_pass(self, until_s: float) -> Instant:
        """Go on, unless it stands."""
        if self.stands_for:
            self.stands_for -= 1
        else:
            self.at_s = max(self.at_s, until_s)
        return Instant(self.at_s)


def receipt(*kinds: EventKind) -> Receipt:
    """The origin's receipt for a request of which these things were seen."""
    events = tuple(ReceiptEvent(kind, 0.0, 0) for kind in kinds)
    return Receipt(1, "n1", False, "episode.mp4", "GET", "127.0.0.1", 1, (), 0.0, events=events)


@pytest.mark.parametrize("showings", [0, 1, 3])
def test_a_transfer_has_moved_when_the_phone_has_taken_its_bytes_and_not_when_they_were_sent(
    showings: int,
) -> None:
    clock = StandingClock(showings)
    asyncio.run(moved(clock, lambda: (receipt(EventKind.STARTED, EventKind.FINISHED),)))
    assert not clock.stands_for
    assert clock.at_s >= 1000.0 + TICK_S


def test_it_has_not_moved_before_its_last_byte_was_sent() -> None:
    clock = StandingClock(0)

    def receipts() -> tuple[Receipt, ...]:
        is_sent = clock.at_s > 1000.0 + 5 * TICK_S
        return (receipt(EventKind.STARTED, EventKind.FINISHED if is_sent else EventKind.SENT),)

    asyncio.run(moved(clock, receipts))
    assert receipts()[0].ended


class Stream:
    """A connection that yields what is put into it, and takes its time to be closed."""

    def __init__(self) -> None:
        self.items: asyncio.Queue[str] = asyncio.Queue()
        self.is_closing = asyncio.Event()
        self.may_close = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[str]:
        while True:
            yield await self.items.get()

    async def close(self) -> None:
        """Close it, when it may be closed."""
        self.is_closing.set()
        await self.may_close.wait()


def test_lines_that_are_cut_together_are_cut_at_one_moment() -> None:
    async def told_while_the_first_is_closed() -> list[str]:
        cuts, first, second = Cuts("v-16", StandingClock(0)), Stream(), Stream()
        cuts.opened(Line.STATES, first)
        cuts.opened(Line.LOG, second)
        told: list[str] = []

        async def listen() -> None:
            told.extend([item async for item in cuts.whole(Line.LOG, second)])

        listening = asyncio.create_task(listen())
        cutting = asyncio.create_task(cuts.cut(Line.STATES, Line.LOG, Line.JOURNAL, for_s=60))
        await first.is_closing.wait()
        second.items.put_nowait("what the phone shows meanwhile")
        await listening
        with pytest.raises(DeviceLost):
            await cuts.check(Line.JOURNAL)
        first.may_close.set()
        second.may_close.set()
        await cutting
        return told

    assert asyncio.run(asyncio.wait_for(told_while_the_first_is_closed(), 10)) == []
