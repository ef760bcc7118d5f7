"""What only a person's finger could do to a phone, done through its screen."""

from __future__ import annotations

from typing import Protocol

from harness.model.raw import InstalledApp
from harness.model.settings import BackgroundRefresh


class UserInterface(Protocol):
    """The screen of one phone, worked from outside.

    The app under test is never launched, killed or bound by it, other than as each verb says. The rungs that
    it stands for are ``Rung.APP_SWITCHER``, ``HOME_SCREEN``, ``AUTOMATION``, ``SETTINGS_SCREENS``, ``SIRI``,
    ``LOCK``, ``OPEN_URL``, ``TAP`` and ``NOTIFICATIONS``. Settings are read, set, and read again: what does
    not read back as it was set raises.

    A verb about settings, whether it reads or sets, and one that asks Siri or works the app switcher, leaves
    the home screen in front, so the app under test is in the background afterwards. What opens an app leaves
    that app in front. A phone that is locked is not unlocked on the side: all but ``lock``, ``unlock``,
    ``terminate`` and ``tap_notification`` raise ``DeviceLocked`` then.

    Every method raises a ``ScreenError`` where the screen cannot be worked or shows something else.
    """

    # Apps.

    async def swipe_away(self, bundle_id: str) -> None:
        """Remove an app from the app switcher; returns once it has no process.

        One that has none is shown there, too.

        Raises:
            AppNotRunning: the app switcher does not show it.
        """
        ...

    async def tap_icon(self, bundle_id: str) -> None:
        """Tap an app's icon on the home screen; returns once it is in the foreground."""
        ...

    async def terminate(self, bundle_id: str) -> None:
        """End an app as UI automation does; returns once its process is gone."""
        ...

    async def open_url(self, bundle_id: str, url: str) -> None:
        """Open a URL with an app; returns once the app is in the foreground."""
        ...

    async def tap(self, bundle_id: str, identifier: str) -> None:
        """Tap what has an accessibility identifier, in an app that is in the foreground."""
        ...

    async def tap_notification(self, bundle_id: str) -> None:
        """Tap the newest notification of an app; returns once the app is in the foreground."""
        ...

    # The phone.

    async def go_home(self) -> None:
        """Press Home; returns once the home screen is in front."""
        ...

    async def lock(self) -> None:
        """Lock the phone; returns once it is locked."""
        ...

    async def unlock(self) -> None:
        """Unlock a phone that asks for no passcode; returns once it is unlocked."""
        ...

    async def ask_siri(self, words: str) -> None:
        """Tell Siri something, in the phone's language; what comes of it the caller has to read."""
        ...

    # Settings.

    async def background_refresh(self) -> BackgroundRefresh:
        """The position of Background App Refresh for the whole phone.

        Raises:
            SetupImpossible: it is grey, so that what it shows need not be what is stored; says whether Low
                Power Mode or a restriction makes it so.
        """
        ...

    async def set_background_refresh(self, value: BackgroundRefresh) -> None:
        """Set Background App Refresh for the whole phone.

        Raises:
            SetupImpossible: the middle position on a phone without cellular; Low Power Mode or a restriction
                keeps people from changing it.
            SettingNotApplied: it does not read back as set.
        """
        ...

    async def app_refresh(self, app: InstalledApp) -> bool:
        """Whether Background App Refresh is on for one app.

        Raises:
            SetupImpossible: it has no row, as none of its background modes gives it one; its row has no
                switch, as Background App Refresh is off for the whole phone.
        """
        ...

    async def set_app_refresh(self, app: InstalledApp, on: bool) -> None:
        """Set Background App Refresh for one app; raises as reading and setting it for the phone do."""
        ...

    async def low_power(self) -> bool:
        """Whether Low Power Mode is on."""
        ...

    async def set_low_power(self, on: bool) -> None:
        """Set Low Power Mode."""
        ...

    async def wifi(self) -> bool:
        """Whether Wi-Fi is switched on."""
        ...

    async def set_wifi(self, on: bool) -> None:
        """Switch Wi-Fi."""
        ...

    async def airplane_mode(self) -> bool:
        """Whether airplane mode is on."""
        ...

    async def set_airplane_mode(self, on: bool) -> None:
        """Set airplane mode."""
        ...

    async def close(self) -> None:
        """End the session; the runner that was started for it ends with it."""
        ...
