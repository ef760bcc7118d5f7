"""Which phones an agent finds: real ones at this host's usbmuxd, under their names of devices.yaml."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from socket import gethostname

import pytest

from harness.config.devices import load_devices
from harness.drivers.pmd3.transport import choose_usbmux
from harness.farm.agent import attendance
from harness.farm.agent.attendance import BEING_ASKED, LEAVING, Attendance, Attending
from harness.farm.reach import Attached, attached_phones
from harness.model.identity import Connection, Hardware
from harness.virtual.launcher import start_rack
from harness.virtual.specs import udid_of
from tests.virtual.cli.desk import Desk

RACK = """\
version: 1
devices:
  - {name: v-a, virtual: {ios: "16.7", seed: 1}}
  - {name: v-b, connection: any, virtual: {ios: "18.5", seed: 2}}
  - {name: v-c, connection: network, virtual: {ios: "16.7", seed: 3}}
"""
A, B, C = (udid_of(name, seed, "iPhone12,1") for seed, name in enumerate(("v-a", "v-b", "v-c"), 1))
WITHIN_S = 60.0
HOST_FILE = f"""\
version: 1
hosts: {{mini1: {{}}, mini2: {{}}}}
devices:
  - {{name: desk-a, udid: {A.lower()}, host: mini1, labels: {{rack: left}}}}
  - {{name: desk-b, udid: {B}, host: mini1, connection: usb}}
  - {{name: desk-c, udid: {C}, host: mini1, connection: usb}}
  - {{name: gone, udid: 00008120-001A2B3C4D5E6F70, host: mini1}}
  - {{name: elsewhere, udid: 00008120-001A2B3C4D5E6F71, host: mini2}}
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Phones that are attached to this host as far as anybody here can tell: nobody says that a rack runs."""
    directory = tmp_path_factory.mktemp("attached")
    (directory / "devices.yaml").write_text(RACK)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_STATE_DIR", str(directory / "state"))
        patch.setenv("HOME", str(directory))
        with start_rack(directory / "devices.yaml") as rack:
            # A driver that was used in this process before has named its usbmuxd there.
            choose_usbmux(None)
            patch.setenv("HARNESS_STATE_DIR", str(directory / "another"))
            patch.setenv("USBMUXD_SOCKET_ADDRESS", rack.address.usbmux)
            yield Desk(directory, rack.address.usbmux)


@pytest.fixture
def watch(desk: Desk, tmp_path: Path) -> Attendance:
    """Who looks for the phones of mini1."""
    (tmp_path / "devices.yaml").write_text(HOST_FILE)
    return Attendance(load_devices(tmp_path / "devices.yaml").on("mini1"))


def look(watch: Attendance) -> Attending:
    return asyncio.run(watch.look())


def test_attached_phones_are_found_under_their_names_with_labels_and_the_ways_that_are_allowed(
    watch: Attendance,
) -> None:
    found = {phone.name: phone for phone in look(watch).phones}
    assert found.keys() == {"desk-a", "desk-b"}
    first = found["desk-a"]
    assert (first.udid, first.labels, first.connection) == (A, {"rack": "left"}, Connection.USB)
    assert first.reach.identity.hardware is Hardware.REAL
    assert first.reach.usbmux is None
    assert first.reach.clock == ""
    assert found["desk-b"].reach.ways == (Connection.USB,)
    assert watch.phone(A) == first
    assert watch.phone(C) is None


def test_of_a_phone_of_this_host_that_cannot_be_had_the_reason_is_told(watch: Attendance) -> None:
    assert look(watch).away == {
        "desk-c": "it is there by network, and devices.yaml allows usb",
        "gone": "it is not attached",
    }


def test_while_usbmuxd_does_not_answer_that_is_told_of_every_real_phone_and_nobody_is_asked_again(
    desk: Desk, watch: Attendance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = look(watch)
    with monkeypatch.context() as patch:
        patch.setenv("USBMUXD_SOCKET_ADDRESS", str(tmp_path / "nothing"))
        blind = look(watch)
    why = f"usbmuxd on {gethostname()} does not answer"
    assert (blind.phones, blind.away.keys()) == ((), {"desk-a", "desk-b", "desk-c", "gone"})
    assert all(told.startswith(why) and "Start it again" in told for told in blind.away.values())
    assert blind.blind.startswith(why)
    assert {A, B} <= blind.unseen
    monkeypatch.setattr(attendance, "attached_phones", None)
    assert look(watch) == before


def test_where_no_real_phone_is_to_be_there_need_be_no_usbmuxd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USBMUXD_SOCKET_ADDRESS", str(tmp_path / "nothing"))
    (tmp_path / "virtual.yaml").write_text(RACK)
    assert look(Attendance(load_devices(tmp_path / "virtual.yaml"))).blind == ""
    assert look(Attendance(None)) == Attending()


def test_without_a_devices_file_every_attached_phone_is_found_under_its_own_name(desk: Desk) -> None:
    assert sorted(phone.udid for phone in look(Attendance(None)).phones) == sorted((A, B, C))


def test_a_phone_is_asked_once_who_it_is_and_again_when_it_was_away(
    desk: Desk, watch: Attendance, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def counted(besides: list[str]) -> Attached:
        asked.extend({A, B, C} - set(besides))
        return await attached_phones(besides)

    monkeypatch.setattr(attendance, "attached_phones", counted)
    first = look(watch)
    assert look(watch) == first
    assert sorted(asked) == sorted((A, B, C))
    shown = desk_shell(desk, "cut-cable")
    assert shown == 0
    assert {phone.name for phone in look(watch).phones} == {"desk-b"}
    assert len(asked) == 3
    assert desk_shell(desk, "plug-in") == 0
    assert look(watch) == first
    assert asked[3:] == [A]


def test_a_phone_that_hangs_keeps_nobody_from_seeing_the_others(
    watch: Attendance, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs(besides: list[str]) -> Attached:
        if A not in besides:
            await answers.wait()
        return await attached_phones(besides)

    async def seen(names: set[str]) -> Attending:
        looked = await watch.look()
        while {phone.name for phone in looked.phones} != names:
            looked = await watch.look()
        return looked

    async def look_on() -> None:
        async with asyncio.timeout(WITHIN_S):
            assert (await seen({"desk-b"})).away["desk-a"] == BEING_ASKED
            answers.set()
            assert "desk-a" not in (await seen({"desk-a", "desk-b"})).away

    answers = asyncio.Event()
    monkeypatch.setattr(attendance, "attached_phones", hangs)
    asyncio.run(look_on())


def test_phones_of_a_changed_file_are_found_and_those_it_lists_no_more_are_leaving(
    watch: Attendance, tmp_path: Path
) -> None:
    look(watch)
    changed = HOST_FILE.replace("desk-a", "renamed").replace("rack: left", "rack: right").replace(B, A[::-1])
    (tmp_path / "devices.yaml").write_text(changed)
    file = load_devices(tmp_path / "devices.yaml").on("mini1")
    for _ in range(2):
        watch.go_by(file)
    seen = look(watch)
    found = {phone.name: phone for phone in seen.phones}
    assert {name: phone.is_leaving for name, phone in found.items()} == {"renamed": False, "desk-b": True}
    assert found["renamed"].labels == {"rack": "right"}
    assert watch.phone(B) == found["desk-b"]
    (tmp_path / "devices.yaml").write_text(HOST_FILE)
    watch.go_by(load_devices(tmp_path / "devices.yaml").on("mini1"))
    assert not any(phone.is_leaving for phone in look(watch).phones)


def test_a_phone_that_is_leaving_and_gone_is_not_told_of(
    desk: Desk, watch: Attendance, tmp_path: Path
) -> None:
    look(watch)
    (tmp_path / "devices.yaml").write_text(
        HOST_FILE.replace(f"desk-a, udid: {A.lower()}", f"new, udid: {A[::-1]}")
    )
    watch.go_by(load_devices(tmp_path / "devices.yaml").on("mini1"))
    assert look(watch).away["desk-a"] == LEAVING
    assert desk_shell(desk, "cut-cable") == 0
    try:
        assert "desk-a" not in look(watch).away
    finally:
        assert desk_shell(desk, "plug-in") == 0


def desk_shell(desk: Desk, verb: str) -> int:
    """Break or mend the first phone; the exit code."""
    return desk.shell("--phone", "v-a", verb).returncode
