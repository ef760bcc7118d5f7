"""What a fetch is asked for, and what it tells: no HTTP yet, so that a phone boots without its library."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness.model.interfaces import Interface
from harness.virtual.kernel.nsurlsessiond.failures import CONSEQUENCES, Failure, Fate
from harness.virtual.kernel.nsurlsessiond.rules import URLError

__all__ = ["Failure", "Fate", "FetchRequest", "Outcome", "ResponseHead", "TransferNetwork", "Way"]


class TransferNetwork(Protocol):
    """The part of the phone's network that a transfer needs."""

    def route(self, *, allows_cellular: bool) -> Interface | None:
        """The interface a transfer takes now, or ``None`` while there is none for it."""
        ...

    async def connect(
        self,
        protocol_factory: Callable[[], asyncio.Protocol],
        host: str,
        port: int,
        *,
        tls: bool = False,
        interface: Interface,
    ) -> asyncio.Transport:
        """Open a connection by an interface, raising OSError as a socket and ssl.SSLError as TLS does."""
        ...


@dataclass(frozen=True)
class Way:
    """How a fetch leaves the phone.

    Attributes:
        network: makes the connection.
        allows_cellular: whether that may leave by cellular.
    """

    network: TransferNetwork
    allows_cellular: bool = True

    def interface(self) -> Interface | None:
        """By which interface a connection would leave now."""
        return self.network.route(allows_cellular=self.allows_cellular)


@dataclass(frozen=True)
class FetchRequest:
    """What to ask for.

    Attributes:
        url: absolute http or https URL.
        method: HTTP method.
        headers: further request headers.
        file: what is sent as the body, read while it is sent; ``None`` for no body.
        offset_bytes: bytes already there; more than 0 asks for the rest by ``Range``.
        validator: the ``If-Range`` value that goes with the offset.
        user_agent: ``User-Agent`` value.
    """

    url: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    file: Path | None = None
    offset_bytes: int = 0
    validator: str = ""
    user_agent: str = "Downloader/1 CFNetwork Darwin"


@dataclass(frozen=True)
class ResponseHead:
    """Status and headers of a final response.

    Attributes:
        status: HTTP status.
        headers: names in lower case; of a repeated header the values joined by a comma.
        url: where it came from, after redirects.
    """

    status: int
    headers: dict[str, str]
    url: str

    @property
    def first_byte(self) -> int:
        """Offset of the body's first byte in the resource: of a 206 its range's start, else 0."""
        content_range = self.headers.get("content-range", "")
        if self.status != 206 or not content_range.startswith("bytes "):
            return 0
        start = content_range.removeprefix("bytes ").partition("-")[0]
        return int(start) if start.isdigit() else 0

    @property
    def total_bytes(self) -> int | None:
        """Size of the whole resource, or ``None`` when the server does not tell."""
        length = self.headers.get("content-length", "")
        return self.first_byte + int(length) if length.isdigit() else None

    @property
    def validator(self) -> str:
        """What ``If-Range`` may carry: a strong entity tag, else the modification date, else empty."""
        if self.headers.get("accept-ranges") == "none":
            return ""
        tag = self.headers.get("etag", "")
        return tag if tag and not tag.startswith("W/") else self.headers.get("last-modified", "")

    @property
    def gates(self) -> frozenset[int]:
        """Counts of this response's body bytes after which the origin holds the rest back."""
        return gates_in(self.headers)


def gates_in(headers: Mapping[str, str]) -> frozenset[int]:
    """The byte counts of every ``hold=<n>`` in ``X-Origin-Gate``; names of headers in lower case."""
    words = headers.get("x-origin-gate", "").replace(";", ",").split(",")
    values = (word.strip().removeprefix("hold=") for word in words if word.strip().startswith("hold="))
    return frozenset(int(value) for value in values if value.isdigit())


@dataclass(frozen=True)
class Outcome:
    """The end of a fetch.

    Attributes:
        failure: why no whole response came, or ``None`` when one did.
        detail: what exactly happened, for people.
    """

    failure: Failure | None = None
    detail: str = ""

    @property
    def fate(self) -> Fate:
        """What becomes of a background task."""
        return CONSEQUENCES[self.failure].fate if self.failure is not None else Fate.COMPLETE

    @property
    def error(self) -> URLError | None:
        """The error for whoever is told; ``None`` when a whole response came."""
        if self.failure is None:
            return None
        consequence = CONSEQUENCES[self.failure]
        return URLError(consequence.code, text=consequence.text)
