"""The lines of an app in the order in which it wrote them, each once.

Journal and marks tell the same lines; a line's number and its moment say which of them are one. Numbers say
the order better than moments do, as threads overtake each other and clocks are set, but only within one
numbering: a journal that was emptied counts from 1 again, also in the same process.
"""

from __future__ import annotations

from collections.abc import Iterable

from harness.model.facts import CallbackSeen, Source

Numbering = dict[int, CallbackSeen]
"""Number -> the line that has it."""


def as_written(told: Iterable[CallbackSeen]) -> tuple[CallbackSeen, ...]:
    """Lines in the order they were written in, each once, journal before mark.

    Args:
        told: lines and marks, by phone time.
    """
    numberings: list[Numbering] = [{}]
    for line in told:
        known = next((each for each in numberings if _is_in(line, each)), None)
        if known is not None:
            known[line.seq] = line if line.source is Source.JOURNAL else known[line.seq]
            continue
        if _begins_anew(line, numberings[-1]):
            numberings.append({})
        numberings[-1][line.seq] = line
    return tuple(numbering[number] for numbering in numberings for number in sorted(numbering))


def _is_in(line: CallbackSeen, numbering: Numbering) -> bool:
    """Whether a numbering has the line already, from the other who tells it."""
    known = numbering.get(line.seq)
    if known is None or known.pid != line.pid:
        return False
    return not known.at.surely_before(line.at) and not known.at.surely_after(line.at)


def _begins_anew(line: CallbackSeen, numbering: Numbering) -> bool:
    """Whether a number is taken already, or is the first and comes surely after all others."""
    if line.seq in numbering:
        return True
    return line.seq == 1 and all(other.at.surely_before(line.at) for other in numbering.values())
