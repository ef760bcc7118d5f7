"""The app switcher: a card for every app that was used, the newest at the right.

On a phone the cards overlap, and older ones have to be brought in from the left. Here they are as narrow as
they have to be, so that each can be touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.virtual.wda.layout import Layout, inset, layout_of
from harness.virtual.wda.node import Kind, Node, Rect
from harness.virtual.wda.pages.frame import SPRINGBOARD_LABEL, application, window

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

WINDOW_ID = "SBSwitcherWindow:Main"
CONTENT_ID = "AppSwitcherContentView"
WIDEST_SHARE = 0.6
"""How much of the screen's width a card takes when there are few."""

TOP_SHARE, HEIGHT_SHARE = 0.15, 0.65
"""Where on the screen the cards begin, and how high they are."""

CARD_ID = "card:{bundle_id}:sceneID:{bundle_id}-default"
"""Identifier of a card of an app with one scene; of several scenes the end would be a UUID."""

_MARGIN_POINTS = 4


def draw_switcher(phone: VirtualPhone) -> Node:
    """The app switcher; a tap on a card opens its app, a swipe upwards force-quits it."""
    layout, cards = layout_of(phone), phone.front.cards
    nodes = tuple(
        _card(phone, bundle_id, _place(layout, place, len(cards))) for place, bundle_id in enumerate(cards)
    )
    content = Node(Kind.OTHER, layout.window, identifier=CONTENT_ID, children=nodes)
    return application(SPRINGBOARD_LABEL, layout, window(layout, content, identifier=WINDOW_ID))


def card_identifier(bundle_id: str) -> str:
    """What an app's card is found by."""
    return CARD_ID.format(bundle_id=bundle_id)


def _place(layout: Layout, place: int, count: int) -> Rect:
    width = min(layout.window.width * WIDEST_SHARE, layout.window.width / count)
    top, height = layout.window.height * TOP_SHARE, layout.window.height * HEIGHT_SHARE
    return inset(Rect(layout.window.width - (place + 1) * width, top, width, height), _MARGIN_POINTS)


def _card(phone: VirtualPhone, bundle_id: str, rect: Rect) -> Node:
    app, front = phone.apps.get(bundle_id), phone.front
    return Node(
        Kind.OTHER,
        rect,
        identifier=card_identifier(bundle_id),
        label=app.name if app is not None else bundle_id,
        tapped=lambda: front.open_card(bundle_id),
        swiped_up=lambda: front.swipe_card_away(bundle_id),
    )
