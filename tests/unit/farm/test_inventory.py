from __future__ import annotations

from pathlib import Path

import pytest

from harness.config.devices import DeviceEntry, DevicesFile, Reach, VirtualSpec
from harness.config.versions import VersionRange
from harness.errors import NoDeviceFree, NoSuchDevice
from harness.farm.inventory import Inventory, Wanted
from harness.model.identity import Connection, Hardware, PhoneIdentity

DESK = PhoneIdentity("Anna's iPhone", "00008120-00AB", "18.5", "iPhone15,4", Hardware.REAL)
RACK = PhoneIdentity("v-16", "00008030-0016", "16.7", "iPhone10,3", Hardware.VIRTUAL)
STRANGER = PhoneIdentity("Bob's iPhone", "00008120-00CD", "26.0", "iPhone17,3", Hardware.REAL)
FILE = DevicesFile(
    version=1,
    devices=(
        DeviceEntry(name="desk", udid="00008120-00ab", connection=Reach.USB, labels={"rack": "a"}),
        DeviceEntry(name="v-16", virtual=VirtualSpec(ios="16.7", model="iPhone10,3")),
    ),
).located(Path("devices.yaml"))
ALL = Inventory.of(FILE, [DESK, RACK, STRANGER])


def names(inventory: Inventory, wanted: Wanted) -> list[str]:
    return [identity.name for identity in inventory.candidates(wanted)]


def ios(text: str) -> VersionRange:
    return VersionRange.parse(text)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(), ["desk", "v-16"]),
        (Wanted(name="desk"), ["desk"]),
        (Wanted(udid="00008120-00Ab"), ["desk"]),
        (Wanted(ios=ios(">=16,<18")), ["v-16"]),
        (Wanted(ios=ios(">=16"), labels={"rack": "a"}), ["desk"]),
        (Wanted(labels={"model": "iPhone10,3"}), ["v-16"]),
        (Wanted(labels={"model": "iPhone15"}), ["desk"]),
        (Wanted(hardware=Hardware.REAL), ["desk"]),
    ],
    ids=str,
)
def test_a_phone_is_selected_by_all_that_is_wanted(wanted: Wanted, expected: list[str]) -> None:
    assert names(ALL, wanted) == expected


def test_a_phone_is_called_as_devices_yaml_calls_it_and_keeps_its_own_udid() -> None:
    (desk,) = ALL.candidates(Wanted(name="desk"))
    assert (desk.name, desk.udid) == ("desk", DESK.udid)


def test_a_request_that_nothing_can_satisfy_says_of_each_phone_why_not() -> None:
    with pytest.raises(NoSuchDevice) as caught:
        ALL.candidates(Wanted(ios=ios(">=17"), labels={"rack": "b"}))
    assert str(caught.value).splitlines() == [
        "no phone can be ios=>=17, rack=b",
        "  desk: its rack is a",
        "  v-16: it has no label rack",
        "  Bob's iPhone (00008120-00CD): it is not in devices.yaml",
    ]


@pytest.mark.parametrize(
    ("wanted", "fault"),
    [
        (Wanted(name="x"), "its name is not x"),
        (Wanted(udid="x"), "its UDID is 00008120-00AB"),
        (Wanted(ios=ios("15")), "it runs iOS 18.5"),
        (Wanted(labels={"model": "iPhone1"}), "its model is iPhone15,4"),
        (Wanted(hardware=Hardware.VIRTUAL), "it is real"),
    ],
    ids=str,
)
def test_why_a_phone_cannot_be_what_is_wanted(wanted: Wanted, fault: str) -> None:
    assert ALL.phones[0].why_not(wanted) == fault


def test_a_phone_that_may_do_but_is_away_is_not_free_rather_than_impossible() -> None:
    away = Inventory.of(FILE, [])
    with pytest.raises(NoDeviceFree) as caught:
        away.candidates(Wanted(ios=ios(">=16")))
    assert caught.value.why == ("desk: it is not attached", "v-16: its rack is not running")
    with pytest.raises(NoDeviceFree) as caught:
        away.candidates(Wanted(ios=ios("26")))
    assert caught.value.why == ("desk: it is not attached",)


def test_a_phone_is_not_used_over_a_connection_that_its_entry_rules_out() -> None:
    by_wifi = Inventory.of(FILE, [DESK], {DESK.udid: [Connection.NETWORK]})
    with pytest.raises(NoDeviceFree) as caught:
        by_wifi.candidates(Wanted(name="desk"))
    assert caught.value.why == ("desk: it is there by network, and devices.yaml allows usb",)
    assert by_wifi.strangers == ()
    both = Inventory.of(FILE, [DESK], {DESK.udid: [Connection.NETWORK, Connection.USB]})
    assert names(both, Wanted(name="desk")) == ["desk"]
    assert both.phones[0].connection is Connection.USB


def test_a_real_phone_does_not_pass_for_a_virtual_one_of_its_name() -> None:
    impostor = PhoneIdentity("v-16", "00008120-00EF", "16.7", "iPhone10,3", Hardware.REAL)
    inventory = Inventory.of(FILE, [impostor])
    assert inventory.strangers == (impostor,)
    with pytest.raises(NoDeviceFree):
        inventory.candidates(Wanted(name="v-16"))


def test_without_devices_yaml_every_attached_phone_may_be_used() -> None:
    assert names(Inventory.of(None, [DESK, STRANGER]), Wanted()) == ["Anna's iPhone", "Bob's iPhone"]
    with pytest.raises(NoSuchDevice, match="there is none at all"):
        Inventory.of(None, []).candidates(Wanted())


def test_a_phone_that_is_away_may_be_of_any_version_unless_its_label_names_one() -> None:
    labelled = DeviceEntry(name="shelf", udid="00008120-00ef", labels={"ios": "15.8"})
    file = FILE.model_copy(update={"devices": (*FILE.devices, labelled)})
    away = Inventory.of(file, [])
    assert [(phone.name, phone.ios) for phone in away.possible(Wanted())] == [
        ("desk", None),
        ("v-16", "16.7"),
        ("shelf", "15.8"),
    ]
    assert [phone.name for phone in away.possible(Wanted(ios=ios(">=16")))] == ["desk", "v-16"]


def test_a_phone_that_is_attached_and_did_not_answer_says_why_it_cannot_be_had() -> None:
    inventory = Inventory.of(FILE, [], silent={"00008120-00AB": "it does not trust this host. Tap Trust."})
    with pytest.raises(NoDeviceFree) as caught:
        inventory.candidates(Wanted(name="desk"))
    assert caught.value.why == ("desk: it does not trust this host. Tap Trust.",)


def test_a_virtual_phone_does_not_pass_for_a_real_one_of_its_udid() -> None:
    model = PhoneIdentity("v-18", DESK.udid, "18.5", "iPhone15,4", Hardware.VIRTUAL)
    with pytest.raises(NoDeviceFree) as caught:
        Inventory.of(FILE, [model]).candidates(Wanted(name="desk"))
    assert caught.value.why == ("desk: what has its UDID is a virtual phone",)
