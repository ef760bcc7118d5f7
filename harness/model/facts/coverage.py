"""How far a source has been watched, and where it may have missed something."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.facts.base import Source


@dataclass(frozen=True)
class Gap:
    """A stretch of phone time in which a source may have missed something.

    Source and start name a gap: of several entries with the same two, the last word counts. One that ends
    before it began takes the gap back: what was missing has come after all.

    Attributes:
        source: the source.
        from_s: start; nothing is known to be missing before.
        to_s: end, or ``None`` while it lasts.
        why: what happened, in words.
    """

    source: Source
    from_s: float
    to_s: float | None
    why: str

    def overlaps(self, from_s: float, to_s: float) -> bool:
        """Whether any of it lies in ``[from_s, to_s]``."""
        return not self.is_taken_back and self.from_s <= to_s and (self.to_s is None or self.to_s >= from_s)

    @property
    def is_taken_back(self) -> bool:
        """Whether it says that nothing is missing any more."""
        return self.to_s is not None and self.to_s < self.from_s


@dataclass(frozen=True)
class Watermark:
    """A source has shown everything up to ``phone_s`` that it ever will.

    Attributes:
        source: the source.
        phone_s: phone time.
    """

    source: Source
    phone_s: float
