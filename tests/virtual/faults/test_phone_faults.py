from __future__ import annotations

import asyncio

import pytest
from pymobiledevice3.exceptions import (
    DeviceNotFoundError,
    InvalidServiceError,
    PairingDialogResponsePendingError,
    UserDeniedPairingError,
)
from pymobiledevice3.lockdown import UsbmuxLockdownClient, create_using_usbmux
from pymobiledevice3.usbmux import list_devices

from harness.drivers.pmd3 import Pmd3Phone, open_phone
from harness.errors import (
    DeveloperModeOff,
    DeviceLocked,
    DeviceLost,
    HarnessError,
    ImageNotMounted,
    PairingRequired,
)
from harness.model.states import AppState
from harness.virtual.faults.words import FaultRefused, UnknownWord
from harness.virtual.kernel.springboard import LaunchRefused
from tests.virtual.faults.bench import Do, identity_of, on_a_phone
from tests.virtual.rig import APP, Rig

BID = APP.bundle_id
DVT = "com.apple.instruments.remoteserver.DVTSecureSocketProxy"


async def opened(it: Rig) -> Pmd3Phone:
    return await open_phone(identity_of(it), usbmux=it.address.usbmux)


@pytest.mark.parametrize(
    ("fault", "cure", "kind"),
    [
        ("lock", "unlock", DeviceLocked),
        ("unmount-image", "mount-image", ImageNotMounted),
        ("developer-mode off", "developer-mode on", DeveloperModeOff),
        ("cut-cable", "plug-in", DeviceLost),
        ("cut-cable after_bytes=3000", "plug-in", DeviceLost),
    ],
)
@pytest.mark.parametrize("ios", ["16.7", "18.5"])
def test_the_driver_names_what_is_wrong_and_works_again_when_it_is_cured(
    fault: str, cure: str, kind: type[HarnessError], ios: str
) -> None:
    async def check(it: Rig, do: Do) -> None:
        do(fault)
        with pytest.raises(kind):
            await _launch(it)
        do(cure)
        assert await _launch(it)

    on_a_phone(check, ios)


async def _launch(it: Rig) -> int:
    phone = await opened(it)
    try:
        return await phone.launch(BID)
    finally:
        await phone.close()


def test_a_cable_cut_amid_a_launch_is_a_lost_phone() -> None:
    async def check(it: Rig, do: Do) -> None:
        phone = await opened(it)
        await phone.launch(BID)
        do("cut-cable after_bytes=10")
        with pytest.raises(DeviceLost):
            await phone.launch(BID)
        await phone.close()
        do("plug-in")
        assert await _launch(it)

    on_a_phone(check)


def test_a_host_that_is_trusted_no_more_is_asked_about_and_then_told() -> None:
    async def check(it: Rig, do: Do) -> None:
        with pytest.raises(HarnessError, match="No dialog"):
            do("tap trust")
        do("untrust")
        with pytest.raises(PairingRequired):
            await _launch(it)
        with pytest.raises(PairingDialogResponsePendingError):
            await _pair(it)
        assert do("show")["trust_dialog"] == "pending"
        do("tap dont-trust")
        with pytest.raises(UserDeniedPairingError):
            await _pair(it)
        with pytest.raises(PairingDialogResponsePendingError):
            await _pair(it)
        do("tap trust")
        await _pair(it)
        assert await _launch(it)

    on_a_phone(check)


async def _pair(it: Rig) -> None:
    lockdown = await create_using_usbmux(
        serial=it.phone.spec.udid, autopair=False, usbmux_address=it.address.usbmux
    )
    assert isinstance(lockdown, UsbmuxLockdownClient)
    try:
        await lockdown.pair(timeout=0)
    finally:
        await lockdown.close()


def test_a_phone_that_is_off_is_gone_until_its_button_is_pressed() -> None:
    async def check(it: Rig, do: Do) -> None:
        with pytest.raises(FaultRefused, match="not switched off"):
            do("power-on")
        do("power-off")
        await it.phone.clock.let_pass(it.phone.clock.now_s + 600)
        assert await list_devices(it.address.usbmux) == []
        back_after_s = do("power-on")["back_after_s"]
        await it.phone.clock.let_pass(it.phone.clock.now_s + back_after_s + 1)
        assert len(await list_devices(it.address.usbmux)) == 1

    on_a_phone(check)


def test_a_restarted_phone_with_a_passcode_is_locked_until_somebody_unlocks_it() -> None:
    async def check(it: Rig, do: Do) -> None:
        do("passcode 1234")
        back_after_s = do("reboot")["back_after_s"]
        assert await list_devices(it.address.usbmux) == []
        await it.phone.clock.let_pass(it.phone.clock.now_s + back_after_s + 1)
        (_,) = await list_devices(it.address.usbmux)
        assert do("show")["locked"]
        do("mount-image")
        with pytest.raises(DeviceLocked):
            await _launch(it)
        do("unlock")
        assert await _launch(it)
        do("passcode")
        assert it.phone.conditions.passcode is None

    on_a_phone(check)


def test_the_battery_runs_down() -> None:
    async def check(it: Rig, do: Do) -> None:
        do("battery percent=7 power=off")
        lockdown = await it.lockdown()
        battery = await lockdown.get_value("com.apple.mobile.battery")
        assert battery["BatteryCurrentCapacity"] == 7
        assert not battery["ExternalConnected"]
        await lockdown.close()
        with pytest.raises(UnknownWord, match="0 to 100"):
            do("battery 101")

    on_a_phone(check)


def test_a_phone_on_the_network_is_listed_twice_until_it_sleeps_or_its_wifi_is_off() -> None:
    async def check(it: Rig, do: Do) -> None:
        async def ways() -> list[str]:
            return sorted(one.connection_type for one in await list_devices(it.address.usbmux))

        do("join-network")
        assert await ways() == ["Network", "USB"]
        for off, on in (("sleep", "wake"), ("wifi off", "wifi on"), ("leave-network", "join-network")):
            do(off)
            assert await ways() == ["USB"]
            do(on)
            assert await ways() == ["Network", "USB"]
        do("cut-cable")
        assert await ways() == ["Network"]
        do("leave-network")

    on_a_phone(check)


def test_apps_are_opened_left_and_ended_as_people_and_the_system_do() -> None:
    async def check(it: Rig, do: Do) -> None:
        pid = do(f"tap {BID}")["pid"]
        process = it.phone.processes.get(pid)
        assert process is not None
        assert process.state is AppState.FOREGROUND_ACTIVE
        do("home")
        assert do("show")["front"] is None
        do(f"jetsam {BID}")
        with pytest.raises(FaultRefused, match="does not run"):
            do(f"jetsam {BID}")
        do(f"tap {BID}")
        do(f"force-quit {BID}")
        assert it.phone.is_force_quit(BID)
        assert it.phone.processes.of_bundle(BID) is None

    on_a_phone(check)


def test_the_side_button_sends_the_phone_to_sleep_locked_and_wakes_it() -> None:
    async def check(it: Rig, do: Do) -> None:
        do("press side")
        assert (do("show")["asleep"], do("show")["locked"]) == (True, True)
        with pytest.raises(LaunchRefused):
            do(f"tap {BID}")
        do("press side")
        assert (do("show")["asleep"], do("show")["locked"]) == (False, True)
        do("unlock")
        do("press home")
        do("heat serious")
        assert do("show")["thermal"] == "serious"
        do("heat nominal")

    on_a_phone(check)


def test_clients_find_no_instruments_without_the_image() -> None:
    async def check(it: Rig, do: Do) -> None:
        do("unmount-image")
        lockdown = await it.lockdown()
        with pytest.raises(InvalidServiceError):
            await lockdown.start_lockdown_service(DVT)
        await lockdown.close()
        do("mount-image")

    on_a_phone(check)


def test_a_phone_whose_cable_is_out_is_not_found() -> None:
    async def check(it: Rig, do: Do) -> None:
        do("cut-cable")
        with pytest.raises(DeviceNotFoundError):
            await asyncio.wait_for(it.lockdown(), 5)

    on_a_phone(check)


def test_no_image_is_mounted_on_a_phone_that_is_down() -> None:
    async def check(it: Rig, do: Do) -> None:
        do("power-off")
        with pytest.raises(FaultRefused, match="down"):
            do("mount-image")
        await it.phone.clock.let_pass(it.phone.clock.now_s + do("power-on")["back_after_s"] + 1)
        assert not it.phone.image_mounted
        do("mount-image")
        assert it.phone.image_mounted

    on_a_phone(check)


def test_a_battery_is_as_warm_as_was_said_until_it_is_said_anew() -> None:
    async def check(it: Rig, do: Do) -> None:
        do("battery 40 temperature_c=44")
        do("battery 39")
        assert it.phone.conditions.battery.temperature_c == 44.0

    on_a_phone(check)
