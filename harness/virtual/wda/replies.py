"""What WebDriverAgent says when it cannot do something: the words of W3C WebDriver, and its HTTP statuses.

Source: WebDriverAgent 16 itself (Routing/FBCommandStatus.m and FBExceptionHandler.m), which is public; its
statuses differ from W3C's here and there, such as 400 for an element that is not visible.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from harness.errors import HarnessError


class Trouble(StrEnum):
    """Why a command was not done."""

    INVALID_ARGUMENT = "invalid argument"
    INVALID_ELEMENT_STATE = "invalid element state"
    INVALID_SELECTOR = "invalid selector"
    INVALID_SESSION = "invalid session id"
    NO_SUCH_ALERT = "no such alert"
    NO_SUCH_ELEMENT = "no such element"
    SESSION_NOT_CREATED = "session not created"
    STALE_ELEMENT = "stale element reference"
    UNKNOWN_COMMAND = "unknown command"
    UNKNOWN_ERROR = "unknown error"
    UNSUPPORTED = "unsupported operation"


HTTP_STATUSES: Mapping[Trouble, int] = {
    Trouble.INVALID_ARGUMENT: 400,
    Trouble.INVALID_ELEMENT_STATE: 400,
    Trouble.INVALID_SELECTOR: 400,
    Trouble.INVALID_SESSION: 404,
    Trouble.NO_SUCH_ALERT: 404,
    Trouble.NO_SUCH_ELEMENT: 404,
    Trouble.SESSION_NOT_CREATED: 500,
    Trouble.STALE_ELEMENT: 404,
    Trouble.UNKNOWN_COMMAND: 404,
    Trouble.UNKNOWN_ERROR: 500,
    Trouble.UNSUPPORTED: 500,
}
"""Trouble -> the HTTP status it comes with."""


class Refusal(HarnessError):
    """A command was not done.

    Args:
        trouble: why.
        message: what WebDriverAgent says about it.
    """

    def __init__(self, trouble: Trouble, message: str) -> None:
        super().__init__(message)
        self.trouble = trouble
        self.message = message


def told(value: object, session_id: str | None) -> dict[str, object]:
    """The body of an answer."""
    return {"value": value, "sessionId": session_id}


def told_refusal(refusal: Refusal, session_id: str | None) -> dict[str, object]:
    """The body of a refusal; the stack that the real one adds is of its own code, so here it is empty."""
    value = {"error": refusal.trouble.value, "message": refusal.message, "traceback": ""}
    return told(value, session_id)
