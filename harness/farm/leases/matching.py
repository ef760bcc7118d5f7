"""Which phone for which slot of a request: as many as can be had at once, preferred ones first.

A phone that would do for two slots must not go to the one that could have another, so choosing the first that
fits is not enough: a chosen one is moved to another slot where that makes room (augmenting paths in a
bipartite graph). What was chosen once stays chosen, for whichever slot; so phones that are offered first are
used before those that are offered later.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

Chosen = Mapping[int, str]
"""Number of a slot -> the phone for it."""

NOTHING: Chosen = MappingProxyType({})


def choose(slots: Sequence[Sequence[str]], can_be_had: Collection[str], so_far: Chosen = NOTHING) -> Chosen:
    """A phone for as many slots as possible.

    Args:
        slots: for each, the phones that would do, the preferred one first.
        can_be_had: the phones that may be chosen.
        so_far: what is chosen already; all of these phones stay chosen.
    """
    holder = {udid: number for number, udid in so_far.items()}
    for number in range(len(slots)):
        if number not in holder.values():
            _make_room(slots, can_be_had, number, holder, set())
    chosen = {number: udid for udid, number in holder.items()}
    return dict(sorted(chosen.items()))


def _make_room(
    slots: Sequence[Sequence[str]],
    can_be_had: Collection[str],
    number: int,
    holder: dict[str, int],
    tried: set[str],
) -> bool:
    """Choose a phone for one slot, moving others to another phone where that is needed."""
    fitting = [udid for udid in slots[number] if udid in can_be_had or udid in holder]
    for udid in sorted(fitting, key=lambda one: one in holder):
        if udid in tried:
            continue
        tried.add(udid)
        if udid not in holder or _make_room(slots, can_be_had, holder[udid], holder, tried):
            holder[udid] = number
            return True
    return False


def match(slots: Sequence[Sequence[str]], can_be_had: Collection[str]) -> Chosen | None:
    """A phone for every slot, or ``None`` when there are too few."""
    chosen = choose(slots, can_be_had)
    return chosen if len(chosen) == len(slots) else None
