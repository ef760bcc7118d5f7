"""The page of Settings that is on top: a navigation bar, and a list that can be scrolled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.virtual.wda.layout import Layout, layout_of, lies_in, most_scrolled_points, row_at
from harness.virtual.wda.node import Kind, Node, Rect
from harness.virtual.wda.pages.settings.contents import Contents
from harness.virtual.wda.pages.settings.entries import drawn
from harness.virtual.wda.pages.settings.shapes import Shape, shape_of
from harness.virtual.wda.pages.settings.words import Word

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

BACK_WIDTH_POINTS = 100


def settings_nodes(phone: VirtualPhone) -> tuple[Node, ...]:
    """The list, and the navigation bar over it."""
    layout, shape, contents = layout_of(phone), shape_of(phone.spec.ios), Contents(phone)
    return (_list(phone, layout, shape, contents), _navigation_bar(phone, layout, shape, contents))


def scrollable_points(phone: VirtualPhone) -> float:
    """How far the page on top can be scrolled; 0 when all of it is visible."""
    entries = Contents(phone).entries(phone.front.settings.pages[-1])
    return most_scrolled_points(layout_of(phone).content, len(entries))


def _list(phone: VirtualPhone, layout: Layout, shape: Shape, contents: Contents) -> Node:
    settings = phone.front.settings
    entries = contents.entries(settings.pages[-1])
    # A page can have become shorter since it was scrolled.
    scrolled = min(settings.scrolled_points, most_scrolled_points(layout.content, len(entries)))
    rects = [row_at(layout.content, index, scrolled) for index in range(len(entries))]
    rows = tuple(
        drawn(entry, rect, shape, visible=lies_in(layout.content, rect))
        for entry, rect in zip(entries, rects, strict=True)
    )
    return Node(shape.list_kind, layout.content, children=rows)


def _navigation_bar(phone: VirtualPhone, layout: Layout, shape: Shape, contents: Contents) -> Node:
    pages, bar = phone.front.settings.pages, layout.navigation_bar
    title = contents.title(pages[-1])
    middle = Rect(bar.x + BACK_WIDTH_POINTS, bar.y, bar.width - 2 * BACK_WIDTH_POINTS, bar.height)
    children = [Node(Kind.STATIC_TEXT, middle, label=title)]
    if len(pages) > 1:
        before = contents.title(pages[-2]) if shape.back_by_title else contents.words(Word.BACK)
        left = Rect(bar.x, bar.y, BACK_WIDTH_POINTS, bar.height)
        pop = phone.front.settings.pop
        back = Node(Kind.BUTTON, left, identifier=shape.back_identifier, label=before, tapped=pop)
        children.insert(0, back)
    return Node(Kind.NAVIGATION_BAR, bar, identifier=title, children=tuple(children))
