"""Process states, in the harness's own words, and how the phone's words map onto them.

iOS has three vocabularies for the same thing, which must never be mixed: UIKit's
(``applicationState``, seen only by the app itself), RunningBoard's task states, and the
``SBApplicationState`` numbers that DVT's mobilenotifications service pushes. Source of the mapping:
background-execution.md §1.1.
"""

from __future__ import annotations

from enum import StrEnum


class AppState(StrEnum):
    """Where an app's process stands."""

    NOT_RUNNING = "not running"
    FOREGROUND_ACTIVE = "foreground active"
    FOREGROUND_INACTIVE = "foreground inactive"
    BACKGROUND_RUNNING = "background running"
    SUSPENDED = "suspended"
    UNKNOWN = "unknown"

    @property
    def is_foreground(self) -> bool:
        """Whether the user can see the app."""
        return self in (AppState.FOREGROUND_ACTIVE, AppState.FOREGROUND_INACTIVE)

    @property
    def runs_code(self) -> bool:
        """Whether the app's code is being executed."""
        return self.is_foreground or self is AppState.BACKGROUND_RUNNING


SPRINGBOARD_STATES: dict[int, AppState] = {
    0: AppState.UNKNOWN,
    1: AppState.NOT_RUNNING,
    2: AppState.SUSPENDED,
    4: AppState.BACKGROUND_RUNNING,
    # From outside, active and inactive cannot be told apart.
    8: AppState.FOREGROUND_ACTIVE,
}
"""``SBApplicationState`` value -> state, as mobilenotifications reports it."""


def from_springboard(value: int) -> AppState:
    """The state an ``SBApplicationState`` value stands for; ``UNKNOWN`` for one never seen."""
    return SPRINGBOARD_STATES.get(value, AppState.UNKNOWN)


def to_springboard(state: AppState) -> int:
    """The ``SBApplicationState`` value that a phone reports for a state."""
    if state is AppState.FOREGROUND_INACTIVE:
        return 8
    return next(value for value, known in SPRINGBOARD_STATES.items() if known is state)
