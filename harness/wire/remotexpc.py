"""RemoteXPC: XPC messages over two HTTP/2 streams, and how both ends open them.

Three frames open a connection: an empty dictionary on stream 1, ``OPENS`` on stream 1, ``INIT`` on
stream 3. A client sends them eagerly (dictionary, OPENS, INIT) or in lock-step (dictionary, INIT, OPENS,
each after the echo of the one before). The server sends each of them back, and the connection is open
once it has seen OPENS and INIT. Clients differ in what they wait for next, so a server speaks first when
it has something to say. Source: virtual-iphone.md §2 and §6.4.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum

from harness.errors import WireError
from harness.wire.http2_peer import DataCame, H2Event, Http2Peer, Role, StreamReset, WentAway
from harness.wire.xpc import XpcDecoder, XpcDict, XpcFlag, XpcMessage

ROOT_STREAM = 1
"""Where requests travel."""

REPLY_STREAM = 3
"""Where replies of the server travel."""


class Opening(Enum):
    """The three frames that open a connection: stream and message."""

    EMPTY = (ROOT_STREAM, XpcMessage(XpcFlag.ALWAYS, 0, {}))
    OPENS = (ROOT_STREAM, XpcMessage(XpcFlag.ALWAYS | XpcFlag.OPENS))
    INIT = (REPLY_STREAM, XpcMessage(XpcFlag.ALWAYS | XpcFlag.INIT))

    @property
    def stream(self) -> int:
        """The stream it travels on."""
        return self.value[0]

    @property
    def message(self) -> XpcMessage:
        """The message it is."""
        return self.value[1]


class ClientOrder(Enum):
    """How a client opens a connection: the frames, and whether it waits for each echo."""

    EAGER = ((Opening.EMPTY, Opening.OPENS, Opening.INIT), False)
    LOCK_STEP = ((Opening.EMPTY, Opening.INIT, Opening.OPENS), True)


@dataclass(frozen=True)
class Opened:
    """Both ends have opened the connection."""


@dataclass(frozen=True)
class Received:
    """A message with a body came.

    Attributes:
        stream: the HTTP/2 stream it came on.
        message: it.
    """

    stream: int
    message: XpcMessage


@dataclass(frozen=True)
class Ended:
    """The other side ends the connection."""


XpcEvent = Opened | Received | Ended

_NEEDED = frozenset({Opening.OPENS, Opening.INIT})


class RemoteXpcPeer:
    """One end of a connection.

    Args:
        role: which end.
        order: how a client opens; a server follows either.
    """

    def __init__(self, role: Role, order: ClientOrder = ClientOrder.EAGER) -> None:
        self._role = role
        self._http2 = Http2Peer(role)
        self._decoders: dict[int, XpcDecoder] = {}
        self._opened_streams: set[int] = set()
        self._seen: set[Opening] = set()
        self._is_open = False
        self._next_message_id = 1 if role is Role.CLIENT else 2
        frames, self._waits_for_echo = order.value
        self._script = deque(frames if role is Role.CLIENT else ())
        self._follow_script()

    @property
    def is_open(self) -> bool:
        """Whether both ends have opened it."""
        return self._is_open

    @property
    def unsent_bytes(self) -> int:
        """How many bytes wait for the other side to grant a window."""
        return self._http2.unsent_bytes

    def take_output(self) -> bytes:
        """The bytes to send now."""
        return self._http2.take_output()

    def send(
        self,
        body: XpcDict,
        *,
        wants_reply: bool = False,
        reply_to: int | None = None,
        stream: int = ROOT_STREAM,
    ) -> int:
        """Send a message.

        Args:
            body: what it carries.
            wants_reply: ask for a reply.
            reply_to: the message id it answers.
            stream: on which stream.

        Returns:
            Its message id: the one it answers, else odd from a client and even from a server.
        """
        flags = XpcFlag.ALWAYS | XpcFlag.HAS_BODY
        flags |= XpcFlag.WANTS_REPLY if wants_reply else XpcFlag(0)
        message_id = self._next_message_id if reply_to is None else reply_to
        if reply_to is None:
            self._next_message_id += 2
        else:
            flags |= XpcFlag.REPLY
        self._send(stream, XpcMessage(flags, message_id, body))
        return message_id

    def go_away(self) -> None:
        """Tell the other side that the connection ends."""
        self._http2.go_away()

    def receive(self, data: bytes) -> list[XpcEvent]:
        """Take in bytes.

        Returns:
            What they meant, in order; answers are in ``take_output``.

        Raises:
            WireError: they are not RemoteXPC.
        """
        return [event for heard in self._http2.receive(data) for event in self._on_event(heard)]

    def close(self) -> None:
        """Say that no more bytes will come.

        Raises:
            WireError: the connection ends inside a frame or a message.
        """
        self._http2.close()
        for decoder in self._decoders.values():
            decoder.close()

    def _on_event(self, event: H2Event) -> list[XpcEvent]:
        match event:
            case DataCame() if event.stream in (ROOT_STREAM, REPLY_STREAM):
                decoder = self._decoders.setdefault(event.stream, XpcDecoder())
                messages = decoder.feed(event.data)
                if decoder.error is not None:
                    raise decoder.error
                return [heard for message in messages for heard in self._on_message(event.stream, message)]
            case WentAway():
                return [Ended()]
            case StreamReset() if event.stream in (ROOT_STREAM, REPLY_STREAM):
                return [Ended()]
            case _:
                # HEADERS carry nothing here, and the bytes of file transfers are not taken.
                return []

    def _on_message(self, stream: int, message: XpcMessage) -> list[XpcEvent]:
        opening = _opening(stream, message)
        if opening is not None:
            return self._on_opening(opening)
        return [Received(stream, message)] if message.body else []

    def _on_opening(self, opening: Opening) -> list[XpcEvent]:
        repeated = opening in self._seen
        self._seen.add(opening)
        if self._role is Role.SERVER and not repeated:
            self._send(opening.stream, opening.message)
        if self._role is Role.CLIENT:
            self._follow_script()
        if self._is_open or not self._seen >= _NEEDED:
            return []
        self._is_open = True
        return [Opened()]

    def _follow_script(self) -> None:
        while self._script:
            opening = self._script.popleft()
            # The eager order opens stream 3 before OPENS, which is what devices expect of it.
            if opening is Opening.OPENS and Opening.INIT in self._script:
                self._open_stream(REPLY_STREAM)
            self._send(opening.stream, opening.message)
            if self._waits_for_echo:
                return

    def _open_stream(self, stream: int) -> None:
        if stream not in self._opened_streams:
            self._opened_streams.add(stream)
            self._http2.open(stream)

    def _send(self, stream: int, message: XpcMessage) -> None:
        self._open_stream(stream)
        self._http2.send(stream, message.encode())


def _opening(stream: int, message: XpcMessage) -> Opening | None:
    if message.flags & XpcFlag.INIT:
        if stream != REPLY_STREAM:
            raise WireError(f"RemoteXPC INIT on stream {stream}, expected {REPLY_STREAM}")
        return Opening.INIT
    if message.flags & XpcFlag.OPENS:
        return Opening.OPENS
    is_empty = message.body == {} and stream == ROOT_STREAM
    return Opening.EMPTY if is_empty and not message.flags & XpcFlag.REPLY else None
