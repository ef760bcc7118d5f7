"""The home screen, the app switcher, apps, the lock screen, Siri, and what lies over them."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.virtual.apps.controls import Control
from harness.virtual.apps.delegate import UIApplicationDelegate
from harness.virtual.kernel.front.alerts import Alert, AlertKind
from harness.virtual.kernel.front.front import Shown
from harness.virtual.kernel.installed import SETTINGS, AppBundle
from harness.virtual.wda.layout import layout_of
from harness.virtual.wda.node import Kind, Node
from harness.virtual.wda.pages.draw import SCREENS, draw
from harness.virtual.wda.pages.scrolling import scroll_by, scroll_to
from harness.virtual.wda.pages.settings.page import scrollable_points
from harness.virtual.wda.pages.switcher import card_identifier
from tests.virtual.wda.pages.support import (
    FETCHER,
    PHONES,
    PLAIN,
    app_of,
    hit_by,
    in_settings,
    named,
    phone_in,
    tap_node,
)

NAG = Alert(AlertKind.SOFTWARE_UPDATE, "Software Update", "iOS 27 is here.", ("Install", "Later"))


def icon(root: Node, name: str) -> Node:
    return next(node for node in root.walk() if node.kind is Kind.ICON and node.identifier == name)


def in_front(phone_root: Node) -> list[str]:
    return [node.label for node in phone_root.walk() if node.kind is Kind.APPLICATION]


def test_everything_that_can_fill_the_screen_is_drawn() -> None:
    assert SCREENS.keys() == set(Shown)


# The home screen.


@pytest.mark.parametrize(("ios", "model"), PHONES)
def test_an_app_is_opened_by_the_icon_of_its_name(tmp_path: Path, ios: str, model: str) -> None:
    phone = phone_in(tmp_path, ios, model)
    assert tap_node(phone, icon(draw(phone), "Fetcher"))
    assert phone.springboard.front is not None
    assert phone.springboard.front.bundle_id == FETCHER.bundle_id
    assert in_front(draw(phone)) == ["Fetcher"]


def many_apps() -> list[AppBundle]:
    return [AppBundle(f"dev.harness.n{n}", f"Number {n}", "1", "N") for n in range(60)]


def test_icons_of_another_page_are_not_visible_until_one_goes_there(tmp_path: Path) -> None:
    phone = phone_in(tmp_path, apps=many_apps())
    far = icon(draw(phone), "Number 59")
    assert not far.visible
    assert far.tapped is None
    scroll_to(phone, far)
    assert phone.front.home_page == len(phone.front.home_pages) - 1
    assert icon(draw(phone), "Number 59").visible
    scroll_to(phone, icon(draw(phone), "Number 0"))
    assert phone.front.home_page == 0


def test_the_page_indicator_tells_which_page_it_is(tmp_path: Path) -> None:
    phone = phone_in(tmp_path, apps=many_apps())
    phone.front.swipe_home(1)
    (dots,) = [node for node in draw(phone).walk() if node.kind is Kind.PAGE_INDICATOR]
    assert dots.value == f"page 2 of {len(phone.front.home_pages)}"


def test_the_dock_is_on_every_page(tmp_path: Path) -> None:
    phone = phone_in(tmp_path, apps=many_apps())
    phone.front.swipe_home(1)
    assert tap_node(phone, icon(draw(phone), "Safari"))
    assert in_front(draw(phone)) == ["Safari"]


# The app switcher.


@pytest.mark.parametrize(("ios", "model"), PHONES)
def test_every_app_that_was_used_has_a_card_by_its_bundle_identifier(
    tmp_path: Path, ios: str, model: str
) -> None:
    phone = phone_in(tmp_path, ios, model)
    for bundle_id in (FETCHER.bundle_id, PLAIN.bundle_id, SETTINGS.bundle_id):
        phone.user_launch(bundle_id)
    phone.front.open_switcher()
    root = draw(phone)
    (window,) = named(root, "SBSwitcherWindow:Main")
    (content,) = named(window, "AppSwitcherContentView")
    assert window.kind is Kind.WINDOW
    assert [(node.identifier, node.label) for node in content.children] == [
        ("card:com.apple.Preferences:sceneID:com.apple.Preferences-default", "Settings"),
        ("card:dev.harness.plain:sceneID:dev.harness.plain-default", "Plain"),
        ("card:dev.harness.fetcher:sceneID:dev.harness.fetcher-default", "Fetcher"),
    ]
    assert [node.visible for node in content.children] == [True, False, False]
    assert [node.tapped is not None for node in content.children] == [True, False, False]


def test_older_cards_lie_to_the_left_until_they_are_brought_in(tmp_path: Path) -> None:
    phone = phone_in(tmp_path)
    for bundle_id in (FETCHER.bundle_id, PLAIN.bundle_id, SETTINGS.bundle_id):
        phone.user_launch(bundle_id)
    phone.front.open_switcher()
    (oldest,) = named(draw(phone), card_identifier(FETCHER.bundle_id))
    assert oldest.rect.x < 0
    scroll_to(phone, oldest)
    assert phone.front.switcher_card == 2
    (oldest,) = named(draw(phone), card_identifier(FETCHER.bundle_id))
    (newest,) = named(draw(phone), card_identifier(SETTINGS.bundle_id))
    assert (oldest.visible, newest.visible) == (True, False)
    assert oldest.rect.centre[0] == pytest.approx(layout_of(phone).window.centre[0])
    scroll_to(phone, newest)
    assert phone.front.switcher_card == 0


def test_a_card_that_is_swiped_up_force_quits_its_app(tmp_path: Path) -> None:
    phone = phone_in(tmp_path)
    phone.user_launch(FETCHER.bundle_id)
    phone.user_launch(PLAIN.bundle_id)
    phone.front.open_switcher()
    phone.front.swipe_switcher(1)
    (card,) = named(draw(phone), card_identifier(FETCHER.bundle_id))
    assert card.swiped_up is not None
    card.swiped_up()
    assert phone.is_force_quit(FETCHER.bundle_id)
    assert phone.processes.of_bundle(FETCHER.bundle_id) is None
    assert named(draw(phone), card_identifier(FETCHER.bundle_id)) == []
    assert phone.front.shown is Shown.SWITCHER


def test_a_card_that_is_tapped_opens_its_app(tmp_path: Path) -> None:
    phone = phone_in(tmp_path)
    phone.user_launch(FETCHER.bundle_id)
    phone.user_launch(PLAIN.bundle_id)
    phone.front.open_switcher()
    phone.front.swipe_switcher(1)
    assert tap_node(phone, named(draw(phone), card_identifier(FETCHER.bundle_id))[0])
    assert in_front(draw(phone)) == ["Fetcher"]


def test_the_card_of_the_app_in_front_leads_back_to_it(tmp_path: Path) -> None:
    phone = phone_in(tmp_path)
    phone.user_launch(FETCHER.bundle_id)
    phone.front.open_switcher()
    assert tap_node(phone, named(draw(phone), card_identifier(FETCHER.bundle_id))[0])
    assert in_front(draw(phone)) == ["Fetcher"]


# Apps.


class Coded(UIApplicationDelegate):
    """Writes down what was tapped."""

    def __init__(self, done: list[str], names: tuple[str, ...]) -> None:
        self.done = done
        self.names = names

    def controls(self) -> tuple[Control, ...]:
        return tuple(
            Control(name, name.title(), lambda name=name: self.done.append(name)) for name in self.names
        )


def test_an_app_shows_its_controls_as_buttons_that_run_its_code(tmp_path: Path) -> None:
    done: list[str] = []
    phone = phone_in(tmp_path, apps=(app_of(lambda: Coded(done, ("probe", "exit"))),))
    phone.user_launch("dev.harness.coded")
    probe, leave = (named(draw(phone), name)[0] for name in ("probe", "exit"))
    assert (probe.kind, probe.label) == (Kind.BUTTON, "Probe")
    assert tap_node(phone, leave)
    assert tap_node(phone, probe)
    assert done == ["exit", "probe"]


def test_all_controls_of_an_app_are_in_the_window(tmp_path: Path) -> None:
    names = tuple(f"control-{n}" for n in range(40))
    phone = phone_in(tmp_path, *PHONES[0], apps=(app_of(lambda: Coded([], names)),))
    phone.user_launch("dev.harness.coded")
    root = draw(phone)
    buttons = [node for node in root.walk() if node.kind is Kind.BUTTON]
    assert [node.identifier for node in buttons] == list(names)
    assert all(hit_by(root, node) is node for node in buttons)
    assert buttons[-1].rect.y + buttons[-1].rect.height <= layout_of(phone).window.height + 0.001


# Lock screen, notifications, Siri.


def test_a_locked_phone_shows_its_notifications_and_no_icon(tmp_path: Path) -> None:
    phone = phone_in(tmp_path)
    phone.front.post_notification(PLAIN.bundle_id, "Old", "first")
    phone.front.post_notification(FETCHER.bundle_id, "New", "second")
    phone.lock()
    cells = named(draw(phone), "NotificationShortLookView")
    assert [node.label for node in cells] == ["Fetcher, New, second", "Plain, Old, first"]
    assert [node for node in draw(phone).walk() if node.kind is Kind.ICON] == []
    assert tap_node(phone, cells[1])
    assert in_front(draw(phone)) == ["Plain"]


def test_a_notification_on_a_phone_locked_by_passcode_opens_nothing(tmp_path: Path) -> None:
    phone = phone_in(tmp_path)
    phone.conditions.passcode = "123456"
    phone.front.post_notification(FETCHER.bundle_id, "New", "")
    phone.lock()
    assert tap_node(phone, named(draw(phone), "NotificationShortLookView")[0])
    assert phone.front.shown is Shown.LOCK_SCREEN


def test_notifications_for_which_there_is_no_room_cannot_be_tapped(tmp_path: Path) -> None:
    phone = phone_in(tmp_path, *PHONES[0])
    for number in range(12):
        phone.front.post_notification(FETCHER.bundle_id, str(number), "")
    phone.lock()
    cells = named(draw(phone), "NotificationShortLookView")
    assert len(cells) == 12
    assert cells[0].visible
    assert not cells[-1].visible
    assert cells[-1].tapped is None


def test_the_newest_notification_is_a_banner_over_no_icon(tmp_path: Path) -> None:
    phone = phone_in(tmp_path, apps=many_apps())
    phone.front.post_notification("dev.harness.n1", "Hello", "there")
    root = draw(phone)
    (shown,) = named(root, "NotificationShortLookView")
    assert shown.label == "Number 1, Hello, there"
    assert all(hit_by(root, node) is node for node in root.walk() if node.tapped is not None)
    assert tap_node(phone, shown)
    assert in_front(draw(phone)) == ["Number 1"]
    phone.press_home()
    assert named(draw(phone), "NotificationShortLookView") == []


def test_notifications_are_pulled_down_over_an_app_and_go_by_home(tmp_path: Path) -> None:
    phone = in_settings(phone_in(tmp_path))
    phone.front.post_notification(FETCHER.bundle_id, "New", "")
    assert named(draw(phone), "NotificationShortLookView") == []
    phone.front.open_notification_centre()
    assert len(named(draw(phone), "NotificationShortLookView")) == 1
    phone.press_home()
    assert in_front(draw(phone)) == ["Settings"]
    phone.front.open_notification_centre()
    assert tap_node(phone, named(draw(phone), "NotificationShortLookView")[0])
    assert in_front(draw(phone)) == ["Fetcher"]


def test_siri_covers_everything(tmp_path: Path) -> None:
    phone = in_settings(phone_in(tmp_path))
    phone.front.ask_siri("Turn off Wi-Fi")
    root = draw(phone)
    assert in_front(root) == ["Siri"]
    assert len(named(root, "SiriServerUtteranceView")) == 1
    assert [node for node in root.walk() if node.tapped is not None] == []


# Alerts.


@pytest.mark.parametrize("shown", list(Shown))
def test_an_alert_lies_over_everything_and_only_its_buttons_can_be_touched(
    tmp_path: Path, shown: Shown
) -> None:
    phone = phone_in(tmp_path)
    phone.user_launch(FETCHER.bundle_id)
    {
        Shown.LOCK_SCREEN: phone.lock,
        Shown.HOME: phone.press_home,
        Shown.SWITCHER: phone.front.open_switcher,
        Shown.APP: lambda: None,
        Shown.SIRI: lambda: phone.front.ask_siri("hello"),
        Shown.NOTIFICATION_CENTRE: phone.front.open_notification_centre,
    }[shown]()
    assert phone.front.shown is shown
    phone.front.alerts.show(NAG)
    root = draw(phone)
    (alert,) = [node for node in root.walk() if node.kind is Kind.ALERT]
    assert (alert.name, [node.label for node in alert.walk() if node.kind is Kind.STATIC_TEXT]) == (
        "Software Update",
        ["Software Update", "iOS 27 is here."],
    )
    assert [node.label for node in root.walk() if node.tapped is not None] == ["Install", "Later"]
    assert [node for node in root.walk() if node.swiped_up is not None] == []


def test_an_alert_goes_by_a_button_and_what_was_below_can_be_touched_again(tmp_path: Path) -> None:
    phone = phone_in(tmp_path)
    before = draw(phone)
    phone.front.alerts.show(NAG)
    (later,) = [node for node in draw(phone).walk() if node.label == "Later"]
    assert tap_node(phone, later)
    assert phone.front.alerts.showing is None
    assert [node.label for node in draw(phone).walk()] == [node.label for node in before.walk()]
    assert tap_node(phone, icon(draw(phone), "Fetcher"))


def test_an_alert_that_asks_for_the_passcode_has_a_field_for_it(tmp_path: Path) -> None:
    phone = phone_in(tmp_path)
    phone.front.alerts.show(
        Alert(AlertKind.ENABLE_UI_AUTOMATION, "Passcode", "", ("Cancel", "Done"), asks_passcode=True)
    )
    kinds = [node.kind for node in draw(phone).walk()]
    assert Kind.SECURE_TEXT_FIELD in kinds


# Scrolling.


def test_a_list_is_scrolled_from_its_top_to_its_bottom_and_no_further(tmp_path: Path) -> None:
    phone = in_settings(phone_in(tmp_path, *PHONES[0]))
    scroll_by(phone, -50)
    assert phone.front.settings.scrolled_points == 0
    scroll_by(phone, 30)
    assert phone.front.settings.scrolled_points == 30
    scroll_by(phone, 100_000)
    assert phone.front.settings.scrolled_points == scrollable_points(phone)
    rects = [node.rect for node in draw(phone).walk() if node.kind is Kind.CELL]
    assert rects[-1].y + rects[-1].height == layout_of(phone).window.height


def test_where_no_list_is_in_front_nothing_scrolls(tmp_path: Path) -> None:
    phone = phone_in(tmp_path)
    scroll_by(phone, 30)
    in_settings(phone)
    assert phone.front.settings.scrolled_points == 0


def test_what_is_visible_stays_where_it_is(tmp_path: Path) -> None:
    phone = in_settings(phone_in(tmp_path, *PHONES[0]))
    scroll_by(phone, 30)
    first = next(node for node in draw(phone).walk() if node.kind is Kind.CELL and node.visible)
    scroll_to(phone, first)
    assert phone.front.settings.scrolled_points == 30
