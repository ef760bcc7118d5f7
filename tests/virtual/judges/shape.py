"""What has to be in a JSON document, as far as it matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from harness.virtual.address import PhoneAddress

Shape = Mapping[str, "Shape"] | Sequence["Shape"] | str | bool | type
"""An object with at least these keys; an array with at least these elements, in any order; a text in
which ``{udid}``, ``{name}``, ``{ios}`` and ``{model}`` stand for those of the phone; or a type."""


def fault(wanted: Shape, found: Any, phone: PhoneAddress, at: str = "$") -> str:
    """The first thing that is not as wanted, or an empty text.

    Args:
        wanted: what has to be there.
        found: what json.loads returned.
        phone: whose answer it is.
        at: where in the document this is.
    """
    if isinstance(wanted, str):
        text = wanted.format(udid=phone.udid, name=phone.name, ios=phone.ios, model=phone.model)
        return "" if found == text else f"{at}: expected {text!r}, found {found!r}"
    if isinstance(wanted, type):
        # A whole number is a number too; but true is no number.
        same = type(found) in ((int, float) if wanted is float else (wanted,))
        return "" if same else f"{at}: expected {wanted.__name__}, found {found!r}"
    if isinstance(wanted, Mapping):
        return _object_fault(wanted, found, phone, at)
    if isinstance(wanted, Sequence):
        return _array_fault(wanted, found, phone, at)
    return "" if found is wanted else f"{at}: expected {wanted}, found {found!r}"


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
