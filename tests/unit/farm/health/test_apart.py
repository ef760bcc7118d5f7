"""What phones take goes on apart, and takes nothing from who waits for another phone."""

from __future__ import annotations

import asyncio

import pytest

from harness.farm.health import apart
from harness.farm.health.apart import Apart
from harness.farm.reach import ReachablePhone
from harness.model.identity import Hardware, PhoneIdentity
from harness.runtime.loop import LoopThread

MANY = 40
"""More than the threads that asyncio has by itself, on any machine."""


def _phone(number: int) -> ReachablePhone:
    return ReachablePhone(PhoneIdentity(f"p{number}", str(number), "18.5", "", Hardware.REAL), None, "", ())


async def never(_: ReachablePhone) -> None:
    await asyncio.Event().wait()


def test_a_look_that_does_not_end_speaks_against_its_phone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "look", never)
    monkeypatch.setattr(apart, "LOOK_S", 0.1)
    with LoopThread() as loop:
        found = asyncio.run(Apart(loop).look(_phone(1)))
    assert found is not None
    assert found.note == "looking at p1 did not end within 0.1 s"


def test_phones_that_do_not_answer_leave_a_thread_for_who_asks_the_store(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def main(loop: LoopThread) -> str:
        away = Apart(loop)
        looks = [asyncio.create_task(away.look(_phone(number))) for number in range(MANY)]
        await asyncio.sleep(0)
        try:
            async with asyncio.timeout(30):
                return await asyncio.to_thread(lambda: "answered")
        finally:
            for look in looks:
                look.cancel()

    monkeypatch.setattr(apart, "look", never)
    with LoopThread() as loop:
        assert asyncio.run(main(loop)) == "answered"
