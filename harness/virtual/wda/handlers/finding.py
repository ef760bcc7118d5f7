"""Looking for elements."""

from __future__ import annotations

from collections.abc import Sequence

from harness.virtual.wda.call import Call, Route
from harness.virtual.wda.node import Kind
from harness.virtual.wda.placed import Placed
from harness.virtual.wda.query.finding import find
from harness.virtual.wda.replies import Refusal, Trouble

ELEMENT_KEYS = ("element-6066-11e4-a52e-4f735466cecf", "ELEMENT")
"""Under which an element is told: W3C's key, and the one before it."""


def _find_one(call: Call) -> object:
    return _told_first(call, _found(call, call.screen.looked_at(call.session)))


def _find_all(call: Call) -> object:
    return [told(call, each) for each in _found(call, call.screen.looked_at(call.session))]


def _find_one_below(call: Call) -> object:
    return _told_first(call, _found(call, call.element()))


def _find_all_below(call: Call) -> object:
    return [told(call, each) for each in _found(call, call.element())]


def _visible_cells(call: Call) -> object:
    cells = (each for each in call.element().below() if each.node.kind is Kind.CELL)
    return [told(call, each) for each in cells if each.node.visible]


def _active(_call: Call) -> object:
    # Nothing that is drawn takes a keyboard.
    raise Refusal(Trouble.NO_SUCH_ELEMENT, "there is no active element")


def told(call: Call, placed: Placed) -> dict[str, str]:
    """An element as it is told to a client, which the session remembers from then on."""
    return dict.fromkeys(ELEMENT_KEYS, call.in_session.remember(placed))


def _found(call: Call, start: Placed) -> Sequence[Placed]:
    return find(call.text("using"), call.text("value"), start)


def _told_first(call: Call, found: Sequence[Placed]) -> object:
    if not found:
        using, value = call.optional_text("using"), call.optional_text("value")
        what = f"unable to find an element using '{using}', value '{value}'"
        raise Refusal(Trouble.NO_SUCH_ELEMENT, what)
    return told(call, found[0])


ROUTES: tuple[Route, ...] = (
    Route("POST", "/element", _find_one),
    Route("POST", "/elements", _find_all),
    Route("GET", "/element/active", _active),
    Route("POST", "/element/:uuid/element", _find_one_below),
    Route("POST", "/element/:uuid/elements", _find_all_below),
    Route("GET", "/wda/element/:uuid/getVisibleCells", _visible_cells),
)
"""Looking."""
