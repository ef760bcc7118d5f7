"""The app switcher: a card for every app that was used, side by side, the newest at the right.

One card is in the middle of the screen; older ones lie to the left of it, out of sight until they are brought
in. On a phone cards overlap; here none does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.virtual.wda.layout import Layout, layout_of, lies_in
from harness.virtual.wda.node import Kind, Node, Rect
from harness.virtual.wda.pages.frame import SPRINGBOARD_LABEL, application, window

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

WINDOW_ID = "SBSwitcherWindow:Main"
CONTENT_ID = "AppSwitcherContentView"
WIDTH_SHARE, STEP_SHARE = 0.6, 0.65
"""Of the screen's width, how much a card takes, and how far the next one is."""

TOP_SHARE, HEIGHT_SHARE = 0.15, 0.65
"""Where on the screen the cards begin, and how high they are."""

CARD_ID = "card:{bundle_id}:sceneID:{bundle_id}-default"
"""Identifier of a card of an app with one scene; of several scenes the end would be a UUID."""


def draw_switcher(phone: VirtualPhone) -> Node:
    """The app switcher; a tap on a card opens its app, a swipe upwards force-quits it."""
    layout, middle = layout_of(phone), phone.front.switcher_card
    nodes = tuple(
        _card(phone, layout, bundle_id, older=place - middle)
        for place, bundle_id in enumerate(phone.front.cards)
    )
    content = Node(Kind.OTHER, layout.window, identifier=CONTENT_ID, children=nodes)
    return application(SPRINGBOARD_LABEL, layout, window(layout, content, identifier=WINDOW_ID))


def card_identifier(bundle_id: str) -> str:
    """What an app's card is found by."""
    return CARD_ID.format(bundle_id=bundle_id)


def cards_away(layout: Layout, rect: Rect) -> int:
    """How many cards older than the one in the middle the card at a place is."""
    return round((layout.window.centre[0] - rect.centre[0]) / (layout.window.width * STEP_SHARE))


def _place(layout: Layout, older: int) -> Rect:
    window = layout.window
    width, height = window.width * WIDTH_SHARE, window.height * HEIGHT_SHARE
    x = (window.width - width) / 2 - older * window.width * STEP_SHARE
    return Rect(x, window.height * TOP_SHARE, width, height)


def _card(phone: VirtualPhone, layout: Layout, bundle_id: str, *, older: int) -> Node:
    app, front = phone.apps.get(bundle_id), phone.front
    rect = _place(layout, older)
    visible = lies_in(layout.window, rect)
    return Node(
        Kind.OTHER,
        rect,
        identifier=card_identifier(bundle_id),
        label=app.name if app is not None else bundle_id,
        visible=visible,
        tapped=(lambda: front.open_card(bundle_id)) if visible else None,
        swiped_up=(lambda: front.swipe_card_away(bundle_id)) if visible else None,
    )
