"""What a story may say along with each word, so that a misspelt place for it is found before a phone is."""

from __future__ import annotations

from collections.abc import Mapping

from harness.model.triggers import Transfer, Trigger

ALWAYS = ("nonce", "command")
"""What there is for every word: the run nonce of the test, and a name for this one telling."""

_HOW = tuple(one.value for one in Transfer)

ARGUMENTS: Mapping[Trigger, tuple[str, ...]] = {
    Trigger.START_DOWNLOAD: ("url", "id", *_HOW),
    Trigger.START_UPLOAD: ("url", "id", "size_bytes", *_HOW),
    Trigger.LIST_TASKS: ("session",),
    Trigger.CANCEL_ALL: ("session",),
    Trigger.RESET: (),
    Trigger.PROBE: (),
    Trigger.EXIT: ("code",),
    Trigger.CRASH: (),
    Trigger.USE_BLOCK_API: ("url",),
    Trigger.OPEN_SESSION: ("session",),
    Trigger.OPEN_SCREEN: ("screen",),
    Trigger.CLOSE_SCREEN: ("screen",),
    Trigger.BEGIN_BACKGROUND_TASK: ("ends_after_s", "handler"),
    Trigger.PLAY_AUDIO: ("silent",),
    Trigger.STOP_AUDIO: (),
    Trigger.TICK: ("every_s",),
    Trigger.WATCH_REGION: ("latitude", "longitude", "radius_m"),
    Trigger.START_CONTINUED_TASK: ("id", "units", "unit_s"),
    Trigger.SCHEDULE_REFRESH: ("id", "earliest_s"),
    Trigger.SCHEDULE_PROCESSING: ("id", "earliest_s"),
    Trigger.WRITE_LOG: ("text",),
}
"""Word -> its arguments, as ``harness.model.triggers`` documents them."""


def arguments_of(trigger: Trigger) -> tuple[str, ...]:
    """Every name that a profile may put into braces for a word."""
    return (*ARGUMENTS[trigger], *ALWAYS)
