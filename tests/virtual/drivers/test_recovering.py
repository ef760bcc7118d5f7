"""The steps of the recovery ladder on a phone, each of which leaves it working."""

from __future__ import annotations

import asyncio

import pytest

from harness.errors import DeviceError, DeviceLocked
from harness.farm.health.ladder import Step
from harness.farm.health.looking import look
from harness.farm.health.recovery import DOES, DriverRecoverer
from harness.farm.reach import ReachablePhone
from harness.model.identity import Connection
from tests.virtual.faults.bench import Do, identity_of, on_a_phone
from tests.virtual.rig import Rig

BOTH_WAYS = ("16.7", "18.5")


def reachable(it: Rig) -> ReachablePhone:
    """The rig's phone, as the farm reaches it."""
    return ReachablePhone(identity_of(it), it.address.usbmux, it.address.clock, (Connection.USB,))


def test_every_step_is_done_by_something() -> None:
    assert set(DOES) == set(Step)


@pytest.mark.parametrize("ios", BOTH_WAYS)
@pytest.mark.parametrize("step", [Step.RECONNECT, Step.RESTART_SERVICES])
def test_a_step_on_a_phone_that_is_well_leaves_it_well(step: Step, ios: str) -> None:
    async def check(it: Rig, _do: Do) -> None:
        await DriverRecoverer(reachable(it)).take(step)
        assert await look(reachable(it)) is None

    on_a_phone(check, ios)


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_services_that_are_gone_with_the_image_are_back_after_their_step(ios: str) -> None:
    async def check(it: Rig, _do: Do) -> None:
        it.phone.image_mounted = False
        await DriverRecoverer(reachable(it)).take(Step.RESTART_SERVICES)
        assert it.phone.image_mounted

    on_a_phone(check, ios)


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_a_restart_is_over_when_the_phone_is_back_with_its_developer_services(ios: str) -> None:
    async def check(it: Rig, _do: Do) -> None:
        booted: list[str] = []
        it.phone.conditions.observe(booted.append)
        await DriverRecoverer(reachable(it)).take(Step.REBOOT)
        assert booted
        assert it.phone.image_mounted

    on_a_phone(check, ios)


def test_a_phone_that_is_locked_by_a_passcode_is_not_restarted() -> None:
    async def check(it: Rig, _do: Do) -> None:
        it.phone.conditions.passcode = "1234"
        it.phone.lock()
        with pytest.raises(DeviceLocked, match="not restarted"):
            await DriverRecoverer(reachable(it)).take(Step.REBOOT)
        it.phone.unlock()

    on_a_phone(check)


def test_what_is_unplugged_cannot_be_asked() -> None:
    async def check(it: Rig, do: Do) -> None:
        do("cut-cable")
        with pytest.raises(DeviceError):
            await asyncio.wait_for(DriverRecoverer(reachable(it)).take(Step.RECONNECT), 20)

    on_a_phone(check)
