"""What stands on each page of Settings, from the kernel; the same on every version, in its own order."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from harness.model.settings import BackgroundRefresh
from harness.virtual.kernel.front.pages import Page, PageKind
from harness.virtual.kernel.front.rules import rule
from harness.virtual.kernel.settings import SettingLocked
from harness.virtual.wda.node import Act
from harness.virtual.wda.pages.settings import shapes
from harness.virtual.wda.pages.settings.entries import Entry, Switch
from harness.virtual.wda.pages.settings.orders import order_of
from harness.virtual.wda.pages.settings.words import Word, Words

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone


class Contents:
    """The pages of Settings on one phone, as they are at this moment.

    Args:
        phone: the phone.
    """

    def __init__(self, phone: VirtualPhone) -> None:
        self._phone = phone
        self.words = Words(phone.front.language)
        self._major = phone.spec.ios_major

    def title(self, page: Page) -> str:
        """What the navigation bar reads."""
        if page.kind is PageKind.APP:
            app = self._phone.apps.get(page.bundle_id)
            return app.name if app is not None else page.bundle_id
        return self.words(TITLES[page.kind])

    def entries(self, page: Page) -> tuple[Entry, ...]:
        """The rows of a page, from above."""
        if page.kind is PageKind.APP:
            return self._app(page.bundle_id)
        return _ENTRIES[page.kind](self)

    # The pages.

    def root(self) -> tuple[Entry, ...]:
        """The first page; up to iOS 17 with every app below."""
        below = () if self._apps_have_their_page else self.apps()
        return (*self.listed(PageKind.ROOT), *below)

    def listed(self, kind: PageKind) -> tuple[Entry, ...]:
        """A page whose rows are in ``orders``; what a phone without cellular has not is left out."""
        words = order_of(kind, self._major)
        has_cellular = self._phone.network.has_cellular
        return tuple(self._entry(word) for word in words if has_cellular or word is not Word.CELLULAR)

    def apps(self) -> tuple[Entry, ...]:
        """A row for every app, by name."""
        apps = sorted(self._phone.apps, key=lambda app: app.name)
        return tuple(self._link(app.name, Page(PageKind.APP, app.bundle_id)) for app in apps)

    def wifi(self) -> tuple[Entry, ...]:
        """The switch first; below it the network that is joined."""
        conditions = self._phone.conditions
        switch = Switch(conditions.wifi_on, conditions.switch_wifi)
        network = Entry(self.words(Word.NETWORK), chosen=True)
        return (
            Entry(self.words(Word.WIFI_SWITCH), switch=switch),
            *((network,) if conditions.is_on_wifi else ()),
        )

    def background_refresh(self) -> tuple[Entry, ...]:
        """The position for the whole phone, then the apps that may have a switch of their own."""
        settings = self._phone.settings
        # In Low Power Mode the kernel tells switches that are off; the screen has none at all.
        plain = settings.low_power
        rows = tuple(
            Entry(
                row.name,
                switch=None if plain or row.switch is None else self._app_switch(row.bundle_id, row.switch),
                enabled=not row.greyed,
            )
            for row in settings.rows()
        )
        return (self._refresh_of_phone(), *rows)

    def refresh_choice(self) -> tuple[Entry, ...]:
        """The three positions of a phone with cellular, in the order of their values."""
        settings = self._phone.settings
        return tuple(
            Entry(
                self.words(word),
                opens=_unless_locked(lambda value=value: settings.set_background_refresh(value)),
                enabled=not settings.is_greyed,
                chosen=value is self._shown_refresh,
            )
            for value, word in POSITIONS.items()
        )

    def _app(self, bundle_id: str) -> tuple[Entry, ...]:
        settings = self._phone.settings
        refresh = Entry(
            self.words(Word.REFRESH),
            switch=self._app_switch(bundle_id, settings.refreshes(bundle_id) and not settings.low_power),
            enabled=not settings.is_greyed and settings.background_refresh is not BackgroundRefresh.OFF,
        )
        has_row = settings.has_row(bundle_id)
        return (Entry(self.words(Word.NOTIFICATIONS)), *((refresh,) if has_row else ()))

    # Their rows.

    def _entry(self, word: Word) -> Entry:
        make = _ENTRY_OF.get(word)
        return make(self) if make is not None else Entry(self.words(word))

    def airplane_row(self) -> Entry:
        """The switch at the root."""
        conditions = self._phone.conditions
        switch = Switch(conditions.airplane, conditions.switch_airplane, shapes.AIRPLANE_ID)
        return Entry(self.words(Word.AIRPLANE), switch=switch)

    def wifi_row(self) -> Entry:
        """Tells by its label whether Wi-Fi is off, and else the network that is joined."""
        conditions = self._phone.conditions
        on = Word.NETWORK if conditions.is_on_wifi else Word.NOT_CONNECTED
        detail = on if conditions.wifi_on else Word.OFF
        title = self.words(Word.WIFI)
        return self._link(title, Page(PageKind.WIFI), shapes.WIFI_ID, self.words(detail))

    def general_row(self) -> Entry:
        """Leads to General."""
        return self._link(self.words(Word.GENERAL), Page(PageKind.GENERAL), shapes.GENERAL_ID)

    def battery_row(self) -> Entry:
        """Leads to Battery."""
        return self._link(self.words(Word.BATTERY), Page(PageKind.BATTERY), shapes.BATTERY_ID)

    def apps_row(self) -> Entry:
        """Leads to the list of apps."""
        return self._link(self.words(Word.APPS), Page(PageKind.APPS), shapes.APPS_ID)

    def refresh_row(self) -> Entry:
        """Leads to Background App Refresh."""
        return self._link(self.words(Word.REFRESH), Page(PageKind.BACKGROUND_REFRESH), shapes.REFRESH_ID)

    def low_power_row(self) -> Entry:
        """The switch of Low Power Mode."""
        settings = self._phone.settings
        switch = Switch(settings.low_power, settings.set_low_power, shapes.LOW_POWER_ID)
        return Entry(self.words(Word.LOW_POWER), switch=switch)

    def _refresh_of_phone(self) -> Entry:
        """A link to three choices on a phone with cellular, a switch on any other."""
        settings, title = self._phone.settings, self.words(Word.REFRESH)
        enabled = not settings.is_greyed
        if self._phone.network.has_cellular:
            return Entry(
                title,
                self.words(POSITIONS[self._shown_refresh]),
                shapes.REFRESH_ID,
                opens=self._opening(Page(PageKind.REFRESH_CHOICE)),
                enabled=enabled,
            )
        is_on = self._shown_refresh is BackgroundRefresh.ON
        return Entry(title, switch=Switch(is_on, self._set_refresh, shapes.REFRESH_ID), enabled=enabled)

    @property
    def _shown_refresh(self) -> BackgroundRefresh:
        settings = self._phone.settings
        return BackgroundRefresh.OFF if settings.low_power else settings.background_refresh

    @property
    def _apps_have_their_page(self) -> bool:
        return bool(rule("apps_have_page_of_their_own", self._major))

    def _set_refresh(self, on: bool) -> None:
        value = BackgroundRefresh.ON if on else BackgroundRefresh.OFF
        _unless_locked(lambda: self._phone.settings.set_background_refresh(value))()

    def _app_switch(self, bundle_id: str, on: bool) -> Switch:
        settings = self._phone.settings
        return Switch(on, lambda to: _unless_locked(lambda: settings.set_app_refresh(bundle_id, to))())

    def _link(self, title: str, page: Page, identifier: str = "", detail: str = "") -> Entry:
        return Entry(title, detail, identifier, opens=self._opening(page))

    def _opening(self, page: Page) -> Act:
        return lambda: self._phone.front.settings.push(page)


POSITIONS: Mapping[BackgroundRefresh, Word] = {
    BackgroundRefresh.OFF: Word.OFF,
    BackgroundRefresh.WIFI: Word.REFRESH_WIFI,
    BackgroundRefresh.ON: Word.REFRESH_BOTH,
}
"""The positions of Background App Refresh, in the order of the screen (§5)."""

TITLES: Mapping[PageKind, Word] = {
    PageKind.ROOT: Word.SETTINGS,
    PageKind.WIFI: Word.WIFI,
    PageKind.GENERAL: Word.GENERAL,
    PageKind.BACKGROUND_REFRESH: Word.REFRESH,
    PageKind.REFRESH_CHOICE: Word.REFRESH,
    PageKind.BATTERY: Word.BATTERY,
    PageKind.APPS: Word.APPS,
}
"""What the navigation bar reads; an app's own page reads its name."""

_ENTRIES: Mapping[PageKind, Callable[[Contents], tuple[Entry, ...]]] = {
    PageKind.ROOT: Contents.root,
    PageKind.WIFI: Contents.wifi,
    PageKind.GENERAL: lambda contents: contents.listed(PageKind.GENERAL),
    PageKind.BACKGROUND_REFRESH: Contents.background_refresh,
    PageKind.REFRESH_CHOICE: Contents.refresh_choice,
    PageKind.BATTERY: lambda contents: contents.listed(PageKind.BATTERY),
    PageKind.APPS: Contents.apps,
}

_ENTRY_OF: Mapping[Word, Callable[[Contents], Entry]] = {
    Word.AIRPLANE: Contents.airplane_row,
    Word.WIFI: Contents.wifi_row,
    Word.GENERAL: Contents.general_row,
    Word.BATTERY: Contents.battery_row,
    Word.APPS: Contents.apps_row,
    Word.REFRESH: Contents.refresh_row,
    Word.LOW_POWER: Contents.low_power_row,
}
"""Rows that do something; every other one can only be read."""


def _unless_locked(act: Act) -> Act:
    """An act that does nothing where the phone refuses it: it was greyed after it had been drawn."""

    def done() -> None:
        with contextlib.suppress(SettingLocked):
            act()

    return done
