"""Hardware facts, restarts and sleep, as pymobiledevice3 asks for them."""

from __future__ import annotations

import pytest
from pymobiledevice3.exceptions import DeprecationError, PyMobileDevice3Exception
from pymobiledevice3.lockdown import LockdownClient
from pymobiledevice3.services.diagnostics import DiagnosticsService

from harness.model.identity import Connection
from tests.virtual.rig import APP, Rig, until
from tests.virtual.services.test_questions import on


def test_the_battery_is_the_kernels() -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        it.phone.conditions.set_battery(15, external_power=False, temperature_c=41.5)
        async with DiagnosticsService(lockdown) as diagnostics:
            told = await diagnostics.get_battery() or {}
            assert (told["CurrentCapacity"], told["Temperature"]) == (15, 4150)
            assert told["AbsoluteCapacity"] == told["DesignCapacity"] * 15 // 100
            assert (told["IsCharging"], told["ExternalConnected"], told["FullyCharged"]) == (
                False,
                False,
                False,
            )
            assert (told["AtWarnLevel"], told["AtCriticalLevel"]) == (True, False)
            assert told["InstantAmperage"] < 0
            it.phone.conditions.set_battery(50, external_power=True)
            assert (await diagnostics.get_battery() or {})["IsCharging"] is True
            assert await diagnostics.ioregistry(name="AppleSmartBattery") == await diagnostics.get_battery()

    on("16.7", check)


def test_all_is_every_part_that_can_be_asked_for_alone() -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        assert it.phone.conditions.wifi_on
        async with DiagnosticsService(lockdown) as diagnostics:
            everything = await diagnostics.info() or {}
            assert set(everything) == {"GasGauge", "HDMI", "NAND", "WiFi"}
            for name, part in everything.items():
                assert await diagnostics.info(name) == {name: part}
            assert everything["WiFi"]["Active"] == "NO"

    on("16.7", check)


def test_an_entry_that_is_not_there_is_empty_and_a_request_that_is_not_there_fails() -> None:
    async def check(_: Rig, lockdown: LockdownClient) -> None:
        async with DiagnosticsService(lockdown) as diagnostics:
            assert await diagnostics.ioregistry(ioclass="NoSuchClass") == {}
            assert (await diagnostics.get_wifi() or {})["BSD Name"] == "en0"
            with pytest.raises(PyMobileDevice3Exception, match="UnknownRequest"):
                await diagnostics.action("NoSuchRequest")

    on("16.7", check)


@pytest.mark.parametrize(("ios", "gone"), [("17.0", False), ("17.4", True), ("18.5", True)])
def test_gestalt_is_deprecated_from_17_4_on(ios: str, gone: bool) -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        async with DiagnosticsService(lockdown) as diagnostics:
            if gone:
                with pytest.raises(DeprecationError):
                    await diagnostics.mobilegestalt(["ProductType"])
            else:
                told = await diagnostics.mobilegestalt(["ProductType", "main-screen-width", "NoSuchKey"])
                assert told == {"ProductType": it.phone.spec.model, "main-screen-width": 1125}

    on(ios, check)


def test_a_phone_restarts_when_the_connection_that_asked_for_it_is_closed() -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        before = it.phone.boot_id
        async with DiagnosticsService(lockdown) as diagnostics:
            await diagnostics.restart()
            assert it.phone.conditions.is_up
        await until(lambda: not it.phone.conditions.is_up)
        await it.phone.clock.let_pass(it.phone.clock.now_s + 60)
        assert it.phone.conditions.is_up
        assert it.phone.boot_id != before
        assert not it.phone.image_mounted

    on("16.7", check)


def test_a_phone_that_is_shut_down_stays_down_and_is_gone_from_the_list_until_it_is_switched_on() -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        before = it.phone.boot_id
        async with DiagnosticsService(lockdown) as diagnostics:
            await diagnostics.shutdown()
        await until(lambda: not it.phone.conditions.is_up)
        await it.phone.clock.let_pass(it.phone.clock.now_s + 600)
        assert it.phone.is_off
        assert not it.rack.mux.is_attached(it.phone.spec.udid, Connection.USB)
        it.phone.switch_on()
        await it.phone.clock.let_pass(it.phone.clock.now_s + 60)
        assert it.rack.mux.is_attached(it.phone.spec.udid, Connection.USB)
        assert it.phone.boot_id != before

    on("16.7", check)


def test_a_phone_is_put_to_sleep_and_locked_whatever_is_in_front() -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        it.phone.user_launch(APP.bundle_id)
        it.phone.power_assertions.hold("PreventUserIdleSystemSleep", "test", 60)
        async with DiagnosticsService(lockdown) as diagnostics:
            await diagnostics.sleep()
        assert it.phone.conditions.asleep
        assert it.phone.locked
        assert it.phone.springboard.front is None

    on("16.7", check)
