from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from harness.drivers.pmd3.closing import close_within
from harness.drivers.pmd3.transport import Transport
from harness.drivers.pmd3.way import PAUSES_S, Way
from harness.errors import CapabilityMissing, CommandRefused, CommandTimeout, DeviceLost

ATTEMPTS = len(PAUSES_S) + 1


@dataclass
class _Road:
    """What ways are opened over: it can be broken, and be silent."""

    opened: int = 0
    closed: int = 0
    asked: int = 0
    gone: bool = False
    stale: bool = False
    answers: bool = True
    refusals: list[Exception] = field(default_factory=list[Exception])

    async def open(self) -> Transport:
        self.opened += 1
        if self.refusals:
            raise self.refusals.pop(0)
        self.gone = False
        provider = cast("Any", f"provider {self.opened}")
        return Transport(provider, self._close, self._renew, lambda: self.gone, lambda: self.stale)

    async def _close(self) -> None:
        self.closed += 1

    async def _renew(self) -> None:
        self.asked += 1
        self.stale = False
        if not self.answers:
            raise ConnectionResetError


def _along(check: Callable[[Way, _Road], Awaitable[None]]) -> None:
    async def main() -> None:
        road = _Road()
        way = Way("desk-15", road.open)
        await way.open()
        await check(way, road)

    asyncio.run(main())


async def _pass(way: Way) -> int:
    async with way.command("walking", 5.0):
        return way.generation


async def _fail(way: Way, error: Exception) -> None:
    with pytest.raises(type(error)):
        async with way.command("walking", 5.0):
            raise error


def test_a_way_that_is_fine_is_asked_nothing() -> None:
    async def check(way: Way, road: _Road) -> None:
        assert await _pass(way) == 1
        assert (road.opened, road.asked) == (1, 0)

    _along(check)


@pytest.mark.parametrize(
    "error", [DeviceLost("gone"), CommandTimeout("late")], ids=lambda e: type(e).__name__
)
def test_after_a_loss_the_way_is_asked_once_and_kept_when_it_answers(error: Exception) -> None:
    async def check(way: Way, road: _Road) -> None:
        await _fail(way, error)
        assert [await _pass(way) for _ in range(3)] == [1, 1, 1]
        assert (road.opened, road.asked) == (1, 1)

    _along(check)


def test_what_the_phone_refuses_casts_no_doubt() -> None:
    async def check(way: Way, road: _Road) -> None:
        await _fail(way, CommandRefused("no"))
        await _pass(way)
        assert road.asked == 0

    _along(check)


def test_a_command_that_is_cancelled_casts_doubt() -> None:
    async def check(way: Way, road: _Road) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01), way.command("walking", 5.0):
                await asyncio.Event().wait()
        await _pass(way)
        assert road.asked == 1

    _along(check)


def test_a_way_that_does_not_answer_is_closed_and_opened_as_a_new_generation() -> None:
    async def check(way: Way, road: _Road) -> None:
        await _fail(way, DeviceLost("gone"))
        road.answers = False
        assert await _pass(way) == 2
        assert (road.opened, road.closed) == (2, 1)

    _along(check)


def test_a_way_known_to_be_gone_is_not_asked() -> None:
    async def check(way: Way, road: _Road) -> None:
        road.gone = True
        assert await _pass(way) == 2
        assert (road.asked, road.closed) == (0, 1)

    _along(check)


def test_who_asks_over_and_over_makes_one_attempt_each_time() -> None:
    async def check(way: Way, road: _Road) -> None:
        road.refusals = [ConnectionRefusedError()]
        with pytest.raises(DeviceLost, match="asking whether it is back"):
            await way.open_anew("asking whether it is back", 5.0)
        assert (road.opened, road.closed) == (2, 1)
        await way.open_anew("asking whether it is back", 5.0)
        assert await _pass(way) == 2
        assert (road.opened, road.closed, road.asked) == (3, 1, 0)

    _along(check)


def test_a_way_that_was_closed_for_good_is_not_opened_anew() -> None:
    async def check(way: Way, road: _Road) -> None:
        await way.close()
        with pytest.raises(DeviceLost, match="has been closed"):
            await way.open_anew("asking whether it is back", 5.0)
        assert road.opened == 1

    _along(check)


def test_an_ended_session_of_lockdown_is_renewed_and_the_generation_stays() -> None:
    async def check(way: Way, road: _Road) -> None:
        road.stale = True
        assert await _pass(way) == 1
        assert road.asked == 1

    _along(check)


def test_opening_again_is_tried_a_few_times_and_no_more() -> None:
    async def check(way: Way, road: _Road) -> None:
        road.gone = True
        road.refusals = [ConnectionRefusedError() for _ in range(ATTEMPTS)]
        with pytest.raises(DeviceLost, match="desk-15"):
            await _pass(way)
        assert road.opened == 1 + ATTEMPTS
        with pytest.raises(DeviceLost, match="the way to it is not open"):
            _ = way.provider
        assert await _pass(way) == 2

    _along(check)


def test_what_another_attempt_cannot_mend_is_not_tried_again() -> None:
    async def check(way: Way, road: _Road) -> None:
        road.gone = True
        road.refusals = [CapabilityMissing("another tunnel")]
        with pytest.raises(CapabilityMissing):
            await _pass(way)
        assert road.opened == 2

    _along(check)


def test_commands_at_once_share_one_opening() -> None:
    async def check(way: Way, road: _Road) -> None:
        road.gone = True
        assert await asyncio.gather(*(_pass(way) for _ in range(5))) == [2] * 5
        assert road.opened == 2

    _along(check)


def test_a_closed_way_stays_closed() -> None:
    async def check(way: Way, road: _Road) -> None:
        await way.close()
        with pytest.raises(DeviceLost, match="has been closed"):
            await _pass(way)
        assert (road.opened, road.closed) == (1, 1)

    _along(check)


def test_a_deadline_is_told_in_the_log_whoever_catches_it(caplog: pytest.LogCaptureFixture) -> None:
    async def check(way: Way, road: _Road) -> None:
        with pytest.raises(CommandTimeout):
            async with way.command("walking", 0.01):
                await asyncio.Event().wait()

    _along(check)
    assert "desk-15: walking had no answer within 0.01 s" in caplog.text


def test_a_close_that_hangs_is_told_and_goes_on_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> bool:
        door, ended = asyncio.Event(), asyncio.Event()

        async def closing() -> None:
            await door.wait()
            ended.set()

        assert not await close_within("desk-15", "the door", closing(), 0.01)
        door.set()
        return await asyncio.wait_for(ended.wait(), 5.0)

    assert asyncio.run(main())
    assert "desk-15: the door was not closed within 0.01 s" in caplog.text


def test_a_close_outlives_a_caller_who_is_cancelled() -> None:
    async def main() -> bool:
        door, ended = asyncio.Event(), asyncio.Event()

        async def closing() -> None:
            await door.wait()
            ended.set()

        caller = asyncio.create_task(close_within("desk-15", "the door", closing(), 5.0))
        await asyncio.sleep(0)
        caller.cancel()
        await asyncio.wait([caller])
        door.set()
        return await asyncio.wait_for(ended.wait(), 5.0)

    assert asyncio.run(main())


@pytest.mark.parametrize(
    ("error", "level"), [(ConnectionResetError(), "DEBUG"), (ValueError("odd"), "ERROR")]
)
def test_what_a_close_raises_is_no_error_unless_nobody_knows_it(
    error: Exception, level: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def closing() -> None:
        raise error

    with caplog.at_level(logging.DEBUG, "harness.drivers"):
        assert asyncio.run(close_within("desk-15", "the door", closing()))
    assert [record.levelname for record in caplog.records] == [level]
