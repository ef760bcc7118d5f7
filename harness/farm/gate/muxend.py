"""One end of a usbmuxd connection: frames until it is joined to another end, then bytes.

A connection to usbmuxd begins as a conversation and may become a connection to a phone: after ``Connect`` was
answered with yes, each byte belongs to the phone. So an end takes frames one at a time, leaves what follows
them where it is, and hands that over first when it is joined.

Once joined, two ends are one connection:

============================  ============================================================================
what happens at one end       what the other end does
============================  ============================================================================
bytes come                    sends them
its peer sends no more        says so to its own peer, and goes on receiving: half of a connection may be
                              over; when both halves are, both ends close
its peer does not read        is not read either, until what waits has been sent
it breaks                     is aborted: what its peer has not read yet is lost, as with a pulled cable
============================  ============================================================================

This is a protocol of asyncio and not a pair of streams: bytes go from one socket to the other within one turn
of the loop, with no task between that would have to be woken.
"""

from __future__ import annotations

import asyncio
from typing import cast

from harness.wire.usbmux import MuxFrame
from harness.wire.usbmux_binary import BinaryFrame, EitherMuxDecoder

Frame = MuxFrame | BinaryFrame
"""What a client may send: the form of today, or the one before it."""

QUEUE_BYTES = 256 * 1024
"""How much may wait to be sent to a peer before the other side is no longer read."""


class MuxEnd(asyncio.Protocol):
    """See the module; made by ``asyncio`` for each connection, and used on its loop only."""

    def __init__(self) -> None:
        self._decoder = EitherMuxDecoder()
        self._other: MuxEnd | None = None
        self._peer_is_done = False
        self._is_retired = False
        self._news = asyncio.Event()
        self._closed = asyncio.Event()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=QUEUE_BYTES)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._is_retired:
            return
        if self._other is not None:
            self._other._write(data)
            return
        self._decoder.push(data)
        self._news.set()

    def eof_received(self) -> bool:
        """The peer sends no more; whether the other half stays open."""
        self._peer_is_done = True
        self._news.set()
        if self._other is not None:
            self._pass_on_end(self._other)
        return not self._is_retired

    def pause_writing(self) -> None:
        """The peer does not read."""
        if self._other is not None:
            self._other._transport.pause_reading()

    def resume_writing(self) -> None:
        """The peer reads again."""
        if self._other is not None:
            self._other._transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        self._closed.set()
        self._news.set()
        other, self._other = self._other, None
        if other is None:
            return
        if exc is None:
            other._transport.close()
        else:
            other.abort()

    # The conversation.

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._transport.is_closing()

    def send(self, frame: Frame) -> None:
        """Send one frame; an end that is closed swallows it."""
        self._write(frame.encode())

    async def frame(self) -> Frame | None:
        """The next frame, or ``None`` when the peer sends no more, or is gone.

        Nothing is read between two calls, so a peer cannot make this process hold more than one frame.

        Raises:
            WireError: what came is no frame.
        """
        while (frame := self._decoder.take()) is None:
            if self._peer_is_done or self.is_closed:
                return None
            self._news.clear()
            self._transport.resume_reading()
            await self._news.wait()
        self._transport.pause_reading()
        return frame

    # The connection to a phone.

    def join(self, other: MuxEnd) -> None:
        """Make one connection of this end and another; both give up their conversations."""
        self._other, other._other = other, self
        for end, far in ((self, other), (other, self)):
            if rest := end._decoder.rest():
                far._write(rest)
            end._transport.resume_reading()
            if end._peer_is_done:
                end._pass_on_end(far)
            if end.is_closed:
                far.abort()

    def close(self) -> None:
        """Send what is queued, then close."""
        self._transport.close()

    def abort(self) -> None:
        """Close at once; what is queued is lost."""
        self._transport.abort()

    async def over(self) -> None:
        """Return when the connection is over."""
        await self._closed.wait()

    async def cut(self) -> None:
        """Close at once, and return when the system knows; the end it was joined to is left as it is."""
        self._part()
        self.abort()
        await self._closed.wait()

    async def retire(self, within_s: float) -> None:
        """Close, and return when the peer has closed too: then all that was sent to it has been taken.

        What it still sends is thrown away. A peer that has not read what was sent to it is not waited for:
        its queue here must not go on being emptied.

        Args:
            within_s: after so many wall seconds it is cut, whatever the peer does.
        """
        self._part()
        self._is_retired = True
        if not (self.is_closed or self._peer_is_done or self._transport.get_write_buffer_size()):
            self._transport.write_eof()
            self._transport.resume_reading()
            try:
                async with asyncio.timeout(within_s):
                    await self._closed.wait()
            except TimeoutError:
                pass
        await self.cut()

    def _part(self) -> None:
        other, self._other = self._other, None
        if other is not None:
            other._other = None

    def _write(self, data: bytes) -> None:
        if not self.is_closed:
            self._transport.write(data)

    def _pass_on_end(self, other: MuxEnd) -> None:
        if not other.is_closed:
            other._transport.write_eof()
        if other._peer_is_done:
            self._transport.close()
            other._transport.close()
