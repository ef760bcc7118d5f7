"""The cable of one phone, byte by byte: what has crossed it, where it is cut, whether it stands still.

Every connection over the cable goes through a ``CableStream``. Bytes are counted per direction over all
connections together, as they are on the wire, TLS and all. A mark is a number of bytes after which
something happens: what is written is split exactly there, so a cable that is cut at a mark has carried
that many bytes and not one more.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from harness.virtual.transport.stream import READ_LIMIT_BYTES, Stream, StreamClosed, TlsStream, read_whole

UNSENT_MARK_BYTES = 256 * 1024
"""``drain`` waits while more than this waits for a cable that stands still."""

FLUSH_WITHIN_S = 5.0
"""Wall seconds that a cut waits for the last bytes before it to be read by the host."""

_FLUSH_LOOK_S = 0.005


class Toward(StrEnum):
    """A direction on the cable."""

    HOST = "host"
    PHONE = "phone"


@dataclass
class _Mark:
    toward: Toward
    at_bytes: int
    callback: Callable[[], None]


class Cable:
    """What one phone's connections have in common."""

    def __init__(self) -> None:
        self._crossed_bytes = dict.fromkeys(Toward, 0)
        self._marks: list[_Mark] = []
        self._streams: set[CableStream] = set()
        self._stalled = False
        self._pull: Callable[[], None] | None = None
        self._waiting: asyncio.Task[None] | None = None

    def crossed_bytes(self, toward: Toward) -> int:
        """How many bytes have crossed so far."""
        return self._crossed_bytes[toward]

    @property
    def stalled(self) -> bool:
        """Whether bytes toward the host wait."""
        return self._stalled

    @property
    def is_being_cut(self) -> bool:
        """Whether it was cut, and is pulled as soon as the host has read what crossed before."""
        return self._pull is not None

    def after(self, toward: Toward, more_bytes: int, callback: Callable[[], None]) -> None:
        """Call ``callback`` as soon as exactly that many more bytes have crossed; for 0 at once."""
        if more_bytes <= 0:
            callback()
        else:
            self._marks.append(_Mark(toward, self._crossed_bytes[toward] + more_bytes, callback))

    def forget_marks(self) -> None:
        """Let nothing happen at bytes any more."""
        self._marks.clear()

    def stall(self) -> None:
        """Have bytes toward the host wait; those toward the phone go on."""
        self._stalled = True

    def resume(self) -> None:
        """Let bytes toward the host flow again, those that waited first."""
        self._stalled = False
        for stream in tuple(self._streams):
            stream.flush()

    def cut(self, then: Callable[[], None]) -> None:
        """End every connection here and now; none crosses it until it has been pulled.

        A cable is cut once: while it is being cut, nothing more happens to it.

        Args:
            then: pulls it; called when what has crossed has also been read by the host, when that took too
                long, or by ``finish_cut``.
        """
        if self.is_being_cut:
            return
        ended = tuple(self._streams)
        for stream in ended:
            stream.end()
        self._pull = then
        if any(stream.unsent_bytes for stream in ended):
            self._waiting = asyncio.get_running_loop().create_task(self._finish_when_read(ended))
        else:
            self.finish_cut()

    def finish_cut(self) -> None:
        """Have it pulled now if it is being cut, whatever of it the host has not read.

        Who puts the cable in asks for this first: a pull still to come would take the phone away again.
        """
        if self._waiting is not None:
            self._waiting.cancel()
        pull, self._pull, self._waiting = self._pull, None, None
        if pull is not None:
            pull()

    async def _finish_when_read(self, streams: tuple[CableStream, ...]) -> None:
        # A transport tells when few bytes are left, not when the last has gone; so it is looked at.
        for _ in range(round(FLUSH_WITHIN_S / _FLUSH_LOOK_S)):
            if not any(stream.unsent_bytes for stream in streams):
                break
            await asyncio.sleep(_FLUSH_LOOK_S)
        self._waiting = None  # it is this one, which ends by itself
        self.finish_cut()

    async def carry(self, stream: Stream, serve: Callable[[Stream], Awaitable[None]]) -> None:
        """Serve a connection over this cable, and return when that is over and its bytes have left."""
        if self.is_being_cut:
            return
        carried = CableStream(self, stream)
        self._streams.add(carried)
        try:
            await serve(carried)
            await carried.settle()
        finally:
            self._streams.discard(carried)

    def room_bytes(self, toward: Toward) -> int | None:
        """How many bytes may cross up to the nearest mark; ``None`` when there is none."""
        marks = [mark.at_bytes for mark in self._marks if mark.toward is toward]
        return min(marks) - self._crossed_bytes[toward] if marks else None

    def crossed(self, toward: Toward, size_bytes: int) -> None:
        """Count bytes, and let happen what is due at them."""
        now_bytes = self._crossed_bytes[toward] = self._crossed_bytes[toward] + size_bytes
        due = [mark for mark in self._marks if mark.toward is toward and mark.at_bytes <= now_bytes]
        for mark in due:
            self._marks.remove(mark)
            mark.callback()


class CableStream:
    """See ``Stream``; one connection over a cable.

    Args:
        cable: what it runs through.
        inner: the connection itself.
    """

    def __init__(self, cable: Cable, inner: Stream) -> None:
        self._cable = cable
        self._inner = inner
        self._held = bytearray()
        self._unread = b""
        self._closing = False
        self._ended = False
        self._changed = asyncio.Event()

    async def read(self, limit_bytes: int = READ_LIMIT_BYTES) -> bytes:
        """See ``Stream.read``."""
        data = self._unread or await self._inner.read(limit_bytes)
        if self._ended:
            raise StreamClosed("the cable was cut")
        room_bytes = self._cable.room_bytes(Toward.PHONE)
        size_bytes = min(limit_bytes, len(data) if room_bytes is None else room_bytes)
        taken, self._unread = data[:size_bytes], data[size_bytes:]
        self._cable.crossed(Toward.PHONE, len(taken))
        return taken

    async def readexactly(self, size_bytes: int) -> bytes:
        """See ``Stream.readexactly``."""
        return await read_whole(self, size_bytes)

    def write(self, data: bytes) -> None:
        """See ``Stream.write``."""
        if not self._ended and not self._closing:
            self._held += data
            self.flush()

    def flush(self) -> None:
        """Send what waits, as far as the cable lets it."""
        while self._held and not self._ended and not self._cable.stalled:
            room_bytes = self._cable.room_bytes(Toward.HOST)
            part = bytes(self._held if room_bytes is None else self._held[:room_bytes])
            del self._held[: len(part)]
            self._inner.write(part)
            self._cable.crossed(Toward.HOST, len(part))
        if self._closing and not self._held:
            self._inner.close()
        self._changed.set()

    async def drain(self) -> None:
        """See ``Stream.drain``."""
        await self._until_held_at_most(UNSENT_MARK_BYTES)
        if self._ended:
            raise StreamClosed("the cable was cut")
        await self._inner.drain()

    async def settle(self) -> None:
        """Return when nothing waits any more for a cable that stands still."""
        await self._until_held_at_most(0)

    @property
    def unsent_bytes(self) -> int:
        """See ``Stream.unsent_bytes``."""
        return len(self._held) + self._inner.unsent_bytes

    @property
    def is_closed(self) -> bool:
        """See ``Stream.is_closed``."""
        return self._closing or self._ended or self._inner.is_closed

    def close(self) -> None:
        """See ``Stream.close``."""
        self._closing = True
        self.flush()

    def end(self) -> None:
        """The cable was cut: nothing crosses any more."""
        self._ended = True
        self._held.clear()
        self._changed.set()

    async def start_tls(self, context: ssl.SSLContext) -> TlsStream:
        """See ``Stream.start_tls``."""
        return await TlsStream.accept(self, context)

    async def _until_held_at_most(self, size_bytes: int) -> None:
        while len(self._held) > size_bytes and not self._ended:
            self._changed.clear()
            await self._changed.wait()
