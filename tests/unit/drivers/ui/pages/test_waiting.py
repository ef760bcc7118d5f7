from __future__ import annotations

import asyncio

from harness.drivers.ui.pages.waiting import until


def test_there_is_a_look_even_when_there_is_no_time() -> None:
    async def look() -> str:
        return "there"

    assert asyncio.run(until(look, 0.0)) == "there"


def test_looking_ends_with_the_first_that_is_there() -> None:
    looks = iter((None, "", "there", "later"))

    async def look() -> str | None:
        return next(looks)

    assert asyncio.run(until(look, 60.0)) == "there"
    assert next(looks) == "later"


def test_what_never_comes_is_what_the_last_look_found() -> None:
    looks: list[int] = []

    async def look() -> bool:
        looks.append(1)
        return False

    assert asyncio.run(until(look, 0.12)) is False
    assert len(looks) > 1
