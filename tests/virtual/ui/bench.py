"""The rig's phone, whose screen is worked over usbmux by each of the backends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from harness.drivers.pmd3 import Pmd3Phone, open_phone
from harness.drivers.ui.backend import Backend, Element, Locator, Using
from harness.drivers.ui.opening import MAKERS
from harness.drivers.ui.supervisor import Patience, Runner
from harness.drivers.ui.ways import UiWay
from harness.virtual.apps.controls import Control
from harness.virtual.apps.delegate import UIApplicationDelegate
from harness.virtual.apps.uikit import UIApplication
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.phone import VirtualPhone
from tests.virtual.faults.bench import Do, identity_of, on_a_phone
from tests.virtual.rig import Rig

SETTINGS = "com.apple.Preferences"
SPRINGBOARD = "com.apple.springboard"

PROMPT = Patience(start_s=3.0, back_s=1.0)
"""For tests in which a runner does not come; a loaded host takes its time even to see that."""


class Notepad(UIApplicationDelegate):
    """An app with two buttons, which writes down what is done to it.

    Args:
        notes: where.
    """

    def __init__(self, notes: list[str]) -> None:
        self._notes = notes

    def controls(self) -> tuple[Control, ...]:
        return (
            Control("first", "First", lambda: self._notes.append("first")),
            Control("second", "Second", lambda: self._notes.append("second")),
        )

    def application_open_url(self, application: UIApplication, url: str) -> None:
        self._notes.append(url)


NOTEPAD = "com.example.notepad"


@dataclass(frozen=True)
class Worked:
    """A phone whose screen is worked.

    Attributes:
        it: the rack.
        do: does what a line of the shell says.
        driver: the driver's phone.
        runner: works the screen.
        backend: passes on what is done.
        notes: what the notepad has written down.
    """

    it: Rig
    do: Do
    driver: Pmd3Phone
    runner: Runner
    backend: Backend
    notes: list[str]

    @property
    def phone(self) -> VirtualPhone:
        """The kernel of the phone."""
        return self.it.phone

    async def shown(self, value: str, using: Using = Using.ID) -> Element:
        """An element that is on the screen."""
        element = await self.backend.find(Locator(using, value))
        assert element is not None, f"{value} is not on the screen: {await self.backend.source()}"
        return element


def work(
    check: Callable[[Worked], Awaitable[None]],
    way: UiWay | None = None,
    ios: str = "16.7",
    patience: Patience | None = None,
) -> None:
    """Run a check on a phone whose screen is worked, and see afterwards that the phone can still be used.

    Args:
        check: the check.
        way: how the screen is worked; directly if nobody says.
        ios: product version.
        patience: how long the runner is waited for.
    """
    chosen = way or UiWay()

    async def opened(it: Rig, do: Do) -> None:
        notes: list[str] = []
        install(it.phone, notes)
        driver = await open_phone(identity_of(it), usbmux=it.address.usbmux)
        runner = Runner(driver, it.phone.spec.name, chosen.runner, patience)
        backend = MAKERS[chosen.via](runner, driver.identity, chosen)
        try:
            await check(Worked(it, do, driver, runner, backend, notes))
        finally:
            await backend.close()
            await runner.close()
            await driver.close()

    on_a_phone(opened, ios)


def install(phone: VirtualPhone, notes: list[str]) -> None:
    """Put the notepad on a phone."""
    bundle = AppBundle(
        NOTEPAD, "Notepad", "1", "Notepad", delegate=lambda: Notepad(notes), url_schemes=("notepad",)
    )
    phone.install(bundle)
