"""What is done to a phone in this process as a whole: by a finger, or by a developer's tool."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import AppNotInstalled, CapabilityMissing, CommandRefused
from harness.model.settings import BackgroundRefresh
from harness.virtual.kernel.developer.induced import NETWORK, NoSuchCondition
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.settings import NoSuchSwitch, SettingLocked
from harness.virtual.kernel.springboard import LaunchRefused
from harness.virtual.services.support.installer import bundle_of
from harness.virtual.services.support.package import PackageRefused, read_package


class KernelScreen:
    """A finger on the phone's screen; implements ``model.capabilities.UserInterface``.

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
        try:
            self._phone.user_launch(bundle_id)
        except LaunchRefused as refused:
            raise CommandRefused(refused.text, phone=self._phone.spec.name) from refused

    async def terminate(self, bundle_id: str) -> None:
        """See ``UserInterface``."""
        self._phone.terminate_for_automation(bundle_id)

    async def background_refresh(self) -> BackgroundRefresh:
        """See ``UserInterface``."""
        return BackgroundRefresh(self._phone.settings.background_refresh.value)

    async def set_background_refresh(self, value: BackgroundRefresh) -> None:
        """See ``UserInterface``."""
        with self._refused():
            self._phone.settings.set_background_refresh(value)

    async def app_refresh(self, app_name: str) -> bool:
        """See ``UserInterface``."""
        return self._phone.settings.refreshes(self._named(app_name))

    async def set_app_refresh(self, app_name: str, on: bool) -> None:
        """See ``UserInterface``."""
        with self._refused():
            self._phone.settings.set_app_refresh(self._named(app_name), on)

    async def low_power(self) -> bool:
        """See ``UserInterface``."""
        return self._phone.settings.low_power

    async def set_low_power(self, on: bool) -> None:
        """See ``UserInterface``."""
        with self._refused():
            self._phone.settings.set_low_power(on)

    @contextmanager
    def _refused(self) -> Generator[None]:
        """A switch that is grey or not there, as a driver tells it."""
        try:
            yield
        except (SettingLocked, NoSuchSwitch) as error:
            raise CommandRefused(str(error), phone=self._phone.spec.name) from error

    def _named(self, app_name: str) -> str:
        """The bundle identifier of an app by the name that Settings shows."""
        found = next((app.bundle_id for app in self._phone.apps if app.name == app_name), None)
        if found is None:
            raise AppNotInstalled(f"Settings shows no {app_name}", phone=self._phone.spec.name)
        return found


class KernelInduced:
    """A condition that a tool asked for; implements ``model.capabilities.Induced``."""

    def __init__(self, phone: VirtualPhone) -> None:
        self._phone = phone

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
