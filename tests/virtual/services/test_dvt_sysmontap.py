"""Samples of processes and of the phone; the client is pymobiledevice3."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pymobiledevice3.services.dvt.instruments.device_info import DeviceInfo
from pymobiledevice3.services.dvt.instruments.sysmontap import Sysmontap

from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.dvt.sysmontap import SHORTEST_S, Config, config_of
from tests.virtual.rig import APP, until
from tests.virtual.services.instruments import dvt

BID = APP.bundle_id
INTERVAL_S = 0.5


async def samples(tap: Sysmontap, phone: VirtualPhone, wanted: int) -> list[dict[int, dict[str, Any]]]:
    """So many samples of processes, pid -> attributes, with the phone's time let pass between them."""
    found: list[dict[int, dict[str, Any]]] = []
    async for processes in tap.iter_processes():
        found.append({row["pid"]: row for row in processes})
        if len(found) == wanted:
            return found
        # A little more than the interval; it stops at the sample.
        await phone.clock.let_pass(phone.clock.now_s + INTERVAL_S + 0.01)
    raise AssertionError("the samples came to an end")


def test_samples_come_at_the_interval_in_the_phones_time() -> None:
    async def main() -> None:
        async with dvt() as (it, provider), await Sysmontap.create(provider) as tap:
            first, second, third = await samples(tap, it.phone, 3)
            ages_s = [sample[1]["procAge"] / 1e9 for sample in (first, second, third)]
            assert [ages_s[1] - ages_s[0], ages_s[2] - ages_s[1]] == pytest.approx([INTERVAL_S] * 2, abs=1e-5)

    asyncio.run(main())


def test_the_first_sample_knows_no_usage_and_the_next_does() -> None:
    async def main() -> None:
        async with dvt() as (it, provider), await Sysmontap.create(provider) as tap:
            first, second = await samples(tap, it.phone, 2)
            assert not isinstance(first[1]["cpuUsage"], float)
            assert second[1]["cpuUsage"] > 0

    asyncio.run(main())


def test_a_suspended_app_uses_no_processor_time() -> None:
    async def main() -> None:
        async with dvt() as (it, provider):
            pid = it.phone.launch(BID)
            async with await Sysmontap.create(provider) as tap:
                in_front = await samples(tap, it.phone, 2)
            it.phone.press_home()
            await it.phone.clock.let_pass(it.phone.clock.now_s + 5)
            await it.phone.clock.let_pass(it.phone.clock.now_s + 5)
            async with await Sysmontap.create(provider) as tap:
                suspended = await samples(tap, it.phone, 2)
            assert in_front[1][pid]["cpuUsage"] > 0
            assert suspended[1][pid]["cpuUsage"] == 0
            assert suspended[1][pid]["appSleep"] is True
            assert suspended[0][pid]["cpuTotalUser"] == suspended[1][pid]["cpuTotalUser"]
            assert suspended[0][pid]["cpuTotalUser"] > in_front[1][pid]["cpuTotalUser"]

    asyncio.run(main())


def test_a_process_is_told_as_the_process_table_has_it() -> None:
    async def main() -> None:
        async with dvt() as (it, provider):
            pid = it.phone.launch(BID)
            async with await Sysmontap.create(provider) as tap:
                (sample,) = await samples(tap, it.phone, 1)
            assert sample.keys() == {process.pid for process in it.phone.running_processes()}
            assert (sample[pid]["name"], sample[pid]["uid"], sample[pid]["ppid"]) == ("Plain", 501, 1)
            assert sample[1]["ppid"] == 0

    asyncio.run(main())


def test_every_announced_attribute_of_the_phone_has_a_value() -> None:
    async def main() -> None:
        async with dvt() as (_, provider), DeviceInfo(provider) as info:
            names = list(await info.sysmon_system_attributes())
            tap = Sysmontap(provider, [], names)
            service = await tap._service_ref()  # pyright: ignore[reportPrivateUsage]
            await service.set_config_({"ur": 500, "sysAttrs": names})
            await service.start()
            kind, rows = await asyncio.wait_for(service.messages.get(), 5)
            assert kind == "plist"
            assert rows[0]["CPUCount"] == rows[0]["EnabledCPUs"]
            told = dict(zip(rows[0]["SystemAttributes"], rows[0]["System"], strict=True))
            assert told["vmUsedCount"] + told["vmFreeCount"] == told["physMemSize"]
            assert all(isinstance(value, int) for value in told.values())

    asyncio.run(main())


def test_samples_end_when_they_are_stopped_and_when_the_client_goes() -> None:
    async def main() -> None:
        async with dvt() as (it, provider):
            due = it.phone.clock._due  # pyright: ignore[reportPrivateUsage]

            def pending() -> int:
                return sum(timer.pending for _, _, timer in due)

            before = pending()
            async with await Sysmontap.create(provider):
                assert pending() == before + 1
            await until(lambda: pending() == before)
            await (await Sysmontap.create(provider)).__aenter__()
            assert pending() == before + 1
            await provider.close()
            await until(lambda: pending() == before)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ({"ur": 500, "sampleInterval": 500_000_000}, Config(0.5)),
        ({"ur": 10, "sampleInterval": 500_000_000}, Config(0.5)),
        ({"ur": 1000, "sampleInterval": 1}, Config(1.0)),
        ({}, Config(SHORTEST_S)),
        ({"ur": -5, "sampleInterval": "soon", "procAttrs": 7}, Config(SHORTEST_S)),
        ({"procAttrs": ["pid", "name"], "sysAttrs": {"x"}}, Config(SHORTEST_S, ("pid", "name"), ("x",))),
    ],
)
def test_a_config_is_read_whatever_stands_in_it(asked: dict[str, object], read: Config) -> None:
    assert config_of(asked) == read
