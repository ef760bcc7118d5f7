"""What the driver tells a phone of who uses it, and what others make of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from pymobiledevice3.exceptions import DeviceAlreadyInUseError
from pymobiledevice3.services.device_arbitration import DtDeviceArbitration

from harness.drivers.pmd3.arbitration import CheckIn
from harness.errors import DeviceTaken
from tests.virtual.drivers.bench import Driven, drive

OURS = CheckIn("farm@mini1", "pytest gw0 (pid 12)")
AFTER_A_KILL = CheckIn("farm@mini1", "pytest gw1 (pid 34)")
ELSEWHERE = CheckIn("farm@mini2", "pytest gw0 (pid 12)")


def _check(check: Callable[[Driven], Awaitable[None]]) -> None:
    drive(check, "16.7")


@pytest.mark.parametrize("ios", ["15.8", "16.7"])
def test_another_computer_is_refused_until_the_phone_is_checked_out(ios: str) -> None:
    async def check(on: Driven) -> None:
        assert await on.phone.check_in(OURS)
        lockdown = await on.it.lockdown()
        async with DtDeviceArbitration(lockdown) as xcode:
            with pytest.raises(DeviceAlreadyInUseError) as refused:
                await xcode.check_in("Anna's MacBook")
            assert refused.value.owner == "harness on farm@mini1: pytest gw0 (pid 12)"
            await on.phone.check_out()
            await xcode.check_in("Anna's MacBook")
        await lockdown.close()

    drive(check, ios)


def test_a_phone_that_another_computer_uses_is_left_to_it_by_name() -> None:
    async def check(on: Driven) -> None:
        on.it.phone.arbitration.check_in("Anna's MacBook")
        with pytest.raises(DeviceTaken, match=r"in use by Anna's MacBook\. Let them finish"):
            await on.phone.check_in(OURS)
        assert on.it.phone.arbitration.holder == "Anna's MacBook"

    _check(check)


def test_the_name_of_a_killed_process_of_this_host_is_replaced_and_that_of_another_host_is_not() -> None:
    async def check(on: Driven) -> None:
        assert await on.phone.check_in(OURS)
        assert await on.phone.check_in(AFTER_A_KILL)
        assert on.it.phone.arbitration.holder == AFTER_A_KILL.name
        with pytest.raises(DeviceTaken, match="farm@mini1"):
            await on.phone.check_in(ELSEWHERE)

    _check(check)


def test_a_host_whose_name_begins_like_this_one_is_another() -> None:
    assert not CheckIn("farm@mini1", "pytest").is_of_this_host(CheckIn("farm@mini10", "pytest").name)


@pytest.mark.parametrize("ios", ["17.4", "18.5"])
def test_a_phone_without_the_service_is_none_the_worse_for_it(ios: str) -> None:
    async def check(on: Driven) -> None:
        assert not await on.phone.check_in(OURS)

    drive(check, ios)


def test_a_phone_whose_developer_image_is_missing_is_none_the_worse_for_it() -> None:
    async def check(on: Driven) -> None:
        on.it.phone.image_mounted = False
        assert not await on.phone.check_in(OURS)

    _check(check)
