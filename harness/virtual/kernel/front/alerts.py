"""System alerts: what lies over everything on the screen until a button of it is pressed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone


class AlertKind(StrEnum):
    """What an alert is about."""

    ENABLE_UI_AUTOMATION = "enable ui automation"
    SOFTWARE_UPDATE = "software update"
    LOW_BATTERY = "low battery"
    TRUST = "trust"
    PERMISSION = "permission"


@dataclass(frozen=True)
class Alert:
    """One alert, in the words that are on the screen.

    Attributes:
        kind: what it is about.
        title: its title.
        text: what stands below.
        buttons: labels, from left to right or top to bottom.
        asks_passcode: whether it goes only when the passcode is entered, or by its first button.
    """

    kind: AlertKind
    title: str
    text: str
    buttons: tuple[str, ...]
    asks_passcode: bool = False


class NoSuchButton(HarnessError):
    """Nothing of that label can be pressed in the alert that is shown, or none is shown."""


Answered = Callable[[str], None]
"""Told the label of the button by which an alert went."""


class Alerts:
    """The alerts of one phone; the newest is on top.

    Args:
        phone: the phone.
        changed: called after an alert came or went.
    """

    def __init__(self, phone: VirtualPhone, changed: Callable[[], None]) -> None:
        self._phone = phone
        self._changed = changed
        self._shown: list[tuple[Alert, Answered | None]] = []

    @property
    def showing(self) -> Alert | None:
        """The alert on top, or ``None``."""
        return self._shown[-1][0] if self._shown else None

    def show(self, alert: Alert, answered: Answered | None = None) -> None:
        """Show an alert over everything.

        Args:
            alert: which.
            answered: told the label of the button by which it goes.
        """
        self._shown.append((alert, answered))
        self._changed()

    def press(self, label: str) -> None:
        """Press a button of the alert on top.

        One that asks for the passcode goes by its first button, which cancels; its others do nothing.

        Raises:
            NoSuchButton: no alert is shown, or it has no such button.
        """
        alert = self.showing
        if alert is None or label not in alert.buttons:
            raise NoSuchButton(f"no button {label!r} in the alert that is shown: {alert}")
        if not alert.asks_passcode or label == alert.buttons[0]:
            self._answer(label)

    def enter_passcode(self, passcode: str) -> bool:
        """Enter the passcode for the alert on top, which goes by its last button if it is right.

        Returns:
            Whether it was asked for, and right.
        """
        alert = self.showing
        if alert is None or not alert.asks_passcode or passcode != self._phone.conditions.passcode:
            return False
        self._answer(alert.buttons[-1])
        return True

    def clear(self) -> None:
        """Forget every alert, and tell nobody an answer, as a restart of the phone does."""
        self._shown.clear()
        self._changed()

    def _answer(self, label: str) -> None:
        _, answered = self._shown.pop()
        self._changed()
        if answered is not None:
            answered(label)
