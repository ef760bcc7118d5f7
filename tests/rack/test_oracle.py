"""The oracle sees double use: told by hand, and at phones to which two clients are let in past the gate."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from pymobiledevice3.lockdown import create_using_usbmux
from pymobiledevice3.services.diagnostics import DiagnosticsService

from harness.drivers.pmd3 import tunnelchild_start
from harness.drivers.pmd3.transport import USBMUX_ENVIRONMENT
from harness.virtual.address import RackAddress, parse_rack_address
from harness.virtual.control_client import open_control
from tests.rack import tunnelchild
from tests.rack.label import WHO
from tests.rack.oracle import Client, Finding, Oracle, Wrong
from tests.rack.site import Place

OPEN_WITHIN_S = 60.0

ONE, TWO = Client(epoch=1, pid=70), Client(epoch=2, pid=60)


class Told:
    """What an oracle finds."""

    def __init__(self, altered: str = "") -> None:
        self.findings: list[Finding] = []
        self.oracle = Oracle(self.findings.append, lambda udid, client: altered)

    @property
    def wrong(self) -> list[Wrong]:
        return [finding.wrong for finding in self.findings]


def test_one_client_after_the_other_is_right() -> None:
    told = Told()
    told.oracle.spoke("a", 1, ONE)
    told.oracle.spoke("a", 2, ONE)
    told.oracle.ended("a", 1)
    told.oracle.ended("a", 2)
    told.oracle.spoke("a", 3, TWO)
    told.oracle.spoke("b", 4, ONE)
    assert told.findings == []
    assert told.oracle.live() == {"a": ["60.2"], "b": ["70.1"]}


def test_two_at_once_are_double_and_told_once() -> None:
    told = Told()
    told.oracle.spoke("a", 1, ONE)
    told.oracle.spoke("a", 2, TWO)
    told.oracle.spoke("a", 2, TWO)
    assert told.findings == [Finding(Wrong.DOUBLE, "a", "60.2 spoke while 70.1 was connected")]


def test_who_speaks_after_the_next_one_came_is_late() -> None:
    told = Told()
    told.oracle.spoke("a", 1, TWO)
    told.oracle.ended("a", 1)
    told.oracle.spoke("a", 2, ONE)
    assert told.wrong == [Wrong.LATE]


def test_a_phone_that_is_altered_when_a_client_comes_is_told() -> None:
    told = Told("Wi-Fi off")
    told.oracle.spoke("a", 1, ONE)
    told.oracle.spoke("a", 1, ONE)
    assert told.findings == [Finding(Wrong.ALTERED, "a", "70.1 found Wi-Fi off")]


def test_who_is_not_a_client_of_a_lease_is_nobody() -> None:
    assert Client.told_in(b"<key>Label</key><string>pymobiledevice3</string>") is None
    assert Client.told_in(b"<key>Label</key>\n\t<string>60.2</string>") == TWO


DEVICES = """\
version: 1
devices:
  - {name: v-16, virtual: {ios: "16.7"}}
  - {name: v-18, virtual: {ios: "18.5"}}
"""


class Watched:
    """A phone that an oracle watches, with nothing before it that would keep anybody out."""

    def __init__(self, path: Path) -> None:
        (path / "devices.yaml").write_text(DEVICES)
        self._seen = path / "seen.jsonl"
        command = [
            sys.executable,
            "-m",
            "tests.rack.phones",
            "devices.yaml",
            str(self._seen),
            str(os.getpid()),
        ]
        self._process = Place(path).start(command, "log", stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self.address: RackAddress = parse_rack_address(self._process.stdout.readline())

    @property
    def udid(self) -> str:
        return self.address.phones[0].udid

    def wrong(self) -> list[str]:
        """What was found wrong so far, in order."""
        return [
            one["wrong"] for one in map(json.loads, self._seen.read_text().splitlines()) if "wrong" in one
        ]

    def close(self) -> dict[str, object]:
        """End it; the last that its oracle says."""
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        return json.loads(self._seen.read_text().splitlines()[-1])


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    phone = Watched(tmp_path)
    yield phone
    phone.close()


async def use(
    phone: Watched, labels: list[str], *, at_once: bool, service: bool = False, udid: str = ""
) -> None:
    """Have clients speak to a phone, each with a name of its own, all at once or one after the other."""
    async with AsyncExitStack() as everybody:
        for label in labels:
            async with AsyncExitStack() as alone:
                stack = everybody if at_once else alone
                lockdown = await create_using_usbmux(
                    udid or phone.udid, label=label, usbmux_address=phone.address.usbmux
                )
                stack.push_async_callback(lockdown.close)
                if service:
                    diagnostics = await stack.enter_async_context(DiagnosticsService(lockdown))
                    await lockdown.close()
                    await diagnostics.info()


@pytest.mark.parametrize("service", [False, True], ids=["lockdown", "a service that lockdown started"])
def test_two_clients_past_the_gate_are_seen(watched: Watched, service: bool) -> None:
    asyncio.run(use(watched, ["70.1", "60.2"], at_once=True, service=service))
    # The first one says goodbye to lockdown, too, and is late with that.
    assert watched.wrong()[0] == "double"


def test_two_clients_one_after_the_other_are_right(watched: Watched) -> None:
    asyncio.run(use(watched, ["70.1", "60.2"], at_once=False, service=True))
    assert watched.wrong() == []
    asyncio.run(use(watched, ["70.1"], at_once=False))
    assert watched.wrong() == ["late"]
    assert watched.close() == {"live": {}}


def test_a_phone_left_altered_is_seen_by_its_next_client(watched: Watched) -> None:
    with open_control(watched.address.control) as control:
        control.ask({"phone": "v-16", "do": "wifi", "switch": "off"})
    asyncio.run(use(watched, ["70.1"], at_once=False))
    assert watched.wrong() == ["altered"]


def test_who_is_at_a_phone_through_the_process_that_holds_its_tunnel_is_seen(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tunnelchild_start, "MODULE", tunnelchild.MODULE)
    udid = watched.address.phones[1].udid
    told = json.dumps({"pid": 70, "epochs": {udid.replace("-", ""): 1}})
    environment = os.environ | {WHO: told, USBMUX_ENVIRONMENT: watched.address.usbmux}

    async def beside_a_tunnel() -> None:
        tunnel, _ = await tunnelchild_start.open_in_child("v-18", udid, environment, OPEN_WITHIN_S)
        await use(watched, ["60.2"], at_once=True, udid=udid)
        await tunnel.close()

    asyncio.run(beside_a_tunnel())
    assert watched.wrong()[0] == "double"
    assert watched.close() == {"live": {}}
