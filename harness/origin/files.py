"""What a run offers: files to download and places to upload to, each with its own URL and gate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Unpack
from urllib.parse import quote, urlencode

from harness.errors import ConfigError
from harness.origin.answer import Answer, Representation, Request, plain, serve
from harness.origin.behaviour import Behaviour, Signature, SignedRedirect, Wishes, behaviour, judge, sign
from harness.origin.gate import Gate


@dataclass(frozen=True)
class Place:
    """Where something is offered.

    Attributes:
        base_url: of the run, ends in a slash.
        secret: what the run signs with.
        name: within the run.
        clock: host clock, seconds.
    """

    base_url: str
    secret: str
    name: str
    clock: Callable[[], float]

    @property
    def url(self) -> str:
        """The whole URL."""
        return self.base_url + quote(self.name)


class _Offer:
    """What files and uploads have in common: a place, a gate, and behaviours that take turns."""

    def __init__(self, place: Place, usual: Behaviour) -> None:
        self._place = place
        self._usual = usual
        self._turns: list[Behaviour] = []
        self._gates: list[Gate] = []

    @property
    def name(self) -> str:
        """Its name within the run."""
        return self._place.name

    @property
    def url(self) -> str:
        """What the app is told."""
        return self._place.url

    def hold(self, after_bytes: int) -> None:
        """Hold the requests that come from now on, after so many bytes of the file or upload.

        A connection that stands at an earlier gate goes on standing there until ``release``.
        """
        if after_bytes < 0:
            raise ConfigError(f"{self.name}: hold after {after_bytes} bytes", fix="Use 0 or more.")
        self._gates.append(Gate(after_bytes))

    async def release(self) -> float:
        """Open the gate, for the connections it holds and for those to come.

        Returns once each held connection has its next bytes in the socket (or is gone), so that a peer
        which looks afterwards finds them.

        Returns:
            Host time just before the gate opened; without a gate, now.
        """
        released_s = self._place.clock()
        gates, self._gates = self._gates, []
        for gate in gates:
            await gate.open()
        return released_s

    def behave(self, *, requests: int | None = None, **wishes: Unpack[Wishes]) -> None:
        """Change how requests are answered from now on.

        Args:
            requests: only so many requests, then as before; ``None`` for all.
            wishes: see ``Wishes``; what is not named is as usual for a healthy server.

        Raises:
            ConfigError: a number makes no sense, or two faults are asked for at once.
        """
        wished = behaviour(self.name, wishes)
        if requests is None:
            self._usual = wished
            self._turns.clear()
        else:
            self._turns.extend([wished] * requests)

    def take_turn(self) -> Behaviour:
        """The behaviour for the next request; counts as one."""
        return self._turns.pop(0) if self._turns else self._usual

    @property
    def gates(self) -> tuple[Gate, ...]:
        """The gate for the next request, if there is one: the last that was put up."""
        return tuple(self._gates[-1:])


class OriginFile(_Offer):
    """A file that the origin serves; made by ``OriginRun.file``."""

    def __init__(
        self, place: Place, what: Representation, usual: Behaviour, redirect: SignedRedirect | None
    ) -> None:
        super().__init__(place, usual)
        self._what = what
        self._redirect = redirect

    @property
    def size_bytes(self) -> int:
        """Size of the whole file."""
        return self._what.body.size_bytes

    @property
    def sha256(self) -> str:
        """Hex digest of the whole file; the first call reads all of it, block by block."""
        return self._what.body.sha256

    def hold(self, after_bytes: int) -> None:
        """Let no byte of the file from offset ``after_bytes`` on be sent until ``release``.

        The offset counts in the file, so that a download which resumes at the gate is held there too.

        Raises:
            ConfigError: the file has no byte to hold back there.
        """
        if after_bytes >= self.size_bytes:
            raise ConfigError(
                f"{self.name}: a hold after {after_bytes} of {self.size_bytes} bytes never holds",
                fix="Hold at an offset below the file's size.",
            )
        super().hold(after_bytes)

    async def answer(self, request: Request) -> Answer:
        """What to send for a request, by the behaviour whose turn it is."""
        if self._redirect is None:
            return serve(request, self._what, self.take_turn(), self.gates)
        now_s = await self._redirect.now_s()
        match judge(self._place.secret, self.name, dict(request.query), now_s):
            case Signature.ABSENT:
                query = urlencode(sign(self._place.secret, self.name, self._redirect, now_s))
                return plain(self._redirect.status, {"Location": f"{self.url}?{query}"})
            case Signature.GOOD:
                return serve(request, self._what, self.take_turn(), self.gates)
            case Signature.EXPIRED:
                return plain(403, text="this URL has expired")
            case Signature.FORGED:
                return plain(403, text="bad signature")


KEPT_BYTES = 1 << 26
"""How much of each body is kept for a test to look at; all of it is counted and hashed."""


@dataclass(frozen=True)
class ReceivedBody:
    """The body of one upload, as it came.

    Attributes:
        content: its bytes, the first ``KEPT_BYTES`` of them.
        content_type: the request's ``Content-Type``; empty without one.
        whole: whether it ended as HTTP says it must.
    """

    content: bytes
    content_type: str
    whole: bool


class OriginUpload(_Offer):
    """A place that an app uploads to with PUT or POST; made by ``OriginRun.upload``.

    Gate and faults count the bytes read from the connection. What the network stack of this host takes
    in beyond them counts as not received.
    """

    def __init__(self, place: Place, usual: Behaviour) -> None:
        super().__init__(place, usual)
        self._bodies: list[ReceivedBody] = []

    @property
    def bodies(self) -> tuple[ReceivedBody, ...]:
        """What was uploaded, in the order in which it ended; broken uploads too."""
        return tuple(self._bodies)

    def keep(self, body: ReceivedBody) -> None:
        """An upload has ended."""
        self._bodies.append(body)
