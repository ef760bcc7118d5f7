"""Phones without a tunnel, judged by command lines: pymobiledevice3's over RSD, go-ios' over its agent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.config.places import STATE_DIR_VARIABLE
from harness.virtual.address import PhoneAddress, RackAddress
from harness.virtual.launcher import start_rack
from tests.virtual.judges.client import APP, Client
from tests.virtual.judges.shape import Shape, fault

DEVICES = """\
version: 1
devices:
  - name: remote-18
    virtual: {ios: "18.5", model: "iPhone14,5", seed: 1}
  - name: remote-26
    virtual: {ios: "26.0", model: "iPhone17,3", seed: 2}
"""

CORE_DEVICE = "pymobiledevice3 developer core-device"

TOKEN: Shape = {"processIdentifier": int, "executableURL": {"relative": str}}


@pytest.fixture(scope="module")
def rack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RackAddress]:
    """Two phones that are reached directly."""
    directory: Path = tmp_path_factory.mktemp("remote")
    (directory / "devices.yaml").write_text(DEVICES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(STATE_DIR_VARIABLE, str(directory / "state"))
        with start_rack(directory / "devices.yaml", direct=True) as running:
            yield running.address


@pytest.fixture(params=[0, 1], ids=["18", "26"])
def phone(request: pytest.FixtureRequest, rack: RackAddress) -> PhoneAddress:
    """Each of them."""
    index: int = request.param
    return rack.phones[index]


@pytest.fixture
def pymobiledevice3(rack: RackAddress, phone: PhoneAddress) -> Client:
    """pymobiledevice3, told of the phone's RSD."""
    host, _, port = phone.rsd.rpartition(":")
    environment = {"USBMUXD_SOCKET_ADDRESS": rack.usbmux}
    return Client(phone.name, phone.udid, environment, ("--rsd", host, port))


@pytest.fixture
def go_ios(rack: RackAddress, phone: PhoneAddress) -> Client:
    """go-ios, told of the agent."""
    host, _, port = rack.endpoints.rpartition(":")
    environment = {
        "USBMUXD_SOCKET_ADDRESS": rack.usbmux,
        "GO_IOS_AGENT_HOST": host,
        "GO_IOS_AGENT_PORT": port,
    }
    return Client(phone.name, phone.udid, environment, (f"--udid={phone.udid}", f"--tunnel-info-port={port}"))


ANSWERS: tuple[tuple[str, Shape], ...] = (
    ("list-apps", [{"bundleIdentifier": APP, "name": "Downloader", "isRemovable": True}]),
    ("list-processes", [TOKEN]),
    ("get-device-info", {"udid": "{udid}", "osVersionNumber": "{ios}", "productType": "{model}"}),
    ("get-display-info", {"backlightState": "on", "displays": [{"primary": True}], "orientation": str}),
    ("get-lockstate", {"passcodeRequired": False, "unlockedSinceBoot": True}),
)
"""Command of pymobiledevice3's ``core-device`` -> what is in the JSON it prints."""


@pytest.mark.parametrize(("command", "wanted"), ANSWERS, ids=[command for command, _ in ANSWERS])
def test_core_device_answers_pymobiledevice3(
    pymobiledevice3: Client, phone: PhoneAddress, command: str, wanted: Shape
) -> None:
    assert fault(wanted, json.loads(pymobiledevice3.says(f"{CORE_DEVICE} {command}")), phone) == ""


def test_pymobiledevice3_launches_and_signals(pymobiledevice3: Client, phone: PhoneAddress) -> None:
    launched = json.loads(pymobiledevice3.says(f"{CORE_DEVICE} launch-application {APP}"))
    pid = launched["processToken"]["processIdentifier"]
    running = json.loads(pymobiledevice3.says(f"{CORE_DEVICE} list-processes"))
    assert pid in [process["processIdentifier"] for process in running]
    told = json.loads(pymobiledevice3.says(f"{CORE_DEVICE} send-signal-to-process {pid} 9"))
    assert fault({"process": TOKEN, "signal": 9}, told, phone) == ""
    running = json.loads(pymobiledevice3.says(f"{CORE_DEVICE} list-processes"))
    assert pid not in [process["processIdentifier"] for process in running]


def test_pymobiledevice3_is_told_why_an_app_is_not_launched(pymobiledevice3: Client) -> None:
    answer = pymobiledevice3.run(f"{CORE_DEVICE} launch-application no.such.app")
    assert answer.code != 0
    assert "10002" in answer.out + answer.talk


AGENT_ANSWERS: tuple[tuple[str, Shape], ...] = (
    ("ios tunnel ls", [{"udid": "{udid}", "address": str, "rsdPort": int, "userspaceTun": False}]),
    ("ios rsd ls", {"com.apple.coredevice.appservice": {"Port": int}}),
    ("ios info display", {"backlightState": "on", "current": int, "displays": [{"primary": True}]}),
    ("ios apps", [{"CFBundleIdentifier": APP}]),
    ("ios ps", [{"Name": "launchd", "Pid": 1}]),
)
"""Command of go-ios -> what is in the JSON it prints."""


@pytest.mark.judge("go-ios")
@pytest.mark.parametrize(("command", "wanted"), AGENT_ANSWERS, ids=[command for command, _ in AGENT_ANSWERS])
def test_the_agent_leads_go_ios_to_the_phone(
    go_ios: Client, phone: PhoneAddress, command: str, wanted: Shape
) -> None:
    assert fault(wanted, json.loads(go_ios.says(command)), phone) == ""


@pytest.mark.judge("go-ios")
def test_go_ios_launches_and_kills(go_ios: Client, phone: PhoneAddress) -> None:
    go_ios.says(f"ios launch {APP}")
    assert fault([{"Name": "Downloader"}], json.loads(go_ios.says("ios ps --apps")), phone) == ""
    go_ios.says(f"ios kill {APP}")
    assert json.loads(go_ios.says("ios ps --apps")) is None
