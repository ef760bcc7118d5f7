"""What the driver does to a phone: its radio, its place, its apps, and the phone itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from harness.api.packages import write_package
from harness.drivers.pmd3 import open_phone
from harness.errors import CapabilityMissing, CommandRefused, SetupImpossible
from harness.model.identity import Connection
from harness.model.raw import InstalledApp
from harness.model.rungs import Rung
from tests.virtual.drivers.bench import BOTH_WAYS, VERSIONS, Driven, drive
from tests.virtual.faults.bench import identity_of
from tests.virtual.rig import APP

ALL_LOST = "SlowNetwork100PctLoss"


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_wifi_is_switched_and_the_cable_stays(ios: str) -> None:
    async def check(on: Driven) -> None:
        await on.phone.set_wifi(False)
        assert not on.it.phone.conditions.wifi_on
        assert await on.phone.app_info(APP.bundle_id)
        await on.phone.set_wifi(True)
        assert on.it.phone.conditions.wifi_on

    drive(check, ios)


@pytest.mark.parametrize("ios", VERSIONS)
def test_a_condition_holds_until_it_is_stopped(ios: str) -> None:
    async def check(on: Driven) -> None:
        induced = await on.phone.induce(ALL_LOST)
        assert on.it.phone.induced.active is not None
        assert on.it.phone.induced.active.profile.identifier == ALL_LOST
        await induced.stop()
        assert on.it.phone.induced.active is None
        await induced.stop()

    drive(check, ios)


def test_a_second_condition_takes_the_place_of_the_first() -> None:
    async def check(on: Driven) -> None:
        await on.phone.induce(ALL_LOST)
        await on.phone.induce("SlowNetworkEdge")
        assert on.it.phone.induced.active is not None
        assert on.it.phone.induced.active.profile.identifier == "SlowNetworkEdge"
        await on.phone.stop_inducing()
        assert on.it.phone.induced.active is None
        await on.phone.stop_inducing()

    drive(check, "16.7")


def test_a_condition_that_the_phone_does_not_know_is_refused_with_those_it_knows() -> None:
    async def check(on: Driven) -> None:
        with pytest.raises(CapabilityMissing, match=ALL_LOST):
            await on.phone.induce("Fog")
        assert on.it.phone.induced.active is None

    drive(check, "16.7")


def test_a_condition_ends_with_the_cable_and_is_no_error_to_stop() -> None:
    async def check(on: Driven) -> None:
        induced = await on.phone.induce(ALL_LOST)
        on.do("cut-cable")
        await induced.stop()
        assert on.it.phone.induced.active is None
        on.do("plug-in")
        await induced.stop()

    drive(check, "16.7")


@pytest.mark.parametrize("ios", VERSIONS)
def test_a_place_is_simulated_until_it_is_taken_back(ios: str) -> None:
    async def check(on: Driven) -> None:
        location = on.it.phone.location
        await on.phone.simulate_location(47.4, 8.5)
        assert (location.place.latitude_deg, location.place.longitude_deg) == (47.4, 8.5)
        await on.phone.stop_simulating_location()
        assert not location.simulated
        await on.phone.stop_simulating_location()

    drive(check, ios)


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_another_build_is_installed_over_an_app(ios: str, tmp_path: Path) -> None:
    async def check(on: Driven) -> None:
        package = tmp_path / "next.ipa"
        before = await on.phone.app_info(APP.bundle_id)
        assert before is not None
        write_package(package, before, version="9.9")
        await on.phone.upgrade(package)
        after = await on.phone.app_info(APP.bundle_id)
        assert after is not None
        assert (before.version, after.version) == ("1.2", "9.9")

    drive(check, ios)


def test_a_package_that_the_phone_has_no_code_for_is_refused(tmp_path: Path) -> None:
    async def check(on: Driven) -> None:
        package = tmp_path / "other.ipa"
        write_package(package, InstalledApp("a.b.other", "Other", "1", "Other"), version="2")
        with pytest.raises(CommandRefused, match=r"a\.b\.other"):
            await on.phone.upgrade(package)

    drive(check, "16.7")


@asynccontextmanager
async def _time_passing(on: Driven) -> AsyncGenerator[None]:
    """Phone time goes by while the driver waits; the driver was given no clock that it could let run."""

    async def run() -> None:
        while True:
            await on.it.phone.clock.let_pass(on.it.phone.clock.now_s + 1)
            await asyncio.sleep(0.01)

    running = asyncio.create_task(run())
    try:
        yield
    finally:
        running.cancel()


@pytest.mark.parametrize("ios", VERSIONS)
def test_a_restart_returns_when_the_phone_is_back_and_can_be_driven_again(ios: str) -> None:
    async def check(on: Driven) -> None:
        await on.phone.launch(APP.bundle_id)
        async with _time_passing(on):
            await on.phone.reboot()
        assert not on.it.phone.conditions.image_mounted
        await on.phone.mount_image()
        await on.phone.mount_image()
        assert await on.phone.pid_of(APP.bundle_id) is None
        assert await on.phone.launch(APP.bundle_id)

    drive(check, ios)


def test_what_takes_a_screen_says_that_nothing_works_it() -> None:
    async def check(on: Driven) -> None:
        with pytest.raises(CapabilityMissing, match="screen"):
            await on.phone.ui.swipe_away(APP.bundle_id)

    drive(check, "16.7")


ALWAYS = {Rung.DEBUGGER, Rung.NETWORK_CONDITION, Rung.LOCATION, Rung.UPGRADE, Rung.REBOOT, Rung.CELLULAR}


@pytest.mark.parametrize("ios", VERSIONS)
def test_a_phone_on_its_cable_says_what_it_offers(ios: str) -> None:
    async def check(on: Driven) -> None:
        newer = {Rung.CONTINUED_PROCESSING} if ios == "26.0" else set[Rung]()
        assert on.phone.rungs == ALWAYS | {Rung.WIFI} | newer

    drive(check, ios)


@pytest.mark.parametrize("plugged", [False, True], ids=["without a cable", "beside a cable"])
def test_a_phone_that_is_reached_by_network_keeps_its_wifi(plugged: bool) -> None:
    async def check(on: Driven) -> None:
        on.do("join-network")
        if not plugged:
            on.do("cut-cable")
        usbmux = on.it.address.usbmux
        phone = await open_phone(identity_of(on.it), usbmux=usbmux, connection=Connection.NETWORK)
        try:
            assert phone.rungs == ALWAYS | {Rung.UNPLUGGED}
            with pytest.raises(SetupImpossible, match="over Wi-Fi"):
                await phone.set_wifi(False)
            assert on.it.phone.conditions.wifi_on
        finally:
            await phone.close()

    drive(check, "16.7")
