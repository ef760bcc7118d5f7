"""Patterns over what an app logs by itself: which lines are its own, and what in them counts.

A pattern is a regular expression that is searched in one line. Its named groups say what the line is about;
a group that holds a value which the phone hid says nothing.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from harness.config.schema import Section, Text, listed, nearest

GROUPS = ("session", "task", "error", "reason", "thread")
"""What a pattern for a callback may name."""


def _expression(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression: {error}") from error
    return text


def _known_groups(text: str) -> str:
    for name in re.compile(text).groupindex:
        if name not in GROUPS:
            raise ValueError(
                f"no group is named {name!r}{nearest(name, GROUPS) or f', but {listed(GROUPS)}'}"
            )
    return text


Pattern = Annotated[Text, AfterValidator(_expression)]
"""A regular expression over one line, with groups of any name."""

CallbackPattern = Annotated[Text, AfterValidator(_expression), AfterValidator(_known_groups)]
"""A regular expression over one line, with the groups of ``GROUPS``."""


class OwnLog(Section):
    """Which lines of the phone's log are looked through; what is not said may be anything.

    Attributes:
        process: name of the process that logs; ``None`` for the app's own executable.
        subsystem: ``os_log`` subsystem.
        category: ``os_log`` category.
    """

    process: Text | None = None
    subsystem: Text | None = None
    category: Text | None = None
