"""Packages, as an unmodified client brings them onto a phone."""

from __future__ import annotations

import asyncio
import plistlib
from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from pymobiledevice3.exceptions import AppInstallError
from pymobiledevice3.services.afc import AfcService
from pymobiledevice3.services.house_arrest import HouseArrestService
from pymobiledevice3.services.installation_proxy import InstallationProxyService

from harness.virtual.kernel.installd import INSTALLED, UNINSTALLED
from harness.virtual.services.installation_proxy import INSTALL_STAGES, UNINSTALL_STAGES
from tests.virtual.rig import APP, STORE_APP, Rig, rig

Check = Callable[[Rig, InstallationProxyService], Awaitable[None]]


def on_phone(check: Check) -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            async with InstallationProxyService(lockdown) as proxy:
                await check(it, proxy)
            await lockdown.close()

    asyncio.run(asyncio.wait_for(main(), 60))


def info(**changes: Any) -> dict[str, Any]:
    """What the Info.plist of the app says, with some of it changed; ``None`` leaves a key out."""
    fields = {
        "CFBundleIdentifier": APP.bundle_id,
        "CFBundleExecutable": APP.executable,
        "CFBundleShortVersionString": "2.0",
        "CFBundleVersion": "77",
        "CFBundleName": "Plainer",
    }
    return {key: value for key, value in (fields | changes).items() if value is not None}


def ipa(fields: dict[str, Any] | bytes, place: str = "Payload/Plain.app/Info.plist") -> bytes:
    document = fields if isinstance(fields, bytes) else plistlib.dumps(fields, fmt=plistlib.FMT_BINARY)
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr(place, document)
    return buffer.getvalue()


def test_a_package_becomes_the_app_of_its_identifier_and_its_data_stays() -> None:
    async def check(it: Rig, proxy: InstallationProxyService) -> None:
        heard: list[str] = []
        it.phone.darwin.observe(INSTALLED, heard.append)
        journal = it.phone.containers.path(APP.bundle_id) / "Documents" / "kept"
        journal.write_text("kept")
        percents: list[int] = []
        await proxy.install_from_bytes(ipa(info()), handler=percents.append)
        assert percents == [percent for _, percent in INSTALL_STAGES]
        app = it.phone.apps.get(APP.bundle_id)
        assert app is not None
        assert (app.version, app.build, app.name, app.delegate) == ("2.0", "77", "Plainer", APP.delegate)
        kept = it.phone.containers.path(APP.bundle_id) / "Documents" / "kept"
        assert kept.read_text() == "kept"
        assert heard == [INSTALLED]

    on_phone(check)


def test_an_app_that_was_removed_comes_back_without_its_data_and_runs() -> None:
    async def check(it: Rig, proxy: InstallationProxyService) -> None:
        heard: list[str] = []
        it.phone.darwin.observe(UNINSTALLED, heard.append)
        (it.phone.containers.path(APP.bundle_id) / "Documents" / "gone").write_text("gone")
        percents: list[int] = []
        await proxy.uninstall(APP.bundle_id, handler=percents.append)
        assert percents == [percent for _, percent in UNINSTALL_STAGES]
        await proxy.uninstall(APP.bundle_id)
        assert heard == [UNINSTALLED], "the second time there was nothing to remove"
        await proxy.install_from_bytes(ipa(info()))
        assert not (it.phone.containers.path(APP.bundle_id) / "Documents" / "gone").exists()
        assert it.phone.launch(APP.bundle_id)

    on_phone(check)


def test_a_directory_in_the_staging_area_is_a_package_too(tmp_path: Path) -> None:
    async def check(it: Rig, proxy: InstallationProxyService) -> None:
        async with AfcService(proxy.lockdown) as media:
            await media.makedirs("PublicStaging/Plain.app")
            await media.set_file_contents("PublicStaging/Plain.app/Info.plist", plistlib.dumps(info()))
        options = {"PackageType": "Developer"}
        await proxy.send_package("Upgrade", options, None, "PublicStaging/Plain.app")
        app = it.phone.apps.get(APP.bundle_id)
        assert app is not None
        assert app.version == "2.0"

    on_phone(check)


@pytest.mark.parametrize(
    ("package", "error"),
    [
        (ipa(b""), "APIInternalError: .*IXErrorDomain Code=13 .*Missing bundle ID"),
        (ipa(b"<plist>"), "APIInternalError"),
        (ipa(info(CFBundleIdentifier=None)), "APIInternalError"),
        (ipa(info(CFBundleExecutable=None)), "MissingBundleExecutable"),
        (ipa(info(MinimumOSVersion="17.0")), "DeviceOSVersionTooLow: .*needs iOS 17.0"),
        (ipa(info(CFBundleIdentifier="com.example.new")), "ApplicationVerificationFailed: .*no code for"),
        (ipa(info(CFBundleIdentifier="com.apple.Preferences")), "InstallProhibited"),
        (ipa(info(), "Payload/Plain.app/Other.plist"), "PackageInspectionFailed"),
    ],
)
def test_a_package_that_is_not_fit_is_refused_by_name_and_changes_nothing(package: bytes, error: str) -> None:
    async def check(it: Rig, proxy: InstallationProxyService) -> None:
        before = tuple(it.phone.apps)
        with pytest.raises(AppInstallError, match=error):
            await proxy.install_from_bytes(package)
        assert tuple(it.phone.apps) == before

    on_phone(check)


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({}, "MissingCommand"),
        ({"Command": "Archive"}, "UnknownCommand"),
        ({"Command": "Install"}, "MissingPackagePath"),
        ({"Command": "Install", "PackagePath": "PublicStaging/none.ipa"}, "PackageInspectionFailed"),
        ({"Command": "Install", "PackagePath": "PublicStaging/text.ipa"}, "PackageExtractionFailed"),
        ({"Command": "Install", "PackagePath": "PublicStaging/away.ipa"}, "PackageInspectionFailed"),
        ({"Command": "Install", "PackagePath": "PublicStaging"}, "PackageInspectionFailed"),
        ({"Command": "Uninstall"}, "MissingApplicationIdentifier"),
        ({"Command": "Uninstall", "ApplicationIdentifier": "com.apple.Preferences"}, "UninstallProhibited"),
    ],
)
def test_a_request_that_cannot_be_done_is_refused_by_name(request_: dict[str, Any], error: str) -> None:
    async def check(_: Rig, proxy: InstallationProxyService) -> None:
        async with AfcService(proxy.lockdown) as media:
            await media.set_file_contents("PublicStaging/text.ipa", b"no archive")
            await media.link("/etc/hostname", "PublicStaging/away.ipa")
        await proxy.service.send_plist(request_)
        while "Error" not in (answer := await proxy.service.recv_plist()):
            assert answer["Status"] in dict(INSTALL_STAGES)
        assert answer["Error"] == error

    on_phone(check)


def test_the_documents_of_an_app_that_shares_its_files_are_open_and_nothing_else_of_it() -> None:
    async def check(it: Rig, proxy: InstallationProxyService) -> None:
        shared = info(CFBundleIdentifier=STORE_APP.bundle_id, UIFileSharingEnabled=True)
        with pytest.raises(Exception, match="InstallationLookupFailed"):
            await HouseArrestService.create(proxy.lockdown, STORE_APP.bundle_id, documents_only=True)
        await proxy.install_from_bytes(ipa(shared))
        assert (await proxy.get_apps("User"))[STORE_APP.bundle_id]["UIFileSharingEnabled"] is True
        async with await HouseArrestService.create(
            proxy.lockdown, STORE_APP.bundle_id, documents_only=True
        ) as house:
            await house.set_file_contents("Documents/x", b"1")
        assert (it.phone.containers.path(STORE_APP.bundle_id) / "Documents" / "x").read_bytes() == b"1"
        with pytest.raises(Exception, match="InstallationLookupFailed"):
            await HouseArrestService.create(proxy.lockdown, STORE_APP.bundle_id)

    on_phone(check)
