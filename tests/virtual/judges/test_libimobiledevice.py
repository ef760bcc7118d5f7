"""The virtual phone judged by libimobiledevice."""

from __future__ import annotations

import re

import pytest

from harness.virtual.address import RackAddress
from tests.virtual.judges.client import APP, Client

pytestmark = pytest.mark.judge("libimobiledevice")

TABLE: tuple[tuple[str, str], ...] = (
    ("idevice_id -l", r"^{udid}$"),
    ("ideviceinfo -u {udid} -k ProductVersion", r"\A{ios}\n\Z"),
    ("ideviceinfo -u {udid} -k DeviceName", r"\A{name}\n\Z"),
    ("ideviceinfo -s -u {udid} -k ProductType", r"\A{model}\n\Z"),
    ("ideviceinfo -u {udid}", r"^DeviceClass: iPhone$"),
    ("ideviceinfo -u {udid}", r"^UniqueDeviceID: {udid}$"),
    ("ideviceinfo -u {udid}", r"^SupportedDeviceFamilies\[1\]:\s+0: 1$"),
    ("ideviceinfo -u {udid} -q com.apple.disk_usage -k TotalDiskCapacity", r"\A[1-9]\d+\n\Z"),
    ("ideviceinfo -u {udid} -q com.apple.international -k Language", r"\Aen\n\Z"),
    ("idevicename -u {udid}", r"\A{name}\n\Z"),
    ("idevicepair -u {udid} validate", r"\ASUCCESS: Validated pairing with device {udid}\n\Z"),
    ("idevicedate -u {udid}", r"\A\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \w+ 20\d\d\n\Z"),
    ("ideviceinstaller -u {udid} -l", rf'^{re.escape(APP)}, "1", "Downloader"$'),
    ("ideviceinstaller -u {udid} -l -o list_system", r"^com\.apple\.Preferences, "),
    ("idevicediagnostics -u {udid} diagnostics GasGauge", r"<key>CycleCount</key>"),
)
"""Command -> what is found in what it prints; ``^`` and ``$`` are of lines."""


@pytest.fixture(params=[0, 1], ids=["ios-16.7", "ios-18.5"])
def phone(rack: RackAddress, request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture
def client(rack: RackAddress, phone: int) -> Client:
    address = rack.phones[phone]
    return Client(address.name, address.udid, {"USBMUXD_SOCKET_ADDRESS": f"UNIX:{rack.usbmux}"})


@pytest.mark.parametrize(("command", "wanted"), TABLE)
def test_a_command_prints_what_a_phone_would_tell(
    rack: RackAddress, phone: int, client: Client, command: str, wanted: str
) -> None:
    address = rack.phones[phone]
    parts = {name: re.escape(getattr(address, name)) for name in ("udid", "name", "ios", "model")}
    pattern = re.sub(r"\{(udid|name|ios|model)\}", lambda found: parts[found[1]], wanted)
    assert re.search(pattern, client.says(command), re.MULTILINE)


def test_it_finds_the_phone_over_tcp_too(rack: RackAddress) -> None:
    client = Client("", "", {"USBMUXD_SOCKET_ADDRESS": rack.usbmux_tcp})
    assert client.says("idevice_id -l").split() == [phone.udid for phone in rack.phones]


def test_a_value_that_is_not_there_is_no_value(client: Client) -> None:
    answer = client.run("ideviceinfo -u {udid} -k NoSuchKey")
    assert answer.out.strip() == ""


def test_the_mounted_image_is_found_under_the_name_of_the_version(phone: int, client: Client) -> None:
    kinds = ("Developer", "Personalized")
    told = [client.says(f"ideviceimagemounter -u {{udid}} -l -t {kind}") for kind in kinds]
    assert ["ImagePresent: true" in text for text in told] == [index == phone for index in range(2)]


def test_the_log_names_process_pid_and_level_of_each_record(client: Client) -> None:
    record = r"^\w{3} [ \d]\d \d\d:\d\d:\d\d (\w+)(\(.+\))?\[\d+\] <(Notice|Error|Debug|Info)>: "
    listing = "ideviceinstaller -u {udid} -l"
    with client.start("idevicesyslog -u {udid}") as log, client.again_and_again(listing):
        service = re.escape("com.apple.mobile.installation_proxy")
        assert log.until(rf"{record}Started service {service} on port \d+$")
