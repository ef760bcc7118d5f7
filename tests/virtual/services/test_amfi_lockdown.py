"""Developer Mode turned on by a computer, as pymobiledevice3 does it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from pymobiledevice3.exceptions import AmfiError, DeveloperModeError, DeviceHasPasscodeSetError
from pymobiledevice3.lockdown import LockdownClient
from pymobiledevice3.services.amfi import AmfiService

from harness.virtual.services.amfi_lockdown import GOES_DOWN_AFTER_S
from tests.virtual.rig import Rig
from tests.virtual.services.leaving_open import closed_for_it
from tests.virtual.services.test_questions import on


@asynccontextmanager
async def amfi(lockdown: LockdownClient) -> AsyncGenerator[AmfiService]:
    """The client, whose connections are closed for it: it forgets them."""
    async with closed_for_it(lockdown):
        yield AmfiService(lockdown)


def test_developer_mode_is_asked_for_and_accepted_after_the_restart() -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        it.phone.conditions.turn_developer_mode(False)
        async with amfi(lockdown) as client:
            await client.enable_developer_mode(enable_post_restart=False)
        assert it.phone.conditions.is_up
        await it.phone.clock.let_pass(it.phone.clock.now_s + GOES_DOWN_AFTER_S + 1)
        assert not it.phone.conditions.is_up
        await it.phone.clock.let_pass(it.phone.clock.now_s + 60)
        assert not it.phone.developer_mode
        again = await it.lockdown()
        async with amfi(again) as client:
            await client.enable_developer_mode_post_restart()
        assert it.phone.developer_mode
        assert await again.get_developer_mode_status() is True
        await again.close()

    on("16.7", check)


def test_a_phone_on_which_it_is_on_does_not_restart() -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        async with amfi(lockdown) as client:
            await client.enable_developer_mode(enable_post_restart=False)
            await client.enable_developer_mode_post_restart()
        assert it.phone.conditions.is_up

    on("16.7", check)


def test_a_phone_with_a_passcode_leaves_it_to_its_owner_and_shows_the_switch() -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        it.phone.conditions.turn_developer_mode(False)
        it.phone.conditions.passcode = "1234"
        async with amfi(lockdown) as client:
            with pytest.raises(DeviceHasPasscodeSetError):
                await client.enable_developer_mode(enable_post_restart=False)
            await client.reveal_developer_mode_option_in_ui()
        assert it.phone.developer_switch.revealed
        assert it.phone.conditions.is_up

    on("16.7", check)


def test_nothing_is_accepted_that_was_not_asked_for() -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        it.phone.conditions.turn_developer_mode(False)
        async with amfi(lockdown) as client:
            with pytest.raises((DeveloperModeError, AmfiError)):
                await client.enable_developer_mode_post_restart()
        assert not it.phone.developer_mode

    on("16.7", check)
