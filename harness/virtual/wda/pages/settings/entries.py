"""One row of a page of Settings: what it says and does, and how it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.virtual.wda.layout import (
    ROW_MARGIN_POINTS,
    SWITCH_HEIGHT_POINTS,
    SWITCH_WIDTH_POINTS,
)
from harness.virtual.wda.node import Act, Kind, Node, Rect
from harness.virtual.wda.pages.settings.shapes import Shape


@dataclass(frozen=True)
class Switch:
    """A switch at the right end of a row.

    Attributes:
        on: where it stands.
        set: sets it.
        identifier: its accessibility identifier, where it has one.
    """

    on: bool
    set: Callable[[bool], None]
    identifier: str = ""


@dataclass(frozen=True)
class Entry:
    """A row.

    Attributes:
        title: at its left.
        detail: at its right; what the row is set to.
        identifier: its accessibility identifier; by its title where there is none.
        opens: what a tap on it does; ``None`` for a row that leads nowhere.
        switch: at its right end.
        enabled: whether it can be changed; a grey row can be seen and not touched.
        chosen: whether it has a check mark.
    """

    title: str
    detail: str = ""
    identifier: str = ""
    opens: Act | None = None
    switch: Switch | None = None
    enabled: bool = True
    chosen: bool = False

    @property
    def label(self) -> str:
        """What VoiceOver reads: the title, then what it is set to, which thus is known from outside."""
        return f"{self.title}, {self.detail}" if self.detail else self.title


def drawn(entry: Entry, rect: Rect, shape: Shape, *, visible: bool) -> Node:
    """A row as it is on the screen.

    What cannot be seen has no acts: who wants to touch it has to scroll there first.
    """
    touchable = visible and entry.enabled
    kind = shape.link_kind if entry.opens is not None else Kind.CELL
    # A button is one element, whatever stands on it.
    children = () if kind is Kind.BUTTON else _contents(entry, rect, shape, visible)
    return Node(
        kind,
        rect,
        identifier=_identifier(entry, shape),
        label=entry.label,
        value="1" if entry.chosen else entry.detail or None,
        enabled=entry.enabled,
        visible=visible,
        tapped=entry.opens if touchable else None,
        selected=entry.chosen,
        children=children,
    )


def _identifier(entry: Entry, shape: Shape) -> str:
    if entry.identifier and shape.has_identifiers:
        return entry.identifier
    # A row whose switch goes by an identifier has none of its own: it would be found in its place.
    has_named_switch = entry.switch is not None and entry.switch.identifier and shape.has_identifiers
    return "" if has_named_switch else entry.title


def _contents(entry: Entry, rect: Rect, shape: Shape, visible: bool) -> tuple[Node, ...]:
    half = rect.width / 2
    title = Rect(rect.x + ROW_MARGIN_POINTS, rect.y, half - ROW_MARGIN_POINTS, rect.height)
    right = Rect(rect.x + half, rect.y, half - ROW_MARGIN_POINTS, rect.height)
    nodes = [Node(Kind.STATIC_TEXT, title, label=entry.title, enabled=entry.enabled, visible=visible)]
    if entry.detail:
        nodes.append(
            Node(Kind.STATIC_TEXT, right, label=entry.detail, enabled=entry.enabled, visible=visible)
        )
    if entry.chosen:
        nodes.append(Node(Kind.IMAGE, right, identifier="checkmark", visible=visible))
    if entry.switch is not None:
        nodes.append(_switch(entry, entry.switch, rect, shape, visible))
    return tuple(nodes)


def _switch(entry: Entry, switch: Switch, row: Rect, shape: Shape, visible: bool) -> Node:
    thumb = thumb_of(row)
    return Node(
        Kind.SWITCH,
        row if shape.wide_switches else thumb,
        identifier=switch.identifier if shape.has_identifiers else "",
        label=entry.title,
        value="1" if switch.on else "0",
        enabled=entry.enabled,
        visible=visible,
        tapped=(lambda: switch.set(not switch.on)) if visible and entry.enabled else None,
        tap_zone=thumb,
    )


def thumb_of(row: Rect) -> Rect:
    """The part of a row that can be flicked: at its right edge, where a tap 39 points from the edge hits."""
    x = row.x + row.width - ROW_MARGIN_POINTS - SWITCH_WIDTH_POINTS
    y = row.y + (row.height - SWITCH_HEIGHT_POINTS) / 2
    return Rect(x, y, SWITCH_WIDTH_POINTS, SWITCH_HEIGHT_POINTS)
