"""What fingers do: which element a tap hits, and what a finger that moves means.

A tap goes to what lies deepest of all that wants it at that point, and to nothing else; where nothing wants
it nothing happens, and who tapped is not told. What may lie over it all, an alert, takes every touch.

A moving finger, in this order (how far and how long is guessed where no source is named)::

    up from the bar, with a rest at the end    the app switcher (appium-and-wda.md §5: 0.1 s, slowly, 1 s)
    up from the bar                            home; on a locked phone without a passcode it is unlocked
    up over something that can be swiped away  that goes
    down from the upper edge                   the notifications
    right from the left edge                   back one page of Settings
    up or down                                 the page of Settings is scrolled
    left or right                              another page of the home screen, another card of the switcher
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import HarnessError
from harness.virtual.kernel.front.front import Shown
from harness.virtual.kernel.installed import SETTINGS
from harness.virtual.wda.layout import layout_of
from harness.virtual.wda.node import Act, Kind, Node
from harness.virtual.wda.pages.scrolling import scroll_by

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

EDGE_POINTS = 20.0
"""How far from an edge of the screen a finger has to come for what begins at edges."""

LEAST_POINTS = 50.0
"""How far a finger has to move to mean more than a tap."""

LEAST_REST_S = 0.3
"""How long a finger has to rest at the end to mean the app switcher."""


@dataclass(frozen=True)
class Drag:
    """A finger that was put down, moved and lifted.

    Attributes:
        start: where it was put down, in points.
        end: where it was lifted.
        rest_s: how long it rested at the end.
    """

    start: tuple[float, float]
    end: tuple[float, float]
    rest_s: float = 0.0

    @property
    def across(self) -> float:
        """How far it went to the right, in points."""
        return self.end[0] - self.start[0]

    @property
    def down(self) -> float:
        """How far it went downwards, in points."""
        return self.end[1] - self.start[1]

    @property
    def is_upright(self) -> bool:
        """Whether it went up or down rather than across."""
        return abs(self.down) >= abs(self.across)

    @property
    def is_tap(self) -> bool:
        """Whether it hardly moved."""
        return max(abs(self.across), abs(self.down)) < LEAST_POINTS


class Finger:
    """A finger over the screen of one phone.

    Args:
        phone: the phone.
        root: what is on its screen.
    """

    def __init__(self, phone: VirtualPhone, root: Node) -> None:
        self._phone = phone
        self._root = _touchable(root)

    def tap(self, x: float, y: float) -> bool:
        """Tap a point; returns whether anything took it."""
        if self._phone.conditions.asleep:
            return False
        node = _deepest(self._root, x, y, _wants_taps)
        if node is None or node.tapped is None or not node.enabled:
            return False
        if node.kind is Kind.SWITCH and self._phone.service_faults.screen.switches_ignore_taps:
            return False
        _do(node.tapped)
        return True

    def drag(self, drag: Drag) -> None:
        """Move over the screen; a drag that means nothing here does nothing."""
        if drag.is_tap:
            self.tap(*drag.end)
        elif self._phone.conditions.asleep or self._root.kind is Kind.ALERT:
            return
        elif self._is_from_bar(drag):
            self._from_bar(drag)
        elif drag.is_upright:
            self._upright(drag)
        else:
            self._sideways(drag)

    def _is_from_bar(self, drag: Drag) -> bool:
        front, bottom = self._phone.front, layout_of(self._phone).window.height
        at_edge = drag.start[1] >= bottom - EDGE_POINTS
        return at_edge and drag.is_upright and drag.down < 0 and not front.has_home_button

    def _from_bar(self, drag: Drag) -> None:
        phone = self._phone
        if phone.locked:
            # Behind it is where the passcode would be entered.
            if not phone.locked_by_passcode:
                phone.unlock()
        elif drag.rest_s >= LEAST_REST_S:
            phone.front.open_switcher()
        else:
            phone.press_home()

    def _upright(self, drag: Drag) -> None:
        node = _deepest(self._root, *drag.start, _can_be_swiped_away)
        if drag.down < 0 and node is not None and node.swiped_up is not None:
            _do(node.swiped_up)
        elif drag.down > 0 and drag.start[1] <= EDGE_POINTS:
            self._phone.front.open_notification_centre()
        else:
            scroll_by(self._phone, -drag.down)

    def _sideways(self, drag: Drag) -> None:
        front = self._phone.front
        if front.shown is Shown.HOME:
            front.swipe_home(front.home_page + (1 if drag.across < 0 else -1))
        elif front.shown is Shown.SWITCHER:
            front.swipe_switcher(front.switcher_card + (1 if drag.across > 0 else -1))
        elif self._shows_settings() and drag.start[0] <= EDGE_POINTS and drag.across > 0:
            front.settings.pop()

    def _shows_settings(self) -> bool:
        process = self._phone.springboard.front
        is_app = self._phone.front.shown is Shown.APP
        return is_app and process is not None and process.bundle_id == SETTINGS.bundle_id


def _do(act: Act) -> None:
    # What a phone refuses a finger, it refuses without a word, such as a setting that is locked.
    with contextlib.suppress(HarnessError):
        act()


def _touchable(root: Node) -> Node:
    alerts = [node for node in root.walk() if node.kind is Kind.ALERT]
    return alerts[-1] if alerts else root


def _wants_taps(node: Node, x: float, y: float) -> bool:
    return node.tapped is not None and (node.tap_zone or node.rect).holds(x, y)


def _can_be_swiped_away(node: Node, x: float, y: float) -> bool:
    return node.swiped_up is not None and node.rect.holds(x, y)


def _deepest(node: Node, x: float, y: float, wants: Callable[[Node, float, float], bool]) -> Node | None:
    if not node.visible:
        return None
    for child in reversed(node.children):
        found = _deepest(child, x, y, wants)
        if found is not None:
            return found
    return node if wants(node, x, y) else None
