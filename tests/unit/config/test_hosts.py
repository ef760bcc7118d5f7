from __future__ import annotations

from pathlib import Path

import pytest

from harness.config.devices import load_devices
from harness.errors import ConfigError

RACK = """\
version: 1
hosts: {mini1: {ssh: farm@mini1}, mini2: {}}
devices:
  - {name: a, host: mini1, virtual: {ios: "16.7"}}
  - {name: b, host: HOST, virtual: {ios: "18.5"}}
  - {name: c, virtual: {ios: "26.0"}}
"""


def _written(directory: Path, host: str) -> Path:
    path = directory / "devices.yaml"
    path.write_text(RACK.replace("HOST", host))
    return path


def test_a_file_can_be_cut_down_to_the_phones_of_one_host(tmp_path: Path) -> None:
    file = load_devices(_written(tmp_path, "mini2")).on("mini1")
    assert [entry.name for entry in file.devices] == ["a"]
    assert file.path.name == "devices.yaml"
    assert file.hosts["mini1"].ssh == "farm@mini1"


def test_a_host_that_has_no_phone_is_refused_with_the_ones_that_have(tmp_path: Path) -> None:
    file = load_devices(_written(tmp_path, "mini2"))
    with pytest.raises(ConfigError, match=r"no phone has 'host: mini'.*did you mean.*mini1 or mini2"):
        file.on("mini")


def test_a_phone_on_a_host_that_nobody_named_is_an_error_at_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no host 'mini3'") as caught:
        load_devices(_written(tmp_path, "mini3"))
    assert (caught.value.line, caught.value.column) == (5, 21)


def test_a_run_on_a_host_has_its_own_address_for_phones_and_the_rest_as_everywhere(tmp_path: Path) -> None:
    text = """\
version: 1
origin: {bind: 10.0.7.2, access_point: [switch-wifi, "{state}"]}
hosts: {mini1: {origin: {bind: 10.0.7.11}}, mini2: {}}
devices:
  - {name: a, host: mini1, virtual: {ios: "26.0"}}
  - {name: b, host: mini2, virtual: {ios: "26.0"}}
"""
    (tmp_path / "devices.yaml").write_text(text)
    file = load_devices(tmp_path / "devices.yaml")
    assert file.origin.bind == file.on("mini2").origin.bind == "10.0.7.2"
    own = file.on("mini1").origin
    assert (own.bind, own.access_point) == ("10.0.7.11", file.origin.access_point)
