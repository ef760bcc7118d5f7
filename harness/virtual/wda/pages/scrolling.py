"""Moving what is on the screen: lists of Settings up and down, home screen and app switcher sideways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.virtual.kernel.front.front import Shown
from harness.virtual.kernel.installed import SETTINGS
from harness.virtual.wda.layout import layout_of
from harness.virtual.wda.node import Node
from harness.virtual.wda.pages.settings.page import scrollable_points
from harness.virtual.wda.pages.switcher import cards_away

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone


def scroll_by(phone: VirtualPhone, points: float) -> None:
    """Scroll the list in front, as a finger does that drags upwards by so many points.

    Args:
        phone: the phone.
        points: negative for back towards the top. The list stops at either end; where there is none that
            scrolls, nothing happens.
    """
    if not _is_list(phone):
        return
    settings, most = phone.front.settings, scrollable_points(phone)
    now = min(settings.scrolled_points, most)
    settings.scrolled_points = min(max(now + points, 0.0), most)


def scroll_to(phone: VirtualPhone, node: Node) -> None:
    """Bring something that is not visible into the window, as XCTest does before it taps an element.

    Draw anew afterwards: the node is where it was, and has no acts.

    Args:
        phone: the phone.
        node: a node of the tree as it is drawn now; one that is visible stays where it is.
    """
    if node.visible:
        return
    layout = layout_of(phone)
    front = phone.front
    if front.shown is Shown.HOME:
        front.swipe_home(front.home_page + int(node.rect.centre[0] // layout.window.width))
    elif front.shown is Shown.SWITCHER:
        front.swipe_switcher(front.switcher_card + cards_away(layout, node.rect))
    else:
        _scroll_list_to(phone, node)


def _scroll_list_to(phone: VirtualPhone, node: Node) -> None:
    content, rect = layout_of(phone).content, node.rect
    below = rect.y + rect.height - (content.y + content.height)
    scroll_by(phone, below if below > 0 else min(rect.y - content.y, 0.0))


def _is_list(phone: VirtualPhone) -> bool:
    front = phone.springboard.front
    return phone.front.shown is Shown.APP and front is not None and front.bundle_id == SETTINGS.bundle_id
