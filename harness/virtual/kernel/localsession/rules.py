"""What sessions of an app's own know as numbers and codes.

Codes of what goes wrong on the way (refused, reset, no such host) are those of nsurlsessiond's table: only
what becomes of them differs, here they are told at once. ``FIGURES`` says of each number and code that is a
default session's own where it is from. Sources named §n are sections of background-execution.md, Sn
stories of the catalogue.
"""

from __future__ import annotations

from enum import StrEnum

from harness.virtual.kernel.nsurlsessiond.rules import NetworkUnavailableReason, URLError, URLErrorCode
from harness.virtual.versions.row import Row, Standing

REQUEST_TIMEOUT_S = 60.0
"""Default ``timeoutIntervalForRequest``: phone seconds without a byte until -1001."""

SUSPENDED_CONNECTION_S = 30.0
"""Phone seconds for which a suspended process's connections stay good."""

START_AFTER_S = 0.01
"""Phone seconds from ``resume`` to the request on the wire.

More than 0, so that an app that asks again whenever it is refused sees time pass.
"""


class Trouble(StrEnum):
    """What can befall a task of a default session beside what befalls its connection."""

    OFFLINE = "no network when it is resumed or while it runs"
    CELLULAR_DENIED = "only cellular is left, which the session does not allow"
    INTERFACE_GONE = "the interface it runs over goes, another is there"
    SUSPENDED = "its process was suspended for too long"
    REQUEST_TIMEOUT = "no byte for timeoutIntervalForRequest"
    RESOURCE_TIMEOUT = "not done within timeoutIntervalForResource"
    CANCELLED = "cancelled by the app"


CODES: dict[Trouble, URLErrorCode] = {
    Trouble.OFFLINE: URLErrorCode.NOT_CONNECTED_TO_INTERNET,
    Trouble.CELLULAR_DENIED: URLErrorCode.NOT_CONNECTED_TO_INTERNET,
    Trouble.INTERFACE_GONE: URLErrorCode.NETWORK_CONNECTION_LOST,
    Trouble.SUSPENDED: URLErrorCode.NETWORK_CONNECTION_LOST,
    Trouble.REQUEST_TIMEOUT: URLErrorCode.TIMED_OUT,
    Trouble.RESOURCE_TIMEOUT: URLErrorCode.TIMED_OUT,
    Trouble.CANCELLED: URLErrorCode.CANCELLED,
}
"""The error that a task ends with; told at once, or, to a suspended app, when it runs again."""

_TEXTS: dict[Trouble, str] = {
    Trouble.OFFLINE: "The Internet connection appears to be offline.",
    Trouble.CELLULAR_DENIED: "The Internet connection appears to be offline.",
    Trouble.INTERFACE_GONE: "The network connection was lost.",
    Trouble.SUSPENDED: "The network connection was lost.",
    Trouble.REQUEST_TIMEOUT: "The request timed out.",
    Trouble.RESOURCE_TIMEOUT: "The request timed out.",
    Trouble.CANCELLED: "cancelled",
}

_SOURCES: dict[Trouble, tuple[str, Standing]] = {
    Trouble.OFFLINE: ("§1.8.3: a default session errors at once; the code by its name", Standing.DOCUMENTED),
    Trouble.CELLULAR_DENIED: (
        "S5: an error at once, for cellular is not enabled; the code from memory, the reason by its name",
        Standing.GUESSED,
    ),
    Trouble.INTERFACE_GONE: ("the code by its name; no capture", Standing.GUESSED),
    Trouble.SUSPENDED: (
        "Apple forum thread 99991: such requests fail as lost or timed out; which of both is guessed",
        Standing.GUESSED,
    ),
    Trouble.REQUEST_TIMEOUT: (
        "Foundation's header: the time to wait for more data, begun anew by each; catalogue S21",
        Standing.DOCUMENTED,
    ),
    Trouble.RESOURCE_TIMEOUT: ("§1.3; the code from memory", Standing.GUESSED),
    Trouble.CANCELLED: ("Foundation's header", Standing.DOCUMENTED),
}

FIGURES: tuple[Row, ...] = (
    Row(
        "REQUEST_TIMEOUT_S",
        REQUEST_TIMEOUT_S,
        "Foundation's header: timeoutIntervalForRequest, 60 s",
        Standing.DOCUMENTED,
    ),
    Row(
        "SUSPENDED_CONNECTION_S",
        SUSPENDED_CONNECTION_S,
        "Apple forum thread 99991: resumed promptly it completes, later it fails; no capture of how long",
        Standing.GUESSED,
    ),
    Row("START_AFTER_S", START_AFTER_S, "no capture", Standing.GUESSED),
    *(Row(trouble.value, int(CODES[trouble]), *_SOURCES[trouble]) for trouble in Trouble),
)
"""Every number and code above."""


def error_of(trouble: Trouble) -> URLError:
    """The error that an app is told of it."""
    denied = NetworkUnavailableReason.CELLULAR if trouble is Trouble.CELLULAR_DENIED else None
    return URLError(CODES[trouble], text=_TEXTS[trouble], network_unavailable_reason=denied)
