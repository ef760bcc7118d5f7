"""The app switcher as a finger finds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.model.states import AppState
from harness.virtual.kernel.front.front import NoSuchCard, Shown
from harness.virtual.kernel.installed import SETTINGS
from tests.virtual.kernel.support import BUNDLE_ID, Bench

NOTES = "com.apple.mobilenotes"
WEATHER = "com.apple.weather"


def _bench_with_cards(root: Path) -> Bench:
    """A phone on whose home screen the sample was opened, then Notes, then Weather."""
    bench = Bench(root)
    for bundle_id in (BUNDLE_ID, NOTES, WEATHER):
        bench.phone.user_launch(bundle_id)
    bench.phone.press_home()
    return bench


def test_the_app_used_last_has_the_first_card(tmp_path: Path) -> None:
    bench = _bench_with_cards(tmp_path)
    assert bench.phone.front.cards == (WEATHER, NOTES, BUNDLE_ID)
    bench.phone.user_launch(BUNDLE_ID)
    assert bench.phone.front.cards == (BUNDLE_ID, WEATHER, NOTES)


def test_a_card_outlives_a_kill_a_jetsam_and_a_restart_of_the_phone(tmp_path: Path) -> None:
    bench = _bench_with_cards(tmp_path)
    phone = bench.phone
    phone.signal(bench.process.pid, 9)
    notes = phone.processes.of_bundle(NOTES)
    assert notes is not None
    phone.jetsam(notes.pid)
    phone.reboot()
    bench.wait(phone.rules.boot_s + 1)
    assert phone.processes.applications() == ()
    assert phone.front.cards == (WEATHER, NOTES, BUNDLE_ID)


def test_an_app_that_only_ran_in_the_background_has_no_card(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.launch(BUNDLE_ID, activate_suspended=True)
    bench.phone.wake_in_background(NOTES, "nsurlsessiond", "x")
    assert bench.phone.front.cards == ()


def test_a_card_swiped_away_is_gone_and_its_app_force_quit(tmp_path: Path) -> None:
    bench = _bench_with_cards(tmp_path)
    bench.phone.front.open_switcher()
    bench.phone.front.swipe_card_away(BUNDLE_ID)
    assert bench.state is AppState.NOT_RUNNING
    assert bench.phone.is_force_quit(BUNDLE_ID)
    assert bench.daemon.force_quit == [BUNDLE_ID]
    assert bench.phone.front.cards == (WEATHER, NOTES)


def test_the_card_of_an_app_that_was_killed_leaves_the_flag_and_ends_nothing(tmp_path: Path) -> None:
    bench = _bench_with_cards(tmp_path)
    bench.phone.signal(bench.process.pid, 9)
    ended = len(bench.exits)
    bench.phone.front.open_switcher()
    bench.phone.front.swipe_card_away(BUNDLE_ID)
    assert bench.phone.is_force_quit(BUNDLE_ID)
    assert len(bench.exits) == ended


def test_an_app_that_is_removed_has_no_card_and_cannot_be_swiped_away(tmp_path: Path) -> None:
    bench = _bench_with_cards(tmp_path)
    bench.phone.uninstall(BUNDLE_ID)
    assert bench.phone.front.cards == (WEATHER, NOTES)
    with pytest.raises(NoSuchCard, match="sample"):
        bench.phone.front.swipe_card_away(BUNDLE_ID)
    assert not bench.phone.is_force_quit(BUNDLE_ID)


def test_the_switcher_stays_open_until_its_last_card_is_gone(tmp_path: Path) -> None:
    bench = _bench_with_cards(tmp_path)
    front = bench.phone.front
    front.open_switcher()
    for bundle_id in (WEATHER, NOTES):
        front.swipe_card_away(bundle_id)
        assert front.shown is Shown.SWITCHER
    front.swipe_card_away(BUNDLE_ID)
    assert front.shown is Shown.HOME


def test_an_app_under_the_switcher_is_inactive_and_active_again_afterwards(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.user_launch(BUNDLE_ID)
    bench.phone.front.open_switcher()
    assert bench.state is AppState.FOREGROUND_INACTIVE
    bench.phone.front.close_switcher()
    assert bench.state is AppState.FOREGROUND_ACTIVE
    assert bench.calls == ["launched inactive", "active active", "resign active", "active active"]


def test_an_app_left_from_the_switcher_is_told_once_that_it_is_inactive(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.user_launch(BUNDLE_ID)
    bench.phone.front.open_switcher()
    bench.phone.press_home()
    assert bench.calls[2:] == ["resign active", "background background"]
    assert bench.phone.front.shown is Shown.HOME


def test_an_app_swiped_away_from_the_front_leaves_the_home_screen_under_the_switcher(tmp_path: Path) -> None:
    bench = _bench_with_cards(tmp_path)
    bench.phone.user_launch(BUNDLE_ID)
    bench.phone.front.open_switcher()
    bench.phone.front.swipe_card_away(BUNDLE_ID)
    bench.wait(6)
    assert bench.state is AppState.NOT_RUNNING
    assert bench.phone.front.shown is Shown.SWITCHER
    bench.phone.front.close_switcher()
    assert bench.phone.front.shown is Shown.HOME


def test_the_card_of_the_app_in_front_goes_back_to_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.user_launch(BUNDLE_ID)
    bench.phone.front.open_switcher()
    bench.phone.front.open_card(BUNDLE_ID)
    assert (bench.phone.front.shown, bench.state) == (Shown.APP, AppState.FOREGROUND_ACTIVE)


def test_an_app_that_a_tool_launches_closes_the_switcher(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.front.open_switcher()
    bench.phone.launch(SETTINGS.bundle_id)
    assert bench.phone.front.shown is Shown.APP


def test_locking_closes_the_switcher_and_a_locked_phone_opens_none(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.front.open_switcher()
    bench.phone.lock()
    bench.phone.front.open_switcher()
    assert bench.phone.front.shown is Shown.LOCK_SCREEN
    bench.phone.unlock()
    assert bench.phone.front.shown is Shown.HOME
