"""Facts in order: looks that do not change, windows, and that both stay quick."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.shelf import BOX_FACTS, Row, Shelf, shelved
from harness.model.facts import Fact, Source, StateSeen
from harness.model.states import AppState
from harness.model.time import Instant


def fact(at_s: float, error_s: float = 0.0, pid: int = 1) -> StateSeen:
    at = Instant(at_s, error_s)
    return StateSeen(at=at, source=Source.SYSTEM_LOG, bundle_id="a", pid=pid, state=AppState.SUSPENDED)


def filled(*facts: Fact) -> Row:
    shelf = Shelf()
    for one in facts:
        shelf.put(one)
    return shelf.look()


moments = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3)), max_size=60)


@given(moments)
def test_facts_stand_in_the_order_of_phone_time_then_of_arrival(told: list[tuple[int, int]]) -> None:
    facts = [fact(float(at_s), pid=number) for number, (at_s, _) in enumerate(told)]
    assert filled(*facts).all() == tuple(sorted(facts, key=lambda one: one.at.at_s))


@given(moments, st.integers(-2, 32), st.integers(-2, 32))
def test_a_window_holds_what_may_lie_in_it(told: list[tuple[int, int]], since_s: int, until_s: int) -> None:
    row = filled(*(fact(float(at_s), float(error_s)) for at_s, error_s in told))
    wanted = [one for one in row.all() if one.at.latest_s >= since_s and one.at.earliest_s <= until_s]
    assert list(row.between(since_s, until_s)) == wanted
    assert list(shelved(row.all()).between(since_s, until_s)) == wanted


def test_boxes_that_are_full_are_divided_and_nothing_is_lost() -> None:
    late = [fact(5.0, pid=number) for number in range(3 * BOX_FACTS)]
    row = filled(fact(1.0), fact(9.0), *late)
    assert row.all() == (fact(1.0), *late, fact(9.0))
    assert len(row.boxes) > 3
    assert max(len(box.facts) for box in row.boxes) <= BOX_FACTS


@given(st.lists(st.integers(0, 9), max_size=20), st.lists(st.integers(0, 9), max_size=20))
def test_a_look_does_not_change_whatever_is_put_there_later(before: list[int], after: list[int]) -> None:
    shelf = Shelf()
    for at_s in before:
        shelf.put(fact(float(at_s)))
    row = shelf.look()
    stood = row.all()
    for at_s in after:
        shelf.put(fact(float(at_s), 2.0))
    assert row.all() == stood
    assert list(row.between(None, None)) == list(stood)
    assert len(shelf.look().all()) == len(before) + len(after)


def test_a_fact_that_comes_late_copies_one_box_and_a_look_none() -> None:
    shelf = Shelf()
    for number in range(20 * BOX_FACTS):
        shelf.put(fact(float(number)))
    before = shelf.look()
    shelf.put(fact(0.5))
    after = shelf.look()
    assert len(set(map(id, after.boxes)) - set(map(id, before.boxes))) <= 2
