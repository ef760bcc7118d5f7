from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from pymobiledevice3.usbmux import list_devices

from harness.virtual.faults.bench import FaultBench
from harness.virtual.faults.words import FaultRefused
from tests.virtual.faults.bench import all_that_comes, can_be_used, question, to_lockdown
from tests.virtual.rig import Rig, rig, until

_Check = Callable[[Rig, FaultBench], Awaitable[None]]


def test_what_is_planned_for_a_time_is_done_when_the_phone_gets_there() -> None:
    async def check(it: Rig, bench: FaultBench) -> None:
        assert bench.ask({"do": "lock", "at_s": 60}) == {"planned": True}
        start_s = it.phone.clock.now_s
        await _pass(it, start_s + 59)
        assert not it.phone.locked
        await _pass(it, start_s + 61)
        assert it.phone.locked

    _on_a_bench(check)


def test_what_is_planned_for_a_byte_is_done_at_it() -> None:
    async def check(it: Rig, bench: FaultBench) -> None:
        bench.ask({"do": "cut-cable", "when": {"bytes_to_host": 500}})
        async with to_lockdown(it) as (reader, writer):
            writer.write(question() * 10)
            assert await all_that_comes(reader) == 500
        bench.ask({"do": "plug-in"})
        bench.ask({"do": "lock", "when": {"bytes_to_phone": 10}})
        async with to_lockdown(it) as (reader, writer):
            writer.write(question())
            await until(lambda: it.phone.locked)

    _on_a_bench(check)


def test_what_is_planned_for_a_line_of_the_log_is_done_once() -> None:
    async def check(it: Rig, bench: FaultBench) -> None:
        bench.ask({"do": "lock", "when": {"log": "tap to lock"}})
        it.phone.log.emit("kernel", 0, "something else")
        it.phone.log.emit("kernel", 0, "now tap to lock")
        await until(lambda: it.phone.locked)
        it.phone.unlock()
        it.phone.log.emit("kernel", 0, "now tap to lock")
        await asyncio.sleep(0)
        assert not it.phone.locked

    _on_a_bench(check)


def test_a_plan_that_cannot_be_carried_out_harms_nobody() -> None:
    async def check(it: Rig, bench: FaultBench) -> None:
        bench.ask({"do": "jetsam", "bundle": "com.example.none", "at_s": 5})
        bench.ask({"do": "battery", "percent": 50, "at_s": 6})
        await _pass(it, it.phone.clock.now_s + 10)
        assert it.phone.conditions.battery.percent == 50

    _on_a_bench(check)


def test_mending_forgets_what_was_to_happen_at_a_byte() -> None:
    async def check(it: Rig, bench: FaultBench) -> None:
        bench.ask({"do": "cut-cable", "after_bytes": 100_000})
        bench.ask({"do": "mend"})
        async with to_lockdown(it) as (reader, writer):
            writer.write(question() * 500)
            writer.write_eof()
            assert await all_that_comes(reader) > 100_000
        (_,) = await list_devices(it.address.usbmux)

    _on_a_bench(check)


def test_what_clients_asked_is_counted_over_the_whole_rack() -> None:
    async def check(it: Rig, bench: FaultBench) -> None:
        async with to_lockdown(it) as (reader, writer):
            writer.write(question())
            await reader.readexactly(4)
        asked = bench.ask({"do": "asked"})["asked"]
        assert isinstance(asked, dict)
        assert asked["com.apple.mobile.lockdown/connected"] == 1
        assert asked["usbmux/Connect"] == 1

    _on_a_bench(check)


def test_a_phone_that_is_not_there_is_told_with_those_that_are() -> None:
    async def check(_it: Rig, bench: FaultBench) -> None:
        with pytest.raises(FaultRefused, match="v-17; there are v-16"):
            bench.ask({"do": "lock", "phone": "v-17"})

    _on_a_bench(check)


async def _pass(it: Rig, until_s: float) -> None:
    while it.phone.clock.now_s < until_s:
        await it.phone.clock.let_pass(until_s)


def _on_a_bench(check: _Check) -> None:
    async def main() -> None:
        async with rig() as it:
            await check(it, FaultBench(it.rack))
            FaultBench(it.rack).ask({"do": "mend"})
            await can_be_used(it)

    asyncio.run(asyncio.wait_for(main(), 60))
