"""What is done through the phone's screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from harness.api.session import TestSession
from harness.model.screen import UserInterface

_T = TypeVar("_T")

SCREEN_S = 180.0
"""Protective deadline of one thing done through the screen, in wall time: the first one starts a runner."""


async def on_screen(session: TestSession, do: Callable[[UserInterface], Awaitable[_T]]) -> _T:
    """Do something through the screen of the test's phone.

    The screen is asked for only when this is awaited, so that a phone without one has refused an action
    that is in the timeline.

    Raises:
        CapabilityMissing: nothing works the phone's screen.
    """
    return await do(session.phone.ui)
