"""What is put back on a phone after a test: the one table of undo operations.

The farm writes an operation down before the phone is changed, and has it executed through ``Restorer``,
which drivers implement.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Undo(StrEnum):
    """What can be put back.

    These words are in lease files: a new one needs a new format of the file.
    """

    WIFI = "wifi"
    BACKGROUND_REFRESH = "background-refresh"
    """Background App Refresh: of one app, or of the whole phone when no app is named."""
    LOW_POWER_MODE = "low-power-mode"
    AIRPLANE_MODE = "airplane-mode"
    CONDITION = "condition"
    """A condition of network or temperature that the phone was asked to simulate."""


@dataclass(frozen=True)
class UndoOp:
    """How to put one thing back; doing it twice does no harm.

    Attributes:
        operation: what is put back.
        value: to what, such as ``on``.
        bundle_id: of the app it belongs to, or empty.
    """

    operation: Undo
    value: str
    bundle_id: str = ""

    def __str__(self) -> str:
        return f"{self.operation}{f' of {self.bundle_id}' if self.bundle_id else ''} back to {self.value}"


class Restorer(Protocol):
    """Puts things back on phones that this process can reach."""

    def reaching(self, udid: str) -> AbstractContextManager[Callable[[UndoOp], None]]:
        """Reach a phone for the length of the block.

        What is given puts one thing back on it, and returns only when the phone has confirmed it.

        Raises:
            HarnessError: it cannot be reached, or something could not be put back now.
        """
        ...
