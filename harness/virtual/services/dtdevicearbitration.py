"""dt.devicearbitration: which computer has the phone for itself. Source: pymobiledevice3.

Guessed: that a check-in outlives its connection (a client checks out on another one), the answer to
``version`` and the words of the refusal. Its fields are those that the client reads.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.virtual.kernel.developer.arbitration import HeldByAnother
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.support.questions import Answer, Handler, Request, serve_named
from harness.virtual.transport.stream import Stream


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    await serve_named(phone, stream, "command", MESSAGES, _unknown)


def _unknown(_phone: VirtualPhone, _request: Request) -> Answer:
    return {"result": "error", "error": "unknown command"}


def _version(_phone: VirtualPhone, _request: Request) -> Answer:
    return {"result": "success", "version": 1}


def _check_in(phone: VirtualPhone, request: Request) -> Answer:
    try:
        force = request["command"] == "force-check-in"
        phone.arbitration.check_in(str(request.get("hostname", "")), force=force)
    except HeldByAnother:
        return {"result": "error", "message": "device in use", "owner": phone.arbitration.holder}
    return {"result": "success"}


def _check_out(phone: VirtualPhone, _request: Request) -> Answer:
    phone.arbitration.check_out()
    return {"result": "success"}


MESSAGES: Mapping[str, Handler] = {
    "version": _version,
    "check-in": _check_in,
    "force-check-in": _check_in,
    "check-out": _check_out,
}
"""Command -> what answers it."""
