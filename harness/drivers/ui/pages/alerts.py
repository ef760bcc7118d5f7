"""System alerts, which lie over all else and swallow every touch that was meant for what is below.

Those that phones show at any time, and that mean nothing to a test, are sent away by the table of
``locators.yaml`` and noted. Any other one is nobody's to answer but a person's: it may ask for a permission
of the app under test.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from harness.drivers.ui.backend import AlertShown, Backend
from harness.drivers.ui.pages.locators import KnownAlert
from harness.errors import RunnerFailed, ScreenChanged, ScreenUnexpected

MOST = 4
"""How many alerts are sent away before it is concluded that they do not go; guessed."""


class Alerts:
    """The system alerts of one phone.

    Args:
        backend: the screen.
        known: what may be sent away.
        phone: the phone's name.
        note: told of every alert that was sent away.

    Attributes:
        sent_away: how many went, so far; each may have got a touch that was meant for what is below.
    """

    def __init__(
        self, backend: Backend, known: tuple[KnownAlert, ...], phone: str, note: Callable[[str], None]
    ) -> None:
        self.sent_away = 0
        self._backend = backend
        self._known = known
        self._phone = phone
        self._note = note

    async def clear(self) -> bool:
        """Send away what is known; whether anything was there.

        Raises:
            ScreenUnexpected: there is an alert that is not known, or one that does not go.
            RunnerFailed: iOS asks for what only a person can give: leave to automate, or a passcode.
        """
        for cleared in range(MOST):
            alert = await self._backend.alert()
            if alert is None:
                return cleared > 0
            await self._send_away(alert)
        if await self._backend.alert() is None:
            return True
        raise ScreenUnexpected(
            f"{MOST} system alerts were sent away, and there is one still",
            phone=self._phone,
            fix="Look at the phone's screen.",
        )

    async def refuse_after(self, what: str) -> None:
        """Return when no alert lies over the screen after something of which nothing else tells a result.

        Args:
            what: what was done, such as ``the control 'exit' was tapped``.

        Raises:
            ScreenUnexpected: there is one; it may have got the touch, or have come of it.
        """
        alert = await self._backend.alert()
        if alert is not None:
            raise ScreenUnexpected(
                f"after {what} a system alert is in the way: {alert.text!r}; nobody knows which of the two "
                "got the touch",
                phone=self._phone,
                fix="Look at what the app has done, and answer on the phone beforehand what it asks for.",
            )

    async def _send_away(self, alert: AlertShown) -> None:
        known = next((each for each in self._known if each.is_this(alert.text)), None)
        if known is None:
            raise self._unknown(alert)
        if known.by_hand:
            raise RunnerFailed(f"{known.what}: {alert.text!r}", phone=self._phone, fix=known.by_hand)
        button = next((label for label in alert.buttons if label in known.press), None)
        if button is None:
            raise self._unknown(alert)
        self.sent_away += 1
        with suppress(ScreenChanged):  # it went by itself, or a person was faster; the next look tells
            await self._backend.press_alert(button)
            self._note(f"{self._phone}: {known.what}: pressed {button!r} in the alert {alert.text!r}")

    def _unknown(self, alert: AlertShown) -> ScreenUnexpected:
        buttons = ", ".join(repr(label) for label in alert.buttons) or "none"
        return ScreenUnexpected(
            f"a system alert is in the way: {alert.text!r}, with the buttons {buttons}",
            phone=self._phone,
            fix="Answer it on the phone.",
        )
