"""The switch of Developer Mode in the Settings app, and how far a computer has come in turning it.

Theory: ``hidden -> revealed``, and from either ``-> asked for``, whereupon the phone restarts and asks its
owner; the answer turns Developer Mode on. A boot keeps all of it. Source: Apple's documentation of Developer
Mode for the restart and the question after it; public clients for the rest.
"""

from __future__ import annotations

from harness.errors import HarnessError
from harness.virtual.kernel.conditions import Conditions


class NotNow(HarnessError):
    """Developer Mode cannot be turned on at this moment; the text is what a client is told."""


class DeveloperSwitch:
    """The switch of one phone.

    Args:
        conditions: where Developer Mode is on or off.

    Attributes:
        revealed: whether Settings shows it.
        asked_for: whether the phone waits, or will after its restart, for its owner's answer.
    """

    def __init__(self, conditions: Conditions) -> None:
        self.revealed = conditions.developer_mode
        self.asked_for = False
        self._conditions = conditions

    def reveal(self) -> None:
        """Show the switch in Settings."""
        self.revealed = True

    def ask(self) -> bool:
        """Ask for Developer Mode; whether the phone has to restart for it.

        Raises:
            NotNow: the phone has a passcode, so that its owner has to turn it on.
        """
        if self._conditions.passcode is not None:
            raise NotNow("Device has a passcode set")
        self.asked_for = not self._conditions.developer_mode
        return self.asked_for

    def accept(self) -> None:
        """Say yes to the question after the restart; Developer Mode being on already is no error.

        Raises:
            NotNow: nothing was asked.
        """
        if not self._conditions.developer_mode:
            if not self.asked_for:
                raise NotNow("Developer mode was not asked for")
            self._conditions.turn_developer_mode(True)
        self.asked_for = False
