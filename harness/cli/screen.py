"""Commands that do one thing to a phone's screen: home, lock, unlock, open-url, tap, siri."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from harness.cli.apps import about
from harness.cli.oneoff import Asked, one_phone
from harness.cli.out import Out
from harness.model.screen import UserInterface

Deed = Callable[[UserInterface], Awaitable[None]]
"""Does something to a screen; returns once it shows what came of it."""


def do(asked: Asked, out: Out, deed: Deed, told: str, bundle_id: str | None = None) -> None:
    """Do one thing to the screen of a phone, and say that it is done.

    Args:
        asked: which phone; its command is how the deed is named for machines.
        out: where to say it.
        deed: what to do.
        told: what is so afterwards, in words.
        bundle_id: the app that it is about, if any.

    Raises:
        CapabilityMissing: nothing works the phone's screen; says how to change that.
        DeviceLocked: it is locked.
        ScreenError: the screen could not be worked, or does not show what it should.
    """

    async def doing() -> None:
        await deed(opened.phone.ui)

    with one_phone(asked, bundle_id) as opened:
        opened.runner.run(doing())
        out.data({"done": asked.command} | about(opened, bundle_id), f"{opened.identity}: {told}")
