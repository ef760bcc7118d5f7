"""Background App Refresh: its position for the whole phone.

Theory (appium-and-wda.md §5)::

    phone with cellular      the first row of the page leads to three positions: off, Wi-Fi, both
    phone without            the first row has a switch
    Low Power Mode           everything is grey and shown off, whatever is stored
    restricted               everything is grey, and shown as it is
    off for the whole phone  the rows of apps have no switches

What is there is read from the screen, not from the model of the phone. The positions go by their order,
since their words are those of the phone's language. What is grey is neither set nor read: in Low Power Mode
it would read off while something else is stored, and be put back wrongly later.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.drivers.ui.backend import Element
from harness.drivers.ui.pages.hand import Hand
from harness.drivers.ui.pages.locators import Page, Spot
from harness.drivers.ui.pages.settings import LOW_POWER, SettingsApp
from harness.drivers.ui.pages.switches import MOVES_S, read_switch, set_switch
from harness.errors import ScreenUnexpected, SettingNotApplied, SetupImpossible
from harness.model.settings import BackgroundRefresh

ORDER = (BackgroundRefresh.OFF, BackgroundRefresh.WIFI, BackgroundRefresh.ON)
"""The positions as they are listed. Source: appium-and-wda.md §5."""


@dataclass(frozen=True)
class _Choices:
    """The positions on the screen: their rows in order, and which of them is chosen."""

    rows: tuple[Element, ...]
    chosen: int


class RefreshPage:
    """The page of Background App Refresh, and that of its positions.

    Args:
        settings: the Settings app.
    """

    def __init__(self, settings: SettingsApp) -> None:
        self._settings = settings
        self._hand: Hand = settings.hand

    async def position(self) -> BackgroundRefresh:
        """The position for the whole phone.

        Raises:
            SetupImpossible: it is grey; says why.
        """
        choices = await self._open()
        if choices is not None:
            return ORDER[choices.chosen]
        reading = await read_switch(self._hand, self._find_switch)
        return BackgroundRefresh.ON if reading.on else BackgroundRefresh.OFF

    async def set_position(self, value: BackgroundRefresh) -> None:
        """Set the position, leave the page, open it anew, and read it again.

        What stands so already is left alone.

        Raises:
            SetupImpossible: it is grey, or there is no such position; says which.
            SettingNotApplied: it does not read as it was set.
        """
        choices = await self._open()
        if choices is None:
            was_set = await self._switch(value)
        else:
            was_set = await self._choose(choices, ORDER.index(value))
        if was_set and (again := await self.position()) is not value:
            raise self._not_applied(value, again)

    async def _open(self) -> _Choices | None:
        """Open the page, and where it leads to positions those; ``None`` where its first row has a switch."""
        await self._settings.open(Page.REFRESH)
        if not await is_first_row_enabled(self._settings):
            raise await why_grey(self._settings)
        if await self._hand.again_when_stale(self._switch_of_first_row) is not None:
            return None
        first = self._hand.locators.of(Spot.REFRESH_FIRST)
        choices = await self._hand.tap_for(lambda: self._hand.tap(first), self._choices_now)
        if choices is None:
            raise await self._no_choices()
        return choices

    async def _switch_of_first_row(self) -> Element | None:
        row = await self._hand.need(self._hand.locators.of(Spot.REFRESH_FIRST))
        if await self._hand.backend.attribute(row, "type") == "XCUIElementTypeSwitch":
            return row
        return await self._hand.find(self._hand.locators.of(Spot.SWITCH_OF_ROW), row)

    async def _find_switch(self) -> Element:
        switch = await self._switch_of_first_row()
        if switch is None:
            raise await self._hand.missing(self._hand.locators.of(Spot.SWITCH_OF_ROW))
        return switch

    async def _switch(self, value: BackgroundRefresh) -> bool:
        if value is BackgroundRefresh.WIFI:
            raise SetupImpossible(
                "Background App Refresh is one switch on this phone, on or off: it has no cellular",
                phone=self._hand.phone,
                fix="Choose on or off, or a phone with cellular.",
            )
        return await set_switch(self._hand, self._find_switch, value is BackgroundRefresh.ON)

    async def _choices(self) -> _Choices:
        """The positions, once they are on the screen."""
        choices = await self._hand.wait_for(self._choices_now)
        if choices is None:
            raise await self._no_choices()
        return choices

    async def _no_choices(self) -> ScreenUnexpected:
        return await self._hand.missing(self._hand.locators.of(Spot.REFRESH_CHOICES))

    async def _choices_now(self) -> _Choices | None:
        """The positions: as many rows as there are, of which one is chosen, as no other page has them."""
        return await self._hand.again_when_stale(self._look_for_choices)

    async def _look_for_choices(self) -> _Choices | None:
        rows = await self._hand.find_all(self._hand.locators.of(Spot.REFRESH_CHOICES))
        if len(rows) != len(ORDER):
            return None
        chosen = [index for index, row in enumerate(rows) if await self._is_chosen(row)]
        return _Choices(rows, chosen[0]) if len(chosen) == 1 else None

    async def _is_chosen(self, row: Element) -> bool:
        attribute = self._hand.backend.attribute
        return await attribute(row, "selected") == "true" or await attribute(row, "value") == "1"

    async def _choose(self, choices: _Choices, index: int) -> bool:
        """Choose a position; whether it was not the chosen one already."""
        if choices.chosen == index:
            return False
        # Settings is ended next: what a tap did has to have got through by then.
        await self._hand.tap_for(lambda: self._tap_choice(index), lambda: self._shows(index), MOVES_S)
        return True

    async def _tap_choice(self, index: int) -> None:
        async def tap() -> None:
            await self._hand.backend.click((await self._choices()).rows[index])

        await self._hand.again_when_stale(tap)

    async def _shows(self, index: int) -> bool:
        now = await self._choices_now()
        return now is not None and now.chosen == index

    def _not_applied(self, value: BackgroundRefresh, again: BackgroundRefresh) -> SettingNotApplied:
        return SettingNotApplied(
            f"Background App Refresh was set to {value.value!r}; "
            f"its page, opened anew, reads {again.value!r}",
            phone=self._hand.phone,
            fix="Look at the phone: something may hold the setting.",
        )


async def why_grey(settings: SettingsApp) -> SetupImpossible:
    """What to raise where Background App Refresh is grey; looks at Low Power Mode for it."""
    low_power = (await settings.read(LOW_POWER)).on
    return SetupImpossible(
        "Background App Refresh is grey: "
        + ("Low Power Mode is on" if low_power else "a restriction keeps people from changing it"),
        phone=settings.hand.phone,
        fix="Switch Low Power Mode off." if low_power else "Lift it in Screen Time, or in the profile.",
    )


async def is_first_row_enabled(settings: SettingsApp) -> bool:
    """Whether Background App Refresh can be changed, once its page is open."""
    hand = settings.hand
    first = hand.locators.of(Spot.REFRESH_FIRST)

    async def is_enabled() -> bool:
        return await hand.backend.attribute(await hand.need(first), "enabled") != "false"

    return await hand.again_when_stale(is_enabled)
