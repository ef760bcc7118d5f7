"""What nsurlsessiond knows as numbers and words: error codes, delays, and the texts it logs.

``FIGURES`` says of each number where it comes from and how far to trust it. Guessed ones are this
model's own; no verdict may rest on them alone. Sources named §n are sections of background-execution.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from harness.virtual.versions.row import Row, Standing

URL_ERROR_DOMAIN = "NSURLErrorDomain"

RESOURCE_TIMEOUT_S = 7 * 24 * 3600.0
"""Default ``timeoutIntervalForResource``."""

RETRY_AFTER_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
"""Phone seconds before each further attempt; the last repeats, progress starts over."""

START_AFTER_S = 0.03
"""Phone seconds from ``resume`` to the request on the wire."""

TELL_AFTER_S = 0.05
"""Phone seconds from the last byte to telling or waking the app.

That both are more than 0 matters: bytes are moved while the clock stands, so an app that starts a
download whenever one ends would otherwise never see time pass.
"""

SILENT_SERVER_S = 5.0
"""Wall seconds without a byte after which a transfer no longer holds the phone's clock."""

MAX_REDIRECTS = 16
"""Redirects followed before -1007."""

KEPT_RESPONSE_BYTES = 1024 * 1024
"""How much of the answer to an upload is kept for the app."""

TRANSITION_S = 64_800.0
"""Phone seconds after an app left the foreground until all its tasks count as discretionary."""

BACKGROUND_MAKES_DISCRETIONARY = True
"""Whether a task counts as discretionary when its app creates it in the background."""

DISCRETIONARY_NEEDS_WIFI = True
"""Whether a discretionary task runs by Wi-Fi only."""

DISCRETIONARY_NEEDS_POWER = True
"""Whether a discretionary task runs on external power only."""

LOW_POWER_STOPS_DISCRETIONARY = True
"""Whether no discretionary task runs in Low Power Mode."""

UPDATES_OFF_CANCELS_DISCRETIONARY = True
"""Whether switching Background App Refresh off cancels the app's discretionary tasks, with reason 1."""

SURVIVES_REBOOT = True
"""Whether tasks go on after a restart, once the phone was unlocked."""

REBOOT_RESETS_DELAY = True
"""Whether an app's request delay is forgotten at a restart."""

THROUGHPUT_WINDOW_S = 60.0
"""Phone seconds of the low-throughput monitor's first window."""

THROUGHPUT_WINDOWS = 8
"""Windows after which it looks no more."""

THROUGHPUT_WINDOW_FACTOR = 2
"""By what each of its windows is longer than the one before."""

LOW_THROUGHPUT_BYTES_PER_S = 1024
"""Bytes per second of phone time below which it stops a discretionary task."""

FIGURES: tuple[Row, ...] = (
    Row(
        "RESOURCE_TIMEOUT_S",
        RESOURCE_TIMEOUT_S,
        "§1.3: timeoutIntervalForResource, 7 days",
        Standing.DOCUMENTED,
    ),
    Row(
        "RETRY_AFTER_S",
        RETRY_AFTER_S,
        "that it retries without an error: §1.8.3; no capture of the delays",
        Standing.GUESSED,
    ),
    Row("START_AFTER_S", START_AFTER_S, "no capture", Standing.GUESSED),
    Row("TELL_AFTER_S", TELL_AFTER_S, "no capture", Standing.GUESSED),
    Row("SILENT_SERVER_S", SILENT_SERVER_S, "the model's own: no phone has such a clock", Standing.GUESSED),
    Row("MAX_REDIRECTS", MAX_REDIRECTS, "no capture", Standing.GUESSED),
    Row("KEPT_RESPONSE_BYTES", KEPT_RESPONSE_BYTES, "the model's own limit", Standing.GUESSED),
    Row(
        "TRANSITION_S",
        TRANSITION_S,
        "§1.3: 18 h transitional discretionary period, in Apple's binaries",
        Standing.DOCUMENTED,
    ),
    Row(
        "BACKGROUND_MAKES_DISCRETIONARY",
        BACKGROUND_MAKES_DISCRETIONARY,
        "§1.8.4 b: from memory",
        Standing.GUESSED,
    ),
    Row(
        "DISCRETIONARY_NEEDS_WIFI",
        DISCRETIONARY_NEEDS_WIFI,
        "§1.8.4: may wait for Wi-Fi; that it always does is guessed",
        Standing.GUESSED,
    ),
    Row(
        "DISCRETIONARY_NEEDS_POWER",
        DISCRETIONARY_NEEDS_POWER,
        "§1.8.4: may wait for power; that it always does is guessed",
        Standing.GUESSED,
    ),
    Row(
        "LOW_POWER_STOPS_DISCRETIONARY",
        LOW_POWER_STOPS_DISCRETIONARY,
        "§1.7: discretionary paused, Energy Guide",
        Standing.DOCUMENTED,
    ),
    Row(
        "UPDATES_OFF_CANCELS_DISCRETIONARY",
        UPDATES_OFF_CANCELS_DISCRETIONARY,
        "§1.7: tasks can be cancelled with reason 1; which is inferred",
        Standing.GUESSED,
    ),
    Row("SURVIVES_REBOOT", SURVIVES_REBOOT, "§1.8.2: after first unlock, from memory", Standing.GUESSED),
    Row("REBOOT_RESETS_DELAY", REBOOT_RESETS_DELAY, "no capture", Standing.GUESSED),
    Row("THROUGHPUT_WINDOW_S", THROUGHPUT_WINDOW_S, "§1.3: in Apple's binaries", Standing.DOCUMENTED),
    Row("THROUGHPUT_WINDOWS", THROUGHPUT_WINDOWS, "§1.3: in Apple's binaries", Standing.DOCUMENTED),
    Row("THROUGHPUT_WINDOW_FACTOR", THROUGHPUT_WINDOW_FACTOR, "not recovered", Standing.GUESSED),
    Row("LOW_THROUGHPUT_BYTES_PER_S", LOW_THROUGHPUT_BYTES_PER_S, "not recovered", Standing.GUESSED),
)
"""Every number above."""


class URLErrorCode(IntEnum):
    """Codes of ``NSURLErrorDomain``. Source: Foundation's public header."""

    CANCELLED = -999
    BAD_URL = -1000
    TIMED_OUT = -1001
    UNSUPPORTED_URL = -1002
    CANNOT_FIND_HOST = -1003
    CANNOT_CONNECT_TO_HOST = -1004
    NETWORK_CONNECTION_LOST = -1005
    HTTP_TOO_MANY_REDIRECTS = -1007
    NOT_CONNECTED_TO_INTERNET = -1009
    BAD_SERVER_RESPONSE = -1011
    USER_CANCELLED_AUTHENTICATION = -1012
    CANNOT_PARSE_RESPONSE = -1017
    FILE_DOES_NOT_EXIST = -1100
    SECURE_CONNECTION_FAILED = -1200
    SERVER_CERTIFICATE_HAS_BAD_DATE = -1201
    SERVER_CERTIFICATE_UNTRUSTED = -1202
    SERVER_CERTIFICATE_NOT_YET_VALID = -1204


class CancelReason(IntEnum):
    """``NSURLErrorBackgroundTaskCancelledReasonKey``. Source: background-execution.md §1.8.10."""

    USER_FORCE_QUIT_APPLICATION = 0
    BACKGROUND_UPDATES_DISABLED = 1
    INSUFFICIENT_SYSTEM_RESOURCES = 2


class NetworkUnavailableReason(IntEnum):
    """``URLError.NetworkUnavailableReason``. Source: Foundation's public header."""

    CELLULAR = 0
    EXPENSIVE = 1
    CONSTRAINED = 2


@dataclass(frozen=True)
class URLError:
    """An error of ``NSURLErrorDomain`` as a task's delegate gets it.

    Attributes:
        code: ``NSURLError`` code.
        reason: why the system cancelled a background task, or ``None`` when it did not.
        text: ``localizedDescription``.
        network_unavailable_reason: why a network that is there may not be used, or ``None``.
    """

    code: URLErrorCode
    reason: CancelReason | None = None
    text: str = ""
    network_unavailable_reason: NetworkUnavailableReason | None = None

    @property
    def domain(self) -> str:
        """Always ``NSURLErrorDomain``."""
        return URL_ERROR_DOMAIN


class WakeVerdict(StrEnum):
    """Outcomes of the wake ladder, in the order in which nsurlsessiond asks.

    The value is the log text after the session's name. Source: background-execution.md §1.8.6.
    """

    UNNECESSARY = "Not waking up client {app} since wake request is unnecessary"
    LAUNCH_EVENTS_OFF = "Not waking up client {app} since sessionSendsLaunchEvents is NO"
    NO_WAKES = "Not waking up client {app} since it doesn't support app wakes"
    OBLITERATED = "Not waking up client {app} since session is obliterated"
    CONNECTED = "Not waking up client {app} since it's already connected"
    UPDATES_OFF = "Not waking up client {app} since background updates are not enabled"
    WAKE = "Waking up the client app: {app}"
