"""What Appium's client raises, in the harness's words.

One row per exception class of the client, by name, so that the table can be read without importing it. A
class without a row of its own takes that of its nearest base class; a test compares the table with the
installed version, so an upgrade that brings a new class fails there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from harness.errors import (
    CapabilityMissing,
    CommandTimeout,
    DeviceError,
    HarnessError,
    RunnerFailed,
    ScreenChanged,
    ScreenUnexpected,
)


@dataclass(frozen=True)
class Rule:
    """What an exception means.

    Attributes:
        kind: our error.
        fix: what to do about it, one imperative sentence.
    """

    kind: type[DeviceError]
    fix: str


_GONE = Rule(RunnerFailed, "Let whoever else works this phone's screen finish first.")
_NO_SESSION = Rule(RunnerFailed, "Read the Appium server's log, which says what it lacked.")
_SERVER = Rule(RunnerFailed, "See that the Appium server runs and can be reached from this host.")
_SLOW = Rule(CommandTimeout, "Run it again; restart the phone if it stays so.")
_CHANGED = Rule(ScreenChanged, "Look at what the screen shows: it changed meanwhile.")
_REFUSED = Rule(ScreenUnexpected, "Look at what the screen shows, and at what the runner said.")
_COVERED = Rule(ScreenUnexpected, "Close the alert that lies over the screen.")
_TOO_OLD = Rule(CapabilityMissing, "Install a newer WebDriverAgent on the phone, or a newer driver.")
_DEFECT = Rule(ScreenUnexpected, "Report it: the server does not understand what it was asked.")
_BROWSER = Rule(ScreenUnexpected, "Report it: that is of browsers, and no web view was looked at.")


def _rows() -> Iterator[tuple[Rule, str]]:
    yield _GONE, "InvalidSessionIdException"
    yield _NO_SESSION, "SessionNotCreatedException NoSuchDriverException"
    yield _SLOW, "TimeoutException ReadTimeoutError"
    # Of urllib3, which carries the client's requests: whatever else goes wrong on the way to the server.
    yield _SERVER, "HTTPError"
    yield _CHANGED, "StaleElementReferenceException NoSuchElementException NoSuchAttributeException"
    yield _CHANGED, "NoAlertPresentException"
    yield _REFUSED, "WebDriverException ScreenshotException MoveTargetOutOfBoundsException"
    yield _REFUSED, "ElementNotVisibleException ElementNotInteractableException InvalidCoordinatesException"
    yield _REFUSED, "ElementNotSelectableException ElementClickInterceptedException"
    yield _REFUSED, "InvalidElementStateException UnexpectedTagNameException"
    yield _COVERED, "UnexpectedAlertPresentException"
    yield _TOO_OLD, "UnknownMethodException"
    yield _DEFECT, "InvalidSelectorException InvalidArgumentException JavascriptException"
    yield _BROWSER, "InvalidSwitchToTargetException NoSuchContextException NoSuchFrameException"
    yield _BROWSER, "NoSuchWindowException NoSuchShadowRootException DetachedShadowRootException"
    yield _BROWSER, "NoSuchCookieException InvalidCookieDomainException UnableToSetCookieException"
    yield _BROWSER, "InsecureCertificateException ImeNotAvailableException ImeActivationFailedException"


TABLE: Mapping[str, Rule] = {name: rule for rule, names in _rows() for name in names.split()}
"""Exception class name -> what it means."""

_CUT = re.compile(r"could not proxy command|socket hang up|ECONNREFUSED|ECONNRESET|EPIPE", re.I)
"""What the driver says when not the phone said no, but its runner said nothing.

Its class is the one of everything that has no class. Source: @appium/base-driver, jsonwp-proxy.
"""


class Happened(Enum):
    """What became of a command that failed."""

    REFUSED = auto()
    SESSION_LOST = auto()
    CUT_OFF = auto()


def happened(error: Exception) -> Happened:
    """What became of a command, by what the client raised.

    Lost: the server or the runner knew no such session, and nothing was done. Cut off: the runner said
    nothing, and nobody knows. Refused: all else.
    """
    kind = type(error).__name__
    if kind in ("InvalidSessionIdException", "NoSuchDriverException"):
        return Happened.SESSION_LOST
    if kind in ("WebDriverException", "SessionNotCreatedException") and _CUT.search(_words(error)):
        return Happened.CUT_OFF
    return Happened.REFUSED


def translate(error: Exception, phone: str, doing: str) -> HarnessError | None:
    """Our error for something that the client raised; ``None`` for what the table does not know.

    Args:
        error: what was raised.
        phone: the phone's name.
        doing: what was being done, such as ``tapping an element``.
    """
    if isinstance(error, HarnessError):
        return error
    names = (kind.__name__ for kind in type(error).__mro__)
    rule = next((TABLE[name] for name in names if name in TABLE), None)
    if rule is None:
        return None
    return rule.kind(f"{doing} failed: {_words(error)}", phone=phone, fix=rule.fix)


def _words(error: BaseException) -> str:
    said = getattr(error, "msg", None) or str(error) or type(error).__name__
    return str(said).strip().splitlines()[0].rstrip(".")
