"""What a DTX call brings, held against what its method takes.

A method says with its annotations what it takes; ``object`` is anything. On a phone a value of another class
raises an exception that the instruments server answers with an error; the words of it are guessed.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any, Union, get_args, get_origin, get_type_hints

from harness.virtual.services.support.dvt_channel import DtxFailure

Kinds = tuple[type, ...] | None
"""The classes of an argument; ``None`` for any."""


def check_arguments(method: Callable[..., object], selector: str, arguments: tuple[object, ...]) -> None:
    """Make sure that a method can take the arguments of a call.

    Raises:
        DtxFailure: one is of a class that it does not take.
    """
    wanted = _wanted(getattr(method, "__func__", method))
    for number, (argument, kinds) in enumerate(zip(arguments, wanted, strict=False)):
        if kinds is not None and not isinstance(argument, kinds):
            raise DtxFailure(f"Argument {number} of -[{selector}] is of class {type(argument).__name__}")


@functools.cache
def _wanted(function: Callable[..., object]) -> tuple[Kinds, ...]:
    hints = {name: hint for name, hint in get_type_hints(function).items() if name not in ("return", "self")}
    return tuple(_kinds(hint) for hint in hints.values())


def _kinds(hint: Any) -> Kinds:
    origin = get_origin(hint)
    if origin in (types.UnionType, Union):
        parts = [_kinds(part) for part in get_args(hint)]
        return None if None in parts else tuple(kind for part in parts for kind in part or ())
    kind: type = origin or hint
    return None if kind is object else (int, float) if kind is float else (kind,)
