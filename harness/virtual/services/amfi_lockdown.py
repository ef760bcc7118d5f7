"""amfi.lockdown: Developer Mode, as hosts turn it on. Whether it is on others tell.

Source of the numbers and of the refusal with a passcode: pymobiledevice3 and go-ios. Guessed: that a phone on
which it is on already says success and does not restart; the words of the other refusals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.virtual.kernel.developer.switch import NotNow
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.support.questions import serve_questions
from harness.virtual.transport.stream import Stream

GOES_DOWN_AFTER_S = 5.0
"""Phone seconds between the answer and the restart. Source: pymobiledevice3 waits for a phone that stays
connected for a few seconds, and opens a heartbeat meanwhile; the figure is guessed."""

Handler = Callable[[VirtualPhone], bool]
"""Does what an action says; whether the phone restarts for it. ``NotNow`` is told to the client."""


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client; a restart that it asked for follows its answer."""
    restarts = False

    def answer(_phone: VirtualPhone, request: dict[str, Any]) -> dict[str, Any]:
        nonlocal restarts
        handler = MESSAGES.get(str(request.get("action")))
        if handler is None:
            return {"Error": "Unknown action"}
        try:
            restarts = handler(phone)
        except NotNow as refused:
            return {"Error": str(refused)}
        return {"success": True}

    await serve_questions(phone, stream, answer, lambda _: restarts)
    if restarts:
        phone.clock.call_later(GOES_DOWN_AFTER_S, phone.reboot)


def _reveal(phone: VirtualPhone) -> bool:
    phone.developer_switch.reveal()
    return False


def _enable(phone: VirtualPhone) -> bool:
    return phone.developer_switch.ask()


def _accept(phone: VirtualPhone) -> bool:
    phone.developer_switch.accept()
    return False


MESSAGES: Mapping[str, Handler] = {"0": _reveal, "1": _enable, "2": _accept}
"""Number of an action -> what does it."""
