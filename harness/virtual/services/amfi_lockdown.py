"""amfi.lockdown: Developer Mode, as hosts turn it on. Whether it is on is told by lockdown's values.

A virtual phone has had it on from the start, so revealing the switch has nothing left to do. Turning it on
again would restart a real phone; guessed: here it is refused, and nothing happens.
Source of the numbers: public clients.
"""

from __future__ import annotations

from typing import Any

from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.support.questions import serve_questions
from harness.virtual.transport.stream import Stream

REVEAL = 0


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    await serve_questions(phone, stream, _answer)


def _answer(phone: VirtualPhone, request: dict[str, Any]) -> dict[str, Any]:
    if request.get("action") == REVEAL:
        return {"success": phone.developer_mode}
    return {"Error": "Developer mode cannot be changed"}
