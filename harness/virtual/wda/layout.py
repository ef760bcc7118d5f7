"""Where things are on the screen, in points: the window of a model, its bars, and rows in a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.virtual.versions.row import Row, Standing
from harness.virtual.wda.node import Rect

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

_GUESS = Standing.GUESSED

STATUS_BAR_POINTS: tuple[Row, ...] = (
    Row("iPhone9,3", 20, "no notch; from memory", _GUESS),
    Row("iPhone10,3", 44, "the first notch; from memory", _GUESS),
    Row("iPhone12,1", 48, "from memory", _GUESS),
    Row("iPhone14,5", 47, "from memory", _GUESS),
    Row("iPhone15,4", 59, "Dynamic Island; from memory", _GUESS),
    Row("iPhone17,3", 59, "Dynamic Island; from memory", _GUESS),
)
"""Model -> height of its status bar; the size of its window is that of its panel."""

USUAL_STATUS_BAR_POINTS = 47
"""For a model that is not in the table."""

NAVIGATION_BAR_POINTS = 44
ROW_POINTS = 44
HOME_INDICATOR_POINTS = 34
ROW_MARGIN_POINTS = 16
SWITCH_WIDTH_POINTS = 51
SWITCH_HEIGHT_POINTS = 31
DOCK_POINTS = 96

LAYOUT_RULES: tuple[Row, ...] = (
    *(Row(f"status bar of {row.key}", row.value, row.source, row.standing) for row in STATUS_BAR_POINTS),
    Row("USUAL_STATUS_BAR_POINTS", USUAL_STATUS_BAR_POINTS, "for a model not in the table", _GUESS),
    Row("NAVIGATION_BAR_POINTS", NAVIGATION_BAR_POINTS, "Apple's interface guidelines, from memory", _GUESS),
    Row("ROW_POINTS", ROW_POINTS, "the default of UITableView; one height for all rows", _GUESS),
    Row("HOME_INDICATOR_POINTS", HOME_INDICATOR_POINTS, "Apple's interface guidelines, from memory", _GUESS),
    Row("ROW_MARGIN_POINTS", ROW_MARGIN_POINTS, "inset groups, from memory", _GUESS),
    Row("SWITCH_WIDTH_POINTS", SWITCH_WIDTH_POINTS, "the intrinsic size of UISwitch up to 18", _GUESS),
    Row("SWITCH_HEIGHT_POINTS", SWITCH_HEIGHT_POINTS, "the intrinsic size of UISwitch up to 18", _GUESS),
    Row("DOCK_POINTS", DOCK_POINTS, "the model's own", _GUESS),
)
"""Every measure, where it is from and how far to trust it."""


@dataclass(frozen=True)
class Layout:
    """The places of one screen.

    Attributes:
        window: all of it.
        status_bar: the strip at its top.
        home_indicator: the strip at its bottom; of no height on a phone with a home button.
    """

    window: Rect
    status_bar: Rect
    home_indicator: Rect

    @property
    def navigation_bar(self) -> Rect:
        """The bar with title and back button."""
        top = self.status_bar.height
        return Rect(0, top, self.window.width, NAVIGATION_BAR_POINTS)

    @property
    def content(self) -> Rect:
        """What lies below the navigation bar, down to the lower edge; lists go under the home indicator."""
        top = self.status_bar.height + NAVIGATION_BAR_POINTS
        return Rect(0, top, self.window.width, self.window.height - top)

    @property
    def dock(self) -> Rect:
        """The lowest icons of the home screen."""
        bottom = self.window.height - self.home_indicator.height
        return Rect(0, bottom - DOCK_POINTS, self.window.width, DOCK_POINTS)


def layout_of(phone: VirtualPhone) -> Layout:
    """The places of a phone's screen, held upright."""
    panel = phone.screen.panel
    width, height = panel.width_px / panel.scale, panel.height_px / panel.scale
    indicator = 0 if phone.front.has_home_button else HOME_INDICATOR_POINTS
    return Layout(
        Rect(0, 0, width, height),
        Rect(0, 0, width, _status_bar_points(phone.spec.model)),
        Rect(0, height - indicator, width, indicator),
    )


def _status_bar_points(model: str) -> float:
    known = {row.key: row.value for row in STATUS_BAR_POINTS}
    points = known.get(model, USUAL_STATUS_BAR_POINTS)
    assert isinstance(points, int)
    return points


def row_at(content: Rect, index: int, scrolled_points: float) -> Rect:
    """The row of a list.

    Args:
        content: where the list lies.
        index: which row, from 0.
        scrolled_points: how far the list is scrolled.
    """
    y = content.y + index * ROW_POINTS - scrolled_points
    return Rect(content.x + ROW_MARGIN_POINTS, y, content.width - 2 * ROW_MARGIN_POINTS, ROW_POINTS)


def most_scrolled_points(content: Rect, rows: int) -> float:
    """How far a list of so many rows can be scrolled: until its last row is at the bottom."""
    return max(0.0, rows * ROW_POINTS - content.height)


def lies_in(outer: Rect, inner: Rect) -> bool:
    """Whether the middle of a rectangle lies in another, which is what a finger needs to touch it."""
    return outer.holds(*inner.centre)


def grid_cell(area: Rect, index: int, columns: int, rows: int) -> Rect:
    """A field of a grid that fills an area, counted along the rows."""
    width, height = area.width / columns, area.height / rows
    row, column = divmod(index, columns)
    return Rect(area.x + column * width, area.y + row * height, width, height)


def inset(rect: Rect, by: float) -> Rect:
    """A rectangle without a margin on all four sides."""
    return Rect(rect.x + by, rect.y + by, rect.width - 2 * by, rect.height - 2 * by)
