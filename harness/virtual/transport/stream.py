"""The one byte stream that every service of the virtual phone is written against.

A service does not know whether its bytes go through a usbmux connection, through TLS on top of it, or
through a tunnel's TCP. TLS is done in memory over any stream: the client's first flight may arrive
together with earlier bytes, and swapping the protocol of a live socket would lose it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import Protocol

READ_LIMIT_BYTES = 65536
"""How many bytes one ``read`` returns at most, unless told otherwise."""


class StreamClosed(ConnectionError):
    """The peer is gone, or TLS with it could not be agreed."""


class Stream(Protocol):
    """Bytes both ways, in order."""

    async def read(self, limit_bytes: int = READ_LIMIT_BYTES) -> bytes:
        """At least one byte and at most ``limit_bytes``; empty when the peer has finished.

        Raises:
            StreamClosed: the connection broke.
        """
        ...

    async def readexactly(self, size_bytes: int) -> bytes:
        """Exactly ``size_bytes``.

        Raises:
            StreamClosed: the peer finished or the connection broke before that many came.
        """
        ...

    def write(self, data: bytes) -> None:
        """Queue bytes for the peer; a closed stream swallows them."""
        ...

    async def drain(self) -> None:
        """Return when the queue has gone below its mark.

        Raises:
            StreamClosed: the connection broke.
        """
        ...

    @property
    def unsent_bytes(self) -> int:
        """How many bytes wait for a peer that does not read."""
        ...

    @property
    def is_closed(self) -> bool:
        """Whether this side has closed it, or the connection broke."""
        ...

    def close(self) -> None:
        """Send what is queued, then finish; closing twice is no error."""
        ...

    async def start_tls(self, context: ssl.SSLContext) -> TlsStream:
        """Become the server of a TLS session on this stream.

        Raises:
            StreamClosed: the handshake failed; the stream is closed.
        """
        ...


async def read_whole(stream: Stream, size_bytes: int) -> bytes:
    """``Stream.readexactly`` in terms of ``Stream.read``."""
    held = bytearray()
    while len(held) < size_bytes:
        chunk = await stream.read(size_bytes - len(held))
        if not chunk:
            raise StreamClosed(f"{len(held)} of {size_bytes} bytes came")
        held += chunk
    return bytes(held)


class AsyncioStream:
    """A stream over an asyncio reader and writer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, limit_bytes: int = READ_LIMIT_BYTES) -> bytes:
        """See ``Stream.read``."""
        try:
            return await self._reader.read(limit_bytes)
        except OSError as error:
            raise StreamClosed(str(error)) from error

    async def readexactly(self, size_bytes: int) -> bytes:
        """See ``Stream.readexactly``."""
        try:
            return await self._reader.readexactly(size_bytes)
        except (OSError, asyncio.IncompleteReadError) as error:
            raise StreamClosed(str(error)) from error

    def write(self, data: bytes) -> None:
        """See ``Stream.write``."""
        if not self._writer.is_closing():
            self._writer.write(data)

    async def drain(self) -> None:
        """See ``Stream.drain``."""
        try:
            await self._writer.drain()
        except OSError as error:
            raise StreamClosed(str(error)) from error

    @property
    def unsent_bytes(self) -> int:
        """See ``Stream.unsent_bytes``."""
        return self._writer.transport.get_write_buffer_size()

    @property
    def is_closed(self) -> bool:
        """See ``Stream.is_closed``."""
        return self._writer.is_closing()

    def close(self) -> None:
        """See ``Stream.close``."""
        self._writer.close()

    def abort(self) -> None:
        """Finish at once; what is queued is lost."""
        self._writer.transport.abort()

    async def start_tls(self, context: ssl.SSLContext) -> TlsStream:
        """See ``Stream.start_tls``."""
        return await TlsStream.accept(self, context)


class TlsStream:
    """The server's side of a TLS session over another stream."""

    def __init__(self, inner: Stream, context: ssl.SSLContext) -> None:
        self._inner = inner
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._closed = False

    @classmethod
    async def accept(cls, inner: Stream, context: ssl.SSLContext) -> TlsStream:
        """Do the handshake.

        Raises:
            StreamClosed: it failed; the alert was sent and ``inner`` is closed.
        """
        stream = cls(inner, context)
        while True:
            try:
                stream._tls.do_handshake()
            except ssl.SSLWantReadError:
                await stream._exchange()
            except ssl.SSLError as error:
                stream._flush()
                inner.close()
                raise StreamClosed(f"TLS handshake failed: {error}") from error
            else:
                stream._flush()
                return stream

    @property
    def peer_certificate(self) -> bytes | None:
        """The certificate the client proved to own, DER."""
        return self._tls.getpeercert(binary_form=True)

    async def read(self, limit_bytes: int = READ_LIMIT_BYTES) -> bytes:
        """See ``Stream.read``."""
        while True:
            try:
                return self._tls.read(limit_bytes)
            except ssl.SSLWantReadError:
                if not await self._exchange():
                    return b""
            except ssl.SSLZeroReturnError:
                return b""
            except ssl.SSLError as error:
                self.close()
                raise StreamClosed(f"TLS failed: {error}") from error

    async def readexactly(self, size_bytes: int) -> bytes:
        """See ``Stream.readexactly``."""
        return await read_whole(self, size_bytes)

    def write(self, data: bytes) -> None:
        """See ``Stream.write``."""
        if self._closed or not data:
            return
        try:
            self._tls.write(data)
        except ssl.SSLError:
            # Who writes may be in the midst of something else than this client; the reader tells.
            self.close()
        else:
            self._flush()

    async def drain(self) -> None:
        """See ``Stream.drain``."""
        await self._inner.drain()

    @property
    def unsent_bytes(self) -> int:
        """See ``Stream.unsent_bytes``."""
        return self._inner.unsent_bytes

    @property
    def is_closed(self) -> bool:
        """See ``Stream.is_closed``."""
        return self._closed or self._inner.is_closed

    def close(self) -> None:
        """See ``Stream.close``."""
        if not self._closed:
            self._say_goodbye()
        self._inner.close()

    def stop_tls(self) -> Stream:
        """End the TLS session and give back the plain stream below, which stays open."""
        self._say_goodbye()
        return self._inner

    async def start_tls(self, context: ssl.SSLContext) -> TlsStream:
        """See ``Stream.start_tls``: TLS within TLS."""
        return await TlsStream.accept(self, context)

    def _say_goodbye(self) -> None:
        self._closed = True
        # The peer has not answered our close_notify, and it need not.
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()
        self._flush()

    def _flush(self) -> None:
        data = self._outgoing.read()
        if data:
            self._inner.write(data)

    async def _exchange(self) -> bool:
        """Send what TLS wants sent, take in what came; whether anything came."""
        self._flush()
        data = await self._inner.read()
        if data:
            self._incoming.write(data)
        elif not self._incoming.eof:
            self._incoming.write_eof()
        return bool(data)
