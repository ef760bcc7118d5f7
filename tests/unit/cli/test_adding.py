from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.adding import add_entries
from harness.config.devices import load_devices
from harness.errors import ConfigError
from harness.model.identity import Hardware, PhoneIdentity

SHIPPED = Path(__file__).parents[3] / "devices.yaml"
_UDID = "00008120-001A2B3C4D5E6F70"


def _phone(name: str, udid: str = _UDID) -> PhoneIdentity:
    return PhoneIdentity(name, udid, "17.5", "iPhone15,4", Hardware.REAL)


def test_a_missing_file_is_made(tmp_path: Path) -> None:
    path = tmp_path / "devices.yaml"
    assert add_entries(path, [_phone("Desk")]) == ("desk",)
    entry = load_devices(path).devices[0]
    assert (entry.name, entry.udid, entry.hardware) == ("desk", _UDID, Hardware.REAL)
    assert dict(entry.labels) == {"model": "iPhone15,4"}


def test_all_that_was_there_stays_with_its_comments(tmp_path: Path) -> None:
    path = tmp_path / "devices.yaml"
    text = SHIPPED.read_text()
    path.write_text(text)
    add_entries(path, [_phone("Desk")])
    lines, before = path.read_text().splitlines(), text.splitlines()
    added = [line for line in lines if line not in before]
    assert [line for line in lines if line not in added] == before
    assert len(added) == 3
    assert [entry.name for entry in load_devices(path).devices] == ["v-15", "v-16", "v-18", "v-26", "desk"]


def test_an_entry_goes_into_the_list_when_other_sections_follow_it(tmp_path: Path) -> None:
    path = tmp_path / "devices.yaml"
    path.write_text(
        "version: 1\ndevices:\n- name: v-16\n  virtual:\n    ios: '16.7'\n"
        "# the origin\norigin: {bind: 127.0.0.1}"
    )
    add_entries(path, [_phone("Desk")])
    assert [entry.name for entry in load_devices(path).devices] == ["v-16", "desk"]


def test_a_last_line_without_an_end_gets_one(tmp_path: Path) -> None:
    path = tmp_path / "devices.yaml"
    path.write_text("version: 1\ndevices:\n  - {name: v-16, virtual: {ios: '16.7'}}")
    add_entries(path, [_phone("Desk")])
    assert [entry.name for entry in load_devices(path).devices] == ["v-16", "desk"]


@pytest.mark.parametrize(
    ("calls_itself", "name"),
    [("Erik’s iPhone", "erik-s-iphone"), ("QA: 3, left", "qa-3-left"), ("電話", "phone"), ("v-16", "v-16-2")],
)
def test_names_are_words_that_are_not_taken(tmp_path: Path, calls_itself: str, name: str) -> None:
    path = tmp_path / "devices.yaml"
    path.write_text("version: 1\ndevices:\n  - {name: v-16, virtual: {ios: '16.7'}}\n")
    other = _phone(calls_itself, _UDID.replace("70", "71"))
    assert add_entries(path, [_phone(calls_itself), other], ["v-16"])[0] == name
    assert len({entry.name for entry in load_devices(path).devices}) == 3


def test_a_list_that_cannot_be_appended_to_is_left_alone_and_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "devices.yaml"
    text = "version: 1\ndevices: [{name: v-16, virtual: {ios: '16.7'}}]\n"
    path.write_text(text)
    with pytest.raises(ConfigError, match="begin with '- '") as caught:
        add_entries(path, [_phone("Desk")])
    assert (caught.value.path, caught.value.line) == (str(path), 2)
    assert path.read_text() == text
    assert [each.name for each in tmp_path.iterdir()] == ["devices.yaml"]
