"""The app switcher: what a person force-quits apps with.

How it opens: on a phone without a home button by a finger that goes up slowly from the lower edge and rests;
on one with a button by two presses. Cards go by the bundle identifier of their app, whatever the language;
an app keeps its card when it ends in any other way.

Source: appium-and-wda.md §5; background-execution.md §2.4.

That a card is gone proves nothing about a process, so the process is asked for elsewhere.
"""

from __future__ import annotations

from harness.drivers.ui.backend import Direction, Drag, Element, Rect
from harness.drivers.ui.pages.hand import Hand
from harness.drivers.ui.pages.home import go_home, is_within, looking_at_springboard
from harness.drivers.ui.pages.locators import Spot, Target
from harness.errors import AppNotRunning, ScreenUnexpected

HOME_BUTTON = (
    *("iPhone8,1", "iPhone8,2", "iPhone8,4"),
    *("iPhone9,1", "iPhone9,2", "iPhone9,3", "iPhone9,4"),
    *("iPhone10,1", "iPhone10,2", "iPhone10,4", "iPhone10,5"),
    *("iPhone12,8", "iPhone14,6"),
)
"""Product types of iOS 15 and later with a home button. Source: Apple's list of iPhone models."""

GESTURES = 2
"""How often the gesture that opens it is made."""

MOST_CARDS = 60
"""How many cards are gone through before it is concluded that there is no end of them; guessed."""


async def swipe_away(hand: Hand, bundle_id: str, model: str) -> None:
    """Open the app switcher, swipe the card of an app away, and leave by Home.

    Raises:
        AppNotRunning: no card is the app's; the home screen is in front.
        ScreenUnexpected: the app switcher does not open, or the card does not go.
    """
    async with looking_at_springboard(hand):
        await _open(hand, has_button=model in HOME_BUTTON)
        had_card = await _remove(hand, bundle_id)
    await go_home(hand)
    if not had_card:
        raise AppNotRunning(
            f"the app switcher shows no card of {bundle_id}",
            phone=hand.phone,
            fix="Launch the app first.",
        )


async def _open(hand: Hand, *, has_button: bool) -> None:
    """Open it. Where Home was pressed shortly before, two presses open it and close it again, so twice."""
    gesture = _press_twice if has_button else _draw_up
    for _ in range(GESTURES):
        if await hand.tap_for(lambda: gesture(hand), lambda: hand.is_there(Spot.SWITCHER)):
            return
    raise await hand.missing(hand.locators.of(Spot.SWITCHER))


async def _press_twice(hand: Hand) -> None:
    await hand.backend.press("home")
    await hand.backend.press("home")


async def _draw_up(hand: Hand) -> None:
    """Source: appium-and-wda.md §5: a gesture that opened it on a simulator."""
    window = await hand.backend.window()
    middle = window.x + window.width / 2
    bottom, rest = window.y + window.height * 0.995, window.y + window.height * 0.45
    await hand.backend.drag(Drag((middle, bottom), (middle, rest), press_s=0.1, hold_s=1.0))


async def _remove(hand: Hand, bundle_id: str) -> bool:
    """Swipe the card of an app away; whether there was one."""
    target = hand.locators.of(Spot.CARD, bundle_id=bundle_id)

    async def swipe() -> None:
        card = await _card(hand, target)
        if card is not None:
            await hand.backend.swipe(card, Direction.UP)

    async def is_gone() -> bool:
        # Below an alert nothing is to be found, whatever is there.
        return await hand.find(target) is None and await hand.backend.alert() is None

    if await hand.below_alerts(lambda: hand.again_when_stale(lambda: _card(hand, target))) is None:
        return False
    if not await hand.tap_for(lambda: hand.again_when_stale(swipe), is_gone):
        raise ScreenUnexpected(
            f"the {target.what} is in the app switcher still, after it was swiped up",
            phone=hand.phone,
            fix="Look at the phone.",
        )
    return True


async def _card(hand: Hand, target: Target) -> Element | None:
    """The app's card, brought on the screen; ``None`` when it is none of all cards."""
    window = await hand.backend.window()
    for _ in range(MOST_CARDS):
        card = await hand.find(target)
        if card is not None and await is_within(hand, card, window):
            return card
        if not await _older(hand, window):
            return card
    return None


async def _older(hand: Hand, window: Rect) -> bool:
    """Move on to the cards of apps that were used longer ago, which lie to the left; whether any moved."""
    y = window.y + window.height / 2
    start, end = window.x + window.width * 0.3, window.x + window.width * 0.7
    before = await hand.backend.source()
    await hand.backend.drag(Drag((start, y), (end, y), press_s=0.0))
    return await hand.backend.source() != before
