"""The virtual phone judged by go-ios: what every version answers over usbmux, and iOS 16 all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from harness.virtual.address import RackAddress
from tests.virtual.judges.client import APP, Client
from tests.virtual.judges.shape import Shape, fault

pytestmark = pytest.mark.judge("go-ios")

TABLE: tuple[tuple[str, Shape], ...] = (
    ("ios list", {"deviceList": ["{udid}"]}),
    (
        "ios list --details",
        {
            "deviceList": [
                {
                    "Udid": "{udid}",
                    "ProductName": "iPhone OS",
                    "ProductType": "{model}",
                    "ProductVersion": "{ios}",
                    "ConnectionType": "USB",
                }
            ]
        },
    ),
    (
        "ios info",
        {
            "ActivationState": "Activated",
            "BuildVersion": str,
            "ChipID": int,
            "CPUArchitecture": str,
            "DeviceClass": "iPhone",
            "DeviceName": "{name}",
            "HardwareModel": str,
            "PasswordProtected": bool,
            "ProductType": "{model}",
            "ProductVersion": "{ios}",
            "SerialNumber": str,
            "TimeZone": str,
            "UniqueChipID": int,
            "UniqueDeviceID": "{udid}",
            "WiFiAddress": str,
        },
    ),
    ("ios lockdown get ProductVersion", "{ios}"),
    ("ios devicename", {"devicename": "{name}"}),
    ("ios date", {"TimeIntervalSince1970": float, "formatedDate": str}),
    ("ios lang", {"Language": "en", "Locale": "en_US", "SupportedLanguages": ["en", "de"]}),
    ("ios timeformat get", {"TimeFormat": "24h"}),
    (
        "ios batterycheck",
        {"HasBattery": True, "BatteryCurrentCapacity": int, "FullyCharged": True, "GasGaugeCapability": True},
    ),
    ("ios batteryregistry", {"AppleRawMaxCapacity": int, "AtWarnLevel": False, "CurrentCapacity": int}),
    ("ios devmode get", {"DeveloperModeEnabled": True}),
    ("ios crash ls", {"length": int}),
    ("ios diskspace", {"Model": "{model}", "TotalBytes": int, "FreeBytes": int, "BlockSize": int}),
    ("ios diagnostics list", {"Diagnostics": {"GasGauge": {"Status": "Success"}}, "Status": "Success"}),
    (
        "ios apps",
        [
            {
                "ApplicationType": "User",
                "CFBundleDisplayName": "Downloader",
                "CFBundleExecutable": "Downloader",
                "CFBundleIdentifier": APP,
                "CFBundleVersion": "1",
                "Container": str,
                "Path": str,
            }
        ],
    ),
    ("ios apps --system", [{"ApplicationType": "System", "CFBundleIdentifier": "com.apple.Preferences"}]),
)
"""Command -> what is in the JSON it prints."""


def client_of(rack: RackAddress, phone: int) -> Client:
    address = rack.phones[phone]
    return Client(
        address.name,
        address.udid,
        {"USBMUXD_SOCKET_ADDRESS": rack.usbmux},
        # Nobody answers there: a tunnel of this host's is none of this test's.
        (f"--udid={address.udid}", "--tunnel-info-port=1"),
    )


@pytest.mark.parametrize("phone", [0, 1], ids=["ios-16.7", "ios-18.5"])
@pytest.mark.parametrize(("command", "wanted"), TABLE, ids=[command for command, _ in TABLE])
def test_a_command_prints_what_a_phone_would_tell(
    rack: RackAddress, phone: int, command: str, wanted: Shape
) -> None:
    found = json.loads(client_of(rack, phone).says(command))
    assert fault(wanted, found, rack.phones[phone]) == ""


@pytest.mark.parametrize(
    ("phone", "wanted"),
    [
        (0, {"ProductType": "{model}", "Status": "Success"}),
        (1, {"Status": "MobileGestaltDeprecated"}),
    ],
    ids=["ios-16.7", "ios-18.5"],
)
def test_mobilegestalt_answers_until_ios_17_4(rack: RackAddress, phone: int, wanted: Shape) -> None:
    found = json.loads(client_of(rack, phone).says("ios mobilegestalt ProductType"))
    assert fault({"Diagnostics": {"MobileGestalt": wanted}}, found, rack.phones[phone]) == ""


@pytest.fixture
def ios_16(rack: RackAddress) -> Iterator[Client]:
    """iOS 16.7, without the app after the test."""
    client = client_of(rack, 0)
    yield client
    client.run(f"ios kill {APP}")


def running_apps(client: Client) -> list[str]:
    processes: list[dict[str, str]] | None = json.loads(client.says("ios ps --apps"))
    return [process["Name"] for process in processes or []]


def test_an_app_is_launched_seen_and_killed(rack: RackAddress, ios_16: Client) -> None:
    ios_16.says(f"ios launch {APP}")
    process: Shape = {"IsApplication": True, "Name": "Downloader", "Pid": int, "StartDate": str}
    assert fault([process], json.loads(ios_16.says("ios ps --apps")), rack.phones[0]) == ""
    ios_16.says(f"ios kill {APP}")
    assert running_apps(ios_16) == []


def test_without_the_filter_the_daemons_are_listed_too(rack: RackAddress, ios_16: Client) -> None:
    daemon: Shape = {"IsApplication": False, "Name": "runningboardd", "Pid": int}
    assert fault([daemon], json.loads(ios_16.says("ios ps")), rack.phones[0]) == ""


def test_an_app_that_does_not_exist_cannot_be_launched(ios_16: Client) -> None:
    answer = ios_16.run("ios launch com.example.nothing")
    assert answer.code == 1
    assert "com.example.nothing" in answer.talk
    assert running_apps(ios_16) == []


def test_a_launch_does_not_end_an_instance_that_runs_unless_asked(ios_16: Client) -> None:
    def pid() -> int:
        processes: list[dict[str, int]] = json.loads(ios_16.says("ios ps --apps"))
        return processes[0]["Pid"]

    ios_16.says(f"ios launch {APP}")
    first = pid()
    ios_16.says(f"ios launch {APP}")
    assert pid() == first
    ios_16.says(f"ios launch {APP} --kill-existing")
    assert pid() != first


def test_the_container_of_an_app_is_listed(ios_16: Client) -> None:
    ios_16.says(f"ios launch {APP}")
    assert "Documents/" in ios_16.says(f"ios fsync --app={APP} tree --path=/")


@pytest.mark.parametrize("stream", ["ios syslog", "ios ostrace"])
def test_a_launch_is_in_the_log(ios_16: Client, stream: str) -> None:
    with ios_16.start(stream) as log, ios_16.again_and_again(f"ios launch {APP} --kill-existing"):
        assert log.until(rf'Received request to open \\"{APP}\\"')


def test_listening_clients_are_told_of_every_phone(rack: RackAddress, ios_16: Client) -> None:
    with ios_16.start("ios listen") as heard:
        for phone in rack.phones:
            assert heard.until(rf'"MessageType":"Attached".*"SerialNumber":"{phone.udid}"')
