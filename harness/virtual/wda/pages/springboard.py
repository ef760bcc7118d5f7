"""The home screen: icons page by page, the dock, and the newest notification as a banner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.virtual.kernel.display.homescreen import COLUMNS, DOCK_MOST, ROWS
from harness.virtual.wda.layout import Layout, grid_cell, inset, layout_of
from harness.virtual.wda.node import Kind, Node, Rect
from harness.virtual.wda.pages.frame import SPRINGBOARD_LABEL, application, window
from harness.virtual.wda.pages.notifications import BANNER_POINTS, banner

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

ICON_MARGIN_POINTS = 6
INDICATOR_POINTS = 24
INDICATOR_ID = "Page control"


def draw_springboard(phone: VirtualPhone) -> Node:
    """The home screen, with all of its pages side by side; one of them is in the window."""
    layout = layout_of(phone)
    pages = [
        node for number, icons in enumerate(phone.front.home_pages) for node in _page(phone, number, icons)
    ]
    home = window(layout, *pages, _indicator(phone, layout), *_dock(phone, layout), *banner(phone, layout))
    return application(SPRINGBOARD_LABEL, layout, home)


def _area(layout: Layout) -> Rect:
    """Where the icons of a page are: below the place of the banner, above the dots."""
    top = layout.status_bar.height + BANNER_POINTS
    return Rect(0, top, layout.window.width, layout.dock.y - INDICATOR_POINTS - top)


def _page(phone: VirtualPhone, number: int, icons: tuple[str, ...]) -> list[Node]:
    layout, away = layout_of(phone), number - phone.front.home_page
    area = _area(layout)
    shifted = Rect(area.x + away * area.width, area.y, area.width, area.height)
    return [
        _icon(phone, bundle_id, grid_cell(shifted, place, COLUMNS, ROWS), visible=away == 0)
        for place, bundle_id in enumerate(icons)
    ]


def _dock(phone: VirtualPhone, layout: Layout) -> list[Node]:
    return [
        _icon(phone, bundle_id, grid_cell(layout.dock, place, DOCK_MOST, 1), visible=True)
        for place, bundle_id in enumerate(phone.front.dock)
    ]


def _icon(phone: VirtualPhone, bundle_id: str, cell: Rect, *, visible: bool) -> Node:
    app = phone.apps.get(bundle_id)
    name = app.name if app is not None else bundle_id
    return Node(
        Kind.ICON,
        inset(cell, ICON_MARGIN_POINTS),
        identifier=name,
        label=name,
        visible=visible,
        tapped=(lambda: _open(phone, bundle_id)) if visible else None,
    )


def _open(phone: VirtualPhone, bundle_id: str) -> None:
    phone.user_launch(bundle_id)


def _indicator(phone: VirtualPhone, layout: Layout) -> Node:
    front = phone.front
    rect = Rect(0, layout.dock.y - INDICATOR_POINTS, layout.window.width, INDICATOR_POINTS)
    value = f"page {front.home_page + 1} of {len(front.home_pages)}"
    return Node(Kind.PAGE_INDICATOR, rect, identifier=INDICATOR_ID, value=value)
