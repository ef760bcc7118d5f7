"""What goes on a real phone is written out whole, and never over somebody's own work."""

from __future__ import annotations

import plistlib
from pathlib import Path

import pytest
import yaml

from harness.errors import ConfigError
from harness.ondevice.export import export, shipped
from harness.virtual.apps.downloader import BUNDLE_ID


def test_every_shipped_file_is_written_as_it_is(tmp_path: Path) -> None:
    paths = export(tmp_path / "new" / "place")
    written = {path.relative_to(tmp_path / "new" / "place").as_posix(): path.read_bytes() for path in paths}
    assert written == {str(path): data for path, data in shipped().items()}
    assert {"HarnessJournal.swift", "README.md", "project.yml", "Downloader/Info.plist"} <= written.keys()


def test_a_changed_file_is_not_overwritten_and_nothing_else_is_written(tmp_path: Path) -> None:
    changed = tmp_path / "HarnessJournal.swift"
    changed.write_text("mine")
    with pytest.raises(ConfigError, match=r"differ: HarnessJournal\.swift.*--force"):
        export(tmp_path)
    assert changed.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [changed]


def test_force_replaces_a_changed_file(tmp_path: Path) -> None:
    changed = tmp_path / "Downloader" / "Downloader.swift"
    export(tmp_path)
    shipped_text = changed.read_bytes()
    changed.write_text("mine")
    export(tmp_path, force=True)
    assert changed.read_bytes() == shipped_text


def test_exporting_again_leaves_unchanged_and_foreign_files_alone(tmp_path: Path) -> None:
    paths = export(tmp_path)
    foreign = tmp_path / "Downloader" / "Notes.swift"
    foreign.write_text("mine")
    before = {path: path.stat().st_mtime_ns for path in paths}
    assert export(tmp_path) == paths
    assert {path: path.stat().st_mtime_ns for path in paths} == before
    assert foreign.read_text() == "mine"


def test_a_file_in_the_way_is_a_configuration_error(tmp_path: Path) -> None:
    in_the_way = tmp_path / "place"
    in_the_way.write_text("a file")
    with pytest.raises(ConfigError, match="Name a directory"):
        export(in_the_way)


def test_every_swift_file_says_that_it_is_uncompiled() -> None:
    files = shipped()
    silent = [
        path
        for path, data in files.items()
        if path.suffix in {".swift", ".md"} and "uncompiled" not in data[:600].decode().lower()
    ]
    assert silent == []


def test_the_sample_app_can_be_read_woken_and_reached() -> None:
    data = next(data for path, data in shipped().items() if path.name == "Info.plist")
    info = plistlib.loads(data)
    assert info["UIFileSharingEnabled"]
    assert info["LSSupportsOpeningDocumentsInPlace"]
    assert info["UIBackgroundModes"] == ["fetch"]
    assert info["NSAppTransportSecurity"] == {"NSAllowsLocalNetworking": True}
    assert info["NSLocalNetworkUsageDescription"]


def test_the_project_builds_the_app_that_the_profile_names() -> None:
    data = next(data for path, data in shipped().items() if path.name == "project.yml")
    target = yaml.safe_load(data)["targets"]["Downloader"]
    assert target["settings"]["base"]["PRODUCT_BUNDLE_IDENTIFIER"] == BUNDLE_ID
    sources = {source["path"] for source in target["sources"]}
    assert sources == {"HarnessJournal.swift", "Downloader"}
