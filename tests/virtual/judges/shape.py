"""What has to be in a JSON document, as far as it matters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from harness.virtual.address import PhoneAddress

Shape = Mapping[str, "Shape"] | Sequence["Shape"] | str | bool | int | float | bytes | type
"""An object with at least these keys; an array with at least these elements, in any order; a text in
which ``{udid}``, ``{name}``, ``{ios}`` and ``{model}`` stand for those of the phone; a number, or what
else is there as it is; or a type."""


def filled(text: str, phone: PhoneAddress, quote: Callable[[str], str] = str) -> str:
    """A text with what stands for the phone's own replaced; other braces stay.

    Args:
        text: such as ``^{udid}$``.
        phone: whose.
        quote: what is done to each value, such as ``re.escape``.
    """
    return re.sub(r"\{(udid|name|ios|model)\}", lambda found: quote(getattr(phone, found[1])), text)


def fault(wanted: Shape, found: Any, phone: PhoneAddress, at: str = "$") -> str:
    """The first thing that is not as wanted, or an empty text.

    Args:
        wanted: what has to be there.
        found: what json.loads returned.
        phone: whose answer it is.
        at: where in the document this is.
    """
    if isinstance(wanted, str):
        text = filled(wanted, phone)
        return "" if found == text else f"{at}: expected {text!r}, found {found!r}"
    if isinstance(wanted, type):
        # A whole number is a number too; but true is no number.
        same = type(found) in ((int, float) if wanted is float else (wanted,))
        return "" if same else f"{at}: expected {wanted.__name__}, found {found!r}"
    if isinstance(wanted, Mapping):
        return _object_fault(wanted, found, phone, at)
    if isinstance(wanted, Sequence) and not isinstance(wanted, bytes):
        return _array_fault(wanted, found, phone, at)
    # One is not true, though Python has it so.
    same = found == wanted and isinstance(found, bool) == isinstance(wanted, bool)
    return "" if same else f"{at}: expected {wanted!r}, found {found!r}"


def _object_fault(wanted: Mapping[str, Shape], found: Any, phone: PhoneAddress, at: str) -> str:
    if not isinstance(found, dict):
        return f"{at}: expected an object, found {found!r}"
    there = cast("dict[str, Any]", found)
    faults = (
        fault(shape, there[key], phone, f"{at}.{key}") if key in there else f"{at}.{key}: not there"
        for key, shape in wanted.items()
    )
    return next(filter(None, faults), "")


def _array_fault(wanted: Sequence[Shape], found: Any, phone: PhoneAddress, at: str) -> str:
    if not isinstance(found, list):
        return f"{at}: expected an array, found {found!r}"
    elements = cast("list[Any]", found)
    for shape in wanted:
        faults = [fault(shape, element, phone, f"{at}[{index}]") for index, element in enumerate(elements)]
        if "" not in faults:
            return "; ".join(faults) or f"{at}: empty"
    return ""
