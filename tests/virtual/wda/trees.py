"""Trees drawn by hand, for tests that need no phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hypothesis import strategies as st

from harness.virtual.wda.node import Kind, Node, Rect
from harness.virtual.wda.placed import Placed, place
from harness.virtual.wda.replies import Refusal, Trouble

WHOLE = Rect(0, 0, 400, 800)


def row(name: str, value: str, y: float, *, enabled: bool = True) -> Node:
    """A row of Settings: a cell, a text and a switch."""
    frame = Rect(0, y, 400, 44)
    switch = Node(
        Kind.SWITCH, Rect(340, y, 51, 31), identifier=name, label=name, value=value, enabled=enabled
    )
    return Node(
        Kind.CELL,
        frame,
        identifier=name,
        label=f"{name} row",
        children=(Node(Kind.STATIC_TEXT, Rect(16, y, 200, 44), label=name), switch),
    )


Answer = TypeVar("Answer")


def answer_or_trouble(ask: Callable[[], Answer]) -> Answer | Trouble:
    """What a question is answered, or how it is refused."""
    try:
        return ask()
    except Refusal as refusal:
        return refusal.trouble


def page() -> Placed:
    """A page of three rows with switches, of which the second is on and the third is grey."""
    rows = (row("Wi-Fi", "0", 100), row("Café", "1", 144), row("News", "1", 188, enabled=False))
    bar = Node(Kind.NAVIGATION_BAR, Rect(0, 44, 400, 44), identifier="Settings")
    table = Node(Kind.TABLE, Rect(0, 88, 400, 700), children=rows)
    root = Node(Kind.APPLICATION, WHOLE, label="Settings", children=(table, bar))
    return place(root, "com.apple.Preferences:1")


KINDS = (Kind.CELL, Kind.BUTTON, Kind.OTHER, Kind.SWITCH)
NAMES = ("a", "b", "A", "", "ä")


def _leaf(kind: Kind, name: str, value: str | None) -> Node:
    return Node(kind, WHOLE, identifier=name, value=value)


def _branch(kind: Kind, name: str, children: list[Node]) -> Node:
    return Node(kind, WHOLE, identifier=name, children=tuple(children))


def _branches(below: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.builds(_branch, st.sampled_from(KINDS), st.sampled_from(NAMES), st.lists(below, max_size=4))


_LEAVES = st.builds(_leaf, st.sampled_from(KINDS), st.sampled_from(NAMES), st.sampled_from((None, "0", "1")))

NODES: st.SearchStrategy[Node] = st.recursive(_LEAVES, _branches, max_leaves=12)
"""Any small tree."""
