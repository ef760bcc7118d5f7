"""What the documents show is run: Python compiles against the code, YAML loads, JSON parses."""

from __future__ import annotations

import re
from pathlib import Path

from harness.api import App
from harness.config.devices import load_devices
from harness.model.callbacks import Callback
from harness.virtual.address import parse_rack_address
from harness.virtual.serve import load_apps
from tests.unit.docs.pages import ROOT, blocks, page

README = page("README.md")
VIRTUAL_IPHONE = page("docs/virtual-iphone.md")


def test_the_readmes_story_uses_only_what_there_is() -> None:
    (story,) = blocks(README, "python")
    compile(story, "README.md", "exec")
    for verb in re.findall(r"\bapp\.(\w+)\(", story):
        assert callable(getattr(App, verb, None)), verb
    for callback in re.findall(r"Callback\.(\w+)", story):
        assert callback in Callback.__members__


def test_the_readme_names_files_that_exist() -> None:
    for path in re.findall(r"`((?:docs|harness|tools)/[\w./-]+)`", README + VIRTUAL_IPHONE):
        assert (ROOT / path).exists(), path


def test_the_shipped_devices_yaml_is_the_readmes() -> None:
    assert [entry.virtual and entry.virtual.ios for entry in load_devices(ROOT / "devices.yaml").devices] == [
        "15.8",
        "16.7",
        "18.5",
        "26.0",
    ]


def test_the_ready_line_of_a_rack_is_read_as_shown() -> None:
    (line,) = blocks(VIRTUAL_IPHONE, "json")
    assert [phone.name for phone in parse_rack_address(line).phones] == ["v-16"]


def test_the_example_app_can_be_loaded(tmp_path: Path) -> None:
    (app,) = blocks(VIRTUAL_IPHONE, "python")
    (tmp_path / "my_apps.py").write_text(app)
    assert [bundle.bundle_id for bundle in load_apps(tmp_path / "my_apps.py")] == ["com.example.forgetful"]
