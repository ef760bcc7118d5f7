"""Settings in each of its shapes: what goes by which name, what a tap leads to, what is grey."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.model.settings import BackgroundRefresh
from harness.virtual.kernel.front.pages import Page, PageKind
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.wda.layout import layout_of
from harness.virtual.wda.node import Kind
from harness.virtual.wda.pages.draw import draw
from harness.virtual.wda.pages.scrolling import scroll_to
from harness.virtual.wda.pages.settings.shapes import shape_of
from harness.virtual.wda.pages.settings.words import LANGUAGES, TEXTS, Word, Words
from tests.virtual.wda.pages.support import (
    FETCHER,
    PHONES,
    PLAIN,
    in_settings,
    named,
    phone_in,
    row,
    rows,
    switches,
    tap,
    tap_node,
)

OLD, NEW = ("15.8", "iPhone9,3"), ("26.0", "iPhone17,3")


# The root.


@pytest.mark.parametrize(("ios", "model"), PHONES)
def test_rows_go_by_identifiers_from_18_on_and_by_their_titles_before(
    tmp_path: Path, ios: str, model: str
) -> None:
    phone = in_settings(phone_in(tmp_path, ios, model))
    wifi = row(phone, "Wi-Fi")
    assert wifi.identifier == ("com.apple.settings.wifi" if phone.spec.ios_major >= 18 else "Wi-Fi")


@pytest.mark.parametrize(("ios", "kind"), [("17.4", Kind.CELL), ("18.5", Kind.CELL), ("26.0", Kind.BUTTON)])
def test_rows_that_lead_somewhere_are_buttons_on_26(tmp_path: Path, ios: str, kind: Kind) -> None:
    phone = in_settings(phone_in(tmp_path, ios))
    assert row(phone, "General").kind is kind
    assert row(phone, "Bluetooth").kind is Kind.CELL


@pytest.mark.parametrize(
    ("language", "on", "apart", "off"),
    [
        ("en", "Wi-Fi, Lab", "Wi-Fi, Not Connected", "Wi-Fi, Off"),
        ("de", "WLAN, Lab", "WLAN, Nicht verbunden", "WLAN, Aus"),
        ("fr", "Wi-Fi, Lab", "Wi-Fi, Non connecté", "Wi-Fi, Désactivé"),
    ],
)
def test_how_wifi_stands_is_read_off_its_row(
    tmp_path: Path, language: str, on: str, apart: str, off: str
) -> None:
    phone = in_settings(phone_in(tmp_path, *NEW, language=language))

    def told() -> str:
        return named(draw(phone), "com.apple.settings.wifi")[0].label

    assert told() == on
    phone.conditions.bring_wifi_in_range(False)
    assert told() == apart
    phone.conditions.switch_wifi(False)
    assert told() == off


def test_airplane_mode_is_a_switch_at_the_root(tmp_path: Path) -> None:
    phone = in_settings(phone_in(tmp_path, *NEW))
    (switch,) = named(draw(phone), "com.apple.settings.airplaneMode")
    assert (switch.kind, switch.value) == (Kind.SWITCH, "0")
    assert tap_node(phone, switch)
    assert phone.conditions.airplane
    assert switches(draw(phone))[0].value == "1"


def test_the_pages_of_apps_are_at_the_root_up_to_17_and_below_apps_from_18_on(tmp_path: Path) -> None:
    before, after = (in_settings(phone_in(tmp_path / ios, ios)) for ios in ("17.4", "18.5"))
    assert row(before, "Fetcher").identifier == "Fetcher"
    assert "Fetcher" not in [node.label for node in rows(after)]
    assert tap_node(after, row(after, "Apps"))
    assert after.front.settings.pages[-1] == Page(PageKind.APPS)
    assert tap_node(after, row(after, "Fetcher"))
    assert after.front.settings.pages[-1] == Page(PageKind.APP, FETCHER.bundle_id)


def test_a_phone_without_cellular_has_no_row_for_it(tmp_path: Path) -> None:
    phone = in_settings(phone_in(tmp_path, *NEW, cellular=False))
    assert "Cellular" not in [node.label for node in rows(phone)]


# Going there and back.


@pytest.mark.parametrize(("ios", "model"), PHONES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_reached_by_taps_and_left_by_the_back_button(
    tmp_path: Path, ios: str, model: str, language: str
) -> None:
    phone, words = in_settings(phone_in(tmp_path, ios, model, language=language)), Words(language)
    for word in (Word.GENERAL, Word.REFRESH, Word.REFRESH):
        assert tap_node(phone, row(phone, words(word)))
    kinds = [page.kind for page in phone.front.settings.pages]
    assert kinds == [PageKind.ROOT, PageKind.GENERAL, PageKind.BACKGROUND_REFRESH, PageKind.REFRESH_CHOICE]
    for _ in range(3):
        bar = next(node for node in draw(phone).walk() if node.kind is Kind.NAVIGATION_BAR)
        back = next(node for node in bar.walk() if node.kind is Kind.BUTTON)
        assert tap_node(phone, back)
    assert phone.front.settings.pages == (Page(PageKind.ROOT),)
    bar = next(node for node in draw(phone).walk() if node.kind is Kind.NAVIGATION_BAR)
    assert bar.name == words(Word.SETTINGS)
    assert [node for node in bar.walk() if node.kind is Kind.BUTTON] == []


def test_the_back_button_reads_the_page_before_and_on_26_only_back(tmp_path: Path) -> None:
    told: dict[str, list[str]] = {}
    for ios in ("17.4", "26.0"):
        phone = in_settings(phone_in(tmp_path / ios, ios, language="de"), PageKind.GENERAL)
        bar = next(node for node in draw(phone).walk() if node.kind is Kind.NAVIGATION_BAR)
        told[ios] = [node.label for node in bar.walk() if node.kind is Kind.BUTTON]
    assert told == {"17.4": ["Einstellungen"], "26.0": ["Zurück"]}


def test_what_is_below_the_window_is_not_visible_until_it_is_scrolled_to(tmp_path: Path) -> None:
    phone = in_settings(phone_in(tmp_path, *OLD))
    last = rows(phone)[-1]
    assert not last.visible
    assert last.tapped is None
    assert last.rect.y > layout_of(phone).window.height
    scroll_to(phone, last)
    assert rows(phone)[-1].visible
    assert not rows(phone)[0].visible
    scroll_to(phone, rows(phone)[0])
    assert phone.front.settings.scrolled_points == 0


# Switches.


@pytest.mark.parametrize(
    ("ios", "wide"), [("15.8", False), ("16.3", False), ("16.4", True), ("17.4", True), ("26.0", True)]
)
def test_from_16_4_on_a_switch_spans_its_row_and_only_its_thumb_can_be_touched(
    tmp_path: Path, ios: str, wide: bool
) -> None:
    phone = in_settings(phone_in(tmp_path, ios), PageKind.WIFI)
    line = row(phone, "Wi\u2011Fi")
    (switch,) = switches(line)
    assert (switch.rect == line.rect) is wide
    assert tap(phone, *switch.rect.centre) is not wide
    assert phone.conditions.wifi_on is wide
    before = phone.conditions.wifi_on
    right = switch.rect.x + switch.rect.width if wide else switch.rect.centre[0] + 39
    assert tap(phone, right - 39, switch.rect.centre[1])
    assert phone.conditions.wifi_on is not before


@pytest.mark.parametrize(("language", "name"), [("en", "Wi\u2011Fi"), ("de", "WLAN"), ("fr", "Wi\u2011Fi")])
def test_the_first_switch_of_the_wifi_page_is_wifi_under_a_name_with_a_hyphen_of_its_own(
    tmp_path: Path, language: str, name: str
) -> None:
    phone = in_settings(phone_in(tmp_path, *NEW, language=language), PageKind.WIFI)
    first = switches(draw(phone))[0]
    assert (first.name, first.value) == (name, "1")
    assert tap_node(phone, first)
    assert not phone.conditions.wifi_on
    assert [node.label for node in rows(phone)] == [name]


@pytest.mark.parametrize("language", LANGUAGES)
def test_low_power_mode_is_a_switch_of_the_battery_page(tmp_path: Path, language: str) -> None:
    words = Words(language)
    phone = in_settings(phone_in(tmp_path, *OLD, language=language))
    assert tap_node(phone, row(phone, words(Word.BATTERY)))
    (switch,) = switches(row(phone, words(Word.LOW_POWER)))
    assert tap_node(phone, switch)
    assert phone.settings.low_power
    assert switches(draw(phone))[0].value == "1"


# Background App Refresh.


def at_refresh(tmp_path: Path, ios: str, model: str, *, cellular: bool = True) -> VirtualPhone:
    phone = phone_in(tmp_path, ios, model, cellular=cellular)
    return in_settings(phone, PageKind.GENERAL, PageKind.BACKGROUND_REFRESH)


@pytest.mark.parametrize(("ios", "model"), PHONES)
def test_with_cellular_the_whole_phone_has_three_choices_in_the_order_of_their_values(
    tmp_path: Path, ios: str, model: str
) -> None:
    phone = at_refresh(tmp_path, ios, model)
    for place, value in enumerate(BackgroundRefresh):
        tap_node(phone, rows(phone)[0])
        assert len(rows(phone)) == 3
        assert tap_node(phone, rows(phone)[place])
        assert phone.settings.background_refresh is value
        chosen = [node.selected for node in rows(phone)]
        assert chosen == [other == place for other in range(3)]
        assert [node.value for node in rows(phone)] == ["1" if one else None for one in chosen]
        phone.front.settings.pop()
        assert rows(phone)[0].label.startswith("Background App Refresh, ")


@pytest.mark.parametrize(("ios", "model"), PHONES)
def test_without_cellular_the_whole_phone_has_one_switch(tmp_path: Path, ios: str, model: str) -> None:
    phone = at_refresh(tmp_path, ios, model, cellular=False)
    (switch,) = switches(rows(phone)[0])
    assert switch.value == "1"
    assert tap_node(phone, switch)
    assert phone.settings.background_refresh is BackgroundRefresh.OFF
    assert switches(rows(phone)[0])[0].value == "0"


def test_apps_with_a_background_mode_that_counts_have_a_row_by_their_name(tmp_path: Path) -> None:
    phone = at_refresh(tmp_path, *NEW)
    assert [node.name for node in rows(phone)[1:]] == ["Fetcher"]
    (switch,) = switches(rows(phone)[1])
    assert (switch.label, switch.value) == ("Fetcher", "1")
    assert tap_node(phone, switch)
    assert not phone.settings.refreshes(FETCHER.bundle_id)
    assert switches(rows(phone)[1])[0].value == "0"


def test_off_for_the_whole_phone_the_rows_of_apps_have_no_switch(tmp_path: Path) -> None:
    phone = at_refresh(tmp_path, *NEW)
    phone.settings.set_background_refresh(BackgroundRefresh.OFF)
    assert rows(phone)[0].label == "Background App Refresh, Off"
    assert [switches(node) for node in rows(phone)[1:]] == [[]]


def test_in_low_power_mode_all_is_grey_reads_off_and_cannot_be_tapped(tmp_path: Path) -> None:
    phone = at_refresh(tmp_path, *NEW)
    phone.settings.set_low_power(True)
    first, app = rows(phone)
    assert first.label == "Background App Refresh, Off"
    assert (first.enabled, app.enabled) == (False, False)
    assert switches(app) == []
    assert not tap_node(phone, first)
    assert phone.settings.background_refresh is BackgroundRefresh.ON


def test_in_low_power_mode_choices_that_are_open_read_off_and_are_grey(tmp_path: Path) -> None:
    phone = in_settings(phone_in(tmp_path, *NEW), PageKind.REFRESH_CHOICE)
    phone.settings.set_low_power(True)
    assert [(node.selected, node.enabled) for node in rows(phone)] == [
        (True, False),
        (False, False),
        (False, False),
    ]


@pytest.mark.parametrize("cellular", [True, False])
def test_while_restricted_it_stands_as_it_is_and_cannot_be_tapped(tmp_path: Path, cellular: bool) -> None:
    phone = at_refresh(tmp_path, *NEW, cellular=cellular)
    phone.settings.set_restricted(True)
    first, app = rows(phone)
    (switch,) = switches(app)
    assert (first.enabled, app.enabled, switch.enabled, switch.value) == (False, False, False, "1")
    assert not tap_node(phone, first)
    assert not tap_node(phone, switch)
    assert phone.settings.refreshes(FETCHER.bundle_id)


def test_a_touch_that_comes_after_the_phone_has_greyed_it_does_nothing(tmp_path: Path) -> None:
    phone = at_refresh(tmp_path, *NEW)
    (switch,) = switches(rows(phone)[1])
    phone.settings.set_restricted(True)
    assert switch.tapped is not None
    switch.tapped()
    assert phone.settings.refreshes(FETCHER.bundle_id)


def test_an_apps_own_page_has_the_same_switch_and_greys_it_in_place(tmp_path: Path) -> None:
    phone = in_settings(phone_in(tmp_path, *NEW), PageKind.APPS, PageKind.APP, bundle_id=FETCHER.bundle_id)
    (switch,) = switches(draw(phone))
    assert (switch.identifier, switch.label, switch.value) == ("", "Background App Refresh", "1")
    assert tap_node(phone, switch)
    assert not phone.settings.refreshes(FETCHER.bundle_id)
    phone.settings.set_app_refresh(FETCHER.bundle_id, on=True)
    phone.settings.set_background_refresh(BackgroundRefresh.OFF)
    (switch,) = switches(draw(phone))
    assert (switch.enabled, switch.value) == (False, "0")
    phone.settings.set_background_refresh(BackgroundRefresh.ON)
    phone.settings.set_low_power(True)
    (switch,) = switches(draw(phone))
    assert (switch.enabled, switch.value) == (False, "0")


def test_an_app_without_such_a_mode_has_no_such_switch_on_its_page(tmp_path: Path) -> None:
    phone = in_settings(phone_in(tmp_path, *NEW), PageKind.APPS, PageKind.APP, bundle_id=PLAIN.bundle_id)
    assert named(draw(phone), "Plain")[0].kind is Kind.NAVIGATION_BAR
    assert switches(draw(phone)) == []


def test_the_page_of_an_app_that_was_removed_meanwhile_is_drawn_still(tmp_path: Path) -> None:
    phone = in_settings(phone_in(tmp_path, *NEW), PageKind.APP, bundle_id=FETCHER.bundle_id)
    phone.uninstall(FETCHER.bundle_id)
    assert switches(draw(phone)) == []


# The tables.


def test_every_word_is_there_in_every_language() -> None:
    assert TEXTS.keys() == set(Word)
    assert all(Words(language)(word).strip() for word in Word for language in LANGUAGES)


def test_a_phone_in_another_language_reads_english() -> None:
    assert Words("nl")(Word.GENERAL) == "General"


@pytest.mark.parametrize("major", range(12, 30))
def test_there_is_one_row_of_each_rule_for_every_version(major: int) -> None:
    assert shape_of(f"{major}.0").link_kind in (Kind.CELL, Kind.BUTTON)
