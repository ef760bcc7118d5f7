"""One-offs on an agent's open phones end with their lease, and otherwise leave the phone open."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from harness.errors import DeviceLost, LeaseLost
from harness.farm.agent.attendance import HostPhone
from harness.farm.agent.lending import CuttingGates, Lending
from harness.farm.agent.residents import Resident, Residents
from harness.farm.leases.grants import Grant
from harness.runtime.loop import LoopThread
from tests.unit.farm.agent.test_residents import LEFT, Driver

WITHIN_S = 30.0


@dataclass
class Bench:
    """A phone that is open at an agent, one-offs in threads of their own, and sockets."""

    loop: LoopThread
    drivers: list[Driver] = field(default_factory=list[Driver])
    told: list[str] = field(default_factory=list[str])
    begun: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        residents = Residents(lambda: [LEFT], lambda _: True, self._open_one)
        self.lending = Lending(residents, self.loop)
        self.gates = CuttingGates(self, self.lending)
        self.threads = ThreadPoolExecutor(2)

    async def _open_one(self, where: HostPhone) -> Resident:
        self.drivers.append(Driver())
        return Resident(where, cast("Any", self.drivers[-1]))

    async def open(self, grant: Grant, phone: HostPhone) -> str:
        return f"/{phone.name}.{grant.epoch}"

    async def close(self, grant: Grant) -> None:
        self.told.append(f"socket of {grant.epoch} closed")

    async def ask_in_vain(self) -> None:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.told.append("given up")

    async def answer(self) -> str:
        return "answered"

    def one_off(self, epoch: int) -> Future[str]:
        """Have the phone asked for something that it never answers."""

        def ask() -> str:
            with self.lending.lent(LEFT, epoch) as (_, loan):
                loan.run(self.ask_in_vain())
                return loan.run(self.answer())

        return self.threads.submit(ask)

    def cut(self, epoch: int) -> None:
        asyncio.run(self.gates.close(Grant(LEFT.udid, epoch)))


@pytest.fixture
def bench() -> Generator[Bench]:
    with LoopThread() as loop:
        yield Bench(loop)


@contextmanager
def lost() -> Generator[None]:
    with pytest.raises(LeaseLost, match="taken back while this was being done"):
        yield


def test_what_is_under_way_ends_with_the_lease_and_its_driver_is_closed_before_that_is_said(
    bench: Bench,
) -> None:
    asking = bench.one_off(epoch=3)
    assert bench.begun.wait(WITHIN_S)
    bench.cut(epoch=3)
    assert bench.told == ["socket of 3 closed", "given up"]
    assert [driver.closed for driver in bench.drivers] == [1]
    with lost():
        asking.result(WITHIN_S)


def test_one_that_begins_after_its_lease_has_ended_asks_nothing(bench: Bench) -> None:
    bench.cut(epoch=3)
    with lost():
        bench.one_off(epoch=3).result(WITHIN_S)
    assert bench.drivers == []


def test_the_next_lease_has_a_driver_of_its_own(bench: Bench) -> None:
    asking = bench.one_off(epoch=3)
    assert bench.begun.wait(WITHIN_S)
    bench.cut(epoch=3)
    with lost():
        asking.result(WITHIN_S)
    with bench.lending.lent(LEFT, 4) as (driver, loan):
        assert loan.run(bench.answer()) == "answered"
        assert cast("Any", driver) is bench.drivers[1]


def test_the_cut_of_an_earlier_lease_or_of_another_phone_leaves_it_alone(bench: Bench) -> None:
    with bench.lending.lent(LEFT, 4) as (_, loan):
        bench.cut(epoch=3)
        asyncio.run(bench.gates.close(Grant("another", 9)))
        assert loan.run(bench.answer()) == "answered"
    assert [driver.closed for driver in bench.drivers] == [0]


def test_one_that_has_ended_leaves_the_phone_open_for_the_next(bench: Bench) -> None:
    for epoch in (1, 2):
        with bench.lending.lent(LEFT, epoch) as (_, loan):
            assert loan.run(bench.answer()) == "answered"
        bench.cut(epoch)
    assert [driver.closed for driver in bench.drivers] == [0]


def test_what_fails_by_itself_is_told_as_it_is(bench: Bench) -> None:
    async def fail() -> None:
        raise DeviceLost("it went away")

    with bench.lending.lent(LEFT, 1) as (_, loan), pytest.raises(DeviceLost, match="it went away"):
        loan.run(fail())
