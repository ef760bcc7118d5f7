"""What the origin answers to a request, decided before a byte is sent and without any I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from harness.origin.behaviour import Behaviour, Fault, FaultKind
from harness.origin.body import Body, GivenBody
from harness.origin.gate import Gate
from harness.origin.ranges import Unsatisfiable, parse_range

GATE_HEADER = "X-Origin-Gate"
"""``hold=<n>``: after ``n`` body bytes of this response the origin will fall silent.

In an interim response to an upload: after ``n`` bytes of the request's body the origin reads no further;
``open`` when it reads on.
"""


@dataclass(frozen=True)
class Request:
    """The head of a request, as far as the answer depends on it.

    Attributes:
        method: HTTP method.
        nonce: first part of the path.
        secret: second part of the path.
        name: the rest of the path.
        path: the whole path.
        query: last value of each key.
        headers: in order.
        peer: address, without the port.
        peer_port: port.
    """

    method: str
    nonce: str
    secret: str
    name: str
    path: str
    query: Mapping[str, str]
    headers: tuple[tuple[str, str], ...]
    peer: str
    peer_port: int

    def header(self, name: str) -> str | None:
        """The first header of that name, in any case, or ``None``."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class Answer:
    """A response: head, the slice of a body it carries, and what is to go wrong.

    Attributes:
        status: HTTP status.
        headers: without Content-Length.
        body: where the bytes come from.
        start: first byte of the body in this response.
        end: one past its last.
        of_file: whether the body is the file's, not a text about an error.
        gates: the gates this response may stop at.
        fault: what goes wrong after so many bytes of this response.
        rate_bytes_per_s: pace, wall time.
    """

    status: int
    headers: Mapping[str, str]
    body: Body
    start: int
    end: int
    of_file: bool = False
    gates: tuple[Gate, ...] = ()
    fault: Fault | None = None
    rate_bytes_per_s: float | None = None

    @property
    def length(self) -> int:
        """Body bytes of this response."""
        return self.end - self.start

    @property
    def hold_at(self) -> int | None:
        """Body bytes of this response after which a gate holds it first; ``None`` when none does."""
        return min((self._holds_at(gate) for gate in self._closed), default=None)

    def gate_at(self, position: int) -> Gate | None:
        """The gate that holds this response after so many of its body bytes, if one does."""
        return next((gate for gate in self._closed if self._holds_at(gate) == position), None)

    @property
    def _closed(self) -> tuple[Gate, ...]:
        return tuple(gate for gate in self.gates if not gate.is_open and gate.offset < self.end)

    def _holds_at(self, gate: Gate) -> int:
        return max(0, gate.offset - self.start)

    @property
    def silent_at(self) -> int | None:
        """Body bytes of this response after which it will fall silent, by gate or by fault."""
        offsets = [self.hold_at] if self.hold_at is not None else []
        drops = self.fault is not None and self.fault.kind is FaultKind.DROP
        if self.fault is not None and drops and self.fault.after_bytes < self.length:
            offsets.append(self.fault.after_bytes)
        return min(offsets, default=None)


@dataclass(frozen=True)
class Representation:
    """A file as it is offered.

    Attributes:
        body: its bytes.
        content_type: its media type.
        ranges: whether parts of it may be asked for; without, no validator is offered either.
        headers: further response headers.
    """

    body: Body
    content_type: str
    ranges: bool = True
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def etag(self) -> str:
        """A strong validator."""
        return f'"{self.body.tag}"'


def serve(request: Request, what: Representation, how: Behaviour, gates: tuple[Gate, ...]) -> Answer:
    """The answer to a GET or HEAD of a file."""
    if request.method not in ("GET", "HEAD"):
        return plain(405, {"Allow": "GET, HEAD"})
    if how.status != 200:
        refusal = plain(how.status)
        return Answer(how.status, refusal.headers, refusal.body, 0, refusal.end, fault=how.fault)
    size = what.body.size_bytes
    try:
        part = parse_range(_wanted_range(request, what), size)
    except Unsatisfiable:
        return plain(416, {"Content-Range": f"bytes */{size}"})
    start, end = part or (0, size)
    headers = {"Content-Type": what.content_type, **what.headers}
    if what.ranges:
        headers |= {"Accept-Ranges": "bytes", "ETag": what.etag}
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    status = 200 if part is None else 206
    return Answer(status, headers, what.body, start, end, True, gates, how.fault, how.rate_bytes_per_s)


def plain(status: int, headers: Mapping[str, str] | None = None, text: str = "") -> Answer:
    """An answer that is no file: a line of text about the status."""
    known = status in HTTPStatus.__members__.values()
    words = text or (HTTPStatus(status).phrase if known else "status")
    content = b"" if status in (204, 304) else f"{status} {words}\n".encode()
    merged = {"Content-Type": "text/plain; charset=utf-8", **(headers or {})}
    return Answer(status, merged, GivenBody(content), 0, len(content))


def _wanted_range(request: Request, what: Representation) -> str | None:
    condition = request.header("If-Range")
    # RFC 9110 §13.1.5: a validator that does not match exactly means the whole, new representation.
    if not what.ranges or request.method != "GET" or (condition is not None and condition != what.etag):
        return None
    return request.header("Range")
