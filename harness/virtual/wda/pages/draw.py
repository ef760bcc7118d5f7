"""The whole screen of a phone as a tree, drawn from its kernel each time somebody looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from harness.virtual.kernel.front.front import Shown
from harness.virtual.wda.node import Node
from harness.virtual.wda.pages.alerts import under_alert
from harness.virtual.wda.pages.app import draw_app
from harness.virtual.wda.pages.lock import draw_cover_sheet
from harness.virtual.wda.pages.siri import draw_siri
from harness.virtual.wda.pages.springboard import draw_springboard
from harness.virtual.wda.pages.switcher import draw_switcher

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

SCREENS: Mapping[Shown, Callable[[VirtualPhone], Node]] = {
    Shown.LOCK_SCREEN: draw_cover_sheet,
    Shown.NOTIFICATION_CENTRE: draw_cover_sheet,
    Shown.HOME: draw_springboard,
    Shown.SWITCHER: draw_switcher,
    Shown.APP: draw_app,
    Shown.SIRI: draw_siri,
}
"""What fills the screen -> who draws it."""


def draw(phone: VirtualPhone) -> Node:
    """What is on the screen now.

    Looking changes nothing. The tree is of this moment: its acts are to be done at once, and after any of
    them, or after the phone has gone on by itself, it has to be drawn anew. What is not visible has no acts;
    ``scrolling.scroll_to`` brings it into the window.

    Returns:
        The application in front, SpringBoard's for the home screen, with everything on it; a system alert is
        in its last window, and what lies under it has no acts.
    """
    return under_alert(phone, SCREENS[phone.front.shown](phone))
