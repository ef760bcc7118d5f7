"""Words that a test may write as text: callbacks, reasons, states and their like."""

from __future__ import annotations

from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from harness.errors import ConfigError
from harness.expect.cancelled import KNOWN
from harness.expect.fields import ANY_ERROR, NO_ERROR, Count, Fields, exactly
from harness.model.callbacks import Callback
from harness.model.reasons import Reason

W = TypeVar("W", bound=StrEnum)


def word(kind: type[W], told: W | str, what: str) -> W:
    """The word of an enum that a test means, by its value or its name.

    Args:
        kind: the enum.
        told: one of its words, or text.
        what: what such a word names, such as ``callback``.

    Raises:
        ConfigError: there is no such word; names the nearest ones.
    """
    if isinstance(told, kind):
        return told
    known = {one.value: one for one in kind} | {one.name: one for one in kind}
    if told in known:
        return known[told]
    lowered = {name.lower(): name for name in known}
    if told.lower() in lowered:
        return known[lowered[told.lower()]]
    close = get_close_matches(told.lower(), lowered, n=3, cutoff=0.5)
    near = dict.fromkeys(known[lowered[name]].value for name in close)
    fix = f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(one.value for one in kind)}."
    raise ConfigError(f"no {what} is named {told!r}", fix=fix)


def one_of(known: tuple[str, ...], told: str, what: str) -> str:
    """A word out of a few, or the empty one.

    Raises:
        ConfigError: there is no such word.
    """
    if told in ("", *known):
        return told
    raise ConfigError(f"no {what} is named {told!r}", fix=f"Known: {', '.join(known)}.")


def callbacks_of(told: tuple[Callback | str, ...]) -> tuple[Callback, ...]:
    """The callbacks that a test names.

    Raises:
        ConfigError: there is no such callback, or none is named, which would prove nothing.
    """
    if not told:
        raise ConfigError("no callback is named, so nothing would be proven", fix="Name at least one.")
    return tuple(word(Callback, one, "callback") for one in told)


def fields_of(
    task: str, thread: str, app_state: str, error: int | str, cancelled: Reason | str | None = None
) -> Fields:
    """What callbacks must carry, as a test says it.

    Raises:
        ConfigError: there is no such thread or state, or no such way to be cancelled.
    """
    return Fields(
        task,
        one_of(("main", "other"), thread, "thread"),
        one_of(("active", "inactive", "background"), app_state, "UIKit state"),
        _error_of(error),
        None if cancelled is None else _cancelled_of(cancelled),
    )


def _cancelled_of(told: Reason | str) -> Reason:
    reason = word(Reason, told, "reason")
    if reason not in KNOWN:
        raise ConfigError(f"{reason} is no way to be cancelled", fix=f"Known: {', '.join(KNOWN)}.")
    return reason


def _error_of(told: int | str) -> str:
    text = str(told)
    return text if text.removeprefix("-").isdigit() else one_of((NO_ERROR, ANY_ERROR), text, "error")


def count_of(told: Count | int | None) -> Count | None:
    """How often, as a test says it; a number means exactly so often.

    Raises:
        ConfigError: nothing comes so often.
    """
    if not isinstance(told, int):
        return told
    try:
        return exactly(told)
    except ValueError as error:
        raise ConfigError(str(error)) from error
