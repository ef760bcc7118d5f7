"""What befalls a phone that nobody looks after, as unmodified clients see it."""

from __future__ import annotations

import pytest
from pymobiledevice3.services.afc import AfcService
from pymobiledevice3.services.misagent import MisagentService

from harness.errors import CommandRefused
from harness.virtual.faults.upkeep_verbs import ANOTHER_PHONE
from harness.virtual.faults.words import FaultRefused, UnknownWord
from harness.virtual.kernel.provisioning import DAY_S, BroughtProfile
from tests.virtual.drivers.bench import Driven, drive
from tests.virtual.faults.bench import Do, on_a_phone
from tests.virtual.rig import APP, STORE_APP, Rig

MB = 1_000_000


def test_lockdown_and_afc_tell_the_same_storage() -> None:
    async def check(it: Rig, do: Do) -> None:
        do("storage free_mb=300")
        lockdown = await it.lockdown()
        told = await lockdown.get_value("com.apple.disk_usage")
        async with AfcService(lockdown) as afc:
            facts = await afc.get_device_info()
        await lockdown.close()
        assert told["TotalDataAvailable"] == int(facts["FSFreeBytes"]) == 300 * MB
        assert do("show")["free_bytes"] == 300 * MB

    on_a_phone(check)


def test_more_storage_than_there_is_cannot_be_left() -> None:
    async def check(_it: Rig, do: Do) -> None:
        with pytest.raises(UnknownWord, match="free_mb"):
            do("storage free_mb=64000")

    on_a_phone(check)


@pytest.mark.parametrize("by_s", [90, -90])
def test_the_clock_is_off_in_all_that_the_phone_says_and_what_is_due_stays_due(by_s: int) -> None:
    async def check(it: Rig, do: Do) -> None:
        due: list[float] = []
        before_s, mono_s = it.phone.clock.now_s, it.phone.clock.mono_s
        it.phone.clock.call_later(10, lambda: due.append(it.phone.clock.mono_s - mono_s))
        do(f"clock by_s={by_s}")
        lockdown = await it.lockdown()
        assert await lockdown.get_value(key="TimeIntervalSince1970") == before_s + by_s
        await lockdown.close()
        assert do("show")["clock_set_forward_s"] == by_s
        while not due:
            await it.phone.clock.let_pass(before_s + by_s + 11)
        assert due == [10.0]

    on_a_phone(check)


def test_a_profile_ends_and_names_other_phones_as_it_is_told() -> None:
    async def check(it: Rig, do: Do) -> None:
        do(f"profile ends {APP.bundle_id} days=3")
        do(f"certificate ends {APP.bundle_id} days=-2")
        do(f"profile for-phone {APP.bundle_id} off")
        lockdown = await it.lockdown()
        async with MisagentService(lockdown) as service:
            listed = [each.plist for each in await service.copy_all()]
        await lockdown.close()
        (ours,) = [each for each in listed if each["Name"].endswith(APP.bundle_id)]
        assert ours["ProvisionedDevices"] == [ANOTHER_PHONE]
        (profile,) = [each for each in it.phone.provisioning.of_apps() if each.bundle_id == APP.bundle_id]
        assert profile.ends_s == it.phone.clock.now_s + 3 * DAY_S
        assert profile.certificate_ends_s == it.phone.clock.now_s - 2 * DAY_S

    on_a_phone(check)


def test_an_app_without_a_profile_is_refused_with_those_that_have_one() -> None:
    async def check(_it: Rig, do: Do) -> None:
        with pytest.raises(FaultRefused, match=STORE_APP.bundle_id) as refused:
            do(f"profile ends {STORE_APP.bundle_id} days=3")
        assert APP.bundle_id in str(refused.value.fix)

    on_a_phone(check)


@pytest.mark.parametrize("ios", ["15.8", "16.7", "18.5"])
@pytest.mark.parametrize(
    "line",
    [
        f"profile ends {APP.bundle_id} -1",
        f"certificate ends {APP.bundle_id} -1",
        f"profile for-phone {APP.bundle_id} off",
    ],
)
def test_an_app_that_no_profile_lets_start_is_not_started_until_it_is_installed_anew(
    ios: str, line: str
) -> None:
    async def check(driven: Driven) -> None:
        driven.do(line.format(APP.bundle_id))
        with pytest.raises(CommandRefused, match="invalid code signature") as refused:
            await driven.phone.launch(APP.bundle_id)
        assert "Sign the app anew" in str(refused.value.fix)
        assert await driven.phone.pid_of(APP.bundle_id) is None
        driven.it.phone.install(APP)
        assert await driven.phone.launch(APP.bundle_id)

    drive(check, ios)


def test_a_profile_that_a_computer_brings_lets_an_app_start() -> None:
    async def check(it: Rig, do: Do) -> None:
        do(f"profile ends {APP.bundle_id} days=-1")
        assert not it.phone.provisioning.lets_start(APP)
        it.phone.provisioning.bring("u", BroughtProfile(b"", "com.example.*", it.phone.clock.now_s + 1))
        assert not it.phone.provisioning.lets_start(APP)
        it.phone.provisioning.bring("u", BroughtProfile(b"", "dev.harness.*", it.phone.clock.now_s + 1))
        assert it.phone.user_launch(APP.bundle_id)

    on_a_phone(check)
