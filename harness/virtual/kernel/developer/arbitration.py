"""Which computer has checked a phone in for itself. Only those who ask here are kept apart."""

from __future__ import annotations

from harness.errors import HarnessError
from harness.virtual.kernel.conditions import Change, Conditions


class HeldByAnother(HarnessError):
    """Another computer has checked the phone in."""


class Arbitration:
    """Who holds one phone; a boot frees it.

    Args:
        conditions: tell of boots.

    Attributes:
        holder: name of the computer; ``None`` when nobody holds the phone.
    """

    def __init__(self, conditions: Conditions) -> None:
        self.holder: str | None = None
        conditions.observe(self._changed)

    def check_in(self, host: str, *, force: bool = False) -> None:
        """Hold the phone for a computer; one that holds it already holds it on.

        Raises:
            HeldByAnother: another one does, and it is not forced.
        """
        if self.holder not in (None, host) and not force:
            raise HeldByAnother(f"The phone is checked in by {self.holder}")
        self.holder = host

    def check_out(self) -> None:
        """Free the phone; nobody holding it is no error."""
        self.holder = None

    def _changed(self, what: str) -> None:
        if what == Change.POWER:
            self.holder = None
