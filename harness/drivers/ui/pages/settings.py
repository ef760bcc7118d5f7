"""The Settings app: getting to a page of it, and the settings that are one switch on a page.

Every visit begins at the root of a Settings app that was ended before: its back button goes by a word, and
what was open there last stays open otherwise (appium-and-wda.md §4, trap 8). A page is open when the title
has changed, whatever language it is in. Rows that no locator finds, in a language that the tables do not
know, are gone round by a URL where the iOS has one; it may open the root only, so that is looked at, too.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.drivers.ui.pages.hand import Hand
from harness.drivers.ui.pages.locators import Page, Spot
from harness.drivers.ui.pages.switches import SwitchReading, read_switch, set_switch
from harness.errors import ScreenChanged, ScreenUnexpected, SettingNotApplied

SETTINGS = "com.apple.Preferences"
"""The Settings app."""


@dataclass(frozen=True)
class SwitchSetting:
    """A setting that is one switch.

    Attributes:
        what: its name, for messages.
        page: the page it is on.
        switch: where on that page.
    """

    what: str
    page: Page
    switch: Spot


WIFI = SwitchSetting("Wi-Fi", Page.WIFI, Spot.WIFI_SWITCH)
AIRPLANE_MODE = SwitchSetting("airplane mode", Page.ROOT, Spot.AIRPLANE_SWITCH)
LOW_POWER = SwitchSetting("Low Power Mode", Page.BATTERY, Spot.LOW_POWER_SWITCH)


class SettingsApp:
    """The Settings app of one phone.

    Args:
        hand: works the screen.
    """

    def __init__(self, hand: Hand) -> None:
        self.hand = hand

    async def open(self, page: Page, **words: str) -> None:
        """Open a page anew, from the root of a Settings app that was not running.

        Args:
            page: which.
            words: what the app is called, for ``Page.APP``: ``name`` and ``bundle_id``.

        Raises:
            ScreenUnexpected: it cannot be got at; says which row was looked for last.
        """
        route = self.hand.locators.routes[page]
        title = await self._open_root()
        try:
            for row in route.taps:
                title = await self.enter(row, title, **words)
        except ScreenUnexpected:
            if not (route.link and await self._follow(route.link)):
                raise

    async def enter(self, row: Spot, title: str, **words: str) -> str:
        """Tap a row, and return the title of the page that opens.

        Args:
            row: which.
            title: of the page that it is on.
            words: to be filled in.
        """
        target = self.hand.locators.of(row, **words)
        opened = await self.hand.tap_for(lambda: self.hand.tap(target), lambda: self._title_other_than(title))
        if not opened:
            raise ScreenUnexpected(
                f"a tap on the {target.what} opened nothing: the page is {title!r} still",
                phone=self.hand.phone,
                fix="Look at the phone.",
            )
        return opened

    async def read(self, setting: SwitchSetting) -> SwitchReading:
        """What the switch of a setting shows, on a page that is opened for it."""
        await self.open(setting.page)
        target = self.hand.locators.of(setting.switch)
        return await read_switch(self.hand, lambda: self.hand.reach(target))

    async def set(self, setting: SwitchSetting, on: bool) -> None:
        """Set it, leave the page, open it anew, and read it again; what stands so already is left alone.

        Raises:
            SettingNotApplied: it does not read as it was set.
        """
        await self.open(setting.page)
        target = self.hand.locators.of(setting.switch)
        if not await set_switch(self.hand, lambda: self.hand.reach(target), on):
            return
        again = await self.read(setting)
        if again.on is not on:
            raise SettingNotApplied(
                f"{setting.what} was set {'on' if on else 'off'} and read so; its page, opened anew, "
                f"reads {again}",
                phone=self.hand.phone,
                fix="Look at the phone: something may hold the setting.",
            )

    async def _open_root(self) -> str:
        """Start Settings anew; returns the title of its root."""
        backend = self.hand.backend
        await backend.terminate(SETTINGS)
        await backend.launch(SETTINGS)
        title = await self.hand.wait_for(self._title_of_root)
        if not title:
            raise await self.hand.missing(self.hand.locators.of(Spot.TITLE))
        return title

    async def _title_of_root(self) -> str:
        title = await self._title_other_than("")
        if title and await self.hand.is_there(Spot.BACK):
            return ""
        return title

    async def _title_other_than(self, title: str) -> str:
        """The title of the page, or nothing while it is the one given."""
        hand = self.hand
        try:
            bar = await hand.find(hand.locators.of(Spot.TITLE))
            now = "" if bar is None else await hand.backend.attribute(bar, "name") or ""
        except ScreenChanged:
            return ""  # the bar went away under the question: the page is just changing
        return "" if now == title else now

    async def _follow(self, link: str) -> bool:
        """Open a page by its URL; whether some page below the root came up."""
        backend = self.hand.backend
        await backend.terminate(SETTINGS)
        try:
            await backend.open_url(link, SETTINGS)
        except ScreenUnexpected:
            return False  # the row that was not found is what has to be told
        return await self.hand.wait_for(lambda: self.hand.is_there(Spot.BACK))
