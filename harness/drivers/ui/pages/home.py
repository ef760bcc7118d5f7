"""The home screen, and whatever else brings an app to the front or the phone to rest.

SpringBoard draws the home screen, the app switcher and the notifications. To UI automation it is one app,
which stays below the app in front; what is on it is looked for in it by name.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from harness.drivers.ui.backend import SPRINGBOARD, Drag, Element, Rect
from harness.drivers.ui.pages.hand import Hand
from harness.drivers.ui.pages.locators import Spot, Target
from harness.drivers.ui.pages.waiting import SHOWN_S
from harness.errors import DeviceError, ScreenUnexpected
from harness.model.raw import InstalledApp

OPENS_S = 20.0
"""How long an app may take to come to the front, in wall seconds: iOS ends one that takes longer."""

MOST_PAGES = 16
"""More pages than a home screen can have."""


@asynccontextmanager
async def looking_at_springboard(hand: Hand) -> AsyncGenerator[None]:
    """Have elements looked for in SpringBoard, although an app may be in front.

    Meanwhile SpringBoard is told as the app in front, whichever is. What goes wrong is told as it was, and
    not that the end of it failed as well: the next verb begins with a session that looks at what is in front.
    """
    try:
        await hand.backend.look_at(SPRINGBOARD)
        yield
    except BaseException:
        with suppress(DeviceError):
            await hand.backend.look_at(None)
        raise
    await hand.backend.look_at(None)


async def in_front(hand: Hand, bundle_id: str, within_s: float = OPENS_S) -> None:
    """Return once an app is in front.

    Raises:
        ScreenUnexpected: it did not come in time; says what is there instead.
    """
    if not await hand.wait_for(lambda: is_in_front(hand, bundle_id), within_s):
        raise await _not_in_front(hand, bundle_id, within_s)


async def tap_to_front(hand: Hand, tap: Callable[[], Awaitable[None]], bundle_id: str) -> None:
    """Tap what brings an app to the front; returns once it is there.

    Args:
        hand: works the screen.
        tap: finds what is to be tapped, and taps it.
        bundle_id: the app.

    Raises:
        ScreenUnexpected: it did not come in time; says what is there instead.
    """

    async def tap_it() -> None:
        await hand.again_when_stale(tap)

    if not await hand.tap_for(tap_it, lambda: is_in_front(hand, bundle_id), OPENS_S):
        raise await _not_in_front(hand, bundle_id, OPENS_S)


async def is_in_front(hand: Hand, bundle_id: str) -> bool:
    """Whether an app is in front at this moment."""
    return await hand.backend.active_app() == bundle_id


async def _not_in_front(hand: Hand, bundle_id: str, within_s: float) -> ScreenUnexpected:
    return ScreenUnexpected(
        f"{bundle_id} did not come to the front within {within_s:g} s: "
        f"{await hand.backend.active_app()} is there",
        phone=hand.phone,
        fix="Look at the phone.",
    )


async def go_home(hand: Hand) -> None:
    """Bring the home screen to the front; returns once it is there."""
    await hand.backend.go_home()
    await in_front(hand, SPRINGBOARD, SHOWN_S)


async def tap_icon(hand: Hand, app: InstalledApp) -> None:
    """Tap an app's icon, wherever on the home screen it is; returns once the app is in front.

    Raises:
        ScreenUnexpected: no page has such an icon, or several do; folders and the App Library are not
            looked into.
    """
    target = hand.locators.of(Spot.ICON, name=app.name)

    async def tap() -> None:
        async with looking_at_springboard(hand):
            icon = await hand.below_alerts(lambda: _visible_icon(hand, target))
            if icon is None:
                raise await hand.missing(target)
            await hand.backend.click(icon)

    await go_home(hand)
    await tap_to_front(hand, tap, app.bundle_id)


async def _visible_icon(hand: Hand, target: Target) -> Element | None:
    """The icon on the page that is shown, after as many pages as it takes.

    Home brings back the page that was left, which may be any. To its left is looked last: beyond the first
    page lies something else.
    """
    window = await hand.backend.window()
    for to_right in (True, False):
        icon = await _icon_on_the_way(hand, target, window, to_right)
        if icon is not None:
            return icon
    return None


async def _icon_on_the_way(hand: Hand, target: Target, window: Rect, to_right: bool) -> Element | None:
    for _ in range(MOST_PAGES):
        icons = [icon for icon in await hand.find_all(target) if await is_within(hand, icon, window)]
        if len(icons) > 1:
            raise _namesakes(hand, len(icons), target)
        if icons:
            return icons[0]
        if not await turn_page(hand, window, to_right):
            return None
    return None


async def is_within(hand: Hand, element: Element, window: Rect) -> bool:
    """Whether the middle of something is on the screen."""
    x, y = (await hand.backend.rect(element)).centre
    return window.x <= x < window.x + window.width and window.y <= y < window.y + window.height


async def turn_page(hand: Hand, window: Rect, to_right: bool) -> bool:
    """Move on to what lies to the right, or to the left; whether anything moved."""
    y = window.y + window.height / 2
    before = await hand.backend.source()
    right, left = window.x + window.width * 0.85, window.x + window.width * 0.1
    start, end = (right, left) if to_right else (left, right)
    await hand.backend.drag(Drag((start, y), (end, y), press_s=0.0, points_per_s=1500.0))
    return await hand.backend.source() != before


def _namesakes(hand: Hand, icons: int, target: Target) -> ScreenUnexpected:
    return ScreenUnexpected(
        f"there are {icons} of the {target.what}: whose is whose the screen does not tell",
        phone=hand.phone,
        fix="Remove the other app, or build one of them with another name.",
    )
