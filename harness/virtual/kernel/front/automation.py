"""Whether a test runner may work the screen: what iOS asks its owner the first time.

Theory::

    nobody asks               a runner works the screen from its start: what every phone in a lab looks like
    asks   --runner starts--> an alert lies over the screen, and the runner can do nothing
           --allowed-->       it works, until the phone restarts

A phone with a passcode wants it entered, one without has a button. A person has to do either, as a runner
that may not work the screen cannot press buttons. Source: issue threads of XCTest users; the words and when
it asks again are guessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.virtual.kernel.front.alerts import Alert, AlertKind, Alerts

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

CANCEL, ALLOW = "Cancel", "Enable UI Automation"


class Automation:
    """The permission of test runners on one phone.

    Args:
        phone: the phone.
        alerts: where it asks.

    Attributes:
        asks: whether the next runner that starts has to be allowed.
    """

    def __init__(self, phone: VirtualPhone, alerts: Alerts) -> None:
        self._phone = phone
        self._alerts = alerts
        self._waits = False
        self._is_asking = False
        self.asks = False

    @property
    def is_allowed(self) -> bool:
        """Whether a runner that has started can work the screen."""
        return not self._waits

    def runner_started(self) -> None:
        """Take note that a runner has started, which is asked about if that is still to be asked."""
        self._waits = self.asks
        if self.asks and not self._is_asking:
            self._is_asking = True
            self._alerts.show(self._question(), self._answered)

    def booted(self) -> None:
        """Take note of a restart, after which nothing waits for an answer."""
        self._waits = self._is_asking = False

    def _question(self) -> Alert:
        wants_passcode = self._phone.conditions.passcode is not None
        text = "Enter the passcode to enable UI automation." if wants_passcode else "A test wants to start."
        return Alert(
            AlertKind.ENABLE_UI_AUTOMATION, ALLOW, text, (CANCEL, ALLOW), asks_passcode=wants_passcode
        )

    def _answered(self, label: str) -> None:
        self._is_asking = False
        # Who cancels is asked again by the next runner; this one goes on being of no use.
        if label == ALLOW:
            self.asks = self._waits = False
