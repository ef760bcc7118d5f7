"""What is known at one moment: the immutable thing that expectations are judged over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self, TypeVar, cast

from harness.evidence.shelf import Row, shelved
from harness.model.facts import AppFact, Fact, Gap, Source

F = TypeVar("F", bound=Fact)
A = TypeVar("A", bound=AppFact)

NOTHING = Row()


@dataclass(frozen=True)
class Coverage:
    """How far one source has been watched.

    Attributes:
        from_s: phone time since when.
        to_s: its watermark: everything up to here has been shown.
    """

    from_s: float
    to_s: float


class Evidence:
    """Facts, gaps and coverage of one phone, as they stood at one moment; never changes.

    Args:
        facts: ordered by phone time, then by arrival.
        gaps: lost stretches, per source.
        coverage: per source, what has been watched.
        nonce: run nonce of the test; facts of another nonce are shown and never counted.
    """

    def __init__(
        self,
        facts: tuple[Fact, ...] = (),
        gaps: tuple[Gap, ...] = (),
        coverage: Mapping[Source, Coverage] | None = None,
        nonce: str = "",
    ) -> None:
        self.gaps = gaps
        self.coverage: Mapping[Source, Coverage] = coverage or {}
        self.nonce = nonce
        self._whole = shelved(facts)
        self._kinds: Mapping[type[Fact], Row] | None = None

    @classmethod
    def of_rows(
        cls,
        whole: Row,
        kinds: Mapping[type[Fact], Row],
        gaps: tuple[Gap, ...],
        coverage: Mapping[Source, Coverage],
        nonce: str,
    ) -> Self:
        """Evidence over a timeline's own shelves: all facts, and those of each kind by themselves."""
        made = cls((), gaps, coverage, nonce)
        made._whole, made._kinds = whole, kinds
        return made

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """Every fact, ordered by phone time, then by arrival."""
        return self._whole.all()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Evidence):
            return NotImplemented
        same = (self.gaps, self.coverage, self.nonce) == (other.gaps, other.coverage, other.nonce)
        return same and self.facts == other.facts

    def __repr__(self) -> str:
        return f"Evidence({self._whole.count} facts, {self.gaps}, {dict(self.coverage)}, {self.nonce!r})"

    def of(
        self, kind: type[F], *, since_s: float | None = None, until_s: float | None = None
    ) -> tuple[F, ...]:
        """Facts of a kind that surely or possibly lie in ``[since_s, until_s]``.

        Args:
            kind: the class of fact.
            since_s: phone time; a fact whose latest moment is before it is left out.
            until_s: phone time; a fact whose earliest moment is after it is left out.
        """
        row = self._row(kind)
        found = row.between(since_s, until_s)
        if row is self._whole and kind is not Fact:
            return tuple([fact for fact in found if isinstance(fact, kind)])
        return cast("tuple[F, ...]", tuple(found))

    def of_app(
        self, kind: type[A], bundle_id: str, *, since_s: float | None = None, until_s: float | None = None
    ) -> tuple[A, ...]:
        """Facts of a kind about one app, in a window as for ``of``."""
        found = self.of(kind, since_s=since_s, until_s=until_s)
        return tuple([fact for fact in found if fact.bundle_id == bundle_id])

    def _row(self, kind: type[Fact]) -> Row:
        """Where facts of a kind stand: by themselves, where they come from a timeline."""
        if self._kinds is None or kind is Fact:
            return self._whole
        return self._kinds.get(kind, NOTHING)

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
