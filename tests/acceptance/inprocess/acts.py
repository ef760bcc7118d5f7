"""What is done to a phone in this process as a whole: by a finger, or by a developer's tool."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from harness.errors import (
    AppNotInstalled,
    CapabilityMissing,
    CommandRefused,
    DeviceLocked,
    HarnessError,
    ScreenUnexpected,
    SetupImpossible,
)
from harness.model.raw import InstalledApp
from harness.model.settings import BackgroundRefresh
from harness.virtual.kernel.developer.induced import NETWORK, NoSuchCondition
from harness.virtual.kernel.front.front import NoAppForURL
from harness.virtual.kernel.front.notifications import NoSuchNotification
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.settings import NoSuchSwitch, SettingLocked
from harness.virtual.kernel.springboard import LaunchRefused, RefusalKind
from harness.virtual.services.support.installer import bundle_of
from harness.virtual.services.support.package import PackageRefused, read_package

REFUSALS: Mapping[RefusalKind, type[HarnessError]] = {
    RefusalKind.NOT_INSTALLED: AppNotInstalled,
    RefusalKind.LOCKED: DeviceLocked,
    RefusalKind.NOT_DEBUGGABLE: CommandRefused,
}
"""Why an app was not opened -> what a driver makes of it."""


class KernelScreen:
    """A finger on the phone's screen; implements ``model.screen.UserInterface``.

    Args:
        phone: the kernel.
    """

    def __init__(self, phone: VirtualPhone) -> None:
        self._phone = phone

    async def swipe_away(self, bundle_id: str) -> None:
        """See ``UserInterface``."""
        self._phone.force_quit(bundle_id)

    async def tap_icon(self, bundle_id: str) -> None:
        """See ``UserInterface``."""
        with self._opening():
            self._phone.user_launch(bundle_id)

    async def terminate(self, bundle_id: str) -> None:
        """See ``UserInterface``."""
        self._phone.terminate_for_automation(bundle_id)

    async def open_url(self, bundle_id: str, url: str) -> None:
        """See ``UserInterface``."""
        with self._opening():
            self._phone.front.open_url(url, bundle_id)

    async def tap(self, bundle_id: str, identifier: str) -> None:
        """See ``UserInterface``."""
        self._need_unlocked()
        process = self._phone.springboard.front
        if process is None or process.bundle_id != bundle_id:
            raise self._unexpected(f"{bundle_id} is not in front")
        controls = {control.identifier: control for control in self._phone.front.controls()}
        if identifier not in controls:
            raise self._unexpected(f"{bundle_id} shows no {identifier!r}")
        controls[identifier].act()

    async def tap_notification(self, bundle_id: str) -> None:
        """See ``UserInterface``."""
        with self._opening():
            self._phone.front.tap_notification(bundle_id)

    async def go_home(self) -> None:
        """See ``UserInterface``."""
        self._phone.press_home()

    async def lock(self) -> None:
        """See ``UserInterface``."""
        self._phone.lock()

    async def unlock(self) -> None:
        """See ``UserInterface``."""
        self._phone.unlock()

    async def ask_siri(self, words: str) -> None:
        """See ``UserInterface``."""
        self._need_unlocked()
        self._phone.front.ask_siri(words)
        self._phone.springboard.go_home()

    async def background_refresh(self) -> BackgroundRefresh:
        """See ``UserInterface``."""
        return BackgroundRefresh(self._phone.settings.background_refresh.value)

    async def set_background_refresh(self, value: BackgroundRefresh) -> None:
        """See ``UserInterface``."""
        with self._impossible():
            self._phone.settings.set_background_refresh(value)

    async def app_refresh(self, app: InstalledApp) -> bool:
        """See ``UserInterface``."""
        row = next((row for row in self._phone.settings.rows() if row.bundle_id == app.bundle_id), None)
        if row is None or row.switch is None:
            raise SetupImpossible(f"{app.name} has no switch there", phone=self._phone.spec.name)
        return row.switch

    async def set_app_refresh(self, app: InstalledApp, on: bool) -> None:
        """See ``UserInterface``."""
        with self._impossible():
            self._phone.settings.set_app_refresh(app.bundle_id, on)

    async def low_power(self) -> bool:
        """See ``UserInterface``."""
        return self._phone.settings.low_power

    async def set_low_power(self, on: bool) -> None:
        """See ``UserInterface``."""
        self._phone.settings.set_low_power(on)

    async def wifi(self) -> bool:
        """See ``UserInterface``."""
        return self._phone.conditions.wifi_on

    async def set_wifi(self, on: bool) -> None:
        """See ``UserInterface``."""
        self._phone.conditions.switch_wifi(on)

    async def airplane_mode(self) -> bool:
        """See ``UserInterface``."""
        return self._phone.conditions.airplane

    async def set_airplane_mode(self, on: bool) -> None:
        """See ``UserInterface``."""
        self._phone.conditions.switch_airplane(on)

    async def close(self) -> None:
        """See ``UserInterface``; nothing was started for it."""

    @contextmanager
    def _impossible(self) -> Generator[None]:
        """A switch that is grey or not there, as a driver tells it."""
        try:
            yield
        except (SettingLocked, NoSuchSwitch) as error:
            raise SetupImpossible(str(error), phone=self._phone.spec.name) from error

    @contextmanager
    def _opening(self) -> Generator[None]:
        """What keeps an app from being opened, as a driver tells it."""
        try:
            yield
        except LaunchRefused as refused:
            raise REFUSALS[refused.kind](refused.text, phone=self._phone.spec.name) from refused
        except (NoAppForURL, NoSuchNotification) as error:
            raise self._unexpected(str(error)) from error

    def _need_unlocked(self) -> None:
        if self._phone.locked:
            raise DeviceLocked("the phone is locked", phone=self._phone.spec.name)

    def _unexpected(self, what: str) -> ScreenUnexpected:
        return ScreenUnexpected(what, phone=self._phone.spec.name)


class KernelInduced:
    """A condition that a tool asked for; implements ``model.capabilities.Induced``."""

    def __init__(self, phone: VirtualPhone) -> None:
        self._phone = phone

    async def lasts(self) -> bool:
        """See ``Induced``."""
        active = self._phone.induced.active
        return active is not None and active.owner is self

    async def stop(self) -> None:
        """See ``Induced``."""
        self._phone.induced.disable_if_of(self)


def induce(phone: VirtualPhone, condition: str) -> KernelInduced:
    """Have the phone simulate a condition of its network, in place of another one."""
    induced = KernelInduced(phone)
    phone.induced.disable()
    try:
        phone.induced.enable(NETWORK, condition, induced)
    except NoSuchCondition as error:
        raise CapabilityMissing(str(error), phone=phone.spec.name) from error
    return induced


def install(phone: VirtualPhone, package: Path) -> None:
    """Install a package over an app, as installation_proxy has it done."""
    try:
        phone.install(bundle_of(phone, read_package(package)))
    except PackageRefused as refused:
        raise CommandRefused(str(refused), phone=phone.spec.name) from refused
