"""Where things are on the screens of the models that a virtual phone can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.virtual.versions.products import PRODUCTS
from harness.virtual.wda.layout import (
    ROW_POINTS,
    STATUS_BAR_POINTS,
    layout_of,
    most_scrolled_points,
    row_at,
)
from harness.virtual.wda.node import Rect
from harness.virtual.wda.pages.settings.entries import thumb_of
from tests.virtual.wda.pages.support import phone_in


def test_every_model_has_a_row_for_its_status_bar() -> None:
    assert {row.key for row in STATUS_BAR_POINTS} == {product.model for product in PRODUCTS}


@pytest.mark.parametrize(
    ("model", "width", "height", "indicator"),
    [
        ("iPhone9,3", 375, 667, 0),
        ("iPhone10,3", 375, 812, 34),
        ("iPhone12,1", 414, 896, 34),
        ("iPhone14,5", 390, 844, 34),
        ("iPhone15,4", 393, 852, 34),
        ("iPhone99,1", 390, 844, 34),
    ],
)
def test_the_window_is_that_of_the_model_and_a_phone_with_a_button_has_no_bar_at_its_bottom(
    tmp_path: Path, model: str, width: float, height: float, indicator: float
) -> None:
    layout = layout_of(phone_in(tmp_path, model=model))
    assert layout.window == Rect(0, 0, width, height)
    assert layout.home_indicator.height == indicator
    assert layout.dock.y + layout.dock.height == height - indicator
    assert layout.navigation_bar.y == layout.status_bar.height
    assert layout.content.y + layout.content.height == height


def test_a_list_that_fits_is_not_scrolled() -> None:
    content = Rect(0, 100, 390, 10 * ROW_POINTS)
    assert most_scrolled_points(content, 10) == 0
    assert most_scrolled_points(content, 13) == 3 * ROW_POINTS


def test_rows_follow_each_other_and_move_up_as_the_list_is_scrolled() -> None:
    content = Rect(0, 100, 390, 400)
    first, second = row_at(content, 0, 0), row_at(content, 1, 0)
    assert first.y + first.height == second.y
    assert row_at(content, 1, 30).y == second.y - 30


@pytest.mark.parametrize("width", [343, 358, 382])
def test_the_thumb_of_a_switch_is_hit_39_points_from_the_right_edge_and_not_in_the_middle(
    width: float,
) -> None:
    row = Rect(16, 100, width, ROW_POINTS)
    thumb = thumb_of(row)
    assert thumb.holds(row.x + row.width - 39, row.centre[1])
    assert not thumb.holds(*row.centre)
