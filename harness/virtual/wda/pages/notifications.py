"""Notifications: a list on the lock screen, the newest one as a banner on the home screen.

A notification is found by the name of its app, with which its label begins.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from harness.virtual.kernel.springboard import LaunchRefused
from harness.virtual.wda.layout import Layout, inset, lies_in
from harness.virtual.wda.node import Kind, Node, Rect

if TYPE_CHECKING:
    from harness.virtual.kernel.front.notifications import Notification
    from harness.virtual.kernel.phone import VirtualPhone

SHORT_LOOK_ID = "NotificationShortLookView"
BANNER_POINTS = 72
CELL_POINTS = 80
LIST_TOP_SHARE = 0.4
"""How far down the lock screen its notifications begin; above is the clock."""

_MARGIN_POINTS = 8


def banner(phone: VirtualPhone, layout: Layout) -> tuple[Node, ...]:
    """The newest notification, at the top of the home screen; nothing when there is none."""
    rect = Rect(0, layout.status_bar.height, layout.window.width, BANNER_POINTS)
    return tuple(
        _node(phone, one, inset(rect, _MARGIN_POINTS), visible=True) for one in phone.front.notifications[:1]
    )


def notification_list(phone: VirtualPhone, layout: Layout) -> tuple[Node, ...]:
    """All notifications, newest first; those for which there is no room are out of sight."""
    top, width = layout.window.height * LIST_TOP_SHARE, layout.window.width
    room = Rect(0, top, width, layout.window.height - top - layout.home_indicator.height)
    cells = [
        inset(Rect(0, top + place * CELL_POINTS, width, CELL_POINTS), _MARGIN_POINTS)
        for place in range(len(phone.front.notifications))
    ]
    return tuple(
        _node(phone, one, cell, visible=lies_in(room, cell))
        for one, cell in zip(phone.front.notifications, cells, strict=True)
    )


def _node(phone: VirtualPhone, one: Notification, rect: Rect, *, visible: bool) -> Node:
    app = phone.apps.get(one.bundle_id)
    told = (app.name if app is not None else one.bundle_id, one.title, one.text)
    return Node(
        Kind.BUTTON,
        rect,
        identifier=SHORT_LOOK_ID,
        label=", ".join(part for part in told if part),
        visible=visible,
        tapped=(lambda: _tap(phone, one.bundle_id)) if visible else None,
    )


def _tap(phone: VirtualPhone, bundle_id: str) -> None:
    # A phone that is locked by a passcode asks for it first, and nobody is there to enter it.
    with contextlib.suppress(LaunchRefused):
        phone.front.tap_notification(bundle_id)
