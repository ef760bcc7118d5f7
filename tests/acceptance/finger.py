"""A finger on the screen of a virtual phone that is reached over the wire, by its rack's control socket.

It stands where a driver of the screen will: the harness that plays the story asks ``Phone.ui`` and does not
know whose finger it is.
"""

from __future__ import annotations

import asyncio
from typing import Any

from harness.errors import AppNotInstalled
from harness.model.capabilities import Phone
from harness.model.rungs import Rung
from harness.model.settings import BackgroundRefresh
from harness.virtual.control_client import open_control

RUNGS = frozenset({Rung.APP_SWITCHER, Rung.HOME_SCREEN, Rung.SETTINGS_SCREENS, Rung.AUTOMATION})
"""What a phone offers by a finger."""

WORDS = {BackgroundRefresh.OFF: "off", BackgroundRefresh.WIFI: "wifi", BackgroundRefresh.ON: "on"}
"""Position of Background App Refresh -> the word for it at the socket."""


class Finger:
    """Works the screen; implements ``model.capabilities.UserInterface``.

    Args:
        control: path of the control socket of the phone's rack.
        phone: the phone, asked what its apps are called.
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

    async def background_refresh(self) -> BackgroundRefresh:
        """See ``UserInterface``."""
        return BackgroundRefresh((await self._do("show"))["background_refresh"])

    async def set_background_refresh(self, value: BackgroundRefresh) -> None:
        """See ``UserInterface``."""
        await self._do("refresh", what=WORDS[value])

    async def app_refresh(self, app_name: str) -> bool:
        """See ``UserInterface``; it is on unless this finger switched it off."""
        return app_name not in self._off

    async def set_app_refresh(self, app_name: str, on: bool) -> None:
        """See ``UserInterface``."""
        await self._do("refresh", what=await self._named(app_name), switch=on)
        (self._off.discard if on else self._off.add)(app_name)

    async def low_power(self) -> bool:
        """See ``UserInterface``."""
        return bool((await self._do("show"))["low_power"])

    async def set_low_power(self, on: bool) -> None:
        """See ``UserInterface``."""
        await self._do("low-power", switch=on)

    async def _named(self, app_name: str) -> str:
        found = next((app.bundle_id for app in await self._phone.apps() if app.name == app_name), None)
        if found is None:
            raise AppNotInstalled(f"Settings shows no {app_name}", phone=self._phone.identity.name)
        return found

    async def _do(self, verb: str, **given: object) -> dict[str, Any]:
        return await asyncio.to_thread(self._ask, {"do": verb, **given})

    def _ask(self, asked: dict[str, object]) -> dict[str, Any]:
        with open_control(self._control) as control:
            return control.ask(asked) or {}
