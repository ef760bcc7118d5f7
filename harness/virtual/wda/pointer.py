"""W3C's actions of one finger, read as taps and drags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from harness.virtual.wda.node import Rect
from harness.virtual.wda.replies import Refusal, Trouble
from harness.virtual.wda.touch import Drag

_ELEMENT_KEYS = ("element-6066-11e4-a52e-4f735466cecf", "ELEMENT")

RectOf = Callable[[str], Rect]
"""Where an element is, by its identifier."""


def drags_of(actions: object, rect_of: RectOf) -> tuple[Drag, ...]:
    """What fingers do, one touch after the other; touches of several fingers do not overlap here.

    Args:
        actions: the ``actions`` of the command.
        rect_of: where an element is that one of them names.

    Raises:
        Refusal: ``invalid argument``; it cannot be read. What an element raises passes through.
    """
    drags: list[Drag] = []
    for source in _objects(actions, "actions"):
        if source.get("type", "pointer") == "pointer":
            drags += _Pointer(rect_of).follow(_objects(source.get("actions"), "actions of a pointer"))
    return tuple(drags)


class _Pointer:
    """One finger."""

    def __init__(self, rect_of: RectOf) -> None:
        self._rect_of = rect_of
        self._at = (0.0, 0.0)
        self._down_at: tuple[float, float] | None = None
        self._rested_ms = 0.0
        self._done: list[Drag] = []

    def follow(self, steps: list[Mapping[str, object]]) -> list[Drag]:
        for step in steps:
            act = _STEPS.get(str(step.get("type")))
            if act is None:
                raise _invalid(f"{step.get('type')!r} is no action of a pointer")
            act(self, step)
        return self._done

    def move(self, step: Mapping[str, object]) -> None:
        x, y = _number(step, "x"), _number(step, "y")
        origin = step.get("origin", "viewport")
        base = (0.0, 0.0)
        if origin == "pointer":
            base = self._at
        elif isinstance(origin, dict):
            base = self._rect_of(_element_id(cast("dict[str, object]", origin))).centre
        self._at = (base[0] + x, base[1] + y)
        self._rested_ms = 0.0

    def down(self, _step: Mapping[str, object]) -> None:
        self._down_at = self._at
        self._rested_ms = 0.0

    def pause(self, step: Mapping[str, object]) -> None:
        self._rested_ms += _number(step, "duration")

    def up(self, _step: Mapping[str, object]) -> None:
        if self._down_at is not None:
            self._done.append(Drag(self._down_at, self._at, self._rested_ms / 1000))
        self._down_at = None


_STEPS: Mapping[str, Callable[[_Pointer, Mapping[str, object]], None]] = {
    "pointerMove": _Pointer.move,
    "pointerDown": _Pointer.down,
    "pointerUp": _Pointer.up,
    "pause": _Pointer.pause,
}
"""Type of an action -> what it does."""


def _objects(value: object, what: str) -> list[Mapping[str, object]]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    objects = [cast("dict[str, object]", item) for item in items if isinstance(item, dict)]
    if not isinstance(value, list) or len(objects) != len(items):
        raise _invalid(f"{what} are expected to be a list of objects")
    return list(objects)


def _number(step: Mapping[str, object], name: str) -> float:
    value = step.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _invalid(f"'{name}' is expected to be a number")
    return float(value)


def _element_id(origin: Mapping[str, object]) -> str:
    for key in _ELEMENT_KEYS:
        if isinstance(origin.get(key), str):
            return str(origin[key])
    raise _invalid("an origin is expected to be viewport, pointer or an element")


def _invalid(message: str) -> Refusal:
    return Refusal(Trouble.INVALID_ARGUMENT, message)
