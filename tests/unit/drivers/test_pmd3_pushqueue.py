from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from harness.drivers.pmd3.pushqueue import PushQueue


async def _take(pushes: AsyncIterator[object], into: list[object]) -> None:
    async for push in pushes:
        into.append(push)


def test_what_was_put_before_is_yielded_and_what_is_put_later_is_not_waited_for() -> None:
    async def scenario() -> None:
        queue, got = PushQueue(), list[object]()
        for number in range(3):
            queue.put(number)
        taking = asyncio.ensure_future(queue.taken())
        await asyncio.sleep(0)
        queue.put(3)
        reading = asyncio.ensure_future(_take(aiter(queue), got))
        assert await asyncio.wait_for(taking, 5)
        assert got[:3] == [0, 1, 2]
        queue.end()
        await asyncio.wait_for(reading, 5)
        assert got == [0, 1, 2, 3]

    asyncio.run(scenario())


def test_a_push_that_its_consumer_still_works_on_is_not_taken() -> None:
    async def scenario() -> None:
        queue = PushQueue()
        queue.put("a")
        pushes = aiter(queue)
        assert await anext(pushes) == "a"
        taking = asyncio.ensure_future(queue.taken())
        await asyncio.wait({taking}, timeout=0.05)
        assert not taking.done()
        queue.end()
        assert await anext(pushes, None) is None
        assert await asyncio.wait_for(taking, 5)

    asyncio.run(scenario())


def test_who_waits_beyond_the_end_is_told_so() -> None:
    async def scenario() -> None:
        queue, got = PushQueue(), list[object]()
        queue.put("a")
        queue.end()
        taking = asyncio.ensure_future(queue.taken())
        await asyncio.sleep(0)
        await _take(aiter(queue), got)
        assert got == ["a"]
        assert not await asyncio.wait_for(taking, 5)
        assert not await queue.taken()

    asyncio.run(scenario())


def test_it_ends_once_however_often_it_is_ended_and_stays_so() -> None:
    async def scenario() -> None:
        queue, got = PushQueue(), list[object]()
        queue.end()
        queue.end()
        queue.put("late")
        await _take(aiter(queue), got)
        await asyncio.wait_for(_take(aiter(queue), got), 5)
        assert got == []

    asyncio.run(scenario())
