from __future__ import annotations

import asyncio
from collections.abc import Iterator

from harness.drivers.pmd3.activity import Activity
from harness.drivers.pmd3.clock import DRIFT, Exchange, RealClock


def test_the_error_is_half_the_round_trip_and_the_resolution() -> None:
    instant = Exchange(phone_s=1000.5, asked_s=10.0, answered_s=10.2).instant_at(10.2)
    assert abs(instant.at_s - 1000.6) < 1e-9
    assert abs(instant.error_s - (0.1 + 0.0005 + 0.1 * DRIFT)) < 1e-9


def test_a_phone_that_answers_whole_seconds_is_known_to_half_a_second() -> None:
    instant = Exchange(phone_s=1000.0, asked_s=10.0, answered_s=10.0).instant_at(10.0)
    assert (instant.at_s, instant.error_s) == (1000.5, 0.5)


def test_the_error_grows_with_the_age_of_the_exchange() -> None:
    exchange = Exchange(phone_s=1000.5, asked_s=10.0, answered_s=10.0)
    assert exchange.instant_at(110.0).error_s - exchange.instant_at(10.0).error_s >= 100 * DRIFT * 0.999


class _Phone:
    """Keeps phone time one day ahead of the host, and counts who asks."""

    def __init__(self) -> None:
        self.asked = 0

    async def read(self) -> float:
        self.asked += 1
        return asyncio.get_running_loop().time() + 86_400.25


def _loop_clock() -> float:
    return asyncio.get_running_loop().time()


def test_time_passes_until_the_moment_asked_for_by_the_phones_clock() -> None:
    async def scenario() -> None:
        phone = _Phone()
        clock = RealClock(phone.read, Activity(), _loop_clock)
        until_s = (await clock.now()).at_s + 0.02
        assert (await clock.let_pass(until_s)).at_s >= until_s

    asyncio.run(scenario())


def test_something_new_on_a_stream_ends_the_wait_early() -> None:
    async def scenario() -> None:
        phone, activity = _Phone(), Activity()
        clock = RealClock(phone.read, activity, _loop_clock)
        until_s = (await clock.now()).at_s + 3600
        waiting = asyncio.ensure_future(clock.let_pass(until_s))
        await asyncio.sleep(0)
        activity.touch()
        assert (await asyncio.wait_for(waiting, 5)).at_s < until_s

    asyncio.run(scenario())


def test_what_is_yielded_while_the_phone_is_asked_for_its_time_is_not_missed() -> None:
    async def scenario() -> None:
        activity = Activity()

        async def read() -> float:
            activity.touch()
            return 1000.5

        clock = RealClock(read, activity, _loop_clock)
        assert (await asyncio.wait_for(clock.let_pass(9000.0), 5)).at_s < 9000

    asyncio.run(scenario())


def test_a_wait_that_is_woken_often_does_not_ask_the_phone_each_time() -> None:
    async def scenario() -> None:
        phone, activity = _Phone(), Activity()
        clock = RealClock(phone.read, activity, _loop_clock)
        until_s = (await clock.now()).at_s + 3600
        for _ in range(50):
            waiting = asyncio.ensure_future(clock.let_pass(until_s))
            await asyncio.sleep(0)
            activity.touch()
            await asyncio.wait_for(waiting, 5)
        assert phone.asked == 1

    asyncio.run(scenario())


def test_a_stale_exchange_is_renewed() -> None:
    moments: Iterator[float] = iter([0.0, 0.0, 0.0, 60.0, 60.0, 60.0, 60.0, 60.0, 60.0])
    asked: list[float] = []

    async def scenario() -> None:
        async def read() -> float:
            asked.append(0.0)
            return 1000.5

        clock = RealClock(read, Activity(), lambda: next(moments))
        await clock.now()
        await clock.let_pass(0.0)

    asyncio.run(scenario())
    assert len(asked) == 2
