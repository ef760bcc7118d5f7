"""What the README says of the catalogue: how much is told, what is skipped, and what one sees of it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from harness.drivers.pmd3.rungs import rungs_of
from harness.model.catalogue import CATALOGUE
from harness.model.identity import Connection, Hardware, PhoneIdentity
from harness.model.rungs import Rung
from tests.plugins.runs import Place
from tests.unit.docs.pages import ROOT, blocks, page

SECTION = page("README.md").split("\n## The catalogue\n", 1)[1].split("\n## ", 1)[0]
COMMANDS = [
    line.partition("  #")[0].strip() for block in blocks(SECTION, "sh") for line in block.splitlines()
]
TELLS = {
    "--scenario S6,S63": "2 passed",
    "--ui none": "1 skipped",
    "--scenario S1 ": "9 passed",
}
"""What of a shown command tells it apart -> how its run ends on one phone."""

ONE_PHONE = """\
version: 1
devices:
  - name: v-16
    virtual: {ios: "16.7"}
"""

SCREENS = frozenset({Rung.APP_SWITCHER, Rung.SETTINGS_SCREENS, Rung.HOME_SCREEN})
"""Rungs that take the phone's screens."""

NEW_PHONE = PhoneIdentity("any", "00008120-00AB", "26.0", "iPhone17,3", Hardware.VIRTUAL)


def test_as_many_stories_are_told_as_it_says() -> None:
    assert SECTION.lstrip().startswith(f"{sum(story.is_told for story in CATALOGUE)} stories")


def test_the_stories_that_take_the_phones_screens_are_those_that_it_names() -> None:
    (told,) = re.findall(r"takes\s+the phone's screens:(.*?)\.", SECTION, re.DOTALL)
    told = re.sub(
        r"S(\d+) to S(\d+)",
        lambda found: " ".join(f"S{number}" for number in range(int(found[1]), int(found[2]) + 1)),
        told,
    )
    takes = {story.number for story in CATALOGUE if SCREENS & set(story.rungs)}
    assert set(re.findall(r"S\d+", told)) == takes


@pytest.mark.parametrize("has_screen", [False, True])
def test_a_phone_offers_its_screens_where_something_works_them(has_screen: bool) -> None:
    offered = rungs_of(NEW_PHONE, Connection.USB, runs_ahead=True, cellular=True, has_screen=has_screen)
    assert offered & SCREENS == (SCREENS if has_screen else set())


@pytest.mark.parametrize("part", TELLS)
def test_a_shown_command_ends_as_it_should(part: str, tmp_path: Path) -> None:
    (command,) = (line for line in COMMANDS if part in line)
    options = [word for word in shlex.split(command)[1:] if word not in ("--devices", "devices.yaml")]
    run = Place(tmp_path, "", ONE_PHONE).run(
        *options, "-q", "-c", "pytest.ini", str(ROOT / "harness/scenarios")
    )
    assert re.search(rf"^{TELLS[part]}(?:, \d+ deselected)? in ", run.said, re.MULTILINE), run.said
    if "skipped" in TELLS[part]:
        (shown,) = blocks(SECTION, "text")
        assert set(shown.splitlines()) <= {
            line for line in run.said.splitlines() if "told" in line or "S63" in line
        }
