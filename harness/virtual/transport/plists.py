"""Length-prefixed property lists over a stream: how lockdown and most services behind it talk."""

from __future__ import annotations

from typing import Any, cast

from harness.errors import WireError
from harness.virtual.transport.conversation import note_plist
from harness.virtual.transport.stream import Stream, StreamClosed
from harness.wire.lockdown import MOST_PLIST_BYTES, encode_plist, read_plist_dict

_SIZE_BYTES = 4


class PlistConnection:
    """Messages of property lists, both ways, never taking a byte more than one message off the stream.

    Args:
        stream: may be replaced when TLS begins or ends.
    """

    def __init__(self, stream: Stream) -> None:
        self.stream = stream

    async def receive(self) -> dict[str, Any] | None:
        """The next message, or ``None`` when the peer has finished.

        Raises:
            WireError: the bytes are no message.
            StreamClosed: the connection broke inside a message.
        """
        try:
            head = await self.stream.readexactly(_SIZE_BYTES)
        except StreamClosed:
            return None
        size_bytes = int.from_bytes(head, "big")
        if not 0 < size_bytes <= MOST_PLIST_BYTES:
            raise WireError(f"a property list of {size_bytes} bytes", data=head)
        body = read_plist_dict(await self.stream.readexactly(size_bytes))
        note_plist(body)
        return body

    def send(self, body: dict[str, Any]) -> None:
        """Queue a message."""
        self.stream.write(encode_answer(body))

    async def drain(self) -> None:
        """Return when the queue has gone below its mark; ``StreamClosed`` when the connection broke."""
        await self.stream.drain()


def encode_answer(body: object) -> bytes:
    """A message: as XML, or in binary where a client's own text comes back that XML cannot carry."""
    try:
        return encode_plist(body)
    except (TypeError, ValueError):
        # A control character or a UID: a client can send them in binary only, so it reads binary too.
        return encode_plist(body, binary=True)


def strings(value: object) -> list[str]:
    """The strings of an array that a client sent; none when it is missing or something else."""
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [item for item in items if isinstance(item, str)]
