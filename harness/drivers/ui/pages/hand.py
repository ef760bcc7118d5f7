"""An eye and a hand: finding what the tables name, bringing it into reach, touching it.

An element is good until the screen changes, and a screen changes when it likes. So whatever fails on an
element that has gone stale is begun anew from its locators: what was gone was not touched. And an alert may
lie over everything at any moment: what is not to be found is looked for again once a known one is gone, and
a tap that one of them got is done again.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from harness.drivers.ui.backend import Backend, Drag, Element, Rect
from harness.drivers.ui.pages.alerts import Alerts
from harness.drivers.ui.pages.locators import Locators, Spot, Target
from harness.drivers.ui.pages.waiting import SHOWN_S, until
from harness.errors import ScreenChanged, ScreenUnexpected

UPPER_SHARE, LOWER_SHARE = 0.12, 0.9
"""Between these shares of the screen's height nothing of iOS's own lies over a list; guessed."""

MOST_DRAGS = 40
"""How often a list is moved on before it is given up; each time by less than half a screen."""

NAMES_SHOWN = 12
"""How many names of what is on the screen a message shows."""

STALE_TIMES = 2
"""How often something is begun anew because the screen changed meanwhile."""

UNDER_WAY_S = 0.5
"""How long something may take to show that a tap has got through, in wall seconds; guessed."""

_NAME = re.compile(r'\bname="([^"]+)"')
_Did = TypeVar("_Did")
_Seen = TypeVar("_Seen")


class Hand:
    """Works the screen of one phone.

    Args:
        backend: the screen.
        locators: those of the phone's iOS.
        alerts: what is sent away when something is not to be found.
        phone: the phone's name.
    """

    def __init__(self, backend: Backend, locators: Locators, alerts: Alerts, phone: str) -> None:
        self.backend = backend
        self.locators = locators
        self.alerts = alerts
        self.phone = phone

    # Looking.

    async def find(self, target: Target, within: Element | None = None) -> Element | None:
        """The first element that one of the ways finds, at this moment."""
        for way in target.ways:
            element = await self.backend.find(way, within)
            if element is not None:
                return element
        return None

    async def find_all(self, target: Target, within: Element | None = None) -> tuple[Element, ...]:
        """All elements that the first way with any finds, in the order of the screen."""
        for way in target.ways:
            elements = await self.backend.find_all(way, within)
            if elements:
                return elements
        return ()

    async def need(self, target: Target, within_s: float = SHOWN_S) -> Element:
        """Find something that has to be there, or to come in time.

        Raises:
            ScreenUnexpected: it did not; says what was tried and what is on the screen.
        """
        element = await self.wait_for(lambda: self.find(target), within_s)
        if element is None:
            raise await self.missing(target)
        return element

    async def is_there(self, spot: Spot) -> bool:
        """Whether a spot is on the screen at this moment."""
        return await self.find(self.locators.of(spot)) is not None

    async def missing(self, target: Target) -> ScreenUnexpected:
        """What to raise when something is not to be found."""
        tried = "; ".join(str(way) for way in target.ways) or "no way is known for this iOS"
        shown = ", ".join(await self.names()) or "nothing with a name"
        return ScreenUnexpected(
            f"the {target.what} is not on the screen (tried {tried}), which shows: {shown}",
            phone=self.phone,
            fix="Look at the phone; if it is there, its locator is missing in locators.yaml.",
        )

    async def names(self) -> list[str]:
        """Names of what is on the screen, from above, the first of them."""
        seen = dict.fromkeys(_NAME.findall(await self.backend.source()))
        return list(seen)[:NAMES_SHOWN]

    async def wait_for(self, look: Callable[[], Awaitable[_Seen]], within_s: float = SHOWN_S) -> _Seen:
        """Look until something is there, and send away whatever known alert hides it.

        Args:
            look: what to look for; whatever counts as false is nothing yet.
            within_s: protective deadline in wall seconds.

        Raises:
            ScreenUnexpected: an alert that is not known is in the way.
        """
        return await until(lambda: self.below_alerts(look), within_s)

    async def below_alerts(self, look: Callable[[], Awaitable[_Seen]]) -> _Seen:
        """What a look finds; a second one, where there was nothing because a known alert had hidden it."""
        seen = await look()
        if not seen and await self.alerts.clear():
            return await look()
        return seen

    # Touching.

    async def tap(self, target: Target) -> None:
        """Tap something that may have to be scrolled to.

        Raises:
            ScreenUnexpected: it is not there, or was stale each time.
        """
        await self.again_when_stale(lambda: self._tap_once(target))

    async def tap_for(
        self,
        tap: Callable[[], Awaitable[None]],
        look: Callable[[], Awaitable[_Seen]],
        within_s: float = SHOWN_S,
    ) -> _Seen:
        """Tap, and wait for what comes of it; tap once more where an alert got the tap.

        Args:
            tap: touches something.
            look: what to look for; whatever counts as false is nothing yet.
            within_s: protective deadline in wall seconds.

        Returns:
            What the last look found, which may be nothing.
        """
        before = self.alerts.sent_away
        await tap()
        seen = await self.below_alerts(look)
        if not seen and self.alerts.sent_away != before:
            # The alert may have come after the tap: then what was tapped is gone already, or about to be.
            seen = await until(look, UNDER_WAY_S)
            if not seen:
                await tap()
        return seen or await self.wait_for(look, within_s)

    async def reach(self, target: Target) -> Element:
        """Find something in a list, and bring it to where a finger can tap it.

        Raises:
            ScreenUnexpected: it is not there; says what was tried and what is on the screen.
        """
        element = await self.scroll_to(target)
        if element is None:
            raise await self.missing(target)
        return element

    async def scroll_to(self, target: Target) -> Element | None:
        """Find something in a list, and bring it within reach of a finger; ``None`` if it is not there."""
        return await self.below_alerts(lambda: self._scroll_to(target))

    async def again_when_stale(self, act: Callable[[], Awaitable[_Did]]) -> _Did:
        """Do something, and do it again when the screen changed under the finger, which did nothing then.

        Args:
            act: finds what it touches by itself.
        """
        for _ in range(STALE_TIMES):
            with suppress(ScreenChanged):
                return await act()
        return await act()

    async def _tap_once(self, target: Target) -> None:
        await self.backend.click(await self.reach(target))

    async def _scroll_to(self, target: Target) -> Element | None:
        window = await self.backend.window()
        for _ in range(MOST_DRAGS):
            element = await self.find(target)
            off_by = 0.0 if element is None else _off_by(await self.backend.rect(element), window)
            if element is not None and not off_by:
                return element
            if not await self._scroll(window, off_by or window.height / 3):
                return element
        return None

    async def _scroll(self, window: Rect, by: float) -> bool:
        """Move what is shown upwards by so many points; whether it moved."""
        middle, most = window.width / 2, window.height * 0.4
        by = max(-most, min(most, by))
        centre = window.y + window.height / 2
        before = await self.backend.source()
        await self.backend.drag(Drag((middle, centre + by / 2), (middle, centre - by / 2)))
        return await self.backend.source() != before


def _off_by(rect: Rect, window: Rect) -> float:
    """How far below the middle of the screen something is, or above if negative; 0 when within reach."""
    _, y = rect.centre
    if window.y + window.height * UPPER_SHARE <= y <= window.y + window.height * LOWER_SHARE:
        return 0.0
    return y - (window.y + window.height / 2)
