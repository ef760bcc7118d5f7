"""What a fetch is asked for, and what it tells: no HTTP yet, so that a phone boots without its library."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.virtual.kernel.nsurlsessiond.rules import URLErrorCode


@dataclass(frozen=True)
class FetchRequest:
    """What to ask for.

    Attributes:
        url: absolute http or https URL.
        offset_bytes: bytes already there; more than 0 asks for the rest by ``Range``.
        validator: the ``If-Range`` value that goes with the offset.
        user_agent: ``User-Agent`` value.
    """

    url: str
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
        words = self.headers.get("x-origin-gate", "").replace(";", ",").split(",")
        values = (word.strip().removeprefix("hold=") for word in words if word.strip().startswith("hold="))
        return frozenset(int(value) for value in values if value.isdigit())


class Fate(StrEnum):
    """How a fetch ended."""

    COMPLETE = "complete"
    """The whole body came."""
    LOST = "lost"
    """No connection, or it was lost, or it spoke no HTTP: worth another attempt."""
    FAILED = "failed"
    """Another attempt would not help."""


@dataclass(frozen=True)
class Outcome:
    """The end of a fetch.

    Attributes:
        fate: how it ended.
        code: the ``NSURLErrorDomain`` code for it, unless complete.
        text: for people.
    """

    fate: Fate
    code: URLErrorCode | None = None
    text: str = ""
