"""Verdicts: what was proven about guards and claims, and what follows from it.

Theory. An expectation has guards (the experiment is what it claims to be) and claims (the app does
what it should). Each is proven true, proven false or unknown over the facts of its window. They are
asked in this order, and the first that applies decides::

    a guard proven false   -> invalid
    a guard unknown        -> inconclusive
    a claim proven false   -> failed, or what the reason's row says
    a claim unknown        -> inconclusive
    otherwise              -> passed

So a failure is never reported of an experiment that may not have been one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.model.facts import Fact, Gap, Source
from harness.model.identity import Hardware
from harness.model.reasons import MEANINGS, ClaimKind, Outcome, Reason
from harness.model.time import Instant


class Truth(StrEnum):
    """What is proven of a guard or a claim."""

    TRUE = "proven true"
    FALSE = "proven false"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """What the evidence says of one guard or one claim.

    Attributes:
        about: the guard or claim, in words that complete "it is … that".
        truth: what is proven.
        reason: why it is false or unknown; ``None`` when true.
        facts: what it rests on.
        gaps: lost evidence in its window, whether or not it mattered.
        note: what a reader needs besides, such as a near miss.
    """

    about: str
    truth: Truth
    reason: Reason | None = None
    facts: tuple[Fact, ...] = ()
    gaps: tuple[Gap, ...] = ()
    note: str = ""


def true(about: str, *facts: Fact, gaps: tuple[Gap, ...] = (), note: str = "") -> Finding:
    """A finding proven true by ``facts``."""
    return Finding(about, Truth.TRUE, None, facts, gaps, note)


def false(about: str, reason: Reason, *facts: Fact, gaps: tuple[Gap, ...] = (), note: str = "") -> Finding:
    """A finding proven false by ``facts``."""
    return Finding(about, Truth.FALSE, reason, facts, gaps, note)


def unknown(about: str, reason: Reason, *facts: Fact, gaps: tuple[Gap, ...] = (), note: str = "") -> Finding:
    """A finding that the evidence leaves open."""
    return Finding(about, Truth.UNKNOWN, reason, facts, gaps, note)


@dataclass(frozen=True)
class NearMiss:
    """A fact of the kind looked for that did not count, and why."""

    fact: Fact
    why: str


@dataclass(frozen=True)
class Reach:
    """How far a source had come when a verdict was given.

    Attributes:
        source: the source.
        to_s: its watermark, phone time.
        passed: whether that is past the deadline.
    """

    source: Source
    to_s: float
    passed: bool


@dataclass(frozen=True)
class Backdrop:
    """What a reader of a verdict needs besides its findings; no verdict rests on it.

    Attributes:
        around: what went on before, in and after the window, in order.
        near: what almost counted.
        reaches: how far each source had come.
    """

    around: tuple[Fact, ...] = ()
    near: tuple[NearMiss, ...] = ()
    reaches: tuple[Reach, ...] = ()


NOTHING_AROUND = Backdrop()
"""A verdict of which only the findings matter."""


@dataclass(frozen=True)
class Verdict:
    """What an expectation came to.

    Attributes:
        outcome: in one word.
        reason: why; for a pass, what was proven.
        question: the expectation in words.
        kind: what sort of claim it was.
        guards: findings about the experiment.
        claims: findings about the app.
        window: phone time looked at, from mark to the last moment.
        hardware: whether a real phone was asked.
        backdrop: what went on around it, for the reader.
    """

    outcome: Outcome
    reason: Reason
    question: str
    kind: ClaimKind
    guards: tuple[Finding, ...]
    claims: tuple[Finding, ...]
    window: tuple[Instant, Instant]
    hardware: Hardware = Hardware.VIRTUAL
    backdrop: Backdrop = NOTHING_AROUND

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Guards, then claims."""
        return self.guards + self.claims

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Lost evidence in the window, each once."""
        return tuple(dict.fromkeys(gap for finding in self.findings for gap in finding.gaps))


def decide(
    kind: ClaimKind, guards: tuple[Finding, ...], claims: tuple[Finding, ...], passed: Reason
) -> tuple[Outcome, Reason]:
    """The algebra: findings to outcome and reason.

    Args:
        kind: what sort of claim it is; chooses the column of the reason table.
        guards: findings about the experiment.
        claims: findings about the app.
        passed: the reason given when nothing stands in the way.

    Raises:
        ValueError: a finding without the reason it needs, or a claim called false for a reason that
            means a pass; a verdict over such findings would be a guess.
    """
    for finding in _with(guards, Truth.FALSE):
        return Outcome.INVALID, _reason_of(finding)
    for finding in _with(guards, Truth.UNKNOWN):
        return Outcome.INCONCLUSIVE, _reason_of(finding)
    for finding in _with(claims, Truth.FALSE):
        return _meaning(kind, finding)
    for finding in _with(claims, Truth.UNKNOWN):
        return Outcome.INCONCLUSIVE, _reason_of(finding)
    return Outcome.PASSED, passed


def _with(findings: tuple[Finding, ...], truth: Truth) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.truth is truth)


def _meaning(kind: ClaimKind, finding: Finding) -> tuple[Outcome, Reason]:
    reason = _reason_of(finding)
    outcome = MEANINGS[reason].for_claim(kind)
    if outcome is Outcome.PASSED:
        raise ValueError(f"{reason} means {outcome} for {kind}, so it cannot make false: {finding.about}")
    return outcome, reason


def _reason_of(finding: Finding) -> Reason:
    if finding.reason is None:
        raise ValueError(f"a finding that is not true needs a reason: {finding.about}")
    return finding.reason
