"""Two phones of one model and one iOS, and a runner that a client of its own starts, forwards and ends."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from pymobiledevice3.lockdown import create_using_usbmux
from pymobiledevice3.services.dvt.instruments.dvt_provider import DvtProvider
from pymobiledevice3.services.dvt.instruments.process_control import ProcessControl
from pymobiledevice3.tcp_forwarder import UsbmuxTcpForwarder

from harness.drivers.pmd3 import open_phone
from harness.drivers.ui.attached import OWN_PORT, AttachedRunner
from harness.drivers.ui.backend import Backend
from harness.drivers.ui.opening import MAKERS, runner_of
from harness.drivers.ui.supervisor import Patience
from harness.drivers.ui.ways import RUNNER, UiWay, Via
from harness.model.identity import Hardware, PhoneIdentity
from harness.virtual.faults.bench import FaultBench
from harness.virtual.faults.verbs import GRAMMAR
from harness.virtual.faults.words import fields_of
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.rack import Rack
from tests.virtual.rig import APP, identity, spec

PROMPT = Patience(start_s=3.0, back_s=0.5)
"""For tests in which a runner does not come back."""

WITHIN_S = 60.0

OPTIONS = {"ActivateSuspended": True}


@dataclass(frozen=True)
class Keeper:
    """Somebody else, with a client of theirs: unmodified pymobiledevice3.

    Attributes:
        usbmux: where the phones are attached.
        forwarders: the ports that are forwarded.
    """

    usbmux: str
    forwarders: list[tuple[UsbmuxTcpForwarder, asyncio.Task[None]]] = field(
        default_factory=list[tuple[UsbmuxTcpForwarder, asyncio.Task[None]]]
    )

    async def start(self, phone: VirtualPhone, port: int = OWN_PORT) -> int:
        """Start a runner, in place of one that runs; returns its pid."""
        lockdown = await create_using_usbmux(serial=phone.spec.udid, usbmux_address=self.usbmux)
        try:
            async with DvtProvider(lockdown) as dvt, ProcessControl(dvt) as control:
                environment = {"USE_PORT": str(port)}
                return await control.launch(RUNNER, environment=environment, extra_options=OPTIONS)
        finally:
            await lockdown.close()

    async def forward(self, phone: VirtualPhone, port: int = OWN_PORT, to: int = 0) -> str:
        """Forward a port of a phone to one of this host; returns its URL."""
        listening = asyncio.Event()
        forwarder = UsbmuxTcpForwarder(
            phone.spec.udid, port, to, listening_event=listening, usbmux_address=self.usbmux
        )
        self.forwarders.append((forwarder, asyncio.create_task(forwarder.start())))
        await listening.wait()
        assert forwarder.server is not None
        return f"http://127.0.0.1:{forwarder.server.sockets[0].getsockname()[1]}"

    async def stop_forwarding(self) -> None:
        """Close every port that is forwarded."""
        for forwarder, task in self.forwarders:
            forwarder.stopped.set()
            await task
        self.forwarders.clear()


@dataclass(frozen=True)
class Pair:
    """Two phones that look the same.

    Attributes:
        rack: where they are attached.
        ours: the phone that devices.yaml means.
        other: the phone beside it.
        keeper: starts their runners.
        appium_url: of an Appium server; empty for working the screen directly.
    """

    rack: Rack
    ours: VirtualPhone
    other: VirtualPhone
    keeper: Keeper
    appium_url: str = ""

    def pull_out_the_cable(self) -> None:
        """Have our phone there no more."""
        FaultBench(self.rack).ask(fields_of(["cut-cable", "phone=ours"], GRAMMAR))

    @contextlib.asynccontextmanager
    async def attached(self, url: str) -> AsyncGenerator[tuple[AttachedRunner, Backend]]:
        """Our phone's screen, worked by what is kept at a URL."""
        way = UiWay(wda_url=url)
        if self.appium_url:
            way = UiWay(Via.APPIUM, appium_url=self.appium_url, wda_url=url)
        driver = await open_phone(identity_of(self.ours), usbmux=self.keeper.usbmux)
        runner = runner_of(driver, driver.identity, way, PROMPT)
        assert isinstance(runner, AttachedRunner)
        backend = MAKERS[way.via](runner, driver.identity, way)
        try:
            yield runner, backend
        finally:
            await backend.close()
            await runner.close()
            await driver.close()


def identity_of(phone: VirtualPhone) -> PhoneIdentity:
    """Who a phone is, as the driver wants to know it."""
    told = phone.spec
    return PhoneIdentity(told.name, told.udid, told.ios, told.model, Hardware.VIRTUAL)


def runner_pid(phone: VirtualPhone) -> int | None:
    """The pid of the runner that runs on a phone."""
    process = phone.processes.of_bundle(RUNNER)
    return process.pid if process else None


def on_a_pair(check: Callable[[Pair], Awaitable[None]], appium_url: str = "", ios: str = "16.7") -> None:
    """Run a check on two phones that look the same."""

    async def main() -> None:
        directory = Path(tempfile.mkdtemp(prefix="ih-", dir="/tmp"))
        rack = Rack([spec(ios, "ours"), spec(ios, "other")], identity(), directory, apps=[APP])
        try:
            usbmux = (await rack.start()).usbmux
            ours, other = rack.phones.values()
            keeper = Keeper(usbmux)
            try:
                await check(Pair(rack, ours, other, keeper, appium_url))
            finally:
                await keeper.stop_forwarding()
        finally:
            await rack.close()
            shutil.rmtree(directory)

    asyncio.run(asyncio.wait_for(main(), WITHIN_S))
