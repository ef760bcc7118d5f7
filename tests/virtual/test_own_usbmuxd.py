"""What is at the usbmuxd that ``USBMUXD_SOCKET_ADDRESS`` names: phones, or the models of a rack."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.config.places import STATE_DIR_VARIABLE
from harness.drivers.pmd3.transport import USBMUX_ENVIRONMENT, choose_usbmux
from harness.farm.reach import attached_phones
from harness.model.identity import Hardware
from harness.virtual.address import RackAddress
from harness.virtual.launcher import start_rack

DEVICES = 'version: 1\ndevices:\n  - {name: v-16, virtual: {ios: "16.7"}}\n'


@pytest.fixture
def rack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RackAddress]:
    (tmp_path / "devices.yaml").write_text(DEVICES)
    monkeypatch.setenv(STATE_DIR_VARIABLE, str(tmp_path / "state"))
    choose_usbmux(None)
    with start_rack(tmp_path / "devices.yaml") as running:
        yield running.address


def own_phones() -> list[tuple[str, Hardware]]:
    found = asyncio.run(attached_phones())
    assert found.problems == ()
    return [(phone.identity.udid, phone.identity.hardware) for phone in found.phones]


def addresses(rack: RackAddress) -> list[str]:
    port = rack.usbmux_tcp.rpartition(":")[2]
    # A path may be written in more than one way: macOS has /tmp behind a link.
    detour = str(Path(rack.usbmux).parent / ".." / Path(rack.usbmux).parent.name / "usbmux")
    other = Path(rack.usbmux).name
    return [rack.usbmux, detour.removesuffix("usbmux") + other, rack.usbmux_tcp, f"localhost:{port}"]


def test_the_phones_of_a_running_rack_are_virtual_however_its_address_is_written(
    rack: RackAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    for address in addresses(rack):
        monkeypatch.setenv(USBMUX_ENVIRONMENT, address)
        assert own_phones() == [(rack.phones[0].udid, Hardware.VIRTUAL)], address


def test_what_is_at_an_address_that_no_rack_has_is_a_phone(
    rack: RackAddress, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Another state directory knows nothing of the rack, so there its usbmuxd is like any other.
    monkeypatch.setenv(STATE_DIR_VARIABLE, str(tmp_path / "elsewhere"))
    monkeypatch.setenv(USBMUX_ENVIRONMENT, rack.usbmux)
    assert own_phones() == [(rack.phones[0].udid, Hardware.REAL)]


def test_while_a_phone_of_a_rack_is_open_the_rack_is_not_taken_for_this_hosts_own(
    rack: RackAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(USBMUX_ENVIRONMENT, "/nonexistent/usbmuxd")
    choose_usbmux(rack.usbmux)
    try:
        assert own_phones() == []
    finally:
        choose_usbmux(None)
