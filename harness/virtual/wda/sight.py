"""Bringing an element into sight before a finger goes there, as XCTest does by itself."""

from __future__ import annotations

from harness.virtual.wda.call import Call
from harness.virtual.wda.node import Node
from harness.virtual.wda.pages.scrolling import scroll_to
from harness.virtual.wda.placed import Placed
from harness.virtual.wda.screen import Screen


def in_sight(call: Call) -> tuple[Placed, Node]:
    """The element that the path names, brought into sight where it can be; and the screen as it is then.

    Raises:
        Refusal: ``stale element reference``; it is gone, or went as the screen moved.
    """
    placed, root = call.element(), call.screen.whole
    if not placed.node.visible:
        scroll_to(call.phone, placed.node)
        root = Screen(call.phone, call.draw).whole
        placed = call.in_session.again(placed.id, root)
    return placed, root.node
