"""Journal and log marks say the same things twice: what one of them lacks, it has lost.

The app appends a line to its journal, and then repeats it in the log as a mark; ``(pid, seq)`` names both.
So a mark that has come proves that its line is in the file, and a line of the file proves that its mark
was in the log.
"""

from __future__ import annotations

import bisect

from harness.evidence.feeds.reach import Reach
from harness.evidence.items import JournalRead
from harness.evidence.record import Entry
from harness.model.facts import CallbackSeen, Gap

WRITING_S = 0.5
"""How long after its own time stamp a line is surely in the file, and its mark in the log: it is synced to
the disk in between. Guessed; a mark that comes later still takes its gap back."""

Key = tuple[int, int]
"""Process and number of a line."""


class Pairing:
    """The lines and marks of one app that have no counterpart yet.

    Args:
        journal: how far the journal has come.
        log: how far the log has come.
    """

    def __init__(self, journal: Reach, log: Reach) -> None:
        self._journal = journal
        self._log = log
        self._lines: dict[Key, CallbackSeen] = {}
        self._marks: dict[Key, tuple[CallbackSeen, float]] = {}
        self._gaps: dict[Key, tuple[Reach, Gap]] = {}
        self._marked_s: list[float] = []
        self._unreadable_s: list[float] = []
        self._counts_from_s = 0.0

    def cleared(self, at_s: float) -> None:
        """The journal was cleared: what was written before ``at_s`` is nobody's loss."""
        self._lines.clear()
        self._marks.clear()
        self._counts_from_s = at_s

    def line(self, fact: CallbackSeen) -> list[Entry]:
        """A line of the journal came."""
        key = (fact.pid, fact.seq)
        if self._marks.pop(key, None) is None:
            self._lines[key] = fact
        return self._made_up_for(key, self._journal)

    def mark(self, fact: CallbackSeen, came_s: float) -> list[Entry]:
        """A mark came, at ``came_s`` of this host."""
        key = (fact.pid, fact.seq)
        bisect.insort(self._marked_s, fact.at.at_s)
        if self._lines.pop(key, None) is None:
            self._marks[key] = (fact, came_s)
        return self._made_up_for(key, self._log)

    def unreadable_mark(self, at_s: float) -> None:
        """A mark came that says nothing: it was cut, or redacted."""
        self._unreadable_s.append(at_s)

    def journal_read(self, item: JournalRead) -> list[Entry]:
        """The journal was read to its end: the lines of all marks that had come before must be known."""
        watched_s = max(self._journal.since_s or 0.0, self._counts_from_s)
        told: list[Entry] = []
        for key, (fact, came_s) in tuple(self._marks.items()):
            if fact.at.earliest_s <= watched_s:
                del self._marks[key]
            elif key not in self._gaps and self._must_be_there(fact, came_s, item):
                why = f"the log repeats line {fact.seq} of the journal, and the journal lacks it"
                told.append(
                    self._lose(
                        key,
                        self._journal,
                        min(fact.at.earliest_s, self._journal.shown_s),
                        item.asked.latest_s,
                        why,
                    )
                )
        return told

    def _must_be_there(self, fact: CallbackSeen, came_s: float, item: JournalRead) -> bool:
        return came_s < item.asked_s or fact.at.latest_s + WRITING_S < item.asked.earliest_s

    def log_proven(self) -> list[Entry]:
        """The log has come farther: the marks of lines that lie well before must be known.

        Says nothing of an app that has left no mark yet: not every one does.
        """
        if not self._marked_s:
            return []
        watched_s = max(self._log.since_s or 0.0, self._counts_from_s)
        told: list[Entry] = []
        for key, fact in tuple(self._lines.items()):
            if fact.at.earliest_s <= watched_s:
                del self._lines[key]
            elif fact.at.latest_s + WRITING_S < self._log.shown_s:
                del self._lines[key]
                if not self._log.owns_up_to(fact.at.at_s) and not self._excused(fact):
                    why = f"the journal has line {fact.seq}, and the log lacks its mark"
                    told.append(self._lose(key, self._log, *self._neighbours(fact), why))
        return told

    def _neighbours(self, fact: CallbackSeen) -> tuple[float, float]:
        """The marks before and after a line; what is lost lies between them."""
        at = bisect.bisect(self._marked_s, fact.at.at_s)
        from_s = self._marked_s[at - 1] if at else (self._log.since_s or 0.0)
        to_s = self._marked_s[at] if at < len(self._marked_s) else self._log.shown_s
        return from_s, to_s

    def _excused(self, fact: CallbackSeen) -> bool:
        near = [at_s for at_s in self._unreadable_s if abs(at_s - fact.at.at_s) <= WRITING_S]
        if near:
            self._unreadable_s.remove(near[0])
        return bool(near)

    def _lose(self, key: Key, reach: Reach, from_s: float, to_s: float, why: str) -> Gap:
        gap = reach.missed(from_s, to_s, why)
        self._gaps[key] = (reach, gap)
        return gap

    def _made_up_for(self, key: Key, reach: Reach) -> list[Entry]:
        """Take back the gap that a counterpart opened, now that what it missed has come."""
        owed = self._gaps.get(key)
        if owed is None or owed[0] is not reach:
            return []
        del self._gaps[key]
        return [reach.taken_back(owed[1])]
