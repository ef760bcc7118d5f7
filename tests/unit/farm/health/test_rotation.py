from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.farm.health.rotation import (
    CAME_AND_WENT,
    FIRST_OUT_S,
    FRESH_S,
    LONGEST_OUT_S,
    RULES,
    TAKEN_OUT_S,
    Against,
    Finding,
    HealthRecord,
    PhoneHealth,
    by_hand,
    found_well,
    minutes,
    out_of_rotation,
    proven,
    struck,
)

NOW_S = 1_000_000.0
LOCKED = Finding(Against.LOOK, "it is locked", "Unlock it.", "unlocked")
LOST = Finding(Against.LOST, "it went away amid a test", "Check the cable.")
TAKEN = Finding(Against.TAKEN, "it is in use by Anna's MacBook", "Let them finish.")
FINDINGS = st.sampled_from([LOCKED, LOST, TAKEN, CAME_AND_WENT])


def _out_for_s(record: HealthRecord, now_s: float) -> float:
    assert record.until_s is not None
    return record.until_s - now_s


def test_everything_that_can_speak_against_a_phone_has_a_rule() -> None:
    assert set(RULES) == set(Against)


def test_a_phone_that_nobody_has_looked_at_is_looked_at_and_can_be_had() -> None:
    assert HealthRecord().needs_look(NOW_S)
    assert not HealthRecord().is_out(NOW_S)


def test_a_good_look_spares_the_next_one_for_some_minutes() -> None:
    looked = found_well(HealthRecord(), NOW_S)
    assert not looked.needs_look(NOW_S + FRESH_S - 1)
    assert looked.needs_look(NOW_S + FRESH_S)


def test_a_clock_that_was_set_back_makes_a_look_old() -> None:
    assert found_well(HealthRecord(), NOW_S).needs_look(NOW_S - 1)


def test_a_failed_look_takes_a_phone_out_and_a_good_one_brings_it_back_with_its_strike() -> None:
    out = struck(HealthRecord(), LOCKED, NOW_S)
    assert out.is_out(NOW_S)
    assert (out.strikes, _out_for_s(out, NOW_S)) == (1, FIRST_OUT_S)
    back = found_well(out, NOW_S + 5)
    assert back == HealthRecord(PhoneHealth.GOOD, checked_s=NOW_S + 5, strikes=1)


def test_a_phone_that_fails_again_is_out_twice_as_long_and_never_longer_than_a_day() -> None:
    record, lasted, now_s = HealthRecord(), list[float](), NOW_S
    for _ in range(12):
        record = struck(record, LOCKED, now_s)
        lasted.append(_out_for_s(record, now_s))
        now_s += lasted[-1]
    assert lasted[:4] == [600.0, 1200.0, 2400.0, 4800.0]
    assert set(lasted[8:]) == {LONGEST_OUT_S}


def test_a_quarantine_that_is_over_gives_another_chance_after_a_look() -> None:
    out = struck(HealthRecord(), CAME_AND_WENT, NOW_S)
    later_s = NOW_S + FIRST_OUT_S
    assert out.is_out(later_s - 1)
    assert not out.is_out(later_s)
    assert out.needs_look(later_s)


def test_one_loss_in_a_test_has_the_phone_looked_at_and_the_second_takes_it_out() -> None:
    looked = found_well(HealthRecord(), NOW_S)
    once = struck(looked, LOST, NOW_S + 1)
    assert (once.health, once.strikes, once.needs_look(NOW_S + 1)) == (PhoneHealth.UNKNOWN, 1, True)
    twice = struck(found_well(once, NOW_S + 2), LOST, NOW_S + 3)
    assert twice.is_out(NOW_S + 3)


def test_a_verdict_strikes_off_what_was_held_against_the_phone() -> None:
    once = struck(HealthRecord(), LOST, NOW_S)
    assert proven(once, NOW_S + 1) == HealthRecord(PhoneHealth.GOOD, checked_s=NOW_S + 1)


@pytest.mark.parametrize("finding", [LOST, CAME_AND_WENT, TAKEN], ids=lambda each: each.against)
def test_what_a_look_cannot_disprove_it_does_not_end(finding: Finding) -> None:
    out = struck(struck(HealthRecord(), finding, NOW_S), finding, NOW_S)
    assert out.is_out(NOW_S)
    assert found_well(out, NOW_S + 1).until_s == out.until_s
    assert proven(out, NOW_S + 1) == out


def test_that_another_computer_uses_it_is_no_strike_and_asked_again_in_a_minute() -> None:
    out = struck(HealthRecord(strikes=1), TAKEN, NOW_S)
    assert (out.strikes, _out_for_s(out, NOW_S)) == (1, TAKEN_OUT_S)


def test_looking_again_and_again_at_a_phone_that_is_out_is_no_strike_and_no_longer_quarantine() -> None:
    out = struck(HealthRecord(), LOCKED, NOW_S)
    unplugged = Finding(Against.LOOK, "it is not attached", "Check the cable.", "seen")
    again = struck(out, unplugged, NOW_S + 60)
    assert (again.strikes, again.until_s) == (out.strikes, out.until_s)
    assert again.note == "it is not attached"


def test_a_failed_look_at_a_phone_that_comes_and_goes_does_not_hide_why_it_is_out() -> None:
    out = struck(HealthRecord(), CAME_AND_WENT, NOW_S)
    again = struck(out, LOCKED, NOW_S + 60)
    assert (again.cause, again.note) == (Against.FLAPPING, CAME_AND_WENT.note)
    assert found_well(again, NOW_S + 61).is_out(NOW_S + 61)


@given(st.lists(FINDINGS, max_size=20))
def test_a_persons_word_makes_a_phone_as_new_whatever_was_held_against_it(findings: list[Finding]) -> None:
    record = HealthRecord()
    for at, finding in enumerate(findings):
        record = struck(record, finding, NOW_S + at)
    assert by_hand() == HealthRecord()
    assert not by_hand().is_out(NOW_S)


@given(st.lists(st.tuples(FINDINGS, st.floats(0, 200_000)), max_size=30))
def test_a_phone_is_never_out_for_longer_than_a_day_at_once(steps: list[tuple[Finding, float]]) -> None:
    record, now_s = HealthRecord(), NOW_S
    for finding, pause_s in steps:
        record = struck(record, finding, now_s)
        assert not record.is_out(now_s + LONGEST_OUT_S)
        now_s += pause_s


def test_people_are_told_why_for_how_long_and_what_to_do() -> None:
    out = struck(HealthRecord(strikes=1), LOCKED, NOW_S)
    said = out_of_rotation(out, NOW_S + 30)
    assert said == "out of rotation for 20 min more (strike 2): it is locked. Unlock it."
    forever = HealthRecord(PhoneHealth.BAD, Against.LOOK, "it is locked", "Unlock it.")
    assert out_of_rotation(forever, NOW_S).startswith("out of rotation until a person takes it back: ")


@pytest.mark.parametrize(
    ("left_s", "said"), [(0.2, "1 s"), (59.4, "59 s"), (60, "1 min"), (61, "2 min"), (9601, "2 h 41 min")]
)
def test_a_time_that_is_left_is_rounded_up(left_s: float, said: str) -> None:
    assert minutes(left_s) == said
