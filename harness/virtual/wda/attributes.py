"""The attributes of an element, as predicates, sources and clients ask for them.

Source: WebDriverAgent 16 itself (XCUIElement+FBWebDriverAttributes.m): a name is the identifier or else the
label, a value is always a text, a static text's value is its label where it has none of its own, and every
attribute goes by its own name and by that name after ``wd``. Guessed: what is accessible, which is taken to
be what is no mere container.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.virtual.wda.node import Kind, Node, Rect

Value = str | int | bool | dict[str, int] | None
"""What an attribute can be."""

_CONTAINERS = frozenset(
    {
        Kind.APPLICATION,
        Kind.WINDOW,
        Kind.OTHER,
        Kind.NAVIGATION_BAR,
        Kind.TABLE,
        Kind.COLLECTION_VIEW,
        Kind.SCROLL_VIEW,
        Kind.ALERT,
    }
)


def value_of(node: Node) -> str | None:
    """The value of an element; never an empty text."""
    if node.kind is Kind.STATIC_TEXT:
        return node.value or node.label or None
    return node.value or None


def rect_of(rect: Rect) -> dict[str, int]:
    """A rectangle in whole points."""
    return {
        "x": round(rect.x),
        "y": round(rect.y),
        "width": round(rect.width),
        "height": round(rect.height),
    }


def is_accessible(node: Node) -> bool:
    """Whether VoiceOver stops at it."""
    return node.kind not in _CONTAINERS


ATTRIBUTES: Mapping[str, Callable[[Node, int], Value]] = {
    "type": lambda node, _: node.kind.value,
    "name": lambda node, _: node.name or None,
    "label": lambda node, _: node.label or None,
    "value": lambda node, _: value_of(node),
    "enabled": lambda node, _: node.enabled,
    "visible": lambda node, _: node.visible,
    "accessible": lambda node, _: is_accessible(node),
    "hittable": lambda node, _: node.visible and node.enabled,
    "selected": lambda node, _: node.selected,
    "focused": lambda _node, _index: False,
    "index": lambda _, index: index,
    "rect": lambda node, _: rect_of(node.rect),
    "placeholderValue": lambda _node, _index: None,
}
"""Attribute -> what it is of a node that has so many siblings before it."""


def plain_name(name: str) -> str | None:
    """An attribute by its plain name; ``None`` for one that there is not."""
    if name.startswith("wd") and name[2:3].isupper():
        name = name[2].lower() + name[3:]
    return name if name in ATTRIBUTES else None
