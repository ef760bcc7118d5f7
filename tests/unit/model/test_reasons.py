"""The one table of reasons."""

from __future__ import annotations

import pytest

from harness.model.reasons import MEANINGS, ClaimKind, Outcome, Reason

PASSES = tuple(reason for reason in Reason if reason.name.startswith("PASS_"))
PREFIXES: dict[str, frozenset[Outcome]] = {
    "INVALID_": frozenset({Outcome.INVALID}),
    "INCONCLUSIVE_": frozenset({Outcome.INCONCLUSIVE}),
    "CALLBACK_": frozenset({Outcome.FAILED}),
    "KILLED_": frozenset({Outcome.FAILED, Outcome.INVALID, Outcome.INCONCLUSIVE}),
}
POSITIVE = tuple(kind for kind in ClaimKind if kind is not ClaimKind.ABSENCE)


def test_every_reason_has_exactly_one_row() -> None:
    assert set(MEANINGS) == set(Reason)
    assert len(MEANINGS) == len(list(Reason))


def test_no_two_reasons_share_a_word_or_a_sentence() -> None:
    assert len({reason.value for reason in Reason}) == len(Reason.__members__)
    assert len({meaning.sentence for meaning in MEANINGS.values()}) == len(MEANINGS)


@pytest.mark.parametrize("reason", Reason)
def test_every_row_has_an_outcome_for_every_kind_of_claim(reason: Reason) -> None:
    outcomes = [MEANINGS[reason].for_claim(kind) for kind in ClaimKind]
    assert all(isinstance(outcome, Outcome) for outcome in outcomes)
    # A rack's fault is an exception, not something a phone showed.
    assert Outcome.ERROR not in outcomes


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason not in PASSES])
def test_no_reason_but_a_pass_and_the_wake_itself_passes_a_positive_claim(reason: Reason) -> None:
    passing = {kind for kind in POSITIVE if MEANINGS[reason].for_claim(kind) is Outcome.PASSED}
    assert passing == (set(POSITIVE) if reason is Reason.WOKEN_UNEXPECTEDLY else set())


@pytest.mark.parametrize("reason", PASSES)
def test_a_pass_passes_every_positive_claim(reason: Reason) -> None:
    assert {MEANINGS[reason].for_claim(kind) for kind in POSITIVE} == {Outcome.PASSED}


@pytest.mark.parametrize("reason", [Reason.PASS_RELAUNCHED, Reason.PASS_RESUMED, Reason.WOKEN_UNEXPECTEDLY])
def test_a_wake_fails_the_claim_that_there_is_none(reason: Reason) -> None:
    assert MEANINGS[reason].for_claim(ClaimKind.ABSENCE) is Outcome.FAILED


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_family_of_reasons_keeps_to_its_outcomes(prefix: str) -> None:
    family = [reason for reason in Reason if reason.name.startswith(prefix)]
    outcomes = {MEANINGS[reason].for_claim(kind) for reason in family for kind in ClaimKind}
    assert family
    assert outcomes == PREFIXES[prefix]
