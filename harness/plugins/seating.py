"""Which phones a worker gets for a test: one for each slot, all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Collection

from harness.farm.leases.matching import match

Slots = tuple[tuple[str, ...], ...]
"""Per phone needed the names of those that would do; empty for a test that needs no phone."""


def seat_for(
    slots: Slots, free: Collection[str], preferred: Callable[[str], float] | None = None
) -> tuple[str, ...] | None:
    """A phone for each slot, no phone twice; ``None`` when there are not enough.

    Args:
        slots: what is needed.
        free: those that can be had.
        preferred: the higher, the sooner a phone is taken; without it in the order of the slot.
    """
    rows = slots
    if preferred is not None:
        liked = preferred
        rows = tuple(tuple(sorted(slot, key=lambda name: -liked(name))) for slot in slots)
    chosen = match(rows, frozenset(free))
    return tuple(chosen[number] for number in range(len(slots))) if chosen is not None else None


def most_at_once(slots: Slots, phones: Collection[str]) -> int:
    """How many tests with these slots can run at the same time, at most."""
    able = {name for slot in slots for name in slot if name in phones}
    return len(able) // len(slots) if slots else len(phones)
