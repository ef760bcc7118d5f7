"""assertion_agent: power assertions that keep the phone awake while a client holds its connection.

Source: the agent as read by public researchers. It takes three types and makes one of them all, answers an
empty dictionary, and refuses anything else with ``InvalidRequest``; the assertion ends with its time or
with its connection, whichever comes first. Guessed: that an error is told as ``Error``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.power_assertions import PowerAssertion
from harness.virtual.services.support.questions import serve_questions
from harness.virtual.transport.stream import Stream

TYPES = frozenset({"AMDPowerAssertionTypeWirelessSync", "PreventUserIdleSystemSleep", "PreventSystemSleep"})

LONGEST_S = float(2**31)
"""The longest time that is taken; guessed. It also keeps out what is no number."""

Request = dict[str, Any]
Handler = Callable[[VirtualPhone, Request], PowerAssertion | None]
"""Takes an assertion; ``None`` when the request is not in order."""


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client; what it holds ends with its connection."""
    held: list[PowerAssertion] = []

    def answer(_phone: VirtualPhone, request: Request) -> dict[str, Any]:
        handler = MESSAGES.get(str(request.get("CommandKey")))
        assertion = None if handler is None else handler(phone, request)
        if assertion is None:
            return {"Error": "InvalidRequest"}
        held.append(assertion)
        return {}

    try:
        await serve_questions(phone, stream, answer)
    finally:
        for assertion in held:
            phone.power_assertions.release(assertion)


def _create(phone: VirtualPhone, request: Request) -> PowerAssertion | None:
    kind, name = request.get("AssertionTypeKey"), request.get("AssertionNameKey")
    for_s, detail = request.get("AssertionTimeoutKey"), request.get("AssertionDetailKey", "")
    if not (isinstance(kind, str) and isinstance(name, str) and isinstance(detail, str)) or kind not in TYPES:
        return None
    if not isinstance(for_s, int | float) or isinstance(for_s, bool) or not 0 <= for_s <= LONGEST_S:
        return None
    return phone.power_assertions.hold(kind, name, float(for_s))


MESSAGES: Mapping[str, Handler] = {"CommandCreateAssertion": _create}
"""Command -> what does it."""
