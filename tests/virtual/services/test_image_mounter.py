"""Disk images, as pymobiledevice3's own mounter sends, mounts and unmounts them."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest
from pymobiledevice3.exceptions import (
    AlreadyMountedError,
    DeveloperModeIsNotEnabledError,
    InvalidServiceError,
    MessageNotSupportedError,
    MissingManifestError,
    NotMountedError,
    PyMobileDevice3Exception,
)
from pymobiledevice3.lockdown import LockdownClient
from pymobiledevice3.services.mobile_image_mounter import (
    DeveloperDiskImageMounter,
    MobileImageMounterService,
    PersonalizedImageMounter,
)

from tests.virtual.rig import Rig
from tests.virtual.services.test_questions import on

INSTRUMENTS = "com.apple.instruments.remoteserver.DVTSecureSocketProxy"
IMAGE = bytes(range(256)) * 1000


def manifest_for(ecid: int) -> bytes:
    """The outline of an IM4M that names one phone."""
    number = ecid.to_bytes(9, "big").lstrip(b"\0")
    return b"\x30\x20\x16\x04IM4M" + b"\x16\x04ECID\x02" + bytes([len(number)]) + number


def test_an_unmounted_image_takes_its_services_away_until_it_is_mounted_again(tmp_path: Path) -> None:
    image, signature = tmp_path / "d.dmg", tmp_path / "d.dmg.signature"
    image.write_bytes(IMAGE)
    signature.write_bytes(b"signed")

    async def check(_: Rig, lockdown: LockdownClient) -> None:
        async with DeveloperDiskImageMounter(lockdown) as mounter:
            await mounter.umount()
            with pytest.raises(NotMountedError):
                await mounter.umount()
            with pytest.raises(InvalidServiceError):
                await lockdown.start_lockdown_service(INSTRUMENTS)
            await mounter.mount(image, signature)
            assert await mounter.lookup_image("Developer") == b"signed"
            with pytest.raises(AlreadyMountedError):
                await mounter.mount(image, signature)
        await (await lockdown.start_lockdown_service(INSTRUMENTS)).close()

    on("16.7", check)


def test_an_image_that_was_not_received_or_was_announced_otherwise_is_not_mounted() -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        async with DeveloperDiskImageMounter(lockdown) as mounter:
            await mounter.umount()
            with pytest.raises(PyMobileDevice3Exception, match="ImageMountFailed"):
                await mounter.mount_image("Developer", b"signed")
            await mounter.upload_image("Developer", IMAGE, b"signed")
            with pytest.raises(PyMobileDevice3Exception, match="ImageMountFailed"):
                await mounter.mount_image("Developer", b"signed otherwise")
            assert not it.phone.image_mounted

    on("16.7", check)


def test_nothing_is_mounted_without_developer_mode_or_behind_a_passcode() -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        async with DeveloperDiskImageMounter(lockdown) as mounter:
            await mounter.umount()
            await mounter.upload_image("Developer", IMAGE, b"signed")
            it.phone.conditions.turn_developer_mode(False)
            with pytest.raises(DeveloperModeIsNotEnabledError):
                await mounter.mount_image("Developer", b"signed")
            it.phone.conditions.turn_developer_mode(True)
            it.phone.conditions.passcode = "1234"
            it.phone.lock()
            with pytest.raises(PyMobileDevice3Exception, match="DeviceLocked"):
                await mounter.mount_image("Developer", b"signed")

    on("16.7", check)


def test_a_personalized_image_is_mounted_with_a_manifest_for_this_phone_only() -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        digest = hashlib.sha384(IMAGE).digest()
        async with PersonalizedImageMounter(lockdown) as mounter:
            identifiers = await mounter.query_personalization_identifiers()
            assert identifiers["UniqueChipID"] == lockdown.ecid
            assert {"BoardId", "ChipID", "SecurityDomain"} < set(identifiers)
            await mounter.umount()
            for ecid, mounted in ((lockdown.ecid + 1, False), (lockdown.ecid, True)):
                await mounter.upload_image("Personalized", IMAGE, manifest_for(ecid))
                if mounted:
                    await mounter.mount_image("Personalized", manifest_for(ecid), {"ImageTrustCache": b"t"})
                else:
                    with pytest.raises(PyMobileDevice3Exception, match="not for this device"):
                        await mounter.mount_image("Personalized", manifest_for(ecid))
                assert it.phone.image_mounted is mounted
            kept = await mounter.query_personalization_manifest("DeveloperDiskImage", digest)
            assert kept == manifest_for(lockdown.ecid)

    on("18.5", check)


def test_a_rolled_nonce_is_another_one_and_takes_the_manifests_with_it() -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        async with PersonalizedImageMounter(lockdown) as mounter:
            before = await mounter.query_nonce("DeveloperDiskImage")
            assert await mounter.query_nonce() == before
            await mounter.roll_personalization_nonce()
            assert await mounter.query_nonce() != before
            with pytest.raises(MissingManifestError):
                await mounter.query_personalization_manifest("DeveloperDiskImage", b"unknown")
        assert it.phone.image_mounted

    on("18.5", check)


def test_before_ios_17_nothing_is_personalized() -> None:
    async def check(_: Rig, lockdown: LockdownClient) -> None:
        async with MobileImageMounterService(lockdown) as mounter:
            with pytest.raises(MessageNotSupportedError):
                await mounter.query_nonce()
            with pytest.raises(MessageNotSupportedError):
                await mounter.query_personalization_identifiers()

    on("16.7", check)


def test_a_client_that_goes_in_the_midst_of_an_image_leaves_none() -> None:
    async def check(it: Rig, lockdown: LockdownClient) -> None:
        service = await lockdown.start_lockdown_service(MobileImageMounterService.SERVICE_NAME)
        request = {
            "Command": "ReceiveBytes",
            "ImageType": "Developer",
            "ImageSize": 10,
            "ImageSignature": b"s",
        }
        assert await service.send_recv_plist(request) == {"Status": "ReceiveBytesAck"}
        await service.sendall(b"half")
        await service.close()
        it.phone.image_mounted = False
        async with DeveloperDiskImageMounter(lockdown) as mounter:
            with pytest.raises(PyMobileDevice3Exception, match="ImageMountFailed"):
                await mounter.mount_image("Developer", b"s")

    on("16.7", check)


@pytest.mark.parametrize("size", [0, -1, 5 * 1024**3, "many", None])
def test_an_image_of_no_size_is_not_received(size: object) -> None:
    async def check(_: Rig, lockdown: LockdownClient) -> None:
        service = await lockdown.start_lockdown_service(MobileImageMounterService.SERVICE_NAME)
        request = {"Command": "ReceiveBytes", "ImageType": "Developer"}
        if size is not None:
            request["ImageSize"] = size  # pyright: ignore[reportArgumentType]
        assert "Error" in await service.send_recv_plist(request)
        await service.close()

    on("16.7", check)


def test_the_questions_of_a_client_are_answered_while_another_sends_an_image() -> None:
    async def check(_: Rig, lockdown: LockdownClient) -> None:
        async with DeveloperDiskImageMounter(lockdown) as one, DeveloperDiskImageMounter(lockdown) as other:
            await one.umount()
            sent = asyncio.ensure_future(one.upload_image("Developer", IMAGE * 20, b"signed"))
            assert not await other.is_image_mounted("Developer")
            await sent

    on("16.7", check)
