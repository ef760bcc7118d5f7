"""The ways in which an app can be ended, or left suspended: the axis of most stories."""

from __future__ import annotations

from enum import StrEnum


class End(StrEnum):
    """How an app comes to its end. Source of what each means to iOS: background-execution.md §1.4, §1.6."""

    SUSPENDED = "suspended"
    """It is not ended: it stays suspended."""
    SIGKILL = "sigkill"
    """Its suspended process is killed, as the system does; no flag is set."""
    EXIT = "exit"
    """It calls ``exit`` itself."""
    AUTOMATION = "automation"
    """UI automation terminates it."""
    JETSAM = "jetsam"
    """The phone runs out of memory."""
    FORCE_QUIT = "force-quit"
    """A person swipes it out of the app switcher."""
    REBOOT = "reboot"
    """The phone restarts."""
