"""What elements are like, and taps on them."""

from __future__ import annotations

import base64

from harness.virtual.wda.attributes import ATTRIBUTES, is_accessible, plain_name, rect_of, value_of
from harness.virtual.wda.call import Call, Route
from harness.virtual.wda.replies import Refusal, Trouble
from harness.virtual.wda.sight import in_sight
from harness.virtual.wda.touch import Finger


def _attribute(call: Call) -> object:
    placed, name = call.element(), plain_name(call.names["name"])
    if name is None:
        known = ", ".join(ATTRIBUTES)
        what = f"The attribute '{call.names['name']}' is unknown. Valid attribute names are: {known}"
        raise Refusal(Trouble.INVALID_ARGUMENT, what)
    return ATTRIBUTES[name](placed.node, placed.index)


def _text(call: Call) -> object:
    node = call.element().node
    return value_of(node) or node.label


def _rect(call: Call) -> object:
    return rect_of(call.element().node.rect)


def _enabled(call: Call) -> object:
    return call.element().node.enabled


def _displayed(call: Call) -> object:
    return call.element().node.visible


def _selected(call: Call) -> object:
    return call.element().node.selected


def _accessible(call: Call) -> object:
    return is_accessible(call.element().node)


def _name(call: Call) -> object:
    return call.element().node.kind.value


def _screenshot(call: Call) -> object:
    # The picture has no elements in it, so the whole of it is given.
    call.element()
    return base64.b64encode(call.phone.screen.png()).decode()


def _click(call: Call) -> object:
    """Tap the middle of an element, whatever lies there; who asks is not told whether anything took it.

    What is not in sight is brought there first, as ``XCUIElement.tap`` does.
    """
    placed, root = in_sight(call)
    Finger(call.phone, root).tap(*placed.node.rect.centre)


def _scroll(call: Call) -> object:
    placed, _ = in_sight(call)
    if not placed.node.visible:
        raise Refusal(Trouble.INVALID_ELEMENT_STATE, "Failed to scroll to the element")


def _refuse_typing(call: Call) -> object:
    if "uuid" in call.names:
        call.element()
    raise Refusal(Trouble.INVALID_ELEMENT_STATE, "Nothing on this screen takes text")


def _refuse_dismissing(_call: Call) -> object:
    raise Refusal(Trouble.INVALID_ELEMENT_STATE, "There is no keyboard on the screen")


ROUTES: tuple[Route, ...] = (
    Route("GET", "/element/:uuid/attribute/:name", _attribute),
    Route("GET", "/element/:uuid/text", _text),
    Route("GET", "/element/:uuid/rect", _rect),
    Route("GET", "/element/:uuid/enabled", _enabled),
    Route("GET", "/element/:uuid/displayed", _displayed),
    Route("GET", "/element/:uuid/selected", _selected),
    Route("GET", "/element/:uuid/name", _name),
    Route("GET", "/element/:uuid/screenshot", _screenshot),
    Route("GET", "/wda/element/:uuid/accessible", _accessible),
    Route("POST", "/element/:uuid/click", _click),
    Route("POST", "/element/:uuid/value", _refuse_typing),
    Route("POST", "/element/:uuid/clear", _refuse_typing),
    Route("POST", "/wda/keys", _refuse_typing),
    Route("POST", "/wda/keyboard/dismiss", _refuse_dismissing),
    Route("POST", "/wda/element/:uuid/scrollTo", _scroll),
)
"""Elements."""
