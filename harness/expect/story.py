"""A verdict told as a story, for the person who has to act on it."""

from __future__ import annotations

from dataclasses import fields

from harness.model.facts import Fact
from harness.model.reasons import MEANINGS, Outcome
from harness.model.verdict import Finding, Truth, Verdict

SIGNS = {Truth.TRUE: "✓", Truth.FALSE: "✗", Truth.UNKNOWN: "?"}
_QUIET_FIELDS = frozenset({"at", "source", "bundle_id", "detail", "nonce", "seq", "thread"})


WORST_FIRST = (Outcome.FAILED, Outcome.INVALID, Outcome.INCONCLUSIVE)
"""Which of several verdicts names the whole: what is the app's fault before what is nobody's."""


class ExpectationFailed(AssertionError):
    """One expectation did not pass, or several that were collected; carries the verdicts.

    Attributes:
        verdicts: what each came to, with all it rests on, in the order they were given.
        verdict: the worst of them.
    """

    def __init__(self, *verdicts: Verdict) -> None:
        super().__init__(tell_all(verdicts))
        self.verdicts = verdicts
        self.verdict = worst(verdicts)


def worst(verdicts: tuple[Verdict, ...]) -> Verdict:
    """The verdict that names the whole; the earliest of several that are equally bad."""
    return min(verdicts, key=lambda verdict: WORST_FIRST.index(verdict.outcome))


def tell_all(verdicts: tuple[Verdict, ...]) -> str:
    """The stories of verdicts that did not pass, counted when there are several."""
    if len(verdicts) == 1:
        return tell(verdicts[0])
    heads = [f"{len(verdicts)} expectations did not pass"]
    return "\n\n".join([*heads, *(f"{number}. {tell(one)}" for number, one in enumerate(verdicts, 1))])


def tell(verdict: Verdict) -> str:
    """What was expected, what was found, what almost counted, and why it is this verdict and no other."""
    origin_s = verdict.window[0].at_s
    lines = [f"{verdict.outcome.upper()} {verdict.reason}: {MEANINGS[verdict.reason].sentence}"]
    lines.append(f"  expected: {verdict.question} (within {verdict.window[1].at_s - origin_s:.0f} s)")
    for title, findings in (("guards", verdict.guards), ("claims", verdict.claims)):
        if findings:
            lines += [f"  {title}:", *_tell_findings(findings, origin_s)]
    if verdict.outcome is not Outcome.PASSED:
        lines += _tell_near(verdict, origin_s)
    lines.append(f"  hardware: {verdict.hardware}")
    return "\n".join(lines)


def _tell_findings(findings: tuple[Finding, ...], origin_s: float) -> list[str]:
    lines: list[str] = []
    for finding in findings:
        why = f" [{finding.reason}]" if finding.reason else ""
        note = f": {finding.note}" if finding.note else ""
        lines.append(f"    {SIGNS[finding.truth]} {finding.about}{why}{note}")
        lines += [f"        {describe(fact, origin_s)}" for fact in finding.facts[:6]]
        lines += [f"        gap: {gap.source}, {gap.why}" for gap in finding.gaps]
    return lines


def _tell_near(verdict: Verdict, origin_s: float) -> list[str]:
    if not verdict.near_misses:
        return []
    shown = verdict.near_misses[-12:]
    return ["  around it, not counted:", *(f"    {describe(fact, origin_s)}" for fact in shown)]


def describe(fact: Fact, origin_s: float) -> str:
    """One fact in one line, its time relative to ``origin_s``."""
    said = [
        f"{item.name}={value}"
        for item in fields(fact)
        if item.name not in _QUIET_FIELDS and (value := getattr(fact, item.name)) not in ("", None, False)
    ]
    error = f"±{fact.at.error_s:.3f}" if fact.at.error_s >= 0.001 else ""
    return (
        f"{fact.at.at_s - origin_s:+9.3f}{error} s  {type(fact).__name__} {' '.join(said)}  ({fact.source})"
    )
