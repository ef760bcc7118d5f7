"""What is on the screen, written down whole."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from harness.virtual.wda.attributes import ATTRIBUTES, rect_of, value_of
from harness.virtual.wda.placed import Placed

if TYPE_CHECKING:
    from harness.virtual.wda.screen import AppSeen

_WRITTEN = ("type", "value", "name", "label", "enabled", "visible", "accessible")
"""Attributes before the rectangle, in the order in which they are written."""


def xml_of(root: Placed, app: AppSeen, excluded: Collection[str] = ()) -> str:
    """A screen as XML.

    Args:
        root: what is on it.
        app: whose it is.
        excluded: attributes to leave out.
    """
    element = _element(root, excluded)
    element.set("processId", str(app.pid))
    element.set("bundleId", app.bundle_id)
    ElementTree.indent(element)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(element, "unicode")}\n'


def _element(placed: Placed, excluded: Collection[str]) -> ElementTree.Element:
    node = placed.node
    element = ElementTree.Element(node.kind.value)
    shown: dict[str, object] = {name: ATTRIBUTES[name](node, placed.index) for name in _WRITTEN}
    shown |= rect_of(node.rect)
    shown["index"] = placed.index
    for name, value in shown.items():
        if value is not None and name not in excluded:
            element.set(name, str(value).lower() if isinstance(value, bool) else _clean(str(value)))
    element.extend(_element(child, excluded) for child in placed.children)
    return element


def _clean(text: str) -> str:
    """A text without what XML cannot hold."""
    return "".join(char for char in text if char >= " " or char in "\t\n\r")


def json_of(root: Placed) -> dict[str, object]:
    """A screen as an object of JSON."""
    node = root.node
    tree: dict[str, object] = {
        "type": node.kind.value.removeprefix("XCUIElementType"),
        "rawIdentifier": node.identifier or None,
        "name": node.name or None,
        "value": value_of(node),
        "label": node.label or None,
        "rect": rect_of(node.rect),
        "isEnabled": "1" if node.enabled else "0",
        "isVisible": "1" if node.visible else "0",
    }
    if root.children:
        tree["children"] = [json_of(child) for child in root.children]
    return tree
