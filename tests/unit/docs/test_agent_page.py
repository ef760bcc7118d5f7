"""docs/agent.md: what is installed, what is said next and what an agent tells of are the program's own."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from harness.cli import farm
from harness.cli.farm import Plan
from harness.cli.out import Out
from harness.config.devices import load_devices
from harness.farm.agent import agent, service
from harness.farm.agent.awake import Wakefulness
from harness.farm.agent.listing import HostListing
from harness.farm.agent.telling import Event, Happening
from harness.farm.health.limits import LIMITS
from harness.farm.health.rotation import FLAPS_PER_HOUR
from harness.farm.leases.schema import TABLES
from tests.unit.docs.pages import ROOT, blocks, page, rows

TEXT = page("docs/agent.md")
(SESSION,) = blocks(TEXT, "console")
ON_A_MAC, WRONG = blocks(TEXT, "text")

LISTED = """\
version: 1
hosts: {mini1: {}}
devices:
  - {name: v-a, host: mini1, virtual: {ios: "16.7"}}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory, and nothing that says otherwise where things are kept."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("HARNESS_STATE_DIR", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def installed(home: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What the command says, with the home directory as ``~``."""
    farm.init(Plan(host="mini1"), Out(as_json=False))
    return capsys.readouterr().out.replace(str(home), "~")


def test_what_is_installed_where_systemd_is_is_told_as_shown(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    told = installed(home, capsys)
    store, _, rest = SESSION.partition("\n")[2].partition("\n")
    assert store == "leases are kept in postgresql://farm@db/farm: its tables are there"
    assert told.partition("\n")[2] == rest


def test_what_is_run_next_on_a_mac_is_told_as_shown(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    told = installed(home, capsys)
    assert ON_A_MAC in told
    assert "`~/Library/LaunchAgents/dev.harness.agent.mini1.plist`" in TEXT
    assert f"started again {service.RESTART_AFTER_S} s after it ended" in TEXT
    assert f"gets {service.LEAVES_WITHIN_S} s to put phones right" in TEXT.replace("\n", " ").replace(
        "  ", " "
    )


def test_everything_that_an_agent_tells_of_is_told() -> None:
    assert list(rows(TEXT, "## What it says")) == list(Happening)


def test_a_changed_file_that_is_wrong_is_told_as_shown(home: Path) -> None:
    file = home / "devices.yaml"
    file.write_text(LISTED)
    listing = HostListing(load_devices("devices.yaml").on("mini1"), "mini1")
    file.write_text(f"{LISTED}\n\n  - {{name: v-d, host: mini1}}\n")
    for _ in range(2):
        listing.look()
    assert listing.wrong == WRONG.strip()


def test_a_mac_is_kept_awake_as_is_told() -> None:
    told: list[Event] = []
    Wakefulness(told.append, "no-such-program").keep(True)
    assert [event.happening for event in told] == [Happening.TROUBLE]
    assert "`caffeinate -i`" in TEXT


def test_the_figures_are_the_programs_own() -> None:
    limits = {limit.what: f"{limit.value:g} {limit.unit}" for limit in LIMITS}
    charge, warmth = limits["charge, at least"], limits["warmth of the battery, at most"]
    assert f"out of rotation below {charge} and above {warmth}" in TEXT
    days_left = limits["days left of a profile or a certificate, warned below"]
    assert f"`harness doctor` warns from {days_left}" in TEXT
    assert FLAPS_PER_HOUR == 6
    assert "more than six times an hour" in TEXT
    assert "('lease_s', '10')" in TABLES
    assert "was not heard for 10 s" in TEXT.replace("\n   ", " ")
    assert agent.LEAVE_WITHIN_S < service.LEAVES_WITHIN_S


def test_every_page_that_is_linked_is_there_with_its_heading() -> None:
    for name in ("docs/agent.md", "docs/rack.md", "docs/ci.md", "docs/rack-failures.md"):
        for path, heading in re.findall(r"\]\(([^)#:]*\.md)?(?:#([\w-]+))?\)", page(name)):
            target = (ROOT / name).parent / path if path else ROOT / name
            assert target.is_file(), (name, path)
            headings = re.findall(r"^#+ (.*)", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert not heading or heading in map(anchor, headings), (name, path, heading)


def anchor(heading: str) -> str:
    """What GitHub calls a heading in a link."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
