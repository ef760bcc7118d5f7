"""Reading what DVT's mobilenotifications pushes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from harness.model.raw import StateNotice

STATE_SELECTOR = "applicationStateNotification:"
"""Selector of the pushes that carry an application's state."""

UNKNOWN = "Unknown"
"""What the phone writes where it does not know. Source: log-grammar.md §1.5."""

SECONDS_1970_TO_2001 = 978_307_200
"""NSDate counts from 2001-01-01 UTC."""

_STATE_BY_TEXT: Mapping[str, int] = {
    "terminated": 1,
    "background task suspended": 2,
    "suspended": 2,
    "background running": 4,
    "foreground running": 8,
}
"""``state_description`` -> ``SBApplicationState``, for a push that carries no number."""


def state_payload(selector: str, arguments: tuple[Any, ...]) -> Mapping[str, Any] | None:
    """The dictionary of an application-state push; ``None`` for any other push."""
    if selector != STATE_SELECTOR or not arguments or not isinstance(arguments[0], dict):
        return None
    return cast("dict[str, Any]", arguments[0])


def notice_time(payload: Mapping[str, Any]) -> float | None:
    """The push's own timestamp as seconds since 1970; ``None`` when the phone gave none."""
    value: Any = payload.get("timestamp")
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return None
    since_2001 = getattr(value, "timestamp", value)
    return float(since_2001) + SECONDS_1970_TO_2001 if isinstance(since_2001, int | float) else None


def parse_notice(payload: Mapping[str, Any], phone_s: float, *, is_dated: bool = True) -> StateNotice:
    """The notice that a push stands for.

    Args:
        payload: the push's dictionary.
        phone_s: when it was, seconds since 1970; where the phone does not say, when it had come.
        is_dated: whether the phone says.
    """
    return StateNotice(
        phone_s=phone_s,
        mach=_number(payload.get("mach_absolute_time")),
        pid=_number(payload.get("pid")),
        state=_state(payload),
        bundle_id=_text(payload.get("displayID")),
        exec_name=_text(payload.get("execName")) or UNKNOWN,
        is_dated=is_dated,
    )


def _state(payload: Mapping[str, Any]) -> int:
    if isinstance(payload.get("state"), int):
        return _number(payload["state"])
    return _STATE_BY_TEXT.get(_text(payload.get("state_description")).lower(), 0)


def _number(value: Any) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
