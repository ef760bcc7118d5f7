"""docs/screen.md: its picture is that of virtual phones, its names are those there are, it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import signature
from pathlib import Path

import pytest

from harness import errors
from harness.api import App, Device
from harness.api.siri import WIFI_WORDS
from harness.config.devices import load_devices
from harness.drivers.ui.appium.server import HOME_VARIABLE
from harness.drivers.ui.supervisor import PORTS, Patience
from harness.drivers.ui.ways import RUNNER, UiWay, UiWish, Via, way_to
from harness.model.ends import RUNG_OF, End
from harness.model.identity import Hardware
from harness.model.rungs import Rung
from harness.plugins.ui import WAYS
from tests.plugins.runs import Place
from tests.unit.docs.pages import ROOT, blocks, page, rows
from tests.unit.docs.screens import PICTURE, picture

PAGE = page("docs/screen.md")
TROUBLES = "\n".join("|".join((key, *cells)) for key, cells in rows(PAGE, "## When it goes wrong").items())

ONE_PHONE = """\
version: 1
devices:
  - name: v-18
    virtual: {ios: "18.5", model: "iPhone14,5"}
"""


def test_the_picture_is_what_virtual_phones_show() -> None:
    assert (ROOT / PICTURE).read_text(encoding="utf-8") == picture(), "run python -m tests.unit.docs.screens"


def test_the_example_runs(tmp_path: Path) -> None:
    (example,) = blocks(PAGE, "python")
    run = Place(tmp_path, example, ONE_PHONE).run("-q")
    assert run.status == pytest.ExitCode.OK, run.said
    assert "1 passed in" in run.said


def _verbs() -> Iterator[tuple[type[App | Device], str]]:
    for owner, verb in re.findall(r"`(app|device)\.(\w+)\(", PAGE):
        yield (App if owner == "app" else Device), verb


def test_every_verb_is_one_that_there_is() -> None:
    assert [verb for owner, verb in _verbs() if not callable(getattr(owner, verb, None))] == []
    assert "by" in signature(App.background).parameters
    assert RUNG_OF[End("automation")] is Rung.AUTOMATION


def test_every_error_is_one_that_there_is() -> None:
    told = set(re.findall(r"`([A-Z]\w+(?:Failed|Unexpected|Applied|Locked|Impossible|Timeout|Error))`", PAGE))
    assert [name for name in told if not hasattr(errors, name)] == []
    assert {kind.__name__ for kind in errors.ScreenError.__subclasses__()} <= told


def test_what_is_said_of_how_long_and_where_is_so() -> None:
    patience = Patience()
    assert f"up to {patience.restarts} times within {patience.restarts_within_s / 60:g} minutes" in TROUBLES
    assert f"every port from {PORTS.start} to {PORTS.stop - 1} of the phone" in TROUBLES
    assert HOME_VARIABLE in PAGE
    assert set(WIFI_WORDS) == {"en", "de", "fr"}


def test_the_entry_of_a_real_phone_is_read(tmp_path: Path) -> None:
    (entry,) = re.findall(r"^   ```yaml\n(.*?)^   ```", PAGE, re.DOTALL | re.MULTILINE)
    (tmp_path / "devices.yaml").write_text(re.sub(r"^   ", "", entry, flags=re.MULTILINE))
    (phone,) = load_devices(tmp_path / "devices.yaml").devices
    assert way_to(Hardware.REAL, phone.ui) == UiWay(Via.WDA, "com.example.wda.xctrunner")


def test_the_entry_of_a_phone_whose_runner_is_kept_is_read(tmp_path: Path) -> None:
    (entry,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    (tmp_path / "devices.yaml").write_text(entry)
    (phone,) = load_devices(tmp_path / "devices.yaml").devices
    assert way_to(Hardware.REAL, phone.ui) == UiWay(Via.WDA, RUNNER, None, "http://127.0.0.1:8101")


def test_every_way_is_told() -> None:
    assert {word for word in WAYS if f"--ui {word}" not in PAGE} == set()
    assert way_to(Hardware.REAL, None) is None
    assert way_to(Hardware.VIRTUAL, None) == UiWay(Via.WDA, RUNNER)
    assert UiWish.parse(None, "http://127.0.0.1:4723").via is Via.APPIUM
    assert RUNNER in rows(PAGE, "## How it is worked")["`{appium: URL}`"][0]
