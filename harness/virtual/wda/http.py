"""One HTTP/1.1 connection of a client, over whatever carries its bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import parse_qsl, unquote, urlsplit

import h11

from harness.virtual.transport.stream import Stream

MOST_BODY_BYTES = 16 * 1024 * 1024
"""A body beyond this is no request for a phone."""

_HEADERS = (
    ("Server", "WebDriverAgent/1.0"),
    ("Content-Type", "application/json;charset=UTF-8"),
    ("Cache-Control", "no-cache"),
)


class NotHttp(Exception):
    """What came is not HTTP, or more of it than any request has."""


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes:
        method: such as ``GET``.
        path: without the query, its parts decoded.
        query: what stands after the question mark.
        arguments: the body, if it was an object of JSON; empty otherwise, as the real one takes it.
    """

    method: str
    path: tuple[str, ...]
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    arguments: Mapping[str, object] = field(default_factory=dict[str, object])


class HttpConnection:
    """The phone's side of one connection.

    Args:
        stream: carries it.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._http = h11.Connection(h11.SERVER)

    async def receive(self) -> Request | None:
        """The next request; ``None`` when the client has finished.

        Raises:
            NotHttp: what came is none.
            StreamClosed: the connection broke.
        """
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        if self._http.our_state is not h11.IDLE:
            return None
        head: h11.Request | None = None
        body = bytearray()
        while True:
            event = await self._next_event()
            if isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > MOST_BODY_BYTES:
                    raise NotHttp
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                return _request(head, bytes(body))
            else:
                return None

    async def send(self, status: int, answer: object) -> None:
        """Answer the request, head and body at once: apart they would cost a client a delayed ACK.

        Raises:
            StreamClosed: the connection broke.
        """
        body = json.dumps(answer, ensure_ascii=False).encode()
        headers = [*_HEADERS, ("Content-Length", str(len(body)))]
        events = (
            h11.Response(status_code=status, headers=headers),
            h11.Data(data=body),
            h11.EndOfMessage(),
        )
        self._stream.write(b"".join(self._http.send(event) or b"" for event in events))
        await self._stream.drain()

    async def _next_event(self) -> object:
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                raise NotHttp(str(error)) from error
            if event is not h11.NEED_DATA:
                return event
            if self._http.they_are_waiting_for_100_continue:
                going_on = h11.InformationalResponse(status_code=100, headers=[])
                self._stream.write(self._http.send(going_on) or b"")
            self._http.receive_data(await self._stream.read())


def _request(head: h11.Request, body: bytes) -> Request:
    target = urlsplit(head.target.decode("ascii", "replace"))
    path = tuple(unquote(part) for part in target.path.split("/") if part)
    return Request(head.method.decode().upper(), path, dict(parse_qsl(target.query)), _arguments(body))


def _arguments(body: bytes) -> Mapping[str, object]:
    try:
        read: object = json.loads(body) if body else None
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, object]", read) if isinstance(read, dict) else {}
