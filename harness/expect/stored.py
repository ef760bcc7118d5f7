"""Questions as one line of text and back, so that a stored timeline can be judged again.

A question is a frozen dataclass; its type hints say how each field is read back. A predicate of the
author's is stored by name, as ``module:qualname``. One without a name to be found under, such as a
lambda, is told in words only, and its question cannot be asked again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from importlib import import_module
from types import UnionType
from typing import Any, cast, get_args, get_origin, get_type_hints

from harness.evidence.record import KINDS
from harness.expect.absence import ExpectNoWake
from harness.expect.callbacks import ExpectCallbacks
from harness.expect.ended import ExpectExit
from harness.expect.facts import ExpectFact, ExpectNoFact
from harness.expect.question import Question
from harness.expect.relaunch import ExpectRelaunch
from harness.expect.resume import ExpectResume
from harness.expect.state import ExpectState
from harness.expect.transfer import ExpectTransfer

QUESTIONS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        ExpectCallbacks,
        ExpectExit,
        ExpectFact,
        ExpectNoFact,
        ExpectNoWake,
        ExpectRelaunch,
        ExpectResume,
        ExpectState,
        ExpectTransfer,
    )
}
"""Name in the file -> class of question."""

NAMELESS = "(a function without a name of its own)"
"""What is stored of a predicate that cannot be found again."""


class NotRejudgeable(ValueError):
    """A stored question cannot be asked again; says why."""


def to_text(question: Question) -> str:
    """A question as one line of JSON, in ASCII."""
    return json.dumps({"is": type(question).__name__} | _plain(question), separators=(",", ":"))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (tuple, frozenset)):
        listed = [_plain(one) for one in cast("tuple[Any, ...] | frozenset[Any]", value)]
        return sorted(listed) if isinstance(value, frozenset) else listed
    if isinstance(value, type):
        return value.__name__
    return name_of(value) if callable(value) else value


def name_of(predicate: Callable[..., object]) -> str:
    """The name under which a function can be found again, or ``NAMELESS``."""
    module, qualname = getattr(predicate, "__module__", None), getattr(predicate, "__qualname__", "")
    if not module or not qualname or "<" in qualname:
        return NAMELESS
    return f"{module}:{qualname}"


def from_text(text: str) -> Question:
    """The question that ``to_text`` wrote.

    Raises:
        NotRejudgeable: it needs a function that cannot be found here.
        ValueError: the text is none that ``to_text`` wrote.
    """
    parsed: Any = json.loads(text)
    stored = cast("dict[str, Any]", parsed if isinstance(parsed, dict) else {})
    kind = QUESTIONS.get(str(stored.pop("is", "")))
    if kind is None:
        raise ValueError(f"not a question: {text[:60]!r}")
    try:
        return cast("Question", _build(kind, stored))
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not a whole {kind.__name__}: {text[:60]!r}") from error


def _build(kind: type[Any], stored: dict[str, Any]) -> Any:
    hints = get_type_hints(kind)
    return kind(**{name: _typed(hints[name], value) for name, value in stored.items()})


def _typed(hint: Any, value: Any) -> Any:
    origin, parts = get_origin(hint), get_args(hint)
    if value is None or hint is Any:
        return value
    if origin is UnionType:
        return _typed(next(part for part in parts if part is not type(None)), value)
    if origin is tuple:
        return tuple(_typed(parts[0], one) for one in value)
    if origin is frozenset:
        return frozenset(_typed(parts[0], one) for one in value)
    if origin is type:
        return KINDS[value]
    if origin is Callable:
        return _found(value)
    return _of_class(hint, value)


def _of_class(hint: type[Any], value: Any) -> Any:
    if is_dataclass(hint):
        return _build(hint, value)
    return hint(value) if issubclass(hint, Enum) else value


def _found(name: str) -> Callable[..., object]:
    """The function that a stored name stands for."""
    module, _, qualname = name.partition(":")
    if not qualname:
        raise NotRejudgeable("its predicate is a lambda or a local function, which has no name to find it by")
    try:
        found: Any = sys.modules.get(module) or import_module(module)
        for part in qualname.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise NotRejudgeable(f"its predicate {name} cannot be found here: {error}") from error
    return cast("Callable[..., object]", found)
