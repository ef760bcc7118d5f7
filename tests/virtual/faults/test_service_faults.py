from __future__ import annotations

import asyncio

import pytest
from pymobiledevice3.exceptions import (
    InvalidServiceError,
    LockdownError,
    PasswordRequiredError,
)
from pymobiledevice3.remote.userspace_tunnel import UserspaceRsdTunnel
from pymobiledevice3.services.dvt.instruments.dvt_provider import DvtProvider
from pymobiledevice3.services.dvt.instruments.process_control import ProcessControl
from pymobiledevice3.services.springboard import SpringBoardServicesService

from harness.drivers.pmd3 import open_phone
from harness.errors import CapabilityMissing, ImageNotMounted
from harness.virtual.faults.words import FaultRefused, UnknownWord
from tests.virtual.faults.bench import Do, identity_of, on_a_phone
from tests.virtual.rig import APP, Rig

SPRINGBOARD = "com.apple.springboardservices"
APPS = "com.apple.mobile.installation_proxy"
DVT = "com.apple.instruments.remoteserver.DVTSecureSocketProxy"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("", InvalidServiceError),
        ("PasswordProtected", PasswordRequiredError),
        ("ServiceLimit", LockdownError),
    ],
)
def test_a_service_is_refused_with_the_error_that_was_asked_for(error: str, kind: type[Exception]) -> None:
    async def check(it: Rig, do: Do) -> None:
        do(f"refuse-service {SPRINGBOARD} {error}")
        lockdown = await it.lockdown()
        with pytest.raises(kind):
            await lockdown.start_lockdown_service(SPRINGBOARD)
        do(f"allow-service {SPRINGBOARD}")
        async with SpringBoardServicesService(lockdown) as service:
            assert await service.get_icon_state()
        await lockdown.close()

    on_a_phone(check)


def test_behind_a_tunnel_a_refused_service_is_missing_from_the_list() -> None:
    async def check(it: Rig, do: Do) -> None:
        do(f"refuse-service {SPRINGBOARD}")
        tunnel = UserspaceRsdTunnel(serial=it.phone.spec.udid, remotepairing_fallback=False)
        rsd = await tunnel.aopen()
        try:
            with pytest.raises(InvalidServiceError):
                await rsd.start_lockdown_service(f"{SPRINGBOARD}.shim.remote")
        finally:
            await tunnel.aclose()

    on_a_phone(check, "18.5")


def test_a_service_that_is_refused_once_the_tunnel_is_open_is_missing_and_the_phone_is_not_lost() -> None:
    async def check(it: Rig, do: Do) -> None:
        phone = await open_phone(identity_of(it), usbmux=it.address.usbmux)
        assert await phone.apps()
        do(f"refuse-service {APPS}")
        with pytest.raises(CapabilityMissing, match=APPS):
            await phone.apps()
        do(f"allow-service {APPS}")
        assert await phone.apps()
        await phone.close()

    on_a_phone(check, "18.5")


def test_the_driver_takes_refused_instruments_for_a_missing_image() -> None:
    async def check(it: Rig, do: Do) -> None:
        do(f"refuse-service {DVT}")
        phone = await open_phone(identity_of(it), usbmux=it.address.usbmux)
        with pytest.raises(ImageNotMounted):
            await phone.launch(APP.bundle_id)
        await phone.close()

    on_a_phone(check)


def test_only_services_there_are_can_be_refused_and_only_refused_ones_allowed() -> None:
    async def check(_it: Rig, do: Do) -> None:
        with pytest.raises(UnknownWord, match=SPRINGBOARD):
            do("refuse-service com.apple.springboardservice")
        with pytest.raises(FaultRefused, match="not refused"):
            do(f"allow-service {SPRINGBOARD}")

    on_a_phone(check)


@pytest.mark.parametrize("cure", ["unwedge", "reboot"])
def test_instruments_answers_k_launches_and_then_nobody(cure: str) -> None:
    async def check(it: Rig, do: Do) -> None:
        do("wedge-instruments after=2")
        lockdown = await it.lockdown()
        async with DvtProvider(lockdown) as provider, ProcessControl(provider) as control:
            for _ in range(2):
                assert await control.launch(APP.bundle_id)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(control.launch(APP.bundle_id), 0.3)
        connection = await lockdown.start_lockdown_service(DVT)
        with pytest.raises(TimeoutError):
            # It is let in, and then never greeted.
            await asyncio.wait_for(connection.recv_any(1), 0.3)
        await connection.close()
        await lockdown.close()
        do(cure)
        await it.phone.clock.let_pass(it.phone.clock.now_s + 600)
        do("mount-image")
        lockdown = await it.lockdown()
        async with DvtProvider(lockdown) as provider, ProcessControl(provider) as control:
            assert await control.launch(APP.bundle_id)
        await lockdown.close()

    on_a_phone(check)
