"""Which phones a worker gets for a test: one for each slot, all of them or none.

A *slot* stands for one phone that a test needs, and names the UDIDs that would do. Slots overlap (any
iPhone, and one with iOS 18), so taking the first free phone for each can leave a later one without: they are
matched by augmenting paths, which are short here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

Slots = tuple[tuple[str, ...], ...]
"""Per phone needed the UDIDs that would do; empty for a test that needs no phone."""


def seat_for(
    slots: Slots, free: Collection[str], preferred: Callable[[str], float] | None = None
) -> tuple[str, ...] | None:
    """A phone for each slot, no phone twice; ``None`` when there are not enough.

    Args:
        slots: what is needed.
        free: UDIDs that can be had.
        preferred: the higher, the sooner a phone is taken; without it in the order of the slot.
    """
    rows = [_ranked([udid for udid in slot if udid in free], preferred) for slot in slots]
    taken: dict[str, int] = {}
    for number in range(len(rows)):
        if not _take(number, rows, taken, set()):
            return None
    by_slot = {number: udid for udid, number in taken.items()}
    return tuple(by_slot[number] for number in range(len(rows)))


def _ranked(udids: list[str], preferred: Callable[[str], float] | None) -> list[str]:
    return sorted(udids, key=lambda udid: -preferred(udid)) if preferred else udids


def _take(number: int, rows: Sequence[Sequence[str]], taken: dict[str, int], seen: set[str]) -> bool:
    """Give a slot a phone, moving those that have one already to others where that helps."""
    for udid in rows[number]:
        if udid in seen:
            continue
        seen.add(udid)
        if udid not in taken or _take(taken[udid], rows, taken, seen):
            taken[udid] = number
            return True
    return False


def most_at_once(slots: Slots, phones: Collection[str]) -> int:
    """How many tests with these slots can run at the same time, at most."""
    able = {udid for slot in slots for udid in slot if udid in phones}
    return len(able) // len(slots) if slots else len(phones)
