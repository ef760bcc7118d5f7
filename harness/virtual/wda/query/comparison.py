"""Comparing two values as NSPredicate does: its operators, and what takes no notice of case or accents."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import cast


def folding(option: str) -> Callable[[object], object]:
    """What an option makes of both sides: ``c`` takes no notice of case, ``d`` none of accents."""

    def fold(value: object) -> object:
        if isinstance(value, tuple):
            return tuple(fold(item) for item in cast("tuple[object, ...]", value))
        if not isinstance(value, str):
            return value
        folded = value.casefold() if "c" in option else value
        if "d" in option:
            parts = unicodedata.normalize("NFD", folded)
            folded = "".join(char for char in parts if not unicodedata.combining(char))
        return folded

    return fold if option else lambda value: value


def _of_texts(compare: Callable[[str, str], bool]) -> Callable[[object, object], bool]:
    return lambda left, right: isinstance(left, str) and isinstance(right, str) and compare(left, right)


def _of_numbers(compare: Callable[[float, float], bool]) -> Callable[[object, object], bool]:
    return lambda left, right: (
        isinstance(left, int | float) and isinstance(right, int | float) and compare(left, right)
    )


def never(_left: object, _right: object) -> bool:
    """What stands for an operator that there is not."""
    return False


def _is_in(left: object, right: object) -> bool:
    if isinstance(right, str):
        return isinstance(left, str) and left in right
    return isinstance(right, tuple) and any(left == item for item in cast("tuple[object, ...]", right))


def _is_like(left: str, right: str) -> bool:
    pattern = re.escape(right).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(pattern, left, re.DOTALL) is not None


OPERATORS: Mapping[str, Callable[[object, object], bool]] = {
    "==": lambda left, right: left == right,
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<>": lambda left, right: left != right,
    "<": _of_numbers(lambda left, right: left < right),
    ">": _of_numbers(lambda left, right: left > right),
    "<=": _of_numbers(lambda left, right: left <= right),
    "=<": _of_numbers(lambda left, right: left <= right),
    ">=": _of_numbers(lambda left, right: left >= right),
    "=>": _of_numbers(lambda left, right: left >= right),
    "CONTAINS": _of_texts(lambda left, right: right in left),
    "BEGINSWITH": _of_texts(lambda left, right: left.startswith(right)),
    "ENDSWITH": _of_texts(lambda left, right: left.endswith(right)),
    "LIKE": _of_texts(_is_like),
    "IN": _is_in,
}
"""Operator -> whether its two sides stand so to each other; MATCHES, which takes a pattern, is apart."""
