"""What every byte-stream decoder of this room has in common: bytes in, whole frames out.

Theory: a decoder keeps the bytes it was given, asks a codec where the next frame ends, and for the
frame as soon as all its bytes are there. So the frames depend on the bytes alone, never on how they
were split.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from harness.errors import WireError

FrameT = TypeVar("FrameT")


class FrameDecoder(ABC, Generic[FrameT]):
    """Cuts one direction of a connection into frames.

    A subclass sets ``frame_name`` and implements ``_find`` and ``_parse``. Errors they raise count
    offsets from the start of the frame; here they become offsets of the stream.
    """

    frame_name: str

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._offset = 0
        self._error: WireError | None = None

    @property
    def error(self) -> WireError | None:
        """What made the stream unreadable, or ``None`` while it reads well."""
        return self._error

    def push(self, data: bytes) -> None:
        """Add bytes without decoding them."""
        self._buffer += data

    def take(self) -> FrameT | None:
        """The next frame, or ``None`` when its bytes are not all there.

        Raises:
            WireError: the bytes are no frame; every later call raises the same.
        """
        if self._error is not None:
            raise self._error
        try:
            return self._cut()
        except WireError as error:
            at = self._offset + error.offset
            self._error = WireError(error.what, offset=at, data=error.data)
            raise self._error from error

    def feed(self, data: bytes) -> list[FrameT]:
        """Add bytes and return the frames they complete, in order.

        Frames ahead of unreadable bytes are returned first, so that they never depend on how the
        stream was split: ``error`` is then set, and the next call raises it.

        Raises:
            WireError: the next bytes are no frame.
        """
        self.push(data)
        frames: list[FrameT] = []
        try:
            while (frame := self.take()) is not None:
                frames.append(frame)
        except WireError:
            if not frames:
                raise
        return frames

    def rest(self) -> bytes:
        """Hand over the bytes not decoded, for the protocol that takes over the connection."""
        rest = bytes(self._buffer)
        self._offset += len(rest)
        self._buffer.clear()
        return rest

    def close(self) -> None:
        """Say that no more bytes will come.

        Raises:
            WireError: the stream was unreadable, or ends inside a frame (``offset`` is its end).
        """
        if self._error is not None:
            raise self._error
        if self._buffer:
            end = self._offset + len(self._buffer)
            raise WireError(
                f"the stream ends inside {self.frame_name} that began at byte {self._offset}",
                offset=end,
                data=bytes(self._buffer),
            )

    def _cut(self) -> FrameT | None:
        size_bytes = self._find(self._buffer)
        if size_bytes is None:
            return None
        frame = self._parse(bytes(self._buffer[:size_bytes]))
        del self._buffer[:size_bytes]
        self._offset += size_bytes
        return frame

    @abstractmethod
    def _find(self, buffer: bytearray) -> int | None:
        """The size in bytes of the frame the buffer begins with; ``None`` when it is not all there."""

    @abstractmethod
    def _parse(self, frame: bytes) -> FrameT:
        """The frame, from all its bytes."""


class SizedDecoder(FrameDecoder[FrameT]):
    """A decoder for frames whose header, of fixed size, tells the size of the whole.

    A subclass sets ``header_bytes`` and implements ``_measure``.
    """

    header_bytes: int

    def _find(self, buffer: bytearray) -> int | None:
        if len(buffer) < self.header_bytes:
            return None
        size_bytes = self._measure(bytes(buffer[: self.header_bytes]))
        return size_bytes if len(buffer) >= size_bytes else None

    @abstractmethod
    def _measure(self, header: bytes) -> int:
        """The size of the whole frame in bytes, from its header."""


def check_size(size_bytes: int, *, least: int, most: int, header: bytes, what: str) -> int:
    """Return a size read from a header when it can be true.

    Raises:
        WireError: it is below ``least`` or above ``most`` (both in bytes).
    """
    if least <= size_bytes <= most:
        return size_bytes
    raise WireError(f"{what} of {size_bytes} bytes, expected {least} to {most}", data=header)
