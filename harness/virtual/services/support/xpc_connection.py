"""RemoteXPC over a stream: the messages of one client of a service behind a tunnel."""

from __future__ import annotations

from collections import deque

from harness.virtual.transport.conversation import note_plist
from harness.virtual.transport.stream import Stream
from harness.wire.http2_peer import Role
from harness.wire.remotexpc import REPLY_STREAM, ROOT_STREAM, Ended, Received, RemoteXpcPeer
from harness.wire.xpc import XpcDict


class XpcConnection:
    """Messages both ways.

    Args:
        stream: the connection; the client opens RemoteXPC on it.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._peer = RemoteXpcPeer(Role.SERVER)
        self._heard: deque[Received] = deque()
        self._over = False
        self._flush()

    async def receive(self) -> Received | None:
        """The next message with a body, or ``None`` when the client has finished.

        Raises:
            WireError: the bytes are no RemoteXPC.
            StreamClosed: the connection broke.
        """
        while not self._heard and not self._over:
            data = await self._stream.read()
            self._over = not data
            for event in self._peer.receive(data):
                if isinstance(event, Received):
                    note_plist(event.message.body or {})
                    self._heard.append(event)
                self._over = self._over or isinstance(event, Ended)
            self._flush()
        return self._heard.popleft() if self._heard else None

    def reply(self, to: Received, body: XpcDict) -> None:
        """Queue the answer to a message.

        It goes on the stream for replies, where pymobiledevice3, go-ios and appium-ios-remotexpc look
        for it; which one a phone uses is not known (virtual-iphone.md §2).
        """
        self._peer.send(body, reply_to=to.message.message_id, stream=REPLY_STREAM)
        self._flush()

    def push(self, body: XpcDict) -> None:
        """Queue a message that answers none."""
        self._peer.send(body, stream=ROOT_STREAM)
        self._flush()

    async def drain(self) -> None:
        """Return when the queue has gone below its mark; ``StreamClosed`` when the connection broke."""
        await self._stream.drain()

    def _flush(self) -> None:
        self._stream.write(self._peer.take_output())
