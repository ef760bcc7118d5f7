"""Fingers of the server on the screens as they are drawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.virtual.kernel.front.front import Shown
from harness.virtual.kernel.front.pages import PageKind
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.wda.layout import layout_of
from harness.virtual.wda.node import Kind
from harness.virtual.wda.pages.draw import draw
from harness.virtual.wda.pages.switcher import card_identifier
from harness.virtual.wda.touch import Drag, Finger
from tests.virtual.wda.pages.support import FETCHER, PHONES, PLAIN, in_settings, named, phone_in, switches


def finger(phone: VirtualPhone) -> Finger:
    return Finger(phone, draw(phone))


def drag(phone: VirtualPhone, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag between two points, each as shares of the window."""
    window = layout_of(phone).window
    points = [(x * window.width, y * window.height) for x, y in (start, end)]
    finger(phone).drag(Drag(points[0], points[1]))


@pytest.mark.parametrize(("ios", "model"), PHONES)
def test_the_last_row_of_settings_is_brought_in_by_drags(tmp_path: Path, ios: str, model: str) -> None:
    phone = in_settings(phone_in(tmp_path, ios, model))
    for _ in range(6):
        drag(phone, (0.5, 0.7), (0.5, 0.3))
    last = [node for node in draw(phone).walk() if node.kind in (Kind.CELL, Kind.BUTTON)][-1]
    assert last.visible
    assert last.rect.y + last.rect.height == pytest.approx(layout_of(phone).window.height)


def test_a_tap_in_the_middle_of_a_wide_switch_is_lost_and_one_on_its_thumb_counts(tmp_path: Path) -> None:
    phone = in_settings(phone_in(tmp_path, "26.0", "iPhone17,3"), PageKind.WIFI)
    (switch,) = switches(draw(phone))
    assert not finger(phone).tap(*switch.rect.centre)
    assert finger(phone).tap(switch.rect.x + switch.rect.width - 39, switch.rect.centre[1])
    assert not phone.conditions.wifi_on


def test_an_older_card_is_brought_in_and_swiped_away(tmp_path: Path) -> None:
    phone = phone_in(tmp_path)
    for bundle_id in (FETCHER.bundle_id, PLAIN.bundle_id):
        phone.user_launch(bundle_id)
    phone.front.open_switcher()
    drag(phone, (0.3, 0.5), (0.7, 0.5))
    (card,) = named(draw(phone), card_identifier(FETCHER.bundle_id))
    x, y = card.rect.centre
    finger(phone).drag(Drag((x, y), (x, y - 300)))
    assert phone.is_force_quit(FETCHER.bundle_id)
    assert not phone.is_force_quit(PLAIN.bundle_id)


def test_notifications_are_pulled_down_from_the_upper_edge(tmp_path: Path) -> None:
    phone = in_settings(phone_in(tmp_path))
    drag(phone, (0.5, 0.3), (0.5, 0.8))
    assert phone.front.shown is Shown.APP
    drag(phone, (0.5, 0.001), (0.5, 0.8))
    assert phone.front.shown is Shown.NOTIFICATION_CENTRE
