"""The tunnel of iOS 17.4 and later judged by go-ios, which has a TCP, HTTP/2 and XPC of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.virtual.address import PhoneAddress, RackAddress
from tests.virtual.judges.client import APP, Client
from tests.virtual.judges.shape import Shape, fault

pytestmark = pytest.mark.judge("go-ios")

UP_WITHIN_S = 30.0
"""Wall seconds in which go-ios has its tunnel."""

POLL_S = 0.1
"""Wall seconds between two questions whether it has."""


def free_port() -> int:
    """A port that was free a moment ago, and the one after it too: go-ios takes both."""
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        port: int = first.getsockname()[1]
        try:
            second.bind(("127.0.0.1", port + 1))
        except OSError:
            return free_port()
        return port


@pytest.fixture(scope="module")
def phone(rack: RackAddress) -> PhoneAddress:
    return rack.phones[1]


@pytest.fixture(scope="module")
def client(
    rack: RackAddress, phone: PhoneAddress, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """go-ios with a tunnel of its own to the phone."""
    directory = tmp_path_factory.mktemp("tunnel")
    port = free_port()
    options = (f"--udid={phone.udid}", f"--tunnel-info-port={port}")
    environment = {"USBMUXD_SOCKET_ADDRESS": rack.usbmux}
    command = ["ios", "tunnel", "start", "--userspace", f"--pair-record-path={directory}", *options]
    with (directory / "talk").open("wb") as talk:
        process = subprocess.Popen(
            command, env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=talk, stderr=talk
        )
    try:
        wait_until_up(process, port, phone.udid, directory / "talk")
        yield Client(phone.name, phone.udid, environment, options)
    finally:
        process.kill()
        process.wait()


def wait_until_up(process: subprocess.Popen[bytes], port: int, udid: str, talk: Path) -> None:
    deadline_s = time.monotonic() + UP_WITHIN_S
    pause = threading.Event()
    while not is_up(port, udid):
        assert process.poll() is None, talk.read_text()
        assert time.monotonic() < deadline_s, talk.read_text()
        pause.wait(POLL_S)


def is_up(port: int, udid: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/tunnels", timeout=5) as answer:
            tunnels: list[dict[str, str]] | None = json.load(answer)
            return any(tunnel["udid"] == udid for tunnel in tunnels or [])
    except (urllib.error.URLError, OSError):
        return False


TABLE: tuple[tuple[str, Shape], ...] = (
    ("ios tunnel ls", [{"udid": "{udid}", "address": str, "rsdPort": int, "userspaceTun": True}]),
    (
        "ios rsd ls",
        {
            "com.apple.instruments.dtservicehub": {"Port": int},
            "com.apple.mobile.lockdown.remote.trusted": {"Port": int},
            "com.apple.afc.shim.remote": {"Port": int},
        },
    ),
    ("ios apps", [{"CFBundleIdentifier": APP, "CFBundleDisplayName": "Downloader"}]),
    ("ios devicename", {"devicename": "{name}"}),
    ("ios diskspace", {"Model": "{model}", "TotalBytes": int}),
    ("ios ps", [{"IsApplication": False, "Name": "runningboardd", "Pid": int}]),
)
"""Command -> what is in the JSON it prints."""


@pytest.mark.parametrize(("command", "wanted"), TABLE, ids=[command for command, _ in TABLE])
def test_a_command_prints_what_a_phone_would_tell(
    client: Client, phone: PhoneAddress, command: str, wanted: Shape
) -> None:
    assert fault(wanted, json.loads(client.says(command)), phone) == ""


def test_an_app_is_launched_seen_and_killed(client: Client, phone: PhoneAddress) -> None:
    client.says(f"ios launch {APP}")
    process: Shape = {"IsApplication": True, "Name": "Downloader", "Pid": int, "StartDate": str}
    assert fault([process], json.loads(client.says("ios ps --apps")), phone) == ""
    client.says(f"ios kill {APP}")
    assert json.loads(client.says("ios ps --apps")) is None


def test_a_launch_is_in_the_log(client: Client) -> None:
    with client.start("ios syslog") as log, client.again_and_again(f"ios launch {APP} --kill-existing"):
        assert log.until(rf'Received request to open \\"{APP}\\"')


def test_the_container_of_an_app_is_listed(client: Client) -> None:
    assert "Documents/" in client.says(f"ios fsync --app={APP} tree --path=/")
