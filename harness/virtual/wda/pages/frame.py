"""What every screen is put into: an application that fills it, with its windows one over the other."""

from __future__ import annotations

from dataclasses import replace

from harness.virtual.wda.layout import Layout
from harness.virtual.wda.node import Kind, Node

SPRINGBOARD_LABEL = " "
"""SpringBoard's own name, as WebDriverAgent prints it; from memory, so guessed."""


def application(label: str, layout: Layout, *windows: Node) -> Node:
    """The root of a screen.

    Args:
        label: the app's name.
        layout: where things are.
        windows: from back to front; the status bar is put below them.
    """
    status_bar = Node(Kind.STATUS_BAR, layout.status_bar)
    return Node(Kind.APPLICATION, layout.window, label=label, children=(status_bar, *windows))


def window(layout: Layout, *children: Node, identifier: str = "") -> Node:
    """A window as large as the screen."""
    return Node(Kind.WINDOW, layout.window, identifier=identifier, children=children)


def covered(node: Node) -> Node:
    """A node that lies under something that takes every touch: it can be seen, and does nothing."""
    return replace(
        node, tapped=None, swiped_up=None, children=tuple(covered(child) for child in node.children)
    )
