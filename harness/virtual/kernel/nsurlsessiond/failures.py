"""What each failure of a transfer comes to: another attempt, or an error that the app is told.

Theory: a background session hides what may pass by itself. Whatever kept the bytes from moving this time
(nobody listens, the connection broke, no network) makes the task wait and try again, until
``timeoutIntervalForResource``; what would fail the same way at every attempt (an address that makes no
sense, a server that cannot prove who it is, a file to send that is gone) is told at once. An HTTP error
status is neither: it is an answer, told as one. A default session tells all of them at once, with the
same codes. Source: background-execution.md §1.8.3, catalogue S4, S5, S7.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from harness.virtual.kernel.nsurlsessiond.rules import URLErrorCode
from harness.virtual.versions.row import Row, Standing


class Fate(StrEnum):
    """What becomes of a background task when a fetch has ended."""

    COMPLETE = "told as an answer, with its status"
    """The whole response came."""
    LOST = "tried again until the resource timeout"
    """Worth another attempt."""
    FAILED = "told as an error at once"
    """Another attempt would not help."""


class Failure(StrEnum):
    """Why a fetch ended without a whole response."""

    REFUSED = "connection refused"
    NO_HOST = "host name not found"
    NO_ROUTE = "no interface the task may use"
    LOST = "connection reset or closed"
    TRUNCATED = "body shorter than announced"
    NO_HTTP = "answer that is no HTTP"
    TLS = "TLS handshake failed"
    CERTIFICATE = "certificate not trusted"
    EXPIRED = "certificate expired"
    NOT_YET_VALID = "certificate not yet valid"
    REDIRECTS = "too many redirects"
    BAD_SCHEME = "URL of a scheme that no session fetches"
    NO_FILE = "file to upload not there"
    CHALLENGE_CANCELLED = "authentication challenge cancelled"


@dataclass(frozen=True)
class Consequence:
    """What a failure comes to.

    Attributes:
        fate: whether a background task is tried again; never COMPLETE.
        code: the ``NSURLErrorDomain`` code of whoever is told.
        text: its ``localizedDescription``.
        source: where ``fate`` is from.
        standing: how far to trust it.
    """

    fate: Fate
    code: URLErrorCode
    text: str
    source: str
    standing: Standing


_DOC = Standing.DOCUMENTED
_GUESS = Standing.GUESSED

CONSEQUENCES: Mapping[Failure, Consequence] = {
    Failure.REFUSED: Consequence(
        Fate.LOST,
        URLErrorCode.CANNOT_CONNECT_TO_HOST,
        "Could not connect to the server.",
        "§1.8.3: a refused connection looks like 0 % for ever",
        _DOC,
    ),
    Failure.NO_HOST: Consequence(
        Fate.LOST,
        URLErrorCode.CANNOT_FIND_HOST,
        "A server with the specified hostname could not be found.",
        "as a refused connection; no capture",
        _GUESS,
    ),
    Failure.NO_ROUTE: Consequence(
        Fate.LOST,
        URLErrorCode.NOT_CONNECTED_TO_INTERNET,
        "The Internet connection appears to be offline.",
        "§1.8.3: loss of connectivity is no error",
        _DOC,
    ),
    Failure.LOST: Consequence(
        Fate.LOST,
        URLErrorCode.NETWORK_CONNECTION_LOST,
        "The network connection was lost.",
        "§1.8.3; catalogue S4: a transport error is retried",
        _DOC,
    ),
    Failure.TRUNCATED: Consequence(
        Fate.LOST,
        URLErrorCode.NETWORK_CONNECTION_LOST,
        "The network connection was lost.",
        "catalogue S4: a transport error is retried",
        _DOC,
    ),
    Failure.NO_HTTP: Consequence(
        Fate.LOST,
        URLErrorCode.CANNOT_PARSE_RESPONSE,
        "cannot parse response",
        "as a lost connection; no capture",
        _GUESS,
    ),
    Failure.TLS: Consequence(
        Fate.FAILED,
        URLErrorCode.SECURE_CONNECTION_FAILED,
        "An SSL error has occurred and a secure connection to the server cannot be made.",
        "the same at every attempt; no capture",
        _GUESS,
    ),
    Failure.CERTIFICATE: Consequence(
        Fate.FAILED,
        URLErrorCode.SERVER_CERTIFICATE_UNTRUSTED,
        "The certificate for this server is invalid.",
        "the same at every attempt; no capture",
        _GUESS,
    ),
    Failure.EXPIRED: Consequence(
        Fate.FAILED,
        URLErrorCode.SERVER_CERTIFICATE_HAS_BAD_DATE,
        "The certificate for this server has expired.",
        "as one that is not trusted; the code by its name in Foundation's header: people tell of -1202, too",
        _GUESS,
    ),
    Failure.NOT_YET_VALID: Consequence(
        Fate.FAILED,
        URLErrorCode.SERVER_CERTIFICATE_NOT_YET_VALID,
        "The certificate for this server is not yet valid.",
        "as one that is not trusted; the code by its name in Foundation's header; no capture",
        _GUESS,
    ),
    Failure.REDIRECTS: Consequence(
        Fate.FAILED,
        URLErrorCode.HTTP_TOO_MANY_REDIRECTS,
        "too many HTTP redirects",
        "the same at every attempt; no capture",
        _GUESS,
    ),
    Failure.BAD_SCHEME: Consequence(
        Fate.FAILED,
        URLErrorCode.UNSUPPORTED_URL,
        "unsupported URL",
        "the same at every attempt; no capture",
        _GUESS,
    ),
    Failure.NO_FILE: Consequence(
        Fate.FAILED,
        URLErrorCode.FILE_DOES_NOT_EXIST,
        "The requested URL was not found on this server.",
        "the code by its meaning in Foundation's header; no capture",
        _GUESS,
    ),
    Failure.CHALLENGE_CANCELLED: Consequence(
        Fate.FAILED,
        URLErrorCode.CANCELLED,
        "cancelled",
        "cancelAuthenticationChallenge ends the task with -999: from memory",
        _GUESS,
    ),
}
"""What each failure comes to; total."""


def rows() -> Iterator[Row]:
    """The table as rows for the ledger of what is modelled."""
    yield Row(
        "HTTP error status", Fate.COMPLETE.value, "catalogue S4: a success callback with its status", _DOC
    )
    for failure, consequence in CONSEQUENCES.items():
        value = f"{consequence.fate.value} ({int(consequence.code)})"
        yield Row(failure.value, value, consequence.source, consequence.standing)
