"""XPath, as far as the standard library understands it: paths, positions and ``[@name='text']``.

A phone's WebDriverAgent takes all of XPath 1.0; functions, ``and`` and axes are an invalid selector here.
"""

from __future__ import annotations

from xml.etree import ElementTree

from harness.virtual.wda.attributes import ATTRIBUTES
from harness.virtual.wda.placed import Placed
from harness.virtual.wda.replies import Refusal, Trouble


def find_by_xpath(text: str, start: Placed) -> tuple[Placed, ...]:
    """The elements that a path leads to.

    Raises:
        Refusal: ``invalid selector``; it cannot be read.
    """
    known: dict[ElementTree.Element, Placed] = {}
    document = ElementTree.Element("document")
    document.append(_element(start, known))
    path = text if text.startswith(".") else f".{text}" if text.startswith("/") else f"./{text}"
    try:
        found = document.findall(path)
    except (SyntaxError, KeyError, TypeError, ValueError, RuntimeError) as error:
        # The standard library tells a bad path by whichever of these its reader runs into.
        what = f'Cannot evaluate results for XPath expression "{text}": {error}'
        raise Refusal(Trouble.INVALID_SELECTOR, what) from error
    return tuple(known[each] for each in found if each in known)


def _element(placed: Placed, known: dict[ElementTree.Element, Placed]) -> ElementTree.Element:
    element = ElementTree.Element(placed.node.kind.value)
    known[element] = placed
    for name, get in ATTRIBUTES.items():
        value = get(placed.node, placed.index)
        if isinstance(value, bool):
            element.set(name, "true" if value else "false")
        elif isinstance(value, str | int):
            element.set(name, str(value))
    for child in placed.children:
        element.append(_element(child, known))
    return element
