from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from harness.errors import DeviceLost
from harness.farm.agent import residents
from harness.farm.agent.attendance import HostPhone
from harness.farm.agent.residents import Resident, Residents
from harness.farm.reach import ReachablePhone
from harness.model.identity import Connection, Hardware, PhoneIdentity
from tests.unit.farm.agent.seats import until


def phone(name: str) -> HostPhone:
    identity = PhoneIdentity(name, f"udid-{name}", "18.5", "iPhone14,5", Hardware.REAL)
    return HostPhone(ReachablePhone(identity, "/tmp/usbmux", "", (Connection.USB,)))


LEFT, RIGHT = phone("left"), phone("right")


@dataclass
class Driver:
    """An open phone that can be lost."""

    is_ready: bool = True
    closed: int = 0

    async def close(self) -> None:
        self.closed += 1
        self.is_ready = False


@dataclass
class Bench:
    """Phones that are there, and what became of opening them."""

    there: list[HostPhone] = field(default_factory=lambda: [LEFT, RIGHT])
    held: set[str] = field(default_factory=set[str])
    silent: set[str] = field(default_factory=set[str])
    why: Exception | None = None
    opened: list[str] = field(default_factory=list[str])
    drivers: dict[str, list[Driver]] = field(default_factory=dict[str, list[Driver]])
    may_open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.may_open.set()
        self.residents = Residents(lambda: self.there, self.held.__contains__, self.open)

    async def open(self, where: HostPhone) -> Resident:
        await self.may_open.wait()
        self.opened.append(where.name)
        if where.name in self.silent:
            raise self.why or DeviceLost("it does not answer", phone=where.name)
        driver = Driver()
        self.drivers.setdefault(where.name, []).append(driver)
        return Resident(where, cast("Any", driver))

    async def round(self) -> None:
        """One look, and all that comes of it."""
        await self.residents.tend()
        for _ in range(10):
            await asyncio.sleep(0)


def on_a_bench(check: Callable[[Bench], Awaitable[None]]) -> None:
    async def main() -> None:
        bench = Bench()
        await check(bench)
        await bench.residents.close()
        assert all(one.closed == 1 for each in bench.drivers.values() for one in each)

    asyncio.run(main())


def test_every_phone_that_nobody_has_is_opened_once() -> None:
    async def check(bench: Bench) -> None:
        for _ in range(3):
            await bench.round()
        assert bench.opened == ["left", "right"]
        assert bench.residents.ready == {LEFT.udid, RIGHT.udid}

    on_a_bench(check)


def test_a_phone_that_somebody_has_is_opened_when_nobody_has_it_any_more() -> None:
    async def check(bench: Bench) -> None:
        bench.held.add(LEFT.udid)
        await bench.round()
        assert bench.opened == ["right"]
        bench.held.clear()
        await bench.round()
        assert bench.opened == ["right", "left"]

    on_a_bench(check)


def test_a_resident_stays_open_and_is_left_alone_while_somebody_has_its_phone() -> None:
    async def check(bench: Bench) -> None:
        await bench.round()
        bench.held.add(LEFT.udid)
        await bench.round()
        assert bench.residents.ready == {LEFT.udid, RIGHT.udid}
        assert bench.opened == ["left", "right"]

    on_a_bench(check)


def test_one_that_is_lost_is_let_go_at_once_and_opened_again_when_nobody_has_its_phone() -> None:
    async def check(bench: Bench) -> None:
        await bench.round()
        bench.held.add(LEFT.udid)
        bench.drivers["left"][0].is_ready = False
        await bench.round()
        assert bench.drivers["left"][0].closed == 1
        assert bench.opened == ["left", "right"]
        bench.held.clear()
        await bench.round()
        assert bench.opened == ["left", "right", "left"]

    on_a_bench(check)


def test_one_whose_phone_is_gone_or_is_reached_otherwise_is_closed() -> None:
    async def check(bench: Bench) -> None:
        await bench.round()
        bench.there[:] = [replace(RIGHT, reach=replace(RIGHT.reach, usbmux="/tmp/another"))]
        await bench.round()
        assert [one.closed for one in (bench.drivers["left"][0], bench.drivers["right"][0])] == [1, 1]
        assert bench.residents.ready == {RIGHT.udid}

    on_a_bench(check)


@pytest.mark.parametrize(("again_s", "times"), [(10.0, 1), (0.0, 2)])
def test_a_phone_that_cannot_be_opened_is_left_alone_for_a_while(
    again_s: float, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(residents, "OPEN_AGAIN_S", again_s)

    async def check(bench: Bench) -> None:
        bench.silent.add("left")
        await bench.round()
        await bench.round()
        assert bench.opened.count("left") == times
        assert bench.residents.ready == {RIGHT.udid}

    on_a_bench(check)


@pytest.mark.parametrize("why", [OSError("no more files"), ZeroDivisionError()])
def test_a_phone_is_left_alone_for_a_while_whatever_kept_it_from_being_opened(why: Exception) -> None:
    async def check(bench: Bench) -> None:
        bench.silent.add("left")
        bench.why = why
        await bench.round()
        await bench.round()
        assert bench.opened.count("left") == 1

    on_a_bench(check)


def test_a_defect_in_one_look_does_not_end_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(residents, "ROUND_S", 0.0)

    async def check(bench: Bench) -> None:
        def there() -> list[HostPhone]:
            looks.append(len(looks))
            if len(looks) == 1:
                raise ZeroDivisionError
            return [LEFT]

        looks = list[int]()
        kept = Residents(there, bench.held.__contains__, bench.open)
        keeping = asyncio.create_task(kept.keep())
        await until(lambda: LEFT.udid in kept.ready)
        keeping.cancel()
        await asyncio.wait({keeping})

    on_a_bench(check)


def test_who_has_the_lease_waits_for_an_opening_that_is_under_way_and_does_not_open_a_second() -> None:
    async def check(bench: Bench) -> None:
        bench.may_open.clear()
        await bench.round()
        asking = asyncio.create_task(bench.residents.of(LEFT))
        await asyncio.sleep(0)
        bench.may_open.set()
        driver = await asking
        assert bench.opened.count("left") == 1
        assert driver is cast("Any", bench.drivers["left"][0])

    on_a_bench(check)


def test_who_has_the_lease_is_told_why_a_phone_cannot_be_opened() -> None:
    async def check(bench: Bench) -> None:
        bench.silent.add("left")
        with pytest.raises(DeviceLost, match="left: it does not answer"):
            await bench.residents.of(LEFT)

    on_a_bench(check)


def test_an_opening_that_is_under_way_ends_with_the_agent() -> None:
    async def check(bench: Bench) -> None:
        bench.may_open.clear()
        keeping = asyncio.create_task(bench.residents.keep())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        keeping.cancel()
        await asyncio.wait([keeping])
        assert not bench.opened
        assert len(asyncio.all_tasks()) == 1

    on_a_bench(check)
