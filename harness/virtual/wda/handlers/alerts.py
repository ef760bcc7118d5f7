"""System alerts: what they say, and pressing their buttons."""

from __future__ import annotations

from harness.virtual.wda.call import Call, Route
from harness.virtual.wda.node import Kind, Node
from harness.virtual.wda.placed import Placed
from harness.virtual.wda.replies import Refusal, Trouble
from harness.virtual.wda.touch import Finger


def _text(call: Call) -> object:
    texts = (each.node for each in _alert(call).below() if each.node.kind is Kind.STATIC_TEXT)
    return "\n".join(node.label or node.value or "" for node in texts)


def _buttons(call: Call) -> object:
    return [node.label for node in _pressable(call)]


def _accept(call: Call) -> object:
    """Press the button that is named, or the last one."""
    _press(call, _named(call) or _pressable(call)[-1])


def _dismiss(call: Call) -> object:
    """Press the button that is named, or the first one."""
    _press(call, _named(call) or _pressable(call)[0])


def _alert(call: Call) -> Placed:
    if call.screen.alert is None:
        raise Refusal(Trouble.NO_SUCH_ALERT, "No alert is open")
    return call.screen.alert


def _pressable(call: Call) -> list[Node]:
    buttons = [each.node for each in _alert(call).below() if each.node.kind is Kind.BUTTON]
    if not buttons:
        raise Refusal(Trouble.INVALID_ELEMENT_STATE, "Failed to find a button of the alert")
    return buttons


def _named(call: Call) -> Node | None:
    name = call.optional_text("name")
    if not name:
        return None
    for node in _pressable(call):
        if node.label == name:
            return node
    raise Refusal(Trouble.INVALID_ELEMENT_STATE, f"Failed to find button with label '{name}' for alert")


def _press(call: Call, button: Node) -> None:
    Finger(call.phone, call.screen.whole.node).tap(*button.rect.centre)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/alert/text", _text, without_session=True),
    Route("POST", "/alert/accept", _accept, without_session=True),
    Route("POST", "/alert/dismiss", _dismiss, without_session=True),
    Route("GET", "/wda/alert/buttons", _buttons),
)
"""Alerts."""
