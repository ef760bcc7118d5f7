"""The home button, and the pages of the home screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.virtual.kernel.front.front import Shown
from harness.virtual.kernel.front.rules import DOUBLE_PRESS_S
from harness.virtual.kernel.installed import AppBundle
from tests.virtual.kernel.support import BUNDLE_ID, Bench

WITH_BUTTON = ("iPhone9,1", "iPhone10,1", "iPhone10,5", "iPhone12,8", "iPhone14,6")
WITHOUT = ("iPhone10,3", "iPhone10,6", "iPhone12,1", "iPhone17,3")


@pytest.mark.parametrize("model", WITH_BUTTON)
def test_two_presses_soon_after_each_other_open_the_switcher(tmp_path: Path, model: str) -> None:
    bench = Bench(tmp_path, model=model)
    bench.phone.user_launch(BUNDLE_ID)
    bench.phone.press_home()
    assert bench.phone.front.shown is Shown.HOME
    bench.wait(DOUBLE_PRESS_S * 0.8)
    bench.phone.press_home()
    assert bench.phone.front.shown is Shown.SWITCHER


def test_two_presses_far_apart_do_not(tmp_path: Path) -> None:
    bench = Bench(tmp_path, model="iPhone9,1")
    bench.phone.press_home()
    bench.wait(DOUBLE_PRESS_S * 2)
    bench.phone.press_home()
    assert bench.phone.front.shown is Shown.HOME


def test_a_third_press_leaves_the_switcher(tmp_path: Path) -> None:
    bench = Bench(tmp_path, model="iPhone9,1")
    for shown in (Shown.HOME, Shown.SWITCHER, Shown.HOME):
        bench.phone.press_home()
        assert bench.phone.front.shown is shown


@pytest.mark.parametrize("model", WITHOUT)
def test_a_phone_without_a_home_button_has_no_second_press(tmp_path: Path, model: str) -> None:
    bench = Bench(tmp_path, model=model)
    bench.phone.press_home()
    bench.phone.press_home()
    assert not bench.phone.front.has_home_button
    assert bench.phone.front.shown is Shown.HOME


def _bench_with_many_apps(root: Path) -> Bench:
    bench = Bench(root)
    for number in range(30):
        bench.phone.install(AppBundle(f"dev.harness.n{number}", f"N{number}", "1.0", "N"))
    return bench


def test_every_app_is_in_the_dock_or_on_a_page(tmp_path: Path) -> None:
    bench = _bench_with_many_apps(tmp_path)
    front = bench.phone.front
    shown = {bundle_id for page in (front.dock, *front.home_pages) for bundle_id in page}
    assert shown == {app.bundle_id for app in bench.phone.apps}
    assert len(front.home_pages) == 2


def test_pages_are_swiped_within_what_there_is(tmp_path: Path) -> None:
    front = _bench_with_many_apps(tmp_path).phone.front
    front.swipe_home(7)
    assert front.home_page == 1
    front.swipe_home(-1)
    assert front.home_page == 0


def test_home_on_the_home_screen_goes_to_its_first_page(tmp_path: Path) -> None:
    bench = _bench_with_many_apps(tmp_path)
    bench.phone.front.swipe_home(1)
    bench.phone.user_launch(BUNDLE_ID)
    bench.phone.press_home()
    assert bench.phone.front.home_page == 1, "an app is left for the page that it was opened from"
    bench.phone.press_home()
    assert bench.phone.front.home_page == 0


def test_a_page_that_is_no_longer_there_is_not_shown(tmp_path: Path) -> None:
    bench = _bench_with_many_apps(tmp_path)
    bench.phone.front.swipe_home(1)
    for number in range(30):
        bench.phone.uninstall(f"dev.harness.n{number}")
    assert bench.phone.front.home_page == 0
