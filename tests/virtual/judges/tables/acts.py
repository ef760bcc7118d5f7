"""What rows do to a phone, and what they look at in it."""

from __future__ import annotations

import functools
import io
import plistlib
import zipfile
from datetime import datetime
from pathlib import Path

from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.provisioning import BroughtProfile
from harness.virtual.services.support.media import media_directory
from harness.wire.cms import signed_data
from tests.ports import free_port
from tests.virtual import watched
from tests.virtual.judges.shape import Shape
from tests.virtual.rig import APP


def run_app(phone: VirtualPhone) -> None:
    """Launch the sample app as a person does."""
    phone.user_launch(APP.bundle_id)


def runs(phone: VirtualPhone) -> bool:
    """Whether the sample app runs."""
    return phone.processes.of_bundle(APP.bundle_id) is not None


def crash(phone: VirtualPhone) -> None:
    """Let the sample app crash, which leaves a report."""
    watched.crash(phone, phone.launch(APP.bundle_id))


def forget_reports(phone: VirtualPhone) -> None:
    """Delete every crash report."""
    for path in phone.crash_reports.directory.iterdir():
        path.unlink()


def report_names(phone: VirtualPhone) -> list[str]:
    """The names of the reports on the phone."""
    return [path.name for path in phone.crash_reports.directory.iterdir()]


def in_media(phone: VirtualPhone, name: str) -> Path:
    """Where on this host a file of the media directory is."""
    return media_directory(phone) / name


def in_container(phone: VirtualPhone, name: str) -> Path:
    """Where on this host a file of the sample app's container is."""
    return phone.containers.path(APP.bundle_id) / name


@functools.cache
def port_here() -> int:
    """The port of this host that ``{port}`` stands for; it was free when it was first asked for."""
    return free_port()


_BOOTS: dict[str, str] = {}
"""UDID -> the boot session that was remembered."""


def remember_boot(phone: VirtualPhone) -> None:
    """Keep in mind which boot session this is."""
    _BOOTS[phone.spec.udid] = phone.boot_id


def has_booted_again(phone: VirtualPhone, _home: Path) -> bool:
    """Whether it is another boot session than the one remembered."""
    return phone.boot_id != _BOOTS[phone.spec.udid]


def picture_is_of(phone: VirtualPhone, picture: Path) -> bool:
    """Whether a file is a PNG of as many pixels as the phone's screen has."""
    head = picture.read_bytes()[:24]
    size = (int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big"))
    return head[:8] == b"\x89PNG\r\n\x1a\n" and size == phone.screen.size


PROFILE_NAME = "dev.harness.judged"

PROFILE = plistlib.dumps(
    {
        "PayloadContent": [],
        "PayloadDisplayName": "Judged",
        "PayloadIdentifier": PROFILE_NAME,
        "PayloadType": "Configuration",
        "PayloadUUID": "6F4D0A2E-8F5C-4B1E-9C3A-0A1B2C3D4E5F",
        "PayloadVersion": 1,
    }
)
"""A configuration profile that configures nothing."""


def install_profile(phone: VirtualPhone) -> None:
    """Install the profile."""
    phone.profiles.install(PROFILE)


def forget_profiles(phone: VirtualPhone) -> None:
    """Remove every profile."""
    for name in profile_names(phone):
        phone.profiles.remove(name)


def profile_names(phone: VirtualPhone) -> list[str]:
    """The identifiers of the profiles on the phone."""
    return [profile.identifier for profile in phone.profiles.installed()]


def package() -> bytes:
    """Another version of the sample app as ``.ipa``: only what the rack has the code of can be installed."""
    packed = io.BytesIO()
    facts = {
        "CFBundleIdentifier": APP.bundle_id,
        "CFBundleName": APP.name,
        "CFBundleDisplayName": APP.name,
        "CFBundleExecutable": APP.executable,
        "CFBundleVersion": "7",
        "CFBundleShortVersionString": "1.7",
    }
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("Payload/", b"")
        archive.writestr("Payload/Packed.app/", b"")
        archive.writestr("Payload/Packed.app/Info.plist", plistlib.dumps(facts))
        archive.writestr(f"Payload/Packed.app/{APP.executable}", b"program")
    return packed.getvalue()


def is_the_version_of_the_package(phone: VirtualPhone, _home: Path) -> bool:
    """Whether the sample app is of the version that the package has."""
    app = phone.apps.get(APP.bundle_id)
    return app is not None and (app.build, app.version) == ("7", "1.7")


PROVISION_UUID = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
PROVISION = signed_data(
    plistlib.dumps(
        {
            "UUID": PROVISION_UUID,
            "Name": "Judged",
            "ExpirationDate": datetime(2040, 1, 1),
            "ProvisionsAllDevices": True,
        }
    )
)
"""A provisioning profile, as it lies in a file."""


def bring_provision(phone: VirtualPhone) -> None:
    """Have the profile on the phone."""
    phone.provisioning.bring(PROVISION_UUID, BroughtProfile(PROVISION, "", 2_208_988_800.0))


def forget_provision(phone: VirtualPhone) -> None:
    """Be as a phone that no computer has brought a provisioning profile."""
    if has_provision(phone):
        phone.provisioning.remove(PROVISION_UUID)


def has_provision(phone: VirtualPhone) -> bool:
    """Whether the profile is on the phone."""
    return PROVISION in phone.provisioning.brought()


def provisions(phone: VirtualPhone) -> Shape:
    """Each profile that came with an app, as whoever reads its property list is told."""
    return [{"UUID": each.uuid, "Name": each.name} for each in phone.provisioning.of_apps()]
