"""How far one source has come, and what it may have missed: the bookkeeping that all feeds share."""

from __future__ import annotations

import math

from harness.evidence.record import Entry
from harness.model.facts import Gap, Source, Watermark


class Reach:
    """What one source has proven to have shown.

    Args:
        source: the source.

    Attributes:
        source: the source.
        shown_s: phone time up to which it has shown everything but for its gaps; 0 before it was opened.
        since_s: phone time since when it watches; ``None`` before it was opened.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.shown_s = 0.0
        self.since_s: float | None = None
        self._open: Gap | None = None
        self._gaps: dict[float, Gap] = {}

    @property
    def is_lost(self) -> bool:
        """Whether it shows nothing at present."""
        return self._open is not None

    def opened(self, shown_s: float) -> list[Entry]:
        """It is confirmed live from ``shown_s`` on; what lasted as a gap ends there."""
        self.shown_s = max(self.shown_s, shown_s)
        if self.since_s is None:
            self.since_s = self.shown_s
        told: list[Entry] = []
        if self._open is not None:
            told.append(self._reword(Gap(self.source, self._open.from_s, self.shown_s, self._open.why)))
            self._open = None
        return [*told, Watermark(self.source, self.shown_s)]

    def proven(self, shown_s: float) -> list[Entry]:
        """Everything up to ``shown_s`` has been shown; says nothing new while it is lost."""
        if self._open is not None or self.since_s is None or shown_s <= self.shown_s:
            return []
        self.shown_s = shown_s
        return [Watermark(self.source, shown_s)]

    def lost(self, why: str) -> list[Entry]:
        """It shows nothing from where it had come on, until it is opened again."""
        if self._open is not None or self.since_s is None:
            return []
        self._open = self.missed(self.shown_s, None, why)
        return [self._open]

    def missed(self, from_s: float, to_s: float | None, why: str) -> Gap:
        """A gap of its own: its start names it, so no two of a source have the same."""
        while from_s in self._gaps:
            from_s = math.nextafter(from_s, -math.inf)
        return self._reword(Gap(self.source, from_s, to_s, why))

    def taken_back(self, gap: Gap) -> Gap:
        """What was missing has come after all: the gap ends before it began."""
        return self._reword(Gap(gap.source, gap.from_s, math.nextafter(gap.from_s, -math.inf), gap.why))

    def owns_up_to(self, moment_s: float) -> bool:
        """Whether a moment lies in one of its gaps."""
        return any(gap.overlaps(moment_s, moment_s) for gap in self._gaps.values())

    def _reword(self, gap: Gap) -> Gap:
        self._gaps[gap.from_s] = gap
        return gap
