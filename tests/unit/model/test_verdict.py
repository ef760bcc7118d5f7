"""The algebra of verdicts."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.facts import Gap, Source
from harness.model.reasons import MEANINGS, ClaimKind, Outcome, Reason
from harness.model.time import Instant
from harness.model.verdict import Finding, Truth, Verdict, decide, false, true, unknown

PASS = Reason.PASS_CLAIMS_PROVEN
GAP = Reason.INCONCLUSIVE_GAP

GUARDS: dict[str, Finding] = {
    "holds": true("guard"),
    "open": unknown("guard", GAP),
    "broken": false("guard", Reason.INVALID_DEBUGGER),
}
CLAIMS: dict[str, Finding] = {
    "proven": true("claim"),
    "open": unknown("claim", Reason.INCONCLUSIVE_DEADLINE),
    "refuted": false("claim", Reason.CALLBACK_DUPLICATE),
}
DECIDED: dict[tuple[str, str], tuple[Outcome, Reason]] = {
    ("holds", "proven"): (Outcome.PASSED, PASS),
    ("holds", "open"): (Outcome.INCONCLUSIVE, Reason.INCONCLUSIVE_DEADLINE),
    ("holds", "refuted"): (Outcome.FAILED, Reason.CALLBACK_DUPLICATE),
    ("open", "proven"): (Outcome.INCONCLUSIVE, GAP),
    ("open", "open"): (Outcome.INCONCLUSIVE, GAP),
    ("open", "refuted"): (Outcome.INCONCLUSIVE, GAP),
    ("broken", "proven"): (Outcome.INVALID, Reason.INVALID_DEBUGGER),
    ("broken", "open"): (Outcome.INVALID, Reason.INVALID_DEBUGGER),
    ("broken", "refuted"): (Outcome.INVALID, Reason.INVALID_DEBUGGER),
}


@pytest.mark.parametrize(("guard", "claim"), list(itertools.product(GUARDS, CLAIMS)))
def test_a_guard_decides_before_a_claim_and_false_before_unknown(guard: str, claim: str) -> None:
    assert decide(ClaimKind.WAKE, (GUARDS[guard],), (CLAIMS[claim],), PASS) == DECIDED[guard, claim]


@given(
    st.lists(st.sampled_from(list(GUARDS.values())), max_size=4),
    st.lists(st.sampled_from(list(CLAIMS.values())), max_size=4),
)
def test_the_worst_finding_decides_wherever_it_stands(guards: list[Finding], claims: list[Finding]) -> None:
    def worst(findings: list[Finding], names: dict[str, Finding]) -> str:
        order = {Truth.FALSE: 0, Truth.UNKNOWN: 1, Truth.TRUE: 2}
        known = [name for name in names if names[name] in findings]
        return min(known, key=lambda name: order[names[name].truth], default=next(iter(names)))

    expected = DECIDED[worst(guards, GUARDS), worst(claims, CLAIMS)]
    assert decide(ClaimKind.WAKE, tuple(guards), tuple(claims), PASS) == expected


@pytest.mark.parametrize(("reason", "kind"), list(itertools.product(Reason, ClaimKind)))
def test_a_refuted_claim_means_what_its_row_says_and_never_a_pass(reason: Reason, kind: ClaimKind) -> None:
    refuted = (false("claim", reason),)
    if MEANINGS[reason].for_claim(kind) is Outcome.PASSED:
        with pytest.raises(ValueError, match="cannot make false: claim"):
            decide(kind, (), refuted, PASS)
    else:
        assert decide(kind, (), refuted, PASS) == (MEANINGS[reason].for_claim(kind), reason)


@pytest.mark.parametrize(("reason", "kind"), list(itertools.product(Reason, ClaimKind)))
def test_an_open_claim_is_inconclusive_whatever_the_reason(reason: Reason, kind: ClaimKind) -> None:
    assert decide(kind, (), (unknown("claim", reason),), PASS) == (Outcome.INCONCLUSIVE, reason)


@pytest.mark.parametrize("truth", [Truth.FALSE, Truth.UNKNOWN])
def test_a_finding_that_is_not_true_needs_a_reason(truth: Truth) -> None:
    with pytest.raises(ValueError, match="needs a reason: it was so"):
        decide(ClaimKind.STATE, (Finding("it was so", truth),), (), PASS)


def test_nothing_to_prove_is_a_pass_by_the_reason_given() -> None:
    assert decide(ClaimKind.STATE, (), (), Reason.PASS_RESUMED) == (Outcome.PASSED, Reason.PASS_RESUMED)


def test_a_verdict_shows_each_gap_once_guards_first() -> None:
    first, second = Gap(Source.JOURNAL, 1.0, 2.0, "a"), Gap(Source.SYSTEM_LOG, 1.0, None, "b")
    guard, claim = true("guard", gaps=(first,)), unknown("claim", GAP, gaps=(second, first))
    verdict = Verdict(
        Outcome.INCONCLUSIVE, GAP, "?", ClaimKind.WAKE, (guard,), (claim,), (Instant(0.0), Instant(1.0))
    )
    assert verdict.findings == (guard, claim)
    assert verdict.gaps == (first, second)
