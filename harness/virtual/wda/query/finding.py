"""Looking for elements, in any of the ways that WebDriverAgent knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.virtual.wda.attributes import ATTRIBUTES, plain_name
from harness.virtual.wda.placed import Placed
from harness.virtual.wda.query.class_chain import ANY_TYPE, follow, is_type, parse_class_chain
from harness.virtual.wda.query.predicate import parse_predicate
from harness.virtual.wda.query.xpath import find_by_xpath
from harness.virtual.wda.replies import Refusal, Trouble

Finder = Callable[[str, Placed], tuple[Placed, ...]]
"""Finds what a text asks for, from an element on."""


def find(using: str, value: str, start: Placed) -> tuple[Placed, ...]:
    """The elements that fit, in the order of the screen; the one to start from counts, but not in a chain.

    Args:
        using: the way, such as ``class chain``.
        value: what is looked for, in that way's language.
        start: where to look.

    Raises:
        Refusal: ``invalid selector``; there is no such way, or the text cannot be read.
    """
    finder = WAYS.get(using)
    if finder is None:
        raise Refusal(Trouble.INVALID_SELECTOR, f"Invalid locator requested: {using}")
    if not value:
        raise Refusal(Trouble.INVALID_SELECTOR, f"An empty value cannot be looked for by '{using}'")
    return finder(value, start)


def _by_name(value: str, start: Placed) -> tuple[Placed, ...]:
    return tuple(each for each in start.walk() if each.node.name == value)


def _by_class(value: str, start: Placed) -> tuple[Placed, ...]:
    if not is_type(value):
        raise Refusal(Trouble.INVALID_SELECTOR, f"'{value}' class name is unknown to WDA")
    return tuple(each for each in start.walk() if value in (ANY_TYPE, each.node.kind.value))


def _by_chain(value: str, start: Placed) -> tuple[Placed, ...]:
    return follow(parse_class_chain(value), start)


def _by_predicate(value: str, start: Placed) -> tuple[Placed, ...]:
    test = parse_predicate(value)
    return tuple(each for each in start.walk() if test(each))


def _by_link_text(value: str, start: Placed) -> tuple[Placed, ...]:
    return _by_text(value, start, lambda held, sought: held == sought)


def _by_partial_link_text(value: str, start: Placed) -> tuple[Placed, ...]:
    return _by_text(value, start, lambda held, sought: sought in held)


def _by_text(value: str, start: Placed, fits: Callable[[str, str], bool]) -> tuple[Placed, ...]:
    first, equals, rest = value.partition("=")
    name, sought = (plain_name(first), rest) if equals else ("name", value)
    if name is None:
        raise Refusal(Trouble.INVALID_SELECTOR, f"there is no attribute {first}")
    get = ATTRIBUTES[name]
    return tuple(each for each in start.walk() if fits(str(get(each.node, each.index) or ""), sought))


WAYS: Mapping[str, Finder] = {
    "accessibility id": _by_name,
    "id": _by_name,
    "name": _by_name,
    "class name": _by_class,
    "class chain": _by_chain,
    "predicate string": _by_predicate,
    "link text": _by_link_text,
    "partial link text": _by_partial_link_text,
    "xpath": find_by_xpath,
}
"""Way -> what finds by it. Source: WebDriverAgent 16 itself (FBFindElementCommands.m)."""
