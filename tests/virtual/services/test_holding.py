"""Computers that hold a phone: for themselves, or awake."""

from __future__ import annotations

import pytest
from pymobiledevice3.exceptions import DeviceAlreadyInUseError
from pymobiledevice3.lockdown import LockdownClient
from pymobiledevice3.services.device_arbitration import DtDeviceArbitration
from pymobiledevice3.services.power_assertion import PowerAssertionService

from tests.virtual.rig import Rig, until
from tests.virtual.services.test_questions import on


def test_a_phone_is_checked_in_by_one_computer_until_it_is_forced_or_checked_out() -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        async with DtDeviceArbitration(lockdown) as desk:
            assert (await desk.version())["result"] == "success"
            await desk.check_in("desk")
            await desk.check_in("desk")
        async with DtDeviceArbitration(lockdown) as rack:
            with pytest.raises(DeviceAlreadyInUseError):
                await rack.check_in("rack")
            assert it.phone.arbitration.holder == "desk"
            await rack.check_in("rack", force=True)
            assert it.phone.arbitration.holder == "rack"
            await rack.check_out()
            await rack.check_in("desk")

    on("16.7", check)


def test_a_boot_frees_the_phone_and_ends_what_kept_it_awake() -> None:
    async def check(it: Rig, _: LockdownClient) -> None:
        it.phone.arbitration.check_in("desk")
        it.phone.power_assertions.hold("PreventSystemSleep", "test", 3600)
        it.phone.reboot()
        assert it.phone.arbitration.holder is None
        assert not it.phone.power_assertions.held()

    on("16.7", check)


def test_an_assertion_is_held_as_long_as_its_connection() -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        async with (
            PowerAssertionService(lockdown) as service,
            service.create_power_assertion("PreventUserIdleSystemSleep", "test", 3600, "why"),
        ):
            [held] = it.phone.power_assertions.held()
            assert (held.name, held.until_s) == ("test", it.phone.clock.now_s + 3600)
        await until(lambda: not it.phone.power_assertions.held())

    on("16.7", check)


def test_an_assertion_ends_with_its_time() -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        async with (
            PowerAssertionService(lockdown) as service,
            service.create_power_assertion("PreventSystemSleep", "test", 30),
        ):
            await it.phone.clock.let_pass(it.phone.clock.now_s + 29)
            assert it.phone.power_assertions.held()
            await it.phone.clock.let_pass(it.phone.clock.now_s + 2)
            assert not it.phone.power_assertions.held()

    on("16.7", check)


@pytest.mark.parametrize(
    "wrong",
    [
        {"AssertionTypeKey": "NoSuchType"},
        {"AssertionNameKey": 1},
        {"AssertionTimeoutKey": "long"},
        {"AssertionDetailKey": 2},
        {"CommandKey": "NoSuchCommand"},
    ],
)
def test_a_request_that_is_not_in_order_is_refused(wrong: dict[str, str | int]) -> None:
    right: dict[str, str | int] = {
        "CommandKey": "CommandCreateAssertion",
        "AssertionTypeKey": "PreventSystemSleep",
        "AssertionNameKey": "test",
        "AssertionTimeoutKey": 10,
    }

    async def check(it: Rig, lockdown: LockdownClient) -> None:
        service = await lockdown.start_lockdown_service(PowerAssertionService.SERVICE_NAME)
        assert await service.send_recv_plist(right | wrong) == {"Error": "InvalidRequest"}
        assert not it.phone.power_assertions.held()
        await service.close()

    on("16.7", check)
