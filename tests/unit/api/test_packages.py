"""The package that is installed over an app."""

from __future__ import annotations

import plistlib
import zipfile
from pathlib import Path

import pytest

from harness.api.packages import next_build
from harness.config.profile import AppProfile
from harness.errors import PreconditionError
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.raw import InstalledApp

VIRTUAL = PhoneIdentity("v", "0000", "17.4", "iPhone15,4", Hardware.VIRTUAL)
REAL = PhoneIdentity("desk", "0001", "17.4", "iPhone15,4", Hardware.REAL)


def profile(package: str | None = None) -> AppProfile:
    return AppProfile(version=1, bundle_id="a.b.c", name="C", package=package).located(Path("here/p.yaml"))


def installed(version: str) -> InstalledApp:
    return InstalledApp("a.b.c", "C", version, "Cx", ("fetch",), True)


@pytest.mark.parametrize(("before", "after"), [("1.0", "1.1"), ("2.9", "2.10"), ("7", "8"), ("1b", "1b.1")])
def test_a_virtual_phone_gets_the_next_version_of_what_it_has(before: str, after: str) -> None:
    with next_build(profile(), VIRTUAL, installed(before)) as path, zipfile.ZipFile(path) as package:
        about = plistlib.loads(package.read("Payload/Cx.app/Info.plist"))
    assert (about["CFBundleIdentifier"], about["CFBundleShortVersionString"]) == ("a.b.c", after)
    assert about["UIBackgroundModes"] == ["fetch"]
    assert not path.exists()


@pytest.mark.parametrize("phone", [VIRTUAL, REAL], ids=str)
def test_the_package_of_the_profile_comes_first(phone: PhoneIdentity) -> None:
    with next_build(profile("own.ipa"), phone, installed("1.0")) as path:
        assert path == Path("here/own.ipa")


def test_a_real_phone_without_a_package_is_told_where_to_name_one() -> None:
    with pytest.raises(PreconditionError, match="package:"), next_build(profile(), REAL, installed("1.0")):
        pass
