"""The common case of a property-list service: every request has one answer, made at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.errors import WireError
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.plists import PlistConnection, encode_answer
from harness.virtual.transport.stream import Stream, StreamClosed

NOTHING = object()
"""The answer of no bytes at all, which some requests get."""

_NO_BYTES = bytes(4)


async def serve_questions(
    phone: VirtualPhone,
    stream: Stream,
    answer: Callable[[VirtualPhone, dict[str, Any]], object],
    is_last: Callable[[dict[str, Any]], bool] = lambda _: False,
) -> None:
    """Answer one client until it goes.

    Args:
        phone: the kernel.
        stream: the connection.
        answer: makes the answer, any property list or ``NOTHING``; phone time stands meanwhile.
        is_last: whether the connection ends after the answer to a request.
    """
    connection = PlistConnection(stream)
    try:
        while (request := await connection.receive()) is not None:
            with phone.clock.hold():
                told = answer(phone, request)
            stream.write(_NO_BYTES if told is NOTHING else encode_answer(told))
            await stream.drain()
            if is_last(request):
                return
    except (StreamClosed, WireError):
        return
