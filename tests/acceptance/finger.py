"""A finger on the screen of a virtual phone that is reached over the wire, by its rack's control socket.

It stands where a driver of the screen will: the harness that plays the story asks ``Phone.ui`` and does not
know whose finger it is.
"""

from __future__ import annotations

import asyncio
from typing import Any

from harness.errors import CapabilityMissing, CommandRefused, SetupImpossible
from harness.model.capabilities import Phone
from harness.model.raw import InstalledApp
from harness.model.rungs import Rung
from harness.model.settings import BackgroundRefresh
from harness.virtual.control_client import open_control

RUNGS = frozenset({Rung.APP_SWITCHER, Rung.HOME_SCREEN, Rung.SETTINGS_SCREENS, Rung.AUTOMATION, Rung.LOCK})
"""What a phone offers by a finger."""

WORDS = {BackgroundRefresh.OFF: "off", BackgroundRefresh.WIFI: "wifi", BackgroundRefresh.ON: "on"}
"""Position of Background App Refresh -> the word for it at the socket."""


class Finger:
    """Works the screen; implements ``model.screen.UserInterface``.

    Args:
        control: path of the control socket of the phone's rack.
        phone: the phone, for its name.
    """

    def __init__(self, control: str, phone: Phone) -> None:
        self._control = control
        self._phone = phone
        self._off: set[str] = set()

    async def swipe_away(self, bundle_id: str) -> None:
        """See ``UserInterface``."""
        await self._do("force-quit", bundle=bundle_id)

    async def tap_icon(self, bundle_id: str) -> None:
        """See ``UserInterface``."""
        await self._do("tap", bundle=bundle_id)

    async def terminate(self, bundle_id: str) -> None:
        """See ``UserInterface``."""
        await self._do("terminate", bundle=bundle_id)

    async def open_url(self, bundle_id: str, url: str) -> None:
        """See ``UserInterface``; the socket has no word for it."""
        raise self._unable(f"opens {url}")

    async def tap(self, bundle_id: str, identifier: str) -> None:
        """See ``UserInterface``; the socket has no word for it."""
        raise self._unable(f"taps {identifier}")

    async def tap_notification(self, bundle_id: str) -> None:
        """See ``UserInterface``; the socket has no word for it."""
        raise self._unable("taps notifications")

    async def go_home(self) -> None:
        """See ``UserInterface``."""
        await self._do("home")

    async def lock(self) -> None:
        """See ``UserInterface``."""
        await self._do("lock")

    async def unlock(self) -> None:
        """See ``UserInterface``."""
        await self._do("unlock")

    async def ask_siri(self, words: str) -> None:
        """See ``UserInterface``; the socket has no word for it."""
        raise self._unable("asks Siri")

    async def background_refresh(self) -> BackgroundRefresh:
        """See ``UserInterface``."""
        return BackgroundRefresh((await self._do("show"))["background_refresh"])

    async def set_background_refresh(self, value: BackgroundRefresh) -> None:
        """See ``UserInterface``."""
        await self._set("refresh", what=WORDS[value])

    async def app_refresh(self, app: InstalledApp) -> bool:
        """See ``UserInterface``; it is on unless this finger switched it off."""
        if await self.background_refresh() is BackgroundRefresh.OFF:
            raise self._impossible("Background App Refresh is off for the whole phone")
        return app.bundle_id not in self._off

    async def set_app_refresh(self, app: InstalledApp, on: bool) -> None:
        """See ``UserInterface``."""
        await self._set("refresh", what=app.bundle_id, switch=on)
        (self._off.discard if on else self._off.add)(app.bundle_id)

    async def low_power(self) -> bool:
        """See ``UserInterface``."""
        return bool((await self._do("show"))["low_power"])

    async def set_low_power(self, on: bool) -> None:
        """See ``UserInterface``."""
        await self._do("low-power", switch=on)

    async def wifi(self) -> bool:
        """See ``UserInterface``."""
        return bool((await self._do("show"))["wifi_on"])

    async def set_wifi(self, on: bool) -> None:
        """See ``UserInterface``."""
        await self._do("wifi", switch=on)

    async def airplane_mode(self) -> bool:
        """See ``UserInterface``."""
        return bool((await self._do("show"))["airplane"])

    async def set_airplane_mode(self, on: bool) -> None:
        """See ``UserInterface``."""
        await self._do("airplane", switch=on)

    async def close(self) -> None:
        """See ``UserInterface``; each word has a connection of its own."""

    async def _set(self, verb: str, **given: object) -> None:
        """A switch that is grey, or not there, is not touched."""
        try:
            await self._do(verb, **given)
        except CommandRefused as refused:
            raise self._impossible(refused.what) from refused

    def _unable(self, does: str) -> CapabilityMissing:
        return CapabilityMissing(f"no finger here {does}", phone=self._phone.identity.name)

    def _impossible(self, why: str) -> SetupImpossible:
        return SetupImpossible(why, phone=self._phone.identity.name)

    async def _do(self, verb: str, **given: object) -> dict[str, Any]:
        return await asyncio.to_thread(self._ask, {"do": verb, **given})

    def _ask(self, asked: dict[str, object]) -> dict[str, Any]:
        with open_control(self._control) as control:
            return control.ask(asked) or {}
