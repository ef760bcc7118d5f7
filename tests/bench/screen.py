"""How much an Appium server between the harness and a phone's runner costs: through it, and without it."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from harness.drivers.pmd3 import open_phone
from harness.drivers.ui.appium.server import start_server
from harness.drivers.ui.backend import Backend, Locator, Using
from harness.drivers.ui.opening import MAKERS
from harness.drivers.ui.supervisor import Runner
from harness.drivers.ui.ways import UiWay, Via
from harness.errors import ConfigError
from harness.model.identity import Hardware, PhoneIdentity
from harness.virtual.address import PhoneAddress, RackAddress
from tests.bench.figures import Figure, Spread, interleaved
from tests.bench.stage import IOS_16, stage

PARTS = ("screen",)

SETTINGS = "com.apple.Preferences"
SHOWN = Locator(Using.CLASS_CHAIN, "**/XCUIElementTypeSwitch[1]")
MISSING = Locator(Using.ID, "nowhere")
COMMANDS = 20
"""Of each kind in a run, of which the median counts."""


@dataclass(frozen=True)
class Screen:
    """Wall milliseconds of one run on one phone.

    Attributes:
        opened: opening a session with a runner that is up.
        found: looking for something that is on the screen.
        missed: looking for something that is not.
    """

    opened: float
    found: float
    missed: float


FIGURES = (
    ("opened", "opening a session with a runner that is up"),
    ("found", "finding what is on the screen"),
    ("missed", "not finding what is not"),
)
"""Attribute of ``Screen``, and meaning."""


def measure(part: str, runs: int) -> list[Figure]:
    """Two phones of one kind in turn, one through a server and one without.

    Raises:
        RuntimeError: there is no Appium to do it with.
    """
    with stage() as place, place.rack(place.devices_file(2, [IOS_16])) as rack:
        try:
            server = start_server(place.path / "appium")
        except ConfigError as error:
            raise RuntimeError(f"{part}: {error}") from error
        with server:
            sides = (UiWay(Via.APPIUM, appium_url=server.url), UiWay(Via.WDA))
            return _figures(part, rack.address, sides, runs)


def _figures(part: str, rack: RackAddress, ways: tuple[UiWay, UiWay], runs: int) -> list[Figure]:
    through, direct = interleaved(
        runs, [_side(rack, phone, way) for phone, way in zip(rack.phones, ways, strict=True)]
    )
    return [
        Figure(
            f"{part}-{name}",
            "ms",
            Spread(f"{what}, through Appium", tuple(getattr(each, name) for each in through)),
            Spread(f"{what}, directly", tuple(getattr(each, name) for each in direct)),
        )
        for name, what in FIGURES
    ]


def _side(rack: RackAddress, phone: PhoneAddress, way: UiWay) -> Callable[[], Screen]:
    return lambda: asyncio.run(once(rack.usbmux, phone, way))


async def once(usbmux: str, address: PhoneAddress, way: UiWay) -> Screen:
    """One session with one phone."""
    identity = PhoneIdentity(address.name, address.udid, address.ios, address.model, Hardware.VIRTUAL)
    phone = await open_phone(identity, usbmux=usbmux)
    runner = Runner(phone, identity.name, way.runner)
    backend = MAKERS[way.via](runner, identity, way)
    try:
        await runner.up()
        opened = await _timed(backend.ping)
        await backend.launch(SETTINGS)
        return Screen(opened, await _median(backend, SHOWN), await _median(backend, MISSING))
    finally:
        await backend.close()
        await runner.close()
        await phone.close()


async def _median(backend: Backend, locator: Locator) -> float:
    return statistics.median([await _timed(lambda: backend.find(locator)) for _ in range(COMMANDS)])


async def _timed(work: Callable[[], Awaitable[object]]) -> float:
    began_s = time.perf_counter()
    await work()
    return (time.perf_counter() - began_s) * 1000
