"""One phone that is being examined, and what was opened for that."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.config.devices import Reach
from harness.drivers.pmd3.look import LockdownReading
from harness.drivers.pmd3.phone import Pmd3Phone, open_phone
from harness.drivers.pmd3.signing import SigningProfile
from harness.drivers.pmd3.vitals import ASK_S, Vitals
from harness.errors import HarnessError
from harness.farm.health.result import NotTried, StageResult
from harness.farm.reach import ReachablePhone
from harness.model.identity import Connection, PhoneIdentity

if TYPE_CHECKING:
    from harness.config.devices import OriginSpec
    from harness.drivers.ui.backend import Backend
    from harness.drivers.ui.runner import UiRunner
    from harness.drivers.ui.ways import UiWay
    from harness.model.capabilities import RunnerHost
    from harness.model.screen import UserInterface

NO_SCREEN = "nothing works its screen from here, and the phone tells it nowhere else"
NO_SCREEN_FIX = (
    "Install a WebDriverAgent runner and write `ui: {wda_bundle_id: ...}` beneath its name in devices.yaml."
)


@dataclass(frozen=True)
class Eyes:
    """The screen of a phone, and what works it.

    Attributes:
        runner: serves WebDriverAgent.
        backend: what is on the screen.
        screen: Settings, and the rest of what a person does there.
    """

    runner: UiRunner
    backend: Backend
    screen: UserInterface


@dataclass
class Patient:
    """One phone that is being examined.

    Attributes:
        phone: how it is reached.
        bundle_id: the app that is to be there; ``None`` where no stage asks for one.
        hold: takes the phone's lease, and gives the usbmuxd by which its holder reaches it, empty for the one
            that lists it; raises ``NoDeviceFree`` when somebody else has it.
        origin: how phones reach this host, if the app may be launched to try it.
        ui: how its screen is worked; ``None`` for not at all.
        reach: how it may be reached; the cable is taken where it may be, and kept to the end.
        host_s: this host's clock, seconds since 1970.
        ask_s: protective deadline of one reading, in wall seconds.
        reading: what lockdown tells of it; by default asked once.
        signed_by: its provisioning profiles; by default asked once.
        vitals: where it is read without touching it; by default over the usbmuxd that lists it.
        granted: the usbmuxd of its lease, once it is held; empty for the one that lists it.
        opened: its driver, once it was needed.
        screen: its screen, once it was needed.
        results: what was found so far.
    """

    phone: ReachablePhone
    bundle_id: str | None
    hold: Callable[[], str]
    origin: OriginSpec | None = None
    ui: UiWay | None = None
    reach: Reach = Reach.ANY
    host_s: Callable[[], float] = time.time
    ask_s: float = ASK_S
    reading: LockdownReading | None = None
    signed_by: tuple[SigningProfile, ...] | None = None
    vitals: Vitals | None = None
    granted: str = ""
    opened: Pmd3Phone | None = None
    screen: Eyes | None = None
    results: dict[str, StageResult] = field(default_factory=dict[str, StageResult])

    @property
    def identity(self) -> PhoneIdentity:
        """Who it is."""
        return self.phone.identity

    @property
    def name(self) -> str:
        """What people call it."""
        return self.phone.name

    @property
    def connection(self) -> Connection | None:
        """The one way by which it is examined; ``None`` when it may be reached in none that it has."""
        return self.reach.best_of(self.phone.ways)

    @property
    def app(self) -> str:
        """The app that is to be there.

        Raises:
            NotTried: none was named.
        """
        if self.bundle_id is None:
            raise NotTried("no app was named")
        return self.bundle_id

    def look(self) -> Vitals:
        """Where the phone is read without touching it."""
        if self.vitals is None:
            usbmux, connection = self.phone.usbmux, self.connection
            self.vitals = Vitals(self.identity, usbmux, connection, ask_s=self.ask_s)
        return self.vitals

    async def lockdown(self) -> LockdownReading:
        """What lockdown tells of it, read once."""
        if self.reading is None:
            self.reading = await self.look().lockdown()
        return self.reading

    async def profiles(self) -> tuple[SigningProfile, ...]:
        """Its provisioning profiles, read once: all of them come in one answer."""
        if self.signed_by is None:
            self.signed_by = await self.look().profiles()
        return self.signed_by

    async def driver(self) -> Pmd3Phone:
        """The phone, opened once."""
        if self.opened is None:
            usbmux = self.granted or self.phone.usbmux
            self.opened = await open_phone(self.identity, usbmux=usbmux, connection=self.connection)
        return self.opened

    async def eyes(self) -> Eyes:
        """Its screen, opened once; nothing is started by that.

        Raises:
            NotTried: nothing works its screen.
        """
        if self.ui is None:
            raise NotTried(NO_SCREEN, NO_SCREEN_FIX)
        if self.screen is None:
            driver = await self.driver()
            self.screen = _eyes_of(driver, driver, self.ui)
        return self.screen

    async def close(self) -> None:
        """Close what was opened, the screen first; a phone that has gone meanwhile is no error."""
        with suppress(HarnessError):
            await self._close()

    async def _close(self) -> None:
        async with AsyncExitStack() as left:
            if self.vitals is not None:
                left.push_async_callback(self.vitals.close)
            if self.opened is not None:
                left.push_async_callback(self.opened.close)
            if self.screen is not None:
                left.push_async_callback(self.screen.screen.close)
            self.vitals = self.opened = self.screen = None


def _eyes_of(host: RunnerHost, phone: Pmd3Phone, way: UiWay) -> Eyes:
    # Imported here: most examinations are of phones without a runner, and a quick look never gets here.
    from harness.drivers.ui.opening import MAKERS, RunnerScreen, runner_of

    runner = runner_of(host, phone.identity, way)
    backend = MAKERS[way.via](runner, phone.identity, way)
    screen = RunnerScreen(runner, backend, host, phone.identity, phone.app_info)
    return Eyes(runner, backend, screen)
