from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cli import oneoff
from harness.cli.oneoff import Asked, Found, choose, find
from harness.errors import FarmError, NoSuchDevice, PairingRequired
from harness.farm.reach import Attached, ReachablePhone
from harness.model.identity import Connection, Hardware, PhoneIdentity

_APP = "dev.harness.downloader"


def _phone(name: str, number: int = 0, hardware: Hardware = Hardware.VIRTUAL) -> ReachablePhone:
    identity = PhoneIdentity(name, f"00008120-00000000000000{number:02X}", "16.7", "iPhone10,3", hardware)
    clock = "/clock" if hardware is Hardware.VIRTUAL else ""
    return ReachablePhone(identity, None, clock, (Connection.USB,))


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory that the command is run in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _there_are(
    monkeypatch: pytest.MonkeyPatch, racks: list[ReachablePhone], attached: list[ReachablePhone]
) -> None:
    async def attached_phones(_: object) -> Attached:
        return Attached(tuple(attached))

    monkeypatch.setattr(oneoff, "rack_phones", lambda: tuple(racks))
    monkeypatch.setattr(oneoff, "attached_phones", attached_phones)


def test_the_only_phone_is_meant_when_none_is_named(runner: asyncio.Runner) -> None:
    only = _phone("v-16")
    assert choose(Found((only,)), Asked("state"), runner, None) is only


@pytest.mark.parametrize("word", ["v-18", "00008120-0000000000000001", "00008120-0000000000000001".lower()])
def test_a_phone_is_meant_by_its_name_or_udid(runner: asyncio.Runner, word: str) -> None:
    phones = (_phone("v-16"), _phone("v-18", 1))
    assert choose(Found(phones), Asked("state", word), runner, None) is phones[1]


def test_of_several_phones_each_is_listed(runner: asyncio.Runner) -> None:
    with pytest.raises(FarmError, match="--phone NAME") as caught:
        choose(Found((_phone("v-16"), _phone("v-18", 1))), Asked("state"), runner, None)
    assert "v-16 (iOS 16.7, virtual) 00008120-0000000000000000" in str(caught.value)
    assert "v-18 (iOS 16.7, virtual) 00008120-0000000000000001" in str(caught.value)


def test_phones_of_one_name_are_told_apart_by_udid(runner: asyncio.Runner) -> None:
    with pytest.raises(FarmError, match="--phone UDID"):
        choose(Found((_phone("v-16"), _phone("v-16", 1))), Asked("kill-app", "v-16"), runner, _APP)


def test_a_name_that_no_phone_has_is_answered_with_those_there_are(runner: asyncio.Runner) -> None:
    with pytest.raises(NoSuchDevice, match=r"called v-17; there are v-16 \("):
        choose(Found((_phone("v-16"),)), Asked("state", "v-17"), runner, None)


def test_no_phone_at_all_says_how_to_get_one(runner: asyncio.Runner) -> None:
    with pytest.raises(NoSuchDevice, match="harness virtual serve"):
        choose(Found(()), Asked("state"), runner, None)


def test_the_one_phone_that_does_not_trust_this_host_is_the_error(runner: asyncio.Runner) -> None:
    refusal = PairingRequired("it does not trust this host", phone="desk")
    with pytest.raises(PairingRequired):
        choose(Found((), (refusal,)), Asked("state"), runner, None)


def test_an_attached_phone_goes_by_its_name_of_the_file_that_is_here(
    runner: asyncio.Runner, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = _phone("Erik's iPhone", 1, Hardware.REAL)
    (here / "devices.yaml").write_text(
        f"version: 1\ndevices:\n  - {{name: desk-15, udid: {desk.identity.udid.lower()}}}\n"
    )
    _there_are(monkeypatch, [_phone("v-16")], [desk])
    assert [phone.name for phone in find(Asked("state"), runner).phones] == ["v-16", "desk-15"]


def test_a_file_that_is_named_says_which_phones_are_meant(
    runner: asyncio.Runner, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, stranger = _phone("Desk", 1, Hardware.REAL), _phone("Stranger", 2, Hardware.REAL)
    named = here / "mine.yaml"
    named.write_text(f"version: 1\ndevices:\n  - {{name: desk-15, udid: {desk.identity.udid}}}\n")
    _there_are(monkeypatch, [_phone("v-16")], [desk, stranger])
    assert [phone.name for phone in find(Asked("state", devices=named), runner).phones] == ["desk-15"]


def test_a_file_that_makes_no_difference_is_not_read(
    runner: asyncio.Runner, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "devices.yaml").write_text("not a devices.yaml")
    _there_are(monkeypatch, [_phone("v-16")], [])
    assert find(Asked("kill-app", "v-16"), runner).file is None


def test_a_file_that_keeps_leases_elsewhere_is_read_for_any_phone(
    runner: asyncio.Runner, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "devices.yaml").write_text(
        "version: 1\nstore: postgresql://farm@db/farm\ndevices:\n  - {name: v-16, virtual: {ios: '16.7'}}\n"
    )
    _there_are(monkeypatch, [_phone("v-16")], [])
    with pytest.raises(FarmError, match="postgresql"):
        find(Asked("kill-app", "v-16"), runner).store()
