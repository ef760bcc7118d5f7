"""What is known at one moment: the immutable thing that expectations are judged over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from harness.model.facts import AppFact, Fact, Gap, Source

F = TypeVar("F", bound=Fact)
A = TypeVar("A", bound=AppFact)


@dataclass(frozen=True)
class Coverage:
    """How far one source has been watched.

    Attributes:
        from_s: phone time since when.
        to_s: its watermark: everything up to here has been shown.
    """

    from_s: float
    to_s: float


@dataclass(frozen=True)
class Evidence:
    """Facts, gaps and coverage of one phone, as they stood at one moment.

    Attributes:
        facts: ordered by phone time, then by arrival.
        gaps: lost stretches, per source.
        coverage: per source, what has been watched.
        nonce: run nonce of the test; facts of another nonce are shown and never counted.
    """

    facts: tuple[Fact, ...] = ()
    gaps: tuple[Gap, ...] = ()
    coverage: Mapping[Source, Coverage] = field(default_factory=dict[Source, Coverage])
    nonce: str = ""

    def of(
        self, kind: type[F], *, since_s: float | None = None, until_s: float | None = None
    ) -> tuple[F, ...]:
        """Facts of a kind that surely or possibly lie in ``[since_s, until_s]``.

        Args:
            kind: the class of fact.
            since_s: phone time; a fact whose latest moment is before it is left out.
            until_s: phone time; a fact whose earliest moment is after it is left out.
        """
        return tuple(
            fact
            for fact in self.facts
            if isinstance(fact, kind)
            and (since_s is None or fact.at.latest_s >= since_s)
            and (until_s is None or fact.at.earliest_s <= until_s)
        )

    def of_app(
        self, kind: type[A], bundle_id: str, *, since_s: float | None = None, until_s: float | None = None
    ) -> tuple[A, ...]:
        """Facts of a kind about one app, in a window as for ``of``."""
        return tuple(
            fact for fact in self.of(kind, since_s=since_s, until_s=until_s) if fact.bundle_id == bundle_id
        )

    def lost(self, source: Source, from_s: float, to_s: float) -> tuple[Gap, ...]:
        """The gaps of a source that overlap ``[from_s, to_s]``."""
        return tuple(gap for gap in self.gaps if gap.source is source and gap.overlaps(from_s, to_s))

    def lost_by_any(self, from_s: float, to_s: float) -> tuple[Gap, ...]:
        """The gaps of all sources that overlap ``[from_s, to_s]``."""
        return tuple(gap for gap in self.gaps if gap.overlaps(from_s, to_s))

    def covers(self, source: Source, from_s: float, to_s: float) -> bool:
        """Whether a source has shown everything in ``[from_s, to_s]``, with nothing lost."""
        watched = self.coverage.get(source)
        if watched is None or watched.from_s > from_s or watched.to_s < to_s:
            return False
        return not self.lost(source, from_s, to_s)

    def passed(self, source: Source, moment_s: float) -> bool:
        """Whether a source's watermark has reached a moment of phone time."""
        watched = self.coverage.get(source)
        return watched is not None and watched.to_s >= moment_s
