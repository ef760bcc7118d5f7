"""The screen of one phone as the rest of the harness uses it: ``model.screen.UserInterface`` over pages.

Where each verb leaves the phone::

    settings, read or set        home screen
    swipe_away, Siri, go_home    home screen
    tap_icon, open_url, tap_notification    the app
    tap                          wherever the app goes
    terminate                    as it was, without the app
    lock, unlock                 locked, unlocked

So a verb about settings puts the app under test into the background, like a person who goes to Settings. A
verb that fails presses Home, too, if it can, except where the app was to come to the front.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from harness.drivers.ui.backend import Backend, Locator, Using
from harness.drivers.ui.pages import home, lockscreen, siri, switcher
from harness.drivers.ui.pages.alerts import Alerts
from harness.drivers.ui.pages.app_refresh import AppRefresh, refuse_without_row
from harness.drivers.ui.pages.hand import Hand
from harness.drivers.ui.pages.locators import Target, locators_for
from harness.drivers.ui.pages.refresh import RefreshPage
from harness.drivers.ui.pages.settings import AIRPLANE_MODE, LOW_POWER, WIFI, SettingsApp, SwitchSetting
from harness.drivers.ui.pages.waiting import until
from harness.errors import (
    AppNotInstalled,
    DeviceError,
    DeviceLocked,
    DeviceLost,
    HarnessError,
    ScreenUnexpected,
)
from harness.model.capabilities import RunnerHost
from harness.model.identity import PhoneIdentity
from harness.model.raw import InstalledApp
from harness.model.settings import BackgroundRefresh

ENDS_S = 20.0
"""How long a process may take to be gone, in wall seconds: iOS gives it five to say goodbye."""

_log = logging.getLogger(__name__)

Installed = Callable[[str], Awaitable[InstalledApp | None]]
"""Tells what is installed under a bundle identifier."""


class PhoneScreen:
    """Works the screen of one phone; implements ``model.screen.UserInterface``.

    Args:
        backend: passes on to the phone what is done to its screen.
        host: tells whether a process is gone, which no screen does.
        identity: the phone: its name, the iOS that chooses locators, and the model.
        installed: tells what an app is called on the screen.
        note: told what was sent away on the side, such as a reminder of an update.
    """

    def __init__(
        self,
        backend: Backend,
        host: RunnerHost,
        identity: PhoneIdentity,
        *,
        installed: Installed,
        note: Callable[[str], None] = _log.info,
    ) -> None:
        locators = locators_for(identity.ios)
        self._backend = backend
        self._host = host
        self._identity = identity
        self._installed = installed
        self._alerts = Alerts(backend, locators.alerts, identity.name, note)
        self._hand = Hand(backend, locators, self._alerts, identity.name)
        self._settings = SettingsApp(self._hand)
        self._refresh = RefreshPage(self._settings)
        self._app_refresh = AppRefresh(self._settings)

    # Apps.

    async def swipe_away(self, bundle_id: str) -> None:
        """See ``UserInterface``."""
        pid = await self._host.pid_of(bundle_id)
        async with self._home_after():
            await switcher.swipe_away(self._hand, bundle_id, self._identity.model)
        await self._gone(bundle_id, pid, "swiped away")

    async def tap_icon(self, bundle_id: str) -> None:
        """See ``UserInterface``."""
        app = await self._app(bundle_id)
        await self._ready()
        await home.tap_icon(self._hand, app)

    async def terminate(self, bundle_id: str) -> None:
        """See ``UserInterface``."""
        pid = await self._host.pid_of(bundle_id)
        await self._backend.terminate(bundle_id)
        await self._gone(bundle_id, pid, "ended")

    async def open_url(self, bundle_id: str, url: str) -> None:
        """See ``UserInterface``."""
        await self._ready()
        await self._backend.open_url(url, bundle_id)
        await home.in_front(self._hand, bundle_id)

    async def tap(self, bundle_id: str, identifier: str) -> None:
        """See ``UserInterface``.

        Raises:
            ScreenUnexpected: another app is in front, or nothing in it goes by that identifier; an alert is
                over the screen afterwards, which may have got the tap.
        """
        await self._ready()
        front = await self._backend.active_app()
        if front != bundle_id:
            raise ScreenUnexpected(
                f"{bundle_id} is not in front, where {identifier!r} was to be tapped: {front} is",
                phone=self._identity.name,
                fix="Bring the app to the front first.",
            )
        control = Target(f"control {identifier!r}", (Locator(Using.ID, identifier),))

        async def tap() -> None:
            await self._backend.click(await self._hand.need(control))

        await self._hand.again_when_stale(tap)
        await self._alerts.refuse_after(f"the {control.what} was tapped")

    async def tap_notification(self, bundle_id: str) -> None:
        """See ``UserInterface``."""
        app = await self._app(bundle_id)
        await self._alerts.clear()
        await lockscreen.tap_notification(self._hand, app)

    # The phone.

    async def go_home(self) -> None:
        """See ``UserInterface``."""
        await self._ready()
        await home.go_home(self._hand)

    async def lock(self) -> None:
        """See ``UserInterface``."""
        await lockscreen.lock(self._hand)

    async def unlock(self) -> None:
        """See ``UserInterface``."""
        await lockscreen.unlock(self._hand)

    async def ask_siri(self, words: str) -> None:
        """See ``UserInterface``."""
        async with self._home_after():
            await siri.ask_siri(self._hand, words)

    # Settings.

    async def background_refresh(self) -> BackgroundRefresh:
        """See ``UserInterface``."""
        async with self._home_after():
            return await self._refresh.position()

    async def set_background_refresh(self, value: BackgroundRefresh) -> None:
        """See ``UserInterface``."""
        async with self._home_after():
            await self._refresh.set_position(value)

    async def app_refresh(self, app: InstalledApp) -> bool:
        """See ``UserInterface``."""
        refuse_without_row(app, self._identity.name)
        async with self._home_after():
            return await self._app_refresh.read(app)

    async def set_app_refresh(self, app: InstalledApp, on: bool) -> None:
        """See ``UserInterface``."""
        refuse_without_row(app, self._identity.name)
        async with self._home_after():
            await self._app_refresh.set(app, on)

    async def low_power(self) -> bool:
        """See ``UserInterface``."""
        return await self._read(LOW_POWER)

    async def set_low_power(self, on: bool) -> None:
        """See ``UserInterface``."""
        await self._set(LOW_POWER, on)

    async def wifi(self) -> bool:
        """See ``UserInterface``."""
        return await self._read(WIFI)

    async def set_wifi(self, on: bool) -> None:
        """See ``UserInterface``."""
        await self._set(WIFI, on)

    async def airplane_mode(self) -> bool:
        """See ``UserInterface``."""
        return await self._read(AIRPLANE_MODE)

    async def set_airplane_mode(self, on: bool) -> None:
        """See ``UserInterface``."""
        await self._set(AIRPLANE_MODE, on)

    async def close(self) -> None:
        """See ``UserInterface``."""
        await self._backend.close()

    # How they are done.

    async def _read(self, setting: SwitchSetting) -> bool:
        async with self._home_after():
            return (await self._settings.read(setting)).on

    async def _set(self, setting: SwitchSetting, on: bool) -> None:
        async with self._home_after():
            await self._settings.set(setting, on)

    async def _ready(self) -> None:
        """Return when the screen can be worked: unlocked, and no alert over it.

        Raises:
            DeviceLocked: the phone is locked.
        """
        if await self._backend.is_locked():
            raise DeviceLocked("the phone is locked", phone=self._identity.name, fix="Unlock it first.")
        await self._alerts.clear()

    @asynccontextmanager
    async def _home_after(self) -> AsyncGenerator[None]:
        """The screen ready before, and the home screen in front after, whatever happens in between."""
        await self._ready()
        try:
            yield
        except DeviceLost:
            raise  # without waiting once more for the phone to come back
        except HarnessError:
            # What went wrong is what has to be told, and not that Home could not be pressed then either.
            with suppress(DeviceError):
                await self._backend.go_home()
            raise
        await home.go_home(self._hand)

    async def _app(self, bundle_id: str) -> InstalledApp:
        app = await self._installed(bundle_id)
        if app is None:
            raise AppNotInstalled(
                f"{bundle_id} is not installed", phone=self._identity.name, fix="Install the app first."
            )
        return app

    async def _gone(self, bundle_id: str, pid: int | None, how: str) -> None:
        """Return once a process is gone; an app that has come again meanwhile has another one."""

        async def is_gone() -> bool:
            return pid is None or await self._host.pid_of(bundle_id) != pid

        if not await until(is_gone, ENDS_S):
            raise ScreenUnexpected(
                f"{bundle_id} was {how}, and has its process {pid} still after {ENDS_S:g} s",
                phone=self._identity.name,
                fix="Look at the phone's log for what keeps it.",
            )
