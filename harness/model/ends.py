"""The ways in which an app can be ended, or left suspended: the axis of most stories."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from harness.model.rungs import Rung
from harness.model.triggers import Trigger


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


RUNG_OF: Mapping[End, Rung] = {
    End.AUTOMATION: Rung.AUTOMATION,
    End.JETSAM: Rung.MEMORY_PRESSURE,
    End.FORCE_QUIT: Rung.APP_SWITCHER,
    End.REBOOT: Rung.REBOOT,
}
"""What an end needs of the phone; the others need nothing that not every phone has."""

TRIGGER_OF: Mapping[End, Trigger] = {End.EXIT: Trigger.EXIT}
"""What an end needs of the app."""
