"""docs/your-own-app.md and docs/profiles.md: what they show is tried as a new user would."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from harness.cli.main import run
from harness.config.profile import SHIPPED, AppProfile, WayKind, load_profile
from harness.config.profile.patterns import GROUPS
from harness.model.rungs import Rung
from tests.plugins.runs import Place
from tests.unit.docs.pages import blocks, page, rows

OWN_APP = page("docs/your-own-app.md")
PROFILES = page("docs/profiles.md")
STEPS = OWN_APP.split("### D, step by step", 1)[1].split("\n## ", 1)[0]

PROFILE = "".join(
    re.sub(r"^   ", "", text, flags=re.MULTILINE)
    for text in re.findall(r"^   ```yaml\n(.*?)^   ```", STEPS, re.DOTALL | re.MULTILINE)
)
"""The pieces of the example, one after the other."""

LOG, SCENARIOS, NOT_TOLD, MISTAKE = blocks(STEPS, "text")

ONE_PHONE = """\
version: 1
devices:
  - name: v-16
    virtual: {ios: "16.7"}
"""


@pytest.fixture
def courier(tmp_path: Path) -> Path:
    path = tmp_path / "courier.yaml"
    path.write_text(PROFILE)
    return path


def test_the_steps_make_the_shipped_profile(courier: Path) -> None:
    assert load_profile(courier).model_dump() == load_profile(SHIPPED / "courier.yaml").model_dump()


def test_every_line_of_the_log_is_read_by_a_pattern(courier: Path) -> None:
    profile = load_profile(courier)
    patterns = [pattern for each in profile.recognise.values() for pattern in each]
    patterns += [way.acknowledged or "" for ways in profile.triggers.values() for way in ways]
    lines = LOG.splitlines()
    assert {pattern for pattern in patterns if not any(re.search(pattern, line) for line in lines)} == set()
    assert [line for line in lines if not any(re.search(pattern, line) for pattern in patterns)] == []


def test_the_stories_it_can_be_told_are_listed_as_shown(
    courier: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["harness", "scenarios", "--app", str(courier)])
    assert run() == 0
    listed = capsys.readouterr().out.splitlines()
    assert [
        shown for shown in SCENARIOS.splitlines() if not any(line.startswith(shown) for line in listed)
    ] == []


def test_the_stories_are_told_as_shown(courier: Path, tmp_path: Path) -> None:
    stories = (
        "from harness.scenarios.test_background_download import *\n"
        "from harness.scenarios.test_without_wifi import *\n"
    )
    (tmp_path / "run").mkdir()
    told = Place(tmp_path / "run", stories, ONE_PHONE).run("-q", f"--app={courier}", "--scenario=S5,S56")
    assert "1 passed" in told.said, told.said
    assert NOT_TOLD.strip() in told.said


def test_a_mistake_is_reported_as_shown(
    courier: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    courier.write_text(PROFILE.replace("- launch:", "- lanch:", 1))
    monkeypatch.chdir(courier.parent)
    monkeypatch.setattr(sys, "argv", ["harness", "scenarios", "--app", courier.name])
    assert run() == 2
    assert MISTAKE.strip() in capsys.readouterr().err


def test_every_key_is_described() -> None:
    assert set(rows(PROFILES, "## Keys")) == {f"`{key}`" for key in AppProfile.model_fields}


def test_every_way_is_described() -> None:
    told = rows(PROFILES, "## Ways")
    assert [cell.strip("`").partition(":")[0] for cell in told] == [kind.value for kind in WayKind]
    for kind, rung in ((WayKind.URL, Rung.OPEN_URL), (WayKind.TAP, Rung.TAP)):
        (works,) = (cells[1] for cell, cells in told.items() if cell.startswith(f"`{kind}:"))
        assert f"*{rung}*" in works


def test_every_group_is_described() -> None:
    assert set(rows(PROFILES, "## Patterns")) == {f"`{group}`" for group in GROUPS}
