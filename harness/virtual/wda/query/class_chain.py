"""Class chains: paths of element types, with positions and predicates.

Grammar::

    chain     = ["**/"] step { "/" ["**/"] step }
    step      = ("*" | type) { "[" "`" predicate "`" "]" | "[" "$" predicate "$" "]" } ["[" position "]"]

``**/`` looks in the whole depth, a plain step among children only. A predicate in backquotes is of the
element, one in dollar signs of anything below it; the mark itself is written twice within. A position counts
from 1, a negative one from the end, and a position within the chain leaves one element to go on from.
Source: WebDriverAgent 16 itself (FBClassChainQueryParser.m, XCUIElement+FBClassChain.m).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.virtual.wda.placed import Placed
from harness.virtual.wda.query.predicate import Test, parse_predicate
from harness.virtual.wda.replies import Refusal, Trouble

_STEP = re.compile(r"(?P<deep>\*\*/)?(?P<type>\*(?!\*)|[A-Za-z]+)")
_BRACKET = re.compile(
    r"\[(?:(?P<position>-?\d{1,9})|`(?P<own>(?:[^`]|``)+)`|\$(?P<below>(?:[^$]|\$\$)+)\$)\]"
)
_TYPE = re.compile(r"XCUIElementType[A-Z][A-Za-z]*")

ANY_TYPE = "XCUIElementTypeAny"


@dataclass(frozen=True)
class Step:
    """One step of a chain.

    Attributes:
        type: which type of element; ``None`` for any.
        deep: whether to look in the whole depth.
        tests: what has to hold of the element.
        position: which of them, from 1 or from -1; ``None`` for all.
    """

    type: str | None
    deep: bool
    tests: tuple[Test, ...] = ()
    position: int | None = None


def parse_class_chain(text: str) -> tuple[Step, ...]:
    """What a class chain says.

    Raises:
        Refusal: ``invalid selector``; it cannot be read.
    """
    steps: list[Step] = []
    at = 0
    while True:
        step, at = _step(text, at)
        steps.append(step)
        if at == len(text):
            return tuple(steps)
        if text[at] != "/":
            raise _invalid(text, at)
        at += 1


def follow(steps: Sequence[Step], start: Placed) -> tuple[Placed, ...]:
    """The elements that a chain leads to, in the order of the screen."""
    found: tuple[Placed, ...] = (start,)
    for step in steps:
        found = _taken(step, _candidates(step, found))
    return found


def is_type(name: str) -> bool:
    """Whether a text can be the type of an element."""
    return _TYPE.fullmatch(name) is not None


def _step(text: str, at: int) -> tuple[Step, int]:
    found = _STEP.match(text, at)
    if found is None or not (found["type"] == "*" or is_type(found["type"])):
        raise _invalid(text, at)
    kind = None if found["type"] in ("*", ANY_TYPE) else found["type"]
    tests: list[Test] = []
    position: int | None = None
    at = found.end()
    while bracket := _BRACKET.match(text, at):
        # A position is the last word on a step: whatever follows it would be of no use.
        if position is not None:
            raise _invalid(text, at)
        position = _read_bracket(text, bracket, tests)
        at = bracket.end()
    return Step(kind, found["deep"] is not None, tuple(tests), position), at


def _read_bracket(text: str, bracket: re.Match[str], tests: list[Test]) -> int | None:
    if bracket["position"] is not None:
        if int(bracket["position"]) == 0:
            raise _invalid(text, bracket.start())
        return int(bracket["position"])
    if bracket["own"] is not None:
        tests.append(parse_predicate(bracket["own"].replace("``", "`")))
    else:
        tests.append(_of_something_below(parse_predicate(bracket["below"].replace("$$", "$"))))
    return None


def _of_something_below(test: Test) -> Test:
    return lambda placed: any(test(each) for each in placed.below())


def _candidates(step: Step, starts: Iterable[Placed]) -> Iterable[Placed]:
    seen: set[int] = set()
    for start in starts:
        for each in start.below() if step.deep else start.children:
            # Two starts can lie one in the other, and then share what is below.
            if id(each) not in seen:
                seen.add(id(each))
                yield each


def _taken(step: Step, candidates: Iterable[Placed]) -> tuple[Placed, ...]:
    fitting = [
        each
        for each in candidates
        if step.type in (None, each.node.kind.value) and all(test(each) for test in step.tests)
    ]
    if step.position is None:
        return tuple(fitting)
    at = step.position - 1 if step.position > 0 else len(fitting) + step.position
    return (fitting[at],) if 0 <= at < len(fitting) else ()


def _invalid(text: str, at: int) -> Refusal:
    what = f"Cannot parse class chain query '{text}'. Unexpected character detected at position {at + 1}"
    return Refusal(Trouble.INVALID_SELECTOR, what)
