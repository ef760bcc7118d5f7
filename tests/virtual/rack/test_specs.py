from __future__ import annotations

from pathlib import Path

import pytest

from harness.config.devices import Language
from harness.errors import ConfigError
from harness.virtual.kernel.front.siri import PHRASES
from harness.virtual.specs import parse_specs, specs_of, specs_to_json

DEVICES = """\
version: 1
devices:
  - name: v-16
    virtual: {ios: "16.7", model: "iPhone10,3", cellular: false, seed: 7, clock_rate: 2.5}
  - name: desk
    udid: 00008030-0000000000000001
  - name: v-18
    virtual: {ios: "18.5", model: "iPhone14,5", language: de}
"""


def test_what_a_rack_is_told_is_what_the_file_says(tmp_path: Path) -> None:
    (tmp_path / "devices.yaml").write_text(DEVICES)
    specs = specs_of(tmp_path / "devices.yaml", nonce="n")
    assert [(spec.name, spec.ios, spec.cellular, spec.seed, spec.language) for spec in specs] == [
        ("v-16", "16.7", False, 7, "en"),
        ("v-18", "18.5", True, specs[1].seed, "de"),
    ]
    assert parse_specs(specs_to_json(specs)) == specs


def test_a_screen_speaks_every_language_that_a_file_can_ask_for() -> None:
    assert {language.value for language in Language} == set(PHRASES)


def test_the_nonce_makes_other_udids(tmp_path: Path) -> None:
    (tmp_path / "devices.yaml").write_text(DEVICES)
    one, other = (specs_of(tmp_path / "devices.yaml", nonce=nonce) for nonce in ("a", "b"))
    assert {spec.udid for spec in one}.isdisjoint(spec.udid for spec in other)


def test_a_file_without_a_virtual_phone_makes_no_rack(tmp_path: Path) -> None:
    real = "version: 1\ndevices:\n  - name: desk\n    udid: 00008030-0000000000000001\n"
    (tmp_path / "devices.yaml").write_text(real)
    with pytest.raises(ConfigError, match="no virtual phone in this file"):
        specs_of(tmp_path / "devices.yaml")


@pytest.mark.parametrize("text", ["", "{}}", '[{"name": "v"}]', '[{"nobody": 1}]', "[7]"])
def test_anything_else_is_no_specification(text: str) -> None:
    with pytest.raises(ConfigError, match="expected what phones are to be"):
        parse_specs(text)
