"""How far a source has been watched, and where it may have missed something."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.facts.base import Source


@dataclass(frozen=True)
class Gap:
    """A stretch of phone time in which a source may have missed something.

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
        return self.from_s <= to_s and (self.to_s is None or self.to_s >= from_s)


@dataclass(frozen=True)
class Watermark:
    """A source has shown everything up to ``phone_s`` that it ever will.

    Attributes:
        source: the source.
        phone_s: phone time.
    """

    source: Source
    phone_s: float
