"""Taps, swipes and drags, and W3C's actions, which are all of them at once."""

from __future__ import annotations

from collections.abc import Mapping

from harness.virtual.wda.call import Call, Route
from harness.virtual.wda.node import Rect
from harness.virtual.wda.pointer import drags_of
from harness.virtual.wda.replies import Refusal, Trouble
from harness.virtual.wda.sight import in_sight
from harness.virtual.wda.touch import Drag, Finger

_AWAY: Mapping[str, tuple[float, float]] = {
    "up": (0.0, -1.0),
    "down": (0.0, 1.0),
    "left": (-1.0, 0.0),
    "right": (1.0, 0.0),
}
"""Direction -> which way a finger moves."""

SWIPE_SHARE = 0.25
"""How much of the screen a swipe goes over, at least; guessed."""


def _target(call: Call) -> tuple[Rect, Finger]:
    """What is touched, and the finger for it: the element of the path brought into sight, or the screen."""
    if "uuid" not in call.names:
        return call.screen.window, Finger(call.phone, call.screen.whole.node)
    placed, root = in_sight(call)
    return placed.node.rect, Finger(call.phone, root)


def _point(call: Call, target: Rect) -> tuple[float, float]:
    """Where a touch goes: from the corner of the target, or its middle when no place is said."""
    if "x" not in call.arguments or "y" not in call.arguments:
        return target.centre
    return target.x + call.number("x"), target.y + call.number("y")


def _tap(call: Call) -> object:
    target, finger = _target(call)
    finger.tap(*_point(call, target))


def _double_tap(call: Call) -> object:
    target, finger = _target(call)
    point = _point(call, target)
    finger.tap(*point)
    # Drawn anew: the first tap may have changed what is there.
    Finger(call.phone, call.draw(call.phone)).tap(*point)


def _swipe(call: Call) -> object:
    direction = call.text("direction").lower()
    if direction not in _AWAY:
        what = f"Unsupported swipe direction '{direction}'. Only the following are supported: {list(_AWAY)}"
        raise Refusal(Trouble.INVALID_ARGUMENT, what)
    (target, finger), window = _target(call), call.screen.window
    x, y = target.centre
    right, down = _AWAY[direction]
    far_x = right * max(target.width / 2, window.width * SWIPE_SHARE)
    far_y = down * max(target.height / 2, window.height * SWIPE_SHARE)
    finger.drag(Drag((x, y), (x + far_x, y + far_y)))


def _drag(call: Call) -> object:
    """Press, then drag; its ``duration`` is that of the press, and at the end the finger does not rest."""
    _drag_between_points(call, rest_s=0.0)


def _drag_with_velocity(call: Call) -> object:
    _drag_between_points(call, rest_s=call.number("holdDuration", 0.0))


def _drag_between_points(call: Call, rest_s: float) -> None:
    target, finger = _target(call)
    start = (target.x + call.number("fromX"), target.y + call.number("fromY"))
    end = (target.x + call.number("toX"), target.y + call.number("toY"))
    finger.drag(Drag(start, end, rest_s))


def _drag_to_element(call: Call) -> object:
    target, finger = _target(call)
    end = call.again(call.text("toElement")).node.rect.centre
    finger.drag(Drag(target.centre, end, call.number("holdDuration", 0.0)))


def _actions(call: Call) -> object:
    for drag in drags_of(call.arguments.get("actions"), lambda each: call.again(each).node.rect):
        Finger(call.phone, call.draw(call.phone)).drag(drag)


ROUTES: tuple[Route, ...] = (
    Route("POST", "/wda/tap", _tap),
    Route("POST", "/wda/element/:uuid/tap", _tap),
    Route("POST", "/wda/doubleTap", _double_tap),
    Route("POST", "/wda/element/:uuid/doubleTap", _double_tap),
    Route("POST", "/wda/touchAndHold", _tap),
    Route("POST", "/wda/element/:uuid/touchAndHold", _tap),
    Route("POST", "/wda/swipe", _swipe),
    Route("POST", "/wda/element/:uuid/swipe", _swipe),
    Route("POST", "/wda/dragfromtoforduration", _drag),
    Route("POST", "/wda/element/:uuid/dragfromtoforduration", _drag),
    Route("POST", "/wda/pressAndDragWithVelocity", _drag_with_velocity),
    Route("POST", "/wda/element/:uuid/pressAndDragWithVelocity", _drag_to_element),
    Route("POST", "/actions", _actions),
)
"""Gestures."""
