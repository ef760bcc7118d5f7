"""System alerts, which lie over everything and take every touch until a button is pressed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.virtual.wda.layout import layout_of
from harness.virtual.wda.node import Kind, Node, Rect
from harness.virtual.wda.pages.frame import covered, window

if TYPE_CHECKING:
    from harness.virtual.kernel.front.alerts import Alert
    from harness.virtual.kernel.phone import VirtualPhone

ALERT_WIDTH_POINTS = 270
PART_POINTS = 44
"""Height of the title, of the text and of each button."""


def under_alert(phone: VirtualPhone, screen: Node) -> Node:
    """A screen with the alert that is shown over it; the screen itself when there is none."""
    alert = phone.front.alerts.showing
    if alert is None:
        return screen
    below = covered(screen)
    return replace(below, children=(*below.children, window(layout_of(phone), _alert(phone, alert))))


def _alert(phone: VirtualPhone, alert: Alert) -> Node:
    parts = [_text(alert.title), _text(alert.text)]
    if alert.asks_passcode:
        parts.append(Node(Kind.SECURE_TEXT_FIELD, Rect(0, 0, 0, 0)))
    parts += [_button(phone, label) for label in alert.buttons]
    full = layout_of(phone).window
    height = len(parts) * PART_POINTS
    frame = Rect(
        (full.width - ALERT_WIDTH_POINTS) / 2, (full.height - height) / 2, ALERT_WIDTH_POINTS, height
    )
    placed = tuple(
        replace(part, rect=Rect(frame.x, frame.y + place * PART_POINTS, frame.width, PART_POINTS))
        for place, part in enumerate(parts)
    )
    return Node(Kind.ALERT, frame, identifier=alert.title, label=alert.title, children=placed)


def _text(words: str) -> Node:
    return Node(Kind.STATIC_TEXT, Rect(0, 0, 0, 0), label=words)


def _button(phone: VirtualPhone, label: str) -> Node:
    press = phone.front.alerts.press
    return Node(Kind.BUTTON, Rect(0, 0, 0, 0), label=label, tapped=lambda: press(label))
