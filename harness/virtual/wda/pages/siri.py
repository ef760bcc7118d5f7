"""Siri, which covers the screen from a question until Home is pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.virtual.wda.layout import layout_of
from harness.virtual.wda.node import Kind, Node
from harness.virtual.wda.pages.frame import application, window

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

SIRI_LABEL = "Siri"
SIRI_ANSWER_ID = "SiriServerUtteranceView"


def draw_siri(phone: VirtualPhone) -> Node:
    """Siri; nothing on it can be touched."""
    layout = layout_of(phone)
    answer = Node(Kind.OTHER, layout.content, identifier=SIRI_ANSWER_ID)
    return application(SIRI_LABEL, layout, window(layout, answer))
