"""Profiles and the switch of Wi-Fi, as pymobiledevice3 installs and turns them."""

from __future__ import annotations

import plistlib
from collections.abc import Awaitable, Callable

import pytest
from pymobiledevice3.exceptions import CloudConfigurationAlreadyPresentError, ProfileError
from pymobiledevice3.lockdown import LockdownClient
from pymobiledevice3.services.mobile_config import MobileConfigService

from tests.virtual.rig import Rig
from tests.virtual.services.test_questions import on

WORD = "dev.harness.profile"


def profile(**more: object) -> bytes:
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadIdentifier": WORD,
            "PayloadUUID": "11111111-2222-3333-4444-555555555555",
            "PayloadVersion": 3,
            "PayloadDisplayName": "Harness",
            "PayloadContent": [{"PayloadType": "com.apple.wifi.managed"}],
            **more,
        }
    )


def served(check: Callable[[Rig, MobileConfigService], Awaitable[None]], ios: str = "16.7") -> None:
    async def run(it: Rig, lockdown: LockdownClient) -> None:
        async with MobileConfigService(lockdown) as service:
            await check(it, service)

    on(ios, run)


def test_a_profile_is_listed_from_its_installation_to_its_removal() -> None:
    async def check(it: Rig, service: MobileConfigService) -> None:
        await service.hello()
        await service.flush()
        assert (await service.get_profile_list())["OrderedIdentifiers"] == []
        await service.install_profile(profile())
        await service.install_profile(profile(PayloadDescription="again"))
        told = await service.get_profile_list()
        assert told["OrderedIdentifiers"] == [WORD]
        assert told["ProfileManifest"][WORD]["IsActive"] is True
        assert told["ProfileMetadata"][WORD]["PayloadVersion"] == 3
        assert told["ProfileMetadata"][WORD]["PayloadDescription"] == "again"
        [kept] = it.phone.profiles.installed()
        assert kept.payload_types == ("com.apple.wifi.managed",)
        await service.remove_profile(WORD)
        assert it.phone.profiles.installed() == ()

    served(check)


def test_a_profile_inside_a_signature_is_read() -> None:
    async def check(it: Rig, service: MobileConfigService) -> None:
        await service.install_profile(b"\x30\x82\x01\x02" + profile() + b"\xa0\x82")
        assert it.phone.profiles.installed()[0].name == "Harness"

    served(check)


@pytest.mark.parametrize(
    "data",
    [b"", b"junk", b"<?xml <</plist>", b"bplist00", plistlib.dumps([]), plistlib.dumps({"PayloadType": "x"})],
)
def test_what_is_no_profile_is_not_installed(data: bytes) -> None:
    async def check(_: Rig, service: MobileConfigService) -> None:
        with pytest.raises(ProfileError, match="MCProfileErrorDomain"):
            await service.install_profile(data)

    served(check)


def test_a_profile_that_may_not_be_removed_stays() -> None:
    async def check(it: Rig, service: MobileConfigService) -> None:
        await service.install_profile(profile(PayloadRemovalDisallowed=True))
        with pytest.raises(ProfileError):
            await service.remove_profile(WORD)
        assert len(it.phone.profiles.installed()) == 1

    served(check)


@pytest.mark.parametrize("ios", ["16.7", "18.5"])
def test_wifi_is_switched(ios: str) -> None:
    async def check(it: Rig, service: MobileConfigService) -> None:
        lines: list[str] = []
        it.phone.log.subscribe(lambda line: lines.append(f"{line.process}: {line.message}"))
        await service.set_wifi_power_state(False)
        assert it.phone.conditions.wifi_on is False
        assert "profiled: Setting WiFi power: 0" in lines
        await service.set_wifi_power_state(True)
        assert it.phone.conditions.wifi_on is True

    served(check, ios)


def test_a_cloud_configuration_is_set_once() -> None:
    async def check(_: Rig, service: MobileConfigService) -> None:
        assert await service.get_cloud_configuration() == {}
        await service.set_cloud_configuration({"IsSupervised": True})
        assert await service.get_cloud_configuration() == {"IsSupervised": True}
        with pytest.raises(CloudConfigurationAlreadyPresentError):
            await service.set_cloud_configuration({"IsSupervised": False})

    served(check)


def test_profiles_outlive_a_boot_and_one_that_is_stored_is_given_back() -> None:
    async def check(it: Rig, service: MobileConfigService) -> None:
        await service.install_profile(profile())
        await service.store_profile(b"later")
        assert (await service.get_stored_profile())["ProfileData"] == b"later"
        it.phone.reboot()
        assert len(it.phone.profiles.installed()) == 1

    served(check)


def test_nobody_supervises_it_and_erasing_it_is_refused() -> None:
    async def check(_: Rig, service: MobileConfigService) -> None:
        request = {"RequestType": "Escalate", "SupervisorCertificate": b"\0"}
        refused = await service.service.send_recv_plist(request)
        assert "CertificateRejected" in str(refused["ErrorChain"])
        with pytest.raises(ProfileError):
            await service.erase_device(preserve_data_plan=True, disallow_proximity_setup=True)

    served(check)
