from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.config.devices import load_devices
from harness.farm.agent.listing import HostListing

HEAD = "version: 1\nhosts: {mini1: {}, mini2: {}}\ndevices:\n"
A = '  - {name: v-a, host: mini1, virtual: {ios: "16.7"}}\n'
B = '  - {name: v-b, host: mini1, labels: {rack: b}, virtual: {ios: "18.5"}}\n'
ELSEWHERE = '  - {name: v-c, host: mini2, virtual: {ios: "16.7"}}\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return written(tmp_path / "devices.yaml", HEAD + A)


def written(path: Path, text: str) -> Path:
    """Save a file as editors do: another one takes its place."""
    (path.parent / "new").write_text(text)
    os.replace(path.parent / "new", path)
    return path


def listing_of(path: Path) -> HostListing:
    """A listing that has found out that nothing was changed since it was loaded."""
    listing = HostListing(load_devices(path).on("mini1"), "mini1")
    for _ in range(2):
        listing.look()
    return listing


def names(listing: HostListing) -> list[str]:
    return [phone.name for phone in listing.look().devices]


def test_a_changed_file_counts_once_it_has_stood_still_between_two_looks(path: Path) -> None:
    listing = listing_of(path)
    written(path, HEAD + A + B)
    assert names(listing) == ["v-a"]
    assert names(listing) == ["v-a", "v-b"]
    assert listing.wrong == ""


def test_a_file_that_was_changed_before_the_first_look_counts_too(path: Path) -> None:
    listing = HostListing(load_devices(path).on("mini1"), "mini1")
    path.write_text(HEAD + B)
    listing.look()
    assert names(listing) == ["v-b"]


@pytest.mark.parametrize("text", [HEAD + A, HEAD + A + ELSEWHERE, f"# the same\n{HEAD}{A}"])
def test_what_says_the_same_of_this_host_changes_nothing(path: Path, text: str) -> None:
    listing = listing_of(path)
    before = listing.look()
    written(path, text)
    listing.look()
    assert listing.look() is before


def test_a_wrong_file_is_told_with_its_line_and_changes_nothing_until_it_is_right(path: Path) -> None:
    listing = listing_of(path)
    written(path, HEAD + A + "  - {name: v-b, host: mini3}\n")
    listing.look()
    assert names(listing) == ["v-a"]
    assert listing.wrong.startswith(f"{path}:5:5: phone 'v-b' needs 'udid'")
    assert listing.wrong.endswith(". Until it is right, phones are served as it said before")
    assert "\n" not in listing.wrong
    written(path, HEAD + A + B)
    listing.look()
    assert names(listing) == ["v-a", "v-b"]
    assert listing.wrong == ""


def test_a_file_that_is_not_there_for_a_moment_changes_nothing(path: Path) -> None:
    listing = listing_of(path)
    path.unlink()
    assert names(listing) == ["v-a"]
    assert listing.wrong == ""
    assert names(listing) == ["v-a"]
    assert listing.wrong.startswith(f"{path}: there is no such file. Until it is right, ")
    written(path, HEAD + A)
    listing.look()
    assert names(listing) == ["v-a"]
    assert listing.wrong == ""


def test_a_file_that_is_moved_away_and_back_is_right_again(path: Path) -> None:
    listing = listing_of(path)
    path.rename(path.parent / "away")
    for _ in range(2):
        listing.look()
    assert listing.wrong
    (path.parent / "away").rename(path)
    for _ in range(2):
        listing.look()
    assert listing.wrong == ""


def test_what_a_file_names_may_come_later(path: Path) -> None:
    listing = listing_of(path)
    written(path, f"defaults: {{app: mine.yaml}}\n{HEAD}{A}{B}")
    listing.look()
    assert names(listing) == ["v-a"]
    assert "there is no app profile 'mine.yaml'" in listing.wrong
    (path.parent / "mine.yaml").touch()
    assert names(listing) == ["v-a", "v-b"]
    assert listing.wrong == ""


def test_a_host_whose_last_phone_was_taken_out_serves_none_and_says_so(path: Path) -> None:
    listing = listing_of(path)
    written(path, HEAD + ELSEWHERE)
    listing.look()
    assert names(listing) == []
    assert (
        listing.wrong
        == f"{path}: no phone has 'host: mini1' (did you mean 'mini2'?): none is granted to anybody"
    )


def test_another_store_is_told_and_does_not_count(path: Path) -> None:
    listing = listing_of(path)
    written(path, f"store: postgresql://farm:secret@db/farm\n{HEAD}{A}{B}")
    listing.look()
    assert names(listing) == ["v-a", "v-b"]
    assert "its 'store:' is another one now" in listing.wrong
    assert "secret" not in listing.wrong
