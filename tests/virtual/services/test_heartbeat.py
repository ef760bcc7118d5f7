"""The heart of a phone: how it beats, and when it stops."""

from __future__ import annotations

import asyncio

from harness.virtual.services.heartbeat import Heart
from harness.virtual.transport.stream import AsyncioStream
from harness.wire.lockdown import read_plist_dict
from tests.virtual.rig import Rig, rig

BEAT_S = 0.01


class Ear(AsyncioStream):
    """A stream that keeps what the phone says."""

    def __init__(self) -> None:
        self.said: list[dict[str, object]] = []
        self.ended = asyncio.Event()

    def write(self, data: bytes) -> None:
        self.said.append(read_plist_dict(data[4:]))

    def close(self) -> None:
        self.ended.set()


async def heard(it: Rig) -> tuple[Heart, Ear]:
    ear = Ear()
    return Heart(it.phone, ear, BEAT_S), ear


def test_a_heart_that_goes_unanswered_says_marco_twice_and_stops() -> None:
    async def main() -> None:
        async with rig() as it:
            heart, ear = await heard(it)
            await asyncio.wait_for(heart.beat(), 5)
            assert [message["Command"] for message in ear.said] == ["Marco", "Marco"]
            assert ear.ended.is_set()

    asyncio.run(main())


def test_a_heart_that_is_answered_goes_on() -> None:
    async def main() -> None:
        async with rig() as it:
            heart, ear = await heard(it)
            beating = asyncio.ensure_future(heart.beat())
            while len(ear.said) < 5:
                heart.heard()
                await asyncio.sleep(BEAT_S / 10)
            assert not ear.ended.is_set()
            beating.cancel()

    asyncio.run(main())


def test_a_phone_says_before_it_sleeps_and_not_when_it_wakes() -> None:
    async def main() -> None:
        async with rig() as it:
            heart, ear = await heard(it)
            it.phone.conditions.observe(heart.changed)
            it.phone.conditions.fall_asleep()
            it.phone.conditions.wake_up()
            it.phone.conditions.switch_wifi(False)
            assert [message["Command"] for message in ear.said] == ["SleepyTime"]

    asyncio.run(main())
