"""Locking and unlocking, and the notifications that lie on the lock screen and behind the upper edge."""

from __future__ import annotations

from harness.drivers.ui.backend import Drag, Element
from harness.drivers.ui.pages.hand import Hand
from harness.drivers.ui.pages.home import looking_at_springboard, tap_to_front
from harness.drivers.ui.pages.locators import Spot, Target
from harness.drivers.ui.pages.waiting import SHOWN_S, until
from harness.errors import ScreenUnexpected
from harness.model.raw import InstalledApp

PULLED_DOWN_S = 2.0
"""How long the Notification Centre may take to come down, in wall seconds; guessed."""


async def lock(hand: Hand) -> None:
    """Lock the phone; returns once it is locked."""
    await hand.backend.lock()
    if not await until(hand.backend.is_locked, SHOWN_S):
        raise ScreenUnexpected(
            "the phone is not locked after it was told to",
            phone=hand.phone,
            fix="Lock it by hand; from iOS 27 on UI automation may have no way to.",
        )


async def unlock(hand: Hand) -> None:
    """Unlock a phone that asks for no passcode; returns once it is unlocked."""

    async def is_unlocked() -> bool:
        return not await hand.backend.is_locked()

    await hand.backend.unlock()
    if not await until(is_unlocked, SHOWN_S):
        raise ScreenUnexpected(
            "the phone is locked still: it asks for a passcode",
            phone=hand.phone,
            fix="Unlock it by hand, and take the passcode off.",
        )


async def tap_notification(hand: Hand, app: InstalledApp) -> None:
    """Tap the newest notification of an app; returns once the app is in front.

    Raises:
        ScreenUnexpected: there is none, on the lock screen or in the Notification Centre.
    """
    target = hand.locators.of(Spot.NOTIFICATION, name=app.name)

    async def tap() -> None:
        async with looking_at_springboard(hand):
            found = await hand.find(target) or await _in_notification_centre(hand, target)
            if found is None:
                raise await hand.missing(target)
            await hand.backend.click(found)

    await tap_to_front(hand, tap, app.bundle_id)


async def _in_notification_centre(hand: Hand, target: Target) -> Element | None:
    """What is found after the Notification Centre was pulled down from the upper edge."""
    return await hand.tap_for(lambda: _pull_down(hand), lambda: hand.find(target), PULLED_DOWN_S)


async def _pull_down(hand: Hand) -> None:
    window = await hand.backend.window()
    middle = window.x + window.width / 2
    top, bottom = window.y + 1, window.y + window.height * 0.8
    await hand.backend.drag(Drag((middle, top), (middle, bottom), points_per_s=1500.0))
