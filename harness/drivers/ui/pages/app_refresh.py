"""Background App Refresh of one app: its row in the list, or the switch on its own page of Settings.

Rows of the list go by the name of the app, for they have nothing else that could be read (appium-and-wda.md
§5, inferred). Where two apps share a name, nobody can tell which row is whose, and nothing is touched.
"""

from __future__ import annotations

from harness.drivers.ui.pages.locators import Page, Spot, Target
from harness.drivers.ui.pages.refresh import is_first_row_enabled, why_grey
from harness.drivers.ui.pages.settings import SettingsApp
from harness.drivers.ui.pages.switches import read_switch, set_switch
from harness.errors import SettingNotApplied, SetupImpossible
from harness.model.raw import InstalledApp

MODES_WITH_ROW = ("fetch", "remote-notification", "processing", "newsstand-content")
"""The ``UIBackgroundModes`` of which one gives an app a row. Source: appium-and-wda.md §5."""

SWITCH_TYPE = "XCUIElementTypeSwitch"


class AppRefresh:
    """The switch that one app has in Background App Refresh.

    Args:
        settings: the Settings app.
    """

    def __init__(self, settings: SettingsApp) -> None:
        self._settings = settings
        self._hand = settings.hand

    async def read(self, app: InstalledApp) -> bool:
        """Whether it is on.

        Raises:
            SetupImpossible: the app has no row, said before anything is touched; its row has no switch, or
                the switch is grey; says why.
        """
        switch = await self._open(app)
        return (await read_switch(self._hand, lambda: self._hand.reach(switch))).on

    async def set(self, app: InstalledApp, on: bool) -> None:
        """Set it, leave the page, open it anew, and read it again; what stands so already is left alone.

        Raises:
            SetupImpossible: as reading it does; nothing was changed then.
            SettingNotApplied: it does not read as it was set.
        """
        switch = await self._open(app)
        if not await set_switch(self._hand, lambda: self._hand.reach(switch), on):
            return
        if await self.read(app) is not on:
            set_to, reads = ("on", "off") if on else ("off", "on")
            raise SettingNotApplied(
                f"Background App Refresh of {app.bundle_id} was set {set_to}; its page, opened anew, "
                f"reads {reads}",
                phone=self._hand.phone,
                fix="Look at the phone: something may hold the setting.",
            )

    async def _open(self, app: InstalledApp) -> Target:
        """Open the page on which the app has a switch that can be changed; how to find it there."""
        refuse_without_row(app, self._hand.phone)
        await self._settings.open(Page.REFRESH)
        switch = self._hand.locators.of(Spot.REFRESH_APP_SWITCH, name=app.name)
        row = self._hand.locators.of(Spot.REFRESH_APP_ROW, name=app.name)
        changeable = await self._can_be_changed(Target(row.what, (*switch.ways, *row.ways)))
        if changeable is None:
            return await self._open_own_page(app)
        if not changeable:
            raise await self._why_not()
        await self._refuse_namesakes(switch, app)
        return switch

    async def _open_own_page(self, app: InstalledApp) -> Target:
        """The second way, for a list that shows no such name: it may be shown in another language."""
        await self._settings.open(Page.APP, name=app.name, bundle_id=app.bundle_id)
        switch = self._hand.locators.of(Spot.APP_PAGE_SWITCH)
        changeable = await self._can_be_changed(switch)
        if changeable is None:
            raise SetupImpossible(
                f"{app.bundle_id} has no row in Background App Refresh, and no switch on its own page",
                phone=self._hand.phone,
                fix="Look whether the app is hidden, or managed.",
            )
        if not changeable:
            raise await self._why_not()
        return switch

    async def _can_be_changed(self, target: Target) -> bool | None:
        """Whether something is a switch that is not grey; ``None`` when there is no such thing."""
        attribute = self._hand.backend.attribute

        async def look() -> bool | None:
            element = await self._hand.scroll_to(target)
            if element is None:
                return None
            is_switch = await attribute(element, "type") == SWITCH_TYPE
            return is_switch and await attribute(element, "enabled") != "false"

        return await self._hand.again_when_stale(look)

    async def _why_not(self) -> SetupImpossible:
        await self._settings.open(Page.REFRESH)
        if not await is_first_row_enabled(self._settings):
            return await why_grey(self._settings)
        return SetupImpossible(
            "Background App Refresh is off for the whole phone, so apps have no switches of their own",
            phone=self._hand.phone,
            fix="Switch it on for the whole phone first.",
        )

    async def _refuse_namesakes(self, switch: Target, app: InstalledApp) -> None:
        """Rows are sorted by name, so that namesakes stand side by side."""
        rows = len(await self._hand.find_all(switch))
        if rows > 1:
            raise SetupImpossible(
                f"{rows} rows of Background App Refresh are called {app.name!r}: which one is that of "
                f"{app.bundle_id} the screen does not tell",
                phone=self._hand.phone,
                fix="Remove the other app, or build one of them with another name.",
            )


def refuse_without_row(app: InstalledApp, phone: str) -> None:
    """Return when an app may have a row in Background App Refresh.

    Raises:
        SetupImpossible: none of its background modes gives it one.
    """
    if set(MODES_WITH_ROW).isdisjoint(app.background_modes):
        raise SetupImpossible(
            f"{app.bundle_id} has no row in Background App Refresh: its background modes are "
            f"{', '.join(app.background_modes) or 'none'}, and one of {', '.join(MODES_WITH_ROW)} is needed",
            phone=phone,
            fix="Add one of these to UIBackgroundModes of the app.",
        )
