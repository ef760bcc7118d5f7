"""Restarting a phone, and what has to be done again once it is back.

A phone goes down some seconds after it was told to, so that asking it at once would find it there still. So
a connection is opened before, and its end is waited for: it has no other reason to end. Only then is the way
opened again, over and over until somebody answers. The developer image is gone after every boot and is
mounted anew; a phone with a passcode refuses that until a person has unlocked it once.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from harness.drivers.pmd3.way import Way
from harness.errors import DeviceError, DeviceLost
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.time import PhoneClock

if TYPE_CHECKING:
    from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider

GOES_DOWN_S = 60.0
"""How long a phone may take to go down, in wall seconds; guessed."""

BOOTS_S = 300.0
"""How long it may take to come up, in wall seconds: an older iPhone takes two minutes; guessed."""

ASK_S = 20.0
ASK_EVERY_S = 0.5

MOUNT_S = 600.0
"""Protective deadline in wall seconds: the image may have to be downloaded first."""


async def restart(way: Way, phone: str, clock: PhoneClock | None) -> None:
    """Restart a phone; returns once it is back and lockdown answers.

    Args:
        way: the way to the phone.
        phone: its name.
        clock: one that runs ahead makes the wait shorter; any other cannot be asked meanwhile. ``None`` waits
            by this host's.

    Raises:
        DeviceLost: it did not go down, or did not come back in time.
    """
    async with way.command("restarting the phone", GOES_DOWN_S):
        await _take_down(way.provider)
    way.doubt()
    try:
        async with asyncio.timeout(BOOTS_S):
            while not await _answers(way):
                await _pause(clock)
    except TimeoutError:
        raise DeviceLost(
            f"it did not come back within {BOOTS_S:g} s of its restart",
            phone=phone,
            fix="Look at its screen, and at its cable.",
        ) from None


async def _take_down(provider: LockdownServiceProvider) -> None:
    from pymobiledevice3.exceptions import ConnectionTerminatedError
    from pymobiledevice3.services.diagnostics import DiagnosticsService
    from pymobiledevice3.services.notification_proxy import NotificationProxyService

    async with NotificationProxyService(provider) as witness:
        async with DiagnosticsService(provider) as diagnostics:
            await diagnostics.restart()
        try:
            while await witness.service.recv_any(1):
                pass
        except (ConnectionTerminatedError, OSError, EOFError):
            return


async def _pause(clock: PhoneClock | None) -> None:
    if clock is None:
        await asyncio.sleep(ASK_EVERY_S)
        return
    try:
        await clock.let_pass((await clock.now()).at_s + ASK_EVERY_S)
    except DeviceError:
        await asyncio.sleep(ASK_EVERY_S)


async def _answers(way: Way) -> bool:
    try:
        await way.open_anew("asking whether it is back", ASK_S)
    except DeviceError:
        return False
    return True


async def mount_image(provider: LockdownServiceProvider, identity: PhoneIdentity) -> None:
    """Mount the developer image; one that is mounted is no error.

    Raises:
        DeviceLocked: the phone has not been unlocked since it was started.
        CommandRefused: the phone refuses the image, or there is none for its iOS.
    """
    from pymobiledevice3.exceptions import AlreadyMountedError
    from pymobiledevice3.services.mobile_image_mounter import auto_mount

    try:
        if identity.hardware is Hardware.VIRTUAL:
            await _mount_stand_in(provider, identity)
        else:
            await auto_mount(provider)
    except AlreadyMountedError:
        return


async def _mount_stand_in(provider: LockdownServiceProvider, identity: PhoneIdentity) -> None:
    """Mount a file in the place of Apple's image, which a virtual phone has no use for.

    Nothing in it is run; only the outline of a manifest that names the phone is looked at.
    """
    from pymobiledevice3.services.mobile_image_mounter import (
        DeveloperDiskImageMounter,
        PersonalizedImageMounter,
        uses_personalized_image,
    )

    with tempfile.TemporaryDirectory() as directory:
        image = Path(directory) / "image"
        image.write_bytes(b"stand-in")
        if not uses_personalized_image(provider):
            async with DeveloperDiskImageMounter(lockdown=provider) as mounter:
                await mounter.mount(image, image)
            return
    async with PersonalizedImageMounter(lockdown=provider) as mounter:
        manifest = _manifest(identity.udid)
        await mounter.upload_image(mounter.IMAGE_TYPE, b"stand-in", manifest)
        await mounter.mount_image(mounter.IMAGE_TYPE, manifest, extras={"ImageTrustCache": b""})


def _manifest(udid: str) -> bytes:
    """The outline of an IM4M manifest for the phone whose ECID is the second half of its identifier."""
    ecid = int(udid.partition("-")[2] or "0", 16)
    number = ecid.to_bytes(max(1, (ecid.bit_length() + 7) // 8), "big")
    return b"\x30\x20\x16\x04IM4M\x16\x04ECID\x02" + bytes([len(number)]) + number
