"""Which pages of Settings are open."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.virtual.kernel.front.front import NoAppForURL, Shown
from harness.virtual.kernel.front.pages import ROOT, Page, PageKind
from harness.virtual.kernel.installed import SETTINGS
from harness.virtual.kernel.springboard import LaunchRefused
from tests.virtual.kernel.support import BUNDLE_ID, Bench

REFRESH = (ROOT, Page(PageKind.GENERAL), Page(PageKind.BACKGROUND_REFRESH))

OPENED = (
    ("15.8", "App-prefs:General&path=AUTO_CONTENT_DOWNLOAD", REFRESH),
    ("17.5", "App-prefs:root=General&path=AUTO_CONTENT_DOWNLOAD", REFRESH),
    ("18.5", "prefs:root=General&path=AUTO_CONTENT_DOWNLOAD", (ROOT,)),
    ("26.0", "prefs:root=General&path=AUTO_CONTENT_DOWNLOAD", REFRESH),
    ("26.0", "settings-navigation://com.apple.Settings.General/AUTO_CONTENT_DOWNLOAD", REFRESH),
    ("26.0", "settings-navigation://com.apple.Settings.WiFi", (ROOT, Page(PageKind.WIFI))),
    ("26.0", "prefs:root=BATTERY_USAGE#LOW_POWER_MODE_IDENTIFIER", (ROOT, Page(PageKind.BATTERY))),
    ("16.7", f"App-prefs:{BUNDLE_ID}", (ROOT, Page(PageKind.APP, BUNDLE_ID))),
    ("26.0", f"App-prefs:{BUNDLE_ID}", (ROOT, Page(PageKind.APPS), Page(PageKind.APP, BUNDLE_ID))),
    ("16.7", "App-prefs:APPS", (ROOT,)),
    ("26.0", "prefs:root=NOTHING_OF_THE_KIND", (ROOT,)),
    ("26.0", "prefs:", (ROOT,)),
)


@pytest.mark.parametrize(("ios", "url", "pages"), OPENED)
def test_a_link_opens_what_its_version_lets_it(
    tmp_path: Path, ios: str, url: str, pages: tuple[Page, ...]
) -> None:
    bench = Bench(tmp_path, ios=ios)
    bench.phone.front.open_url(url)
    assert bench.phone.springboard.front is bench.phone.processes.of_bundle(SETTINGS.bundle_id)
    assert bench.phone.front.settings.pages == pages


@pytest.mark.parametrize(("ios", "scheme"), [("17.5", "prefs"), ("18.5", "settings-navigation")])
def test_a_scheme_that_the_version_does_not_know_opens_nothing(tmp_path: Path, ios: str, scheme: str) -> None:
    bench = Bench(tmp_path, ios=ios)
    with pytest.raises(NoAppForURL, match=scheme):
        bench.phone.front.open_url(f"{scheme}:root=WIFI")
    assert bench.phone.front.shown is Shown.HOME


def test_a_link_into_settings_is_refused_on_a_locked_phone(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.lock()
    with pytest.raises(LaunchRefused, match="locked"):
        bench.phone.front.open_url("App-prefs:WIFI")


def test_pages_are_pushed_and_popped_down_to_the_root(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.user_launch(SETTINGS.bundle_id)
    settings = bench.phone.front.settings
    settings.push(Page(PageKind.GENERAL))
    assert settings.pages == (ROOT, Page(PageKind.GENERAL))
    settings.pop()
    settings.pop()
    assert settings.pages == (ROOT,)


def test_each_open_page_keeps_how_far_it_is_scrolled(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.user_launch(SETTINGS.bundle_id)
    settings = bench.phone.front.settings
    settings.scrolled_points = 300.0
    settings.push(Page(PageKind.BATTERY))
    assert settings.scrolled_points == 0.0
    settings.scrolled_points = -5.0
    assert settings.scrolled_points == 0.0
    settings.pop()
    assert settings.scrolled_points == 300.0


def test_leaving_settings_keeps_its_page_and_ending_it_does_not(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.front.open_url("App-prefs:WIFI")
    bench.phone.press_home()
    bench.phone.user_launch(SETTINGS.bundle_id)
    assert bench.phone.front.settings.pages == (ROOT, Page(PageKind.WIFI))
    bench.phone.terminate_for_automation(SETTINGS.bundle_id)
    assert bench.phone.front.settings.pages == (ROOT,)
    bench.phone.user_launch(SETTINGS.bundle_id)
    assert bench.phone.front.settings.pages == (ROOT,)
