"""Pictures of the screen, as a client takes them and as an image library reads them."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from pymobiledevice3.exceptions import ConnectionTerminatedError, InvalidServiceError
from pymobiledevice3.lockdown import LockdownClient
from pymobiledevice3.services.screenshot import ScreenshotService

from tests.virtual.rig import APP, Rig
from tests.virtual.services.test_questions import on


def test_a_picture_has_the_size_of_the_screen_and_changes_with_what_is_in_front() -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        async with ScreenshotService(lockdown) as service:
            home = await service.take_screenshot()
            it.phone.launch(APP.bundle_id)
            app = await service.take_screenshot()
            with Image.open(io.BytesIO(app)) as picture:
                assert (picture.format, picture.size) == ("PNG", (1125, 2436))
                assert len(picture.convert("RGB").getcolors() or []) == 2
            assert app != home
            it.phone.press_home()
            assert await service.take_screenshot() == home

    on("16.7", check)


def test_a_phone_asleep_shows_black() -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        it.phone.conditions.fall_asleep()
        async with ScreenshotService(lockdown) as service:
            with Image.open(io.BytesIO(await service.take_screenshot())) as picture:
                assert picture.convert("RGB").getcolors() == [(1125 * 2436, (0, 0, 0))]

    on("16.7", check)


@pytest.mark.parametrize("ios", ["16.7", "18.5"])
def test_it_takes_the_image_and_an_ios_below_17(ios: str) -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        it.phone.image_mounted = ios == "18.5"
        with pytest.raises(InvalidServiceError):
            await lockdown.start_lockdown_service(ScreenshotService.SERVICE_NAME)

    on(ios, check)


def test_the_screen_names_what_is_in_front() -> None:
    async def check(it: Rig, _: LockdownClient) -> None:
        assert it.phone.screen.words()[-1] == "HOME SCREEN"
        it.phone.launch(APP.bundle_id)
        assert {APP.name, APP.bundle_id} <= set(it.phone.screen.words())
        it.phone.lock()
        assert it.phone.screen.words()[-1] == "LOCKED"
        it.phone.conditions.fall_asleep()
        assert it.phone.screen.words() == ()

    on("16.7", check)


@pytest.mark.parametrize("junk", [b"\0\0\0\4junk", b"\xff\xff\xff\xff", b"\0\0\0\0"])
def test_a_client_that_speaks_something_else_is_dropped(junk: bytes) -> None:
    async def check(_: Rig, lockdown: LockdownClient) -> None:
        service = await lockdown.start_lockdown_developer_service(ScreenshotService.SERVICE_NAME)
        assert b"DLMessageVersionExchange" in await service.recv_prefixed()
        await service.sendall(junk)
        with pytest.raises(ConnectionTerminatedError):
            await service.recvall(1)
        await service.close()

    on("16.7", check)
