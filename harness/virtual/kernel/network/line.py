"""One connection of the phone: what its link does to the bytes between a socket and whoever uses it.

A ``Line`` stands between the two. Towards the socket it is a protocol, towards its user it gives a
``LineTransport``. What becomes of bytes:

* a link without limits: everything passes at once;
* a slow link: each piece passes when its last bit is through, in phone time;
* a link that carries nothing: nothing passes in either direction, not even the end of the connection; it all
  comes once the link carries again, as TCP would have it;
* the interface is gone: the user hears ``connection_lost`` with an error at once, and nothing after it.
"""

from __future__ import annotations

import asyncio
import errno
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from harness.model.interfaces import Interface
from harness.virtual.kernel.network.link import Link
from harness.virtual.kernel.network.listener import LinkListener
from harness.virtual.kernel.network.pace import Pace, PaceClock
from harness.virtual.kernel.network.transport import LineTransport

PIECE_BYTES = 16 << 10
"""What passes a slow link at a time: a TLS record, and no more than a few seconds of the slowest link."""

HIGH_WATER_BYTES = 64 << 10
"""Bytes under way in one direction beyond which the side that sends them is asked to pause."""

Dial = Callable[[Callable[[], asyncio.Protocol]], Awaitable[asyncio.Transport]]
"""Opens a connection for the protocol that a function makes."""


def interface_gone(interface: Interface) -> OSError:
    """The error of a connection whose interface has gone; that it is Darwin's ECONNABORTED is from memory."""
    return ConnectionAbortedError(errno.ECONNABORTED, f"the phone's {interface.value} is gone")


class Line(asyncio.Protocol):
    """One connection.

    Args:
        user: whose bytes they are.
        interface: by which it leaves.
        link: what the link is like at first.
        clock: the phone's clock.
        ended: called once when nothing more will come.
    """

    def __init__(
        self,
        user: asyncio.Protocol,
        interface: Interface,
        link: Link,
        clock: PaceClock,
        ended: Callable[[Line], None],
    ) -> None:
        self.interface = interface
        self.user = user
        self._link = link
        self._ended = ended
        self._down = Pace(clock, link.down, self._moved)
        self._up = Pace(clock, link.up, self._moved)
        self._listener = user if isinstance(user, LinkListener) else None
        self._told_waits = False
        self._socket: asyncio.Transport | None = None
        self._transport: LineTransport | None = None
        self._dialling: asyncio.Task[asyncio.Transport] | None = None
        self._unread: deque[Callable[[], None]] = deque()
        self._user_reads = True
        self._socket_reads = True
        self._socket_is_full = False
        self._user_is_paused = False
        self._has_asked = False
        self._is_over = False
        self._is_gone = False
        self._is_closed_by_user = False

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be sent or come."""
        return self._is_over

    @property
    def unsent_bytes(self) -> int:
        """Bytes that the user has sent and that have not reached the socket."""
        return self._up.waiting_bytes

    @property
    def user_reads(self) -> bool:
        """Whether the user wants to be given bytes at present."""
        return self._user_reads and not self._is_over

    async def open(self, dial: Dial) -> LineTransport:
        """Dial through the link, and give the user its transport.

        Raises:
            OSError: as ``dial`` does; or the interface went meanwhile.
        """
        self._dialling = asyncio.get_running_loop().create_task(self._dial(dial))
        self._moved()
        try:
            await self._dialling
        except asyncio.CancelledError:
            if self._is_gone:
                raise interface_gone(self.interface) from None
            raise
        finally:
            self._dialling = None
            if self._transport is None:
                self._end()
        assert self._transport is not None
        return self._transport

    async def _dial(self, dial: Dial) -> asyncio.Transport:
        if not self._link.carries or self._link.round_trip_s:
            await self._shake_hands()
        return await dial(lambda: self)

    async def _shake_hands(self) -> None:
        """Let a question and its answer pass the link; one that carries nothing leaves it waiting."""
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._down.delay(self._link.round_trip_s)
        self._down.pass_on(0, lambda: None if answered.done() else answered.set_result(None))
        await answered

    # What the socket says.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hand the connection to the user."""
        assert isinstance(transport, asyncio.Transport)
        self._socket = transport
        if self._is_over:
            transport.abort()
            return
        self._transport = LineTransport(self, transport)
        self.user.connection_made(self._transport)
        self._moved()

    def data_received(self, data: bytes) -> None:
        """Bytes came; they are the user's once they are through the link."""
        for piece in _pieces(data, whole=self._link.down.is_free):
            self._to_user(len(piece), partial(self.user.data_received, piece))

    def eof_received(self) -> None:
        """The server sends nothing more; the socket closes then, and its end follows."""
        self._to_user(0, self._tell_eof)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed; the user learns it after what is under way."""
        if self._is_closed_by_user:
            self.user.connection_lost(exc)
        else:
            self._to_user(0, partial(self._lose, exc))

    def pause_writing(self) -> None:
        """The socket takes no more for now."""
        self._socket_is_full = True
        self._moved()

    def resume_writing(self) -> None:
        """The socket takes more."""
        self._socket_is_full = False
        self._moved()

    def _to_user(self, size_bytes: int, tell: Callable[[], None]) -> None:
        if not self._is_over:
            self._down.pass_on(size_bytes, partial(self._came_through, tell))

    def _came_through(self, tell: Callable[[], None]) -> None:
        self._unread.append(tell)
        self._tell_user()

    def _tell_user(self) -> None:
        while self._unread and self.user_reads:
            self._unread.popleft()()

    def _tell_eof(self) -> None:
        self.user.eof_received()

    def _lose(self, error: Exception | None) -> None:
        self._end()
        self.user.connection_lost(error)

    # What the user asks for, through its transport.

    def send(self, data: bytes) -> None:
        """Send bytes through the link."""
        if self._is_over:
            return
        if not self._has_asked:
            self._has_asked = True
            self._up.delay(self._link.up.latency_ms / 1000)
            self._down.delay(self._link.round_trip_s)
        for piece in _pieces(data, whole=self._link.up.is_free):
            self._up.pass_on(len(piece), partial(self._write, piece))

    def read(self, wanted: bool) -> None:
        """Give the user bytes from now on, or keep them."""
        self._user_reads = wanted
        self._tell_user()
        self._moved()

    def close(self, *, abort: bool = False) -> None:
        """End the connection; what is under way over a slow link is given up."""
        if self._is_over or self._socket is None:
            return
        self._is_closed_by_user = True
        self._end()
        if abort:
            self._socket.abort()
        else:
            self._socket.close()

    def _write(self, data: bytes) -> None:
        if self._socket is not None:
            self._socket.write(data)

    # What happens to the phone.

    def set_link(self, link: Link) -> None:
        """The link is another one from now on."""
        self._link = link
        self._down.set_speed(link.down)
        self._up.set_speed(link.up)

    def lose_interface(self) -> None:
        """The interface is gone: the user hears so at once.

        The server hears it too, by a reset; in life it would go on until its own timeouts.
        """
        if self._is_over:
            return
        self._is_gone = True
        self.drop()
        if self._transport is not None:
            self.user.connection_lost(interface_gone(self.interface))

    def drop(self) -> None:
        """Cut the connection, or stop dialling; the user is told nothing."""
        if self._is_over:
            return
        self._end()
        if self._socket is not None:
            self._socket.abort()
        elif self._dialling is not None:
            self._dialling.cancel()

    # Keeping both sides in step.

    def _end(self) -> None:
        if self._is_over:
            return
        self._is_over = True
        self._down.drop()
        self._up.drop()
        self._unread.clear()
        self._tell_waits()
        self._ended(self)

    def _moved(self) -> None:
        """Something under way has changed: who sends too fast pauses, who waits knows."""
        self._tell_waits()
        if self._is_over or self._socket is None:
            return
        self._pace_socket(self._socket)
        self._pace_user()

    def _tell_waits(self) -> None:
        under_way = self._down.is_waiting or self._up.is_waiting or not self._link.carries
        waits = under_way and not self._is_over
        if self._listener is not None and waits != self._told_waits:
            self._told_waits = waits
            self._listener.link_waits(waits)

    def _pace_socket(self, socket: asyncio.Transport) -> None:
        reads = self._user_reads and self._link.carries and self._down.waiting_bytes < HIGH_WATER_BYTES
        if reads != self._socket_reads:
            self._socket_reads = reads
            if reads:
                socket.resume_reading()
            else:
                socket.pause_reading()

    def _pace_user(self) -> None:
        paused = self._socket_is_full or self._up.waiting_bytes > HIGH_WATER_BYTES
        if paused != self._user_is_paused:
            self._user_is_paused = paused
            if paused:
                self.user.pause_writing()
            else:
                self.user.resume_writing()


def _pieces(data: bytes, *, whole: bool) -> Iterator[bytes]:
    step = len(data) if whole else PIECE_BYTES
    return (data[start : start + step] for start in range(0, len(data), max(step, 1)))
