"""Provisioning profiles, as pymobiledevice3 lists, installs and removes them."""

from __future__ import annotations

import datetime
import io
import plistlib
from collections.abc import Awaitable, Callable

import pytest
from cryptography import x509
from pymobiledevice3.exceptions import PyMobileDevice3Exception
from pymobiledevice3.lockdown import LockdownClient
from pymobiledevice3.services.misagent import MisagentService

from harness.virtual.kernel.provisioning import AGE_DAYS, SIGNER, TEAM, YEAR_DAYS
from harness.virtual.services.misagent import EXPIRED, MALFORMED, NO_FILE, OTHER_PHONE
from harness.wire.cms import signed_data
from tests.virtual.rig import APP, STORE_APP, Rig
from tests.virtual.services.test_questions import on

UUID = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"


def brought(it: Rig, days: float = 10, **more: object) -> io.BytesIO:
    """A profile as a computer has it in a file."""
    ends = datetime.datetime.fromtimestamp(it.phone.clock.now_s + days * 86_400, datetime.UTC)
    fields: dict[str, object] = {
        "UUID": UUID,
        "Name": "Brought",
        "ExpirationDate": ends.replace(tzinfo=None),
        "ProvisionedDevices": [it.phone.spec.udid],
        **more,
    }
    return io.BytesIO(signed_data(plistlib.dumps(fields)))


def served(check: Callable[[Rig, MisagentService], Awaitable[None]], ios: str = "16.7") -> None:
    async def run(it: Rig, lockdown: LockdownClient) -> None:
        async with MisagentService(lockdown) as service:
            await check(it, service)

    on(ios, run)


@pytest.mark.parametrize("ios", ["15.8", "18.5"])
def test_an_app_that_a_developer_signed_has_a_profile_and_one_of_the_store_has_none(ios: str) -> None:
    async def check(it: Rig, service: MisagentService) -> None:
        of_apps = {
            profile.plist["Entitlements"]["application-identifier"]: profile.plist
            for profile in await service.copy_all()
        }
        assert f"{TEAM}.{STORE_APP.bundle_id}" not in of_apps
        fields = of_apps[f"{TEAM}.{APP.bundle_id}"]
        assert fields["ProvisionedDevices"] == [it.phone.spec.udid]
        certificate = x509.load_der_x509_certificate(fields["DeveloperCertificates"][0])
        assert certificate.subject.rfc4514_string() == f"CN={SIGNER}"
        assert certificate.not_valid_after_utc.replace(tzinfo=None) == fields["ExpirationDate"]

    served(check, ios)


def test_a_profile_that_a_computer_brings_is_listed_until_it_is_removed() -> None:
    async def check(it: Rig, service: MisagentService) -> None:
        own = len(await service.copy_all())
        await service.install(brought(it))
        await service.install(brought(it, Name="Brought again"))
        listed = await service.copy_all()
        assert [each.plist["Name"] for each in listed[own:]] == ["Brought again"]
        await service.remove(UUID)
        assert len(await service.copy_all()) == own
        with pytest.raises(PyMobileDevice3Exception, match=str(NO_FILE)):
            await service.remove(UUID)

    served(check)


def test_a_profile_that_could_never_serve_is_refused_with_why() -> None:
    async def check(it: Rig, service: MisagentService) -> None:
        refused = {
            EXPIRED: brought(it, days=-1),
            OTHER_PHONE: brought(it, ProvisionedDevices=["00008120-000000000000AAAA"]),
            MALFORMED: io.BytesIO(b"no profile"),
        }
        for code, document in refused.items():
            with pytest.raises(PyMobileDevice3Exception, match=str(code)):
                await service.install(document)
        await service.install(brought(it, ProvisionedDevices=[], ProvisionsAllDevices=True))

    served(check)


def test_the_profile_of_an_app_goes_and_comes_with_it() -> None:
    async def check(it: Rig, service: MisagentService) -> None:
        async def names() -> list[str]:
            return [each.plist["Name"] for each in await service.copy_all()]

        (name,) = [each for each in await names() if each.endswith(APP.bundle_id)]
        it.phone.uninstall(APP.bundle_id)
        assert name not in await names()
        it.phone.install(APP)
        (uuid,) = [each.plist["UUID"] for each in await service.copy_all() if each.plist["Name"] == name]
        await service.remove(uuid)
        assert name not in await names()
        it.phone.install(APP)
        assert name in await names()

    served(check)


def test_no_profile_ends_of_itself_on_a_phone_whose_clock_runs_ahead() -> None:
    async def check(it: Rig, service: MisagentService) -> None:
        await it.phone.clock.let_pass(it.phone.clock.now_s + 500 * 86_400)
        now = datetime.datetime.fromtimestamp(it.phone.clock.now_s, datetime.UTC).replace(tzinfo=None)
        ends = {each.plist["ExpirationDate"] for each in await service.copy_all()}
        assert {round((end - now) / datetime.timedelta(days=1)) for end in ends} == {YEAR_DAYS - AGE_DAYS}

    served(check)
