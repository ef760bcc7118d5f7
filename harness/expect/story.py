"""A verdict told as a story, for the person who has to act on it."""

from __future__ import annotations

from textwrap import wrap

from harness.expect.plain import cut, plain
from harness.expect.rows import WIDTH, Row, rows_of
from harness.model.facts import Fact
from harness.model.reasons import MEANINGS, WORST_FIRST, Outcome
from harness.model.verdict import Finding, Truth, Verdict

SIGNS = {Truth.TRUE: "✓", Truth.FALSE: "✗", Truth.UNKNOWN: "?"}


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
    lines.append(f"  expected: {plain(verdict.question)} (within {verdict.window[1].at_s - origin_s:.0f} s)")
    for title, findings in (("guards", verdict.guards), ("claims", verdict.claims)):
        if findings:
            lines += [f"  {title}:", *_tell_findings(findings, origin_s)]
    if verdict.outcome is not Outcome.PASSED:
        lines += [
            *_tell_why(verdict, origin_s),
            *_tell_around(verdict, origin_s),
            *_tell_near(verdict, origin_s),
        ]
    lines.append(f"  hardware: {verdict.hardware}")
    return "\n".join(cut(line, WIDTH) for line in lines)


def _tell_findings(findings: tuple[Finding, ...], origin_s: float) -> list[str]:
    lines: list[str] = []
    for finding in findings:
        why = f" [{finding.reason}]" if finding.reason else ""
        head = f"    {SIGNS[finding.truth]} {plain(finding.about)}{why}"
        lines += [
            head,
            *wrap(plain(finding.note), WIDTH, initial_indent="      ", subsequent_indent="      "),
        ]
        lines += [f"    {row.told()}" for row in rows_of(finding.facts, origin_s)[:6]]
        lines += [f"    {row.told()}" for row in rows_of(finding.gaps, origin_s)]
    return lines


def _tell_why(verdict: Verdict, origin_s: float) -> list[str]:
    """Why it is this verdict and no other."""
    why = {
        Outcome.FAILED: _why_failed,
        Outcome.INVALID: _why_invalid,
        Outcome.INCONCLUSIVE: _why_inconclusive,
    }
    return [f"  {line}" for line in why[verdict.outcome](verdict)] + _tell_reaches(verdict, origin_s)


def _why_failed(verdict: Verdict) -> list[str]:
    return [
        "why failed and not inconclusive:",
        f"  {_on_guards(verdict)}; the phone gave no reason of its own",
    ]


def _why_invalid(verdict: Verdict) -> list[str]:
    """A guard is false; or a claim is, for a reason by which the experiment was none."""
    if any(guard.truth is Truth.FALSE for guard in verdict.guards):
        return ["why invalid: a guard is proven false, so no claim was judged"]
    false = [claim for claim in verdict.claims if claim.truth is Truth.FALSE]
    head = "why invalid and not failed: what came in its place is not what was to be tested"
    return [head, *_meant(false)]


def _why_inconclusive(verdict: Verdict) -> list[str]:
    open_ones = [finding for finding in verdict.findings if finding.truth is not Truth.TRUE]
    return ["why inconclusive and not failed:", *_meant(open_ones)]


def _meant(findings: list[Finding]) -> list[str]:
    """Each finding with what its reason means."""
    return [f"  {plain(one.about)}: {MEANINGS[one.reason].sentence}" for one in findings if one.reason]


def _on_guards(verdict: Verdict) -> str:
    count = len(verdict.guards)
    return f"all {count} guards hold" if count > 1 else "the guard holds" if count else "it has no guards"


def _tell_reaches(verdict: Verdict, origin_s: float) -> list[str]:
    """How far each source had come, those that had not passed the deadline first."""
    reaches = sorted(verdict.backdrop.reaches, key=lambda reach: reach.passed)
    past = ", ".join(reach.source for reach in reaches if reach.passed)
    behind = [
        f"    {reach.source} had come to {reach.to_s - origin_s:+.1f} s only"
        for reach in reaches
        if not reach.passed
    ]
    return [*behind, *(_wrapped(f"had passed the deadline: {past}", "    ") if past else [])]


def _wrapped(text: str, indent: str) -> list[str]:
    return wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)


AROUND = 25
"""How many lines of what went on around a verdict are shown at most."""


def _tell_around(verdict: Verdict, origin_s: float) -> list[str]:
    counted = [fact for finding in verdict.findings for fact in finding.facts]
    rows = rows_of((*verdict.backdrop.around, *verdict.gaps), origin_s, counted)
    if not rows:
        return []
    shown, left = _most_telling(rows)
    more = [f"    … and {left} more"] if left else []
    return ["  around it, in seconds from the mark (* counted):", *(row.told() for row in shown), *more]


def _most_telling(rows: list[Row]) -> tuple[list[Row], int]:
    """The rows to show, in order, and how many are left out: what counted stays, then what is nearest."""

    def worth(row: Row) -> tuple[bool, bool, float]:
        return not row.counted, row.what not in ("action", "gap", "ended"), abs(row.at_s)

    by_worth = sorted(rows, key=worth)
    kept = {id(row) for row in by_worth[:AROUND]}
    return [row for row in rows if id(row) in kept], max(len(rows) - AROUND, 0)


def _tell_near(verdict: Verdict, origin_s: float) -> list[str]:
    by_why: dict[str, list[Fact]] = {}
    for miss in verdict.backdrop.near:
        by_why.setdefault(miss.why, []).append(miss.fact)
    lines: list[str] = []
    for why, facts in by_why.items():
        lines += [f"    {plain(why)}:", *(row.told() for row in rows_of(facts, origin_s))]
    return ["  almost counted:", *lines] if lines else []
