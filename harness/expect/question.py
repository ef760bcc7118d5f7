"""What an expectation is, and how one is judged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from harness.evidence.view import Evidence
from harness.expect import setup
from harness.expect.backdrop import backdrop
from harness.model.facts import Fact, Gap, Mark, Source
from harness.model.identity import Hardware
from harness.model.reasons import ClaimKind, Outcome, Reason
from harness.model.time import CUT_S, WRITTEN_ERROR_S, Instant
from harness.model.verdict import NOTHING_AROUND, Finding, Verdict, decide, unknown

FLOATS_S = 1e-6
"""What a few sums lose: seconds since 1970 in floating point are 2.4e-7 apart."""

ROUNDING_S = WRITTEN_ERROR_S + CUT_S + FLOATS_S
"""How far beyond an end of a window the bounds of a moment may reach and the moment still lie in it.

A stamp's own error is part of its bounds. What the phone cut off is not: it moved the stamp, and its bounds
with it, away from the moment. No action reaches a phone in less, so what the phone dates to the very instant
of one is its effect.
"""


@dataclass(frozen=True)
class Window:
    """The stretch of phone time that a question is about.

    Attributes:
        since: the mark it looks on from; facts before it never count.
        deadline_s: the last moment, seconds since 1970 in phone time.
    """

    since: Mark
    deadline_s: float

    @property
    def from_s(self) -> float:
        """The first moment that can lie in it: what happens while the action lasts happens after it began."""
        return self.since.at.earliest_s

    def holds(self, at: Instant) -> bool:
        """Whether a moment surely lies in it."""
        return at.earliest_s >= self.from_s - ROUNDING_S and at.latest_s <= self.deadline_s + ROUNDING_S

    def proves(self, at: Instant) -> bool:
        """Whether a moment lies in it without the benefit of rounding, as a counter-proof must.

        What an earlier action did may be dated to the very instant in which the next one begins.
        """
        return at.earliest_s >= self.from_s and at.latest_s <= self.deadline_s

    def edges(self, at: Instant) -> bool:
        """Whether it cannot be told if a moment lies in it: the bounds of its error reach over an end."""
        return at.latest_s >= self.from_s and at.earliest_s <= self.deadline_s and not self.holds(at)


class Question(Protocol):
    """An expectation about one app."""

    @property
    def bundle_id(self) -> str:
        """The app it is about."""
        ...

    @property
    def window(self) -> Window:
        """When."""
        ...

    @property
    def kind(self) -> ClaimKind:
        """What sort of claim it is."""
        ...

    @property
    def passed(self) -> Reason:
        """The reason given when all is proven."""
        ...

    def near_miss(self, fact: Fact) -> str | None:
        """What speaks against a fact about the app, apart from its time.

        Empty when nothing does; ``None`` for one that is not of the kind looked for.
        """
        ...

    def guards(self, evidence: Evidence) -> tuple[Finding, ...]:
        """What must hold for the experiment to be what it claims to be."""
        ...

    def claims(self, evidence: Evidence) -> tuple[Finding, ...]:
        """What the app must have done."""
        ...


def judge(
    question: Question, evidence: Evidence, hardware: Hardware = Hardware.VIRTUAL, *, told: bool = True
) -> Verdict:
    """The verdict over what is known now; ``inconclusive`` while it can still change.

    Args:
        question: what is asked.
        evidence: what is known.
        hardware: whether a real phone was asked.
        told: also collect what a reader needs of a verdict that is not a pass.
    """
    guards = (*_setup(question, evidence), *question.guards(evidence))
    claims = question.claims(evidence)
    outcome, reason = decide(question.kind, guards, claims, question.passed)
    window = question.window
    guards, claims = _owning_up(guards, claims, evidence.lost_by_any(window.from_s, window.deadline_s))
    ends = Instant(window.deadline_s)
    is_shown = told and outcome is not Outcome.PASSED
    around = backdrop(question, evidence, guards + claims) if is_shown else NOTHING_AROUND
    within = (window.since.at, ends)
    return Verdict(outcome, reason, str(question), question.kind, guards, claims, within, hardware, around)


def _setup(question: Question, evidence: Evidence) -> tuple[Finding, ...]:
    """What contradicts the test's own acts, whatever it asks."""
    cellular = getattr(question, "interface", None) is not None
    return setup.guards(evidence, question.bundle_id, question.window.deadline_s, cellular_is_asked=cellular)


def _owning_up(
    guards: tuple[Finding, ...], claims: tuple[Finding, ...], lost: tuple[Gap, ...]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Findings that show every gap of the window, also those on which nothing rested."""
    shown = {gap for finding in guards + claims for gap in finding.gaps}
    silent = tuple(gap for gap in lost if gap not in shown)
    if not silent or not claims:
        return guards, claims
    return guards, (replace(claims[0], gaps=claims[0].gaps + silent), *claims[1:])


def is_open(verdict: Verdict) -> bool:
    """Whether evidence that comes before the deadline can still change the verdict.

    What makes an experiment invalid now may have ended by then, such as a debugger that is let go.
    """
    return verdict.outcome in (Outcome.INCONCLUSIVE, Outcome.INVALID)


def open_or_lost(
    about: str, evidence: Evidence, window: Window, sources: tuple[Source, ...]
) -> Finding | None:
    """Why a claim that is not met cannot be called false yet, or ``None`` when it can.

    Args:
        about: the claim in words.
        evidence: what is known.
        window: the window of the claim.
        sources: the sources that would have shown it; all of them must have passed the deadline whole.
    """
    gaps: tuple[Gap, ...] = tuple(
        gap for source in sources for gap in evidence.lost(source, window.from_s, window.deadline_s)
    )
    if gaps:
        return unknown(about, Reason.INCONCLUSIVE_GAP, gaps=gaps, note="evidence was lost in the window")
    behind = [source for source in sources if not evidence.covers(source, window.from_s, window.deadline_s)]
    if behind:
        names = ", ".join(behind)
        return unknown(about, Reason.INCONCLUSIVE_DEADLINE, note=f"had not passed the deadline: {names}")
    return None
