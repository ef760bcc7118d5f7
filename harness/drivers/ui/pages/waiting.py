"""Waiting for the screen, which moves in its own time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

SHOWN_S = 5.0
"""How long a screen may take to come up, in wall seconds: an animation, on a phone that is busy."""

LOOKED_EVERY_S = 0.05
"""How long to rest between two looks, in wall seconds; each look is a round trip already."""

_Found = TypeVar("_Found")


async def until(look: Callable[[], Awaitable[_Found]], within_s: float) -> _Found:
    """Look again and again until something is there, and return it; what the last look found if nothing was.

    Args:
        look: what to look for; whatever counts as false is nothing yet.
        within_s: protective deadline in wall seconds. A look that has begun is not cut short, and there is
            always one.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    found = await look()
    while not found and loop.time() < deadline:
        await asyncio.sleep(LOOKED_EVERY_S)
        found = await look()
    return found
