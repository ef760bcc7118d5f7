"""``harness scenarios``: every story, and what keeps it from being told."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.cli.main import run
from harness.config.profile import SHIPPED
from harness.model.catalogue import CATALOGUE, NOT_TOLD

DEVICES = """\
version: 1
devices:
  - name: v-16
    virtual: {ios: "16.7"}
  - name: v-26
    virtual: {ios: "26.0"}
  - name: desk
    udid: 00008120-001A2B3C4D5E6F70
    connection: usb
"""

TAPPED = """\
version: 1
bundle_id: com.example.reader
name: Reader
triggers:
  start-download: {tap: download}
"""

Rows = dict[str, dict[str, Any]]


def listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, *profiles: Path
) -> Rows:
    devices = tmp_path / "devices.yaml"
    devices.write_text(DEVICES)
    named = [word for profile in profiles for word in ("--app", str(profile))]
    words = ["harness", "scenarios", "--json", "--devices", str(devices), *named]
    monkeypatch.setattr(sys, "argv", words)
    assert run() == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {row["story"]: row for row in rows}


def test_every_story_is_listed_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = listed(monkeypatch, capsys, tmp_path, SHIPPED / "downloader.yaml")
    assert list(rows) == [story.number for story in CATALOGUE] + [one.number for one in NOT_TOLD]


def test_what_app_and_phones_have_can_be_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = listed(monkeypatch, capsys, tmp_path, SHIPPED / "courier.yaml")
    assert {(rows[story]["told"], rows[story]["lacks"]) for story in ("S1", "S9", "S10", "S56")} == {
        ("yes", "")
    }
    assert rows["S1"]["on"] == ["v-16", "v-26", "desk"]


def test_what_the_app_cannot_be_told_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    row = listed(monkeypatch, capsys, tmp_path, SHIPPED / "courier.yaml")["S12"]
    assert (row["told"], row["cannot_be_told"]) == ("no", ["use-block-api"])
    assert row["lacks"] == "Courier cannot be told use-block-api"


def test_what_its_way_does_not_pass_on_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = listed(monkeypatch, capsys, tmp_path, SHIPPED / "courier.yaml")
    assert rows["S5"]["lacks"] == "Courier cannot be told start-download with {kind}"
    assert (rows["S5"]["told"], rows["S6"]["told"]) == ("no", "yes")
    commanded = listed(monkeypatch, capsys, tmp_path, SHIPPED / "downloader.yaml")
    assert commanded["S5"]["told"] == "yes"


def test_what_a_phone_lacks_is_named_with_the_phone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = listed(monkeypatch, capsys, tmp_path, SHIPPED / "worker.yaml", SHIPPED / "downloader.yaml")
    assert (rows["S53"]["told"], rows["S53"]["on"]) == ("yes", ["v-26", "desk"])
    assert rows["S53"]["lacks"] == "v-16: continued processing tasks, from iOS 26 on"
    assert (rows["S63"]["told"], rows["S63"]["lacks"]) == ("yes", "desk: the app switcher")


def test_what_a_way_of_the_app_takes_of_a_phone_is_missing_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "reader.yaml").write_text(TAPPED)
    row = listed(monkeypatch, capsys, tmp_path, tmp_path / "reader.yaml")["S1"]
    assert (row["told"], row["missing_on"]) == ("yes", {"desk": ["tapping in the app"]})


def test_what_no_machine_tells_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = listed(monkeypatch, capsys, tmp_path, SHIPPED / "downloader.yaml")
    assert {rows[one.number]["told"] for one in NOT_TOLD} == {"no"}
    assert all(rows[one.number]["why"] for one in NOT_TOLD)
    assert rows["S8"]["told"] == "partly"
    assert "seven days" in rows["S8"]["lacks"]


def test_a_mistake_in_the_profile_ends_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    wrong = tmp_path / "reader.yaml"
    wrong.write_text(TAPPED.replace("tap:", "tip:"))
    monkeypatch.setattr(sys, "argv", ["harness", "scenarios", "--app", str(wrong)])
    assert run() == 2
    assert f"{wrong}:5:20: unknown key 'tip'" in capsys.readouterr().err
