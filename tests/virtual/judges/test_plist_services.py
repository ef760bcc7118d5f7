"""Services of property lists, judged by three clients that know nothing of each other.

What one of them did, another one has to see.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.virtual.address import RackAddress
from tests.virtual.judges.client import Client

pytestmark = [pytest.mark.judge("libimobiledevice"), pytest.mark.judge("go-ios")]

PROFILE = """\
<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict>
<key>PayloadType</key><string>Configuration</string>
<key>PayloadIdentifier</key><string>dev.harness.judged</string>
<key>PayloadUUID</key><string>11111111-2222-3333-4444-555555555555</string>
<key>PayloadVersion</key><integer>1</integer>
<key>PayloadDisplayName</key><string>Judged</string>
<key>PayloadContent</key><array/>
</dict></plist>
"""


@dataclass(frozen=True)
class Three:
    """The three clients on the phone with iOS 16.7; each says what a command prints that succeeds."""

    c: Client
    go: Client
    python: Client

    def pmd3(self, command: str) -> str:
        """What pymobiledevice3's command line says."""
        return self.python.says(f"pymobiledevice3 {command} --udid {{udid}}")


@pytest.fixture
def three(rack: RackAddress, tmp_path: Path) -> Three:
    phone = rack.phones[0]
    home = {"HOME": str(tmp_path)}

    def client(address: str, *options: str) -> Client:
        return Client(phone.name, phone.udid, {"USBMUXD_SOCKET_ADDRESS": address, **home}, options)

    go = client(rack.usbmux, f"--udid={phone.udid}", "--tunnel-info-port=1")
    return Three(client(f"UNIX:{rack.usbmux}"), go, client(rack.usbmux))


def test_an_image_that_one_client_mounts_is_seen_and_unmounted_by_the_others(
    three: Three, tmp_path: Path
) -> None:
    image = tmp_path / "image.dmg"
    image.write_bytes(bytes(300_000))
    Path(f"{image}.signature").write_bytes(b"\x01\x02\x03")
    three.pmd3("mounter umount-developer")
    assert "ImagePresent: false" in three.c.says("ideviceimagemounter -u {udid} -l")
    assert "Status: Complete" in three.c.says(f"ideviceimagemounter -u {{udid}} {image} {image}.signature")
    assert "010203" in three.go.run("ios image list").talk
    assert '"ImageSignature": "010203"' in three.pmd3("mounter list")
    three.go.says("ios image unmount")
    assert "ImagePresent: false" in three.c.says("ideviceimagemounter -u {udid} -l")
    three.go.says(f"ios image mount --path={image}")
    assert "ImagePresent: true" in three.c.says("ideviceimagemounter -u {udid} -l")


def test_a_profile_that_one_client_installs_is_listed_and_removed_by_the_other(
    three: Three, tmp_path: Path
) -> None:
    profile = tmp_path / "judged.mobileconfig"
    profile.write_text(PROFILE)
    three.pmd3(f"profile install {profile}")
    assert '"Identifier":"dev.harness.judged"' in three.go.says("ios profile list")
    three.go.says("ios profile remove dev.harness.judged")
    assert "dev.harness.judged" not in three.pmd3("profile list")


def test_all_list_the_same_provisioning_profiles_and_one_removes_what_another_has_installed(
    three: Three, tmp_path: Path
) -> None:
    listed = json.loads(three.pmd3("provision list"))
    seen = three.c.says("ideviceprovision -u {udid} list")
    assert f"Device has {len(listed)} provisioning profiles installed" in seen
    assert all(f"{profile['UUID']} - {profile['Name']}" in seen for profile in listed)
    uuid = listed[0]["UUID"]
    three.c.says(f"ideviceprovision -u {{udid}} copy {uuid} {tmp_path}")
    assert uuid in three.c.says(f"ideviceprovision dump {tmp_path / uuid}.mobileprovision")
    three.pmd3(f"provision remove {uuid}")
    assert uuid not in three.c.says("ideviceprovision -u {udid} list")
    three.c.says(f"ideviceprovision -u {{udid}} install {tmp_path / uuid}.mobileprovision")
    assert uuid in three.pmd3("provision list")
    three.c.says(f"ideviceprovision -u {{udid}} remove {uuid}")
    assert uuid not in three.pmd3("provision list")
    three.pmd3(f"provision install {tmp_path / uuid}.mobileprovision")
    assert uuid in three.c.says("ideviceprovision -u {udid} list")


def test_both_pictures_of_the_screen_are_the_same(three: Three, tmp_path: Path) -> None:
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    three.c.says(f"idevicescreenshot -u {{udid}} {first}")
    three.pmd3(f"developer screenshot {second}")
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_all_tell_the_same_battery(three: Three) -> None:
    told = (
        three.pmd3("diagnostics battery single"),
        three.go.says("ios batteryregistry"),
        three.c.says("idevicediagnostics -u {udid} ioregentry AppleSmartBattery"),
    )
    for text in told:
        words = "".join(text.split()).replace("<key>", '"').replace("</key><integer>", '":')
        assert '"CurrentCapacity":100' in words
        assert '"Temperature":2900' in words
