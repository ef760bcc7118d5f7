"""Home screen, disk image and Developer Mode, as an unmodified client asks for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from io import BytesIO

import pytest
from PIL import Image
from pymobiledevice3.exceptions import (
    AlreadyMountedError,
    ConnectionTerminatedError,
    InvalidServiceError,
    MessageNotSupportedError,
)
from pymobiledevice3.lockdown import LockdownClient
from pymobiledevice3.services.amfi import AmfiService
from pymobiledevice3.services.mobile_image_mounter import DeveloperDiskImageMounter, MobileImageMounterService
from pymobiledevice3.services.springboard import InterfaceOrientation, SpringBoardServicesService

from harness.virtual.kernel.display.homescreen import FIRST_DOCK
from harness.virtual.kernel.installed import SYSTEM_APPS
from tests.virtual.rig import APP, INSTALLED, STORE_APP, Rig, rig

Check = Callable[[Rig, LockdownClient], Awaitable[None]]


def on(ios: str, check: Check) -> None:
    """Run a check against a phone of a version."""

    async def main() -> None:
        async with rig(ios) as it:
            lockdown = await it.lockdown()
            await check(it, lockdown)
            await lockdown.close()

    asyncio.run(asyncio.wait_for(main(), 60))


def test_the_home_screen_has_the_installed_apps() -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        async with SpringBoardServicesService(lockdown) as springboard:
            dock, page = await springboard.get_icon_state()
            assert [icon["displayIdentifier"] for icon in dock] == list(FIRST_DOCK)
            names = {icon["displayIdentifier"]: icon["displayName"] for icon in (*dock, *page)}
            assert names == {app.bundle_id: app.name for app in SYSTEM_APPS} | INSTALLED
            it.phone.uninstall(APP.bundle_id)
            _, page = await springboard.get_icon_state()
            assert APP.bundle_id not in {icon["displayIdentifier"] for icon in page}

    on("16.7", check)


def test_icons_stay_where_a_client_puts_them() -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        async with SpringBoardServicesService(lockdown) as springboard:
            dock, page = await springboard.get_icon_state()
            folder = {"displayName": "Work", "listType": "folder", "iconLists": [dock[:2]]}
            await springboard.set_icon_state([dock[:1:-1], [folder], page])
            new_dock, first, second = await springboard.get_icon_state()
            assert (new_dock, second) == (dock[:1:-1], page)
            assert first == [folder]
            refused = await springboard.service.send_recv_plist({"command": "setIconState", "iconState": {}})
            assert refused == {"Error": "InvalidIconState"}
            assert (await springboard.get_icon_state())[1] == [folder], "nothing moved"

    on("16.7", check)


def test_an_icon_is_a_picture_that_says_it_is_drawn() -> None:
    async def check(_: Rig, lockdown: LockdownClient) -> None:
        async with SpringBoardServicesService(lockdown) as springboard:
            data = await springboard.get_icon_pngdata(APP.bundle_id)
            with Image.open(BytesIO(data)) as image:
                image.load()
                assert (image.format, image.size) == ("PNG", (180, 180))
                assert "drawn by a virtual iPhone" in str(image.info["Comment"])
            assert data != await springboard.get_icon_pngdata(STORE_APP.bundle_id)
            assert await springboard.get_icon_pngdata("com.example.nothing") is None

    on("16.7", check)


def test_the_phone_is_upright_and_has_no_wallpaper_to_show() -> None:
    async def check(_: Rig, lockdown: LockdownClient) -> None:
        async with SpringBoardServicesService(lockdown) as springboard:
            assert await springboard.get_interface_orientation() is InterfaceOrientation.PORTRAIT
            assert (await springboard.get_homescreen_icon_metrics())["homeScreenIconColumns"] == 4
            assert await springboard.get_wallpaper_pngdata() is None

    on("16.7", check)


@pytest.mark.parametrize(
    ("ios", "kind", "other", "place"),
    [
        ("16.7", "Developer", "Personalized", "/Developer"),
        ("18.5", "Personalized", "Developer", "/System/Developer"),
    ],
)
def test_the_mounted_image_is_the_one_of_the_version(ios: str, kind: str, other: str, place: str) -> None:
    async def check(_: Rig, lockdown: LockdownClient) -> None:
        async with MobileImageMounterService(lockdown) as mounter:
            [image] = await mounter.list_images()
            assert (image["DiskImageType"], image["MountPath"], image["IsMounted"]) == (kind, place, True)
            assert await mounter.lookup_image(kind) == image["ImageSignature"]
            assert not await mounter.is_image_mounted(other)

    on(ios, check)


def test_a_mounted_image_is_not_mounted_again() -> None:
    async def check(_: Rig, lockdown: LockdownClient) -> None:
        async with DeveloperDiskImageMounter(lockdown) as mounter:
            with pytest.raises(AlreadyMountedError):
                await mounter.raise_if_cannot_mount()
            request = {"Command": "MountImage", "ImageType": "Developer", "ImageSignature": b"x"}
            refused = await mounter.service.send_recv_plist(request)
            assert refused["Error"] == "ImageMountFailed"
            assert "already mounted at /Developer" in str(refused["DetailedError"])

    on("16.7", check)


def test_without_the_image_nothing_is_listed_and_its_services_are_gone() -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        it.phone.image_mounted = False
        async with MobileImageMounterService(lockdown) as mounter:
            assert await mounter.list_images() == []
            assert not await mounter.is_image_mounted("Developer")
        with pytest.raises(InvalidServiceError):
            await lockdown.start_lockdown_service("com.apple.instruments.remoteserver.DVTSecureSocketProxy")

    on("16.7", check)


def test_a_mounter_that_is_told_to_hang_up_does() -> None:
    async def check(_: Rig, lockdown: LockdownClient) -> None:
        service = await lockdown.start_lockdown_service(MobileImageMounterService.SERVICE_NAME)
        assert await service.send_recv_plist({"Command": "Hangup"}) == {"Goodbye": True}
        with pytest.raises(ConnectionTerminatedError):
            await service.recv_plist()
        await service.close()

    on("16.7", check)


def test_developer_mode_is_on_and_told_alike_by_all_who_are_asked() -> None:
    async def check(_: Rig, lockdown: LockdownClient) -> None:
        assert await lockdown.get_developer_mode_status() is True
        async with MobileImageMounterService(lockdown) as mounter:
            assert await mounter.query_developer_mode_status() is True

    on("16.7", check)


def test_before_ios_16_there_is_no_developer_mode() -> None:
    async def check(_: Rig, lockdown: LockdownClient) -> None:
        async with MobileImageMounterService(lockdown) as mounter:
            with pytest.raises(MessageNotSupportedError):
                await mounter.query_developer_mode_status()
        with pytest.raises(InvalidServiceError):
            await lockdown.start_lockdown_service(AmfiService.SERVICE_NAME)

    on("15.8", check)
