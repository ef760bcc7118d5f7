"""The common case of a property-list service: every request has one answer, made at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.errors import WireError
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.plists import PlistConnection, encode_answer
from harness.virtual.transport.stream import Stream, StreamClosed

Request = dict[str, Any]
Answer = dict[str, Any]
Handler = Callable[[VirtualPhone, Request], Answer]
"""Answers the requests of one name."""

NOTHING = object()
"""The answer of no bytes at all, which some requests get."""

_NO_BYTES = bytes(4)


async def serve_questions(
    phone: VirtualPhone,
    stream: Stream,
    answer: Callable[[VirtualPhone, Request], object],
    is_last: Callable[[Request], bool] = lambda _: False,
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


async def serve_named(
    phone: VirtualPhone,
    stream: Stream,
    key: str,
    messages: Mapping[str, Callable[[VirtualPhone, Request], object]],
    unknown: Callable[[VirtualPhone, Request], object],
) -> None:
    """Answer one client, whose requests carry their names, until it goes.

    Args:
        phone: the kernel.
        stream: the connection.
        key: where the name of a request stands in it.
        messages: name -> what answers it.
        unknown: answers what has no name, or another one.
    """

    def answer(phone: VirtualPhone, request: Request) -> object:
        return messages.get(str(request.get(key)), unknown)(phone, request)

    await serve_questions(phone, stream, answer)
