"""Which worker runs what: every test once, nobody waits for a phone of the run, and it does not take long."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from harness.plugins.dispatch import Dispatcher
from harness.plugins.planning import Task
from harness.plugins.seating import seat_for
from tests.unit.plugins.simulated import Simulation, least_s, longest_first_s

PHONES = ("p0", "p1", "p2", "p3")

lengths = st.floats(0.1, 30.0)


@st.composite
def kinds(draw: st.DrawFn) -> tuple[tuple[str, ...], ...]:
    """Slots that can be had all at once."""
    count = draw(st.integers(0, 2))
    slots = tuple(
        tuple(draw(st.lists(st.sampled_from(PHONES), min_size=1, max_size=4, unique=True)))
        for _ in range(count)
    )
    return slots if seat_for(slots, PHONES) is not None else ()


@st.composite
def runs(draw: st.DrawFn) -> tuple[list[Task], list[float]]:
    """Tests of a few kinds, some of known length, and how long they really take."""
    some = draw(st.lists(kinds(), min_size=1, max_size=4))
    tests = draw(st.lists(st.tuples(st.sampled_from(some), lengths, st.booleans()), min_size=1, max_size=24))
    tasks = [Task(slots, length if known else None) for slots, length, known in tests]
    return tasks, [length for _, length, _ in tests]


@given(runs(), st.integers(1, 6))
def test_every_test_runs_exactly_once(run: tuple[list[Task], list[float]], workers: int) -> None:
    tasks, lengths_s = run
    simulation = Simulation(tasks, lengths_s, workers)
    simulation.run()
    assert sorted(simulation.ran) == list(range(len(tasks)))
    assert simulation.dispatcher.is_settled


@given(runs(), st.integers(1, 6), st.data())
def test_a_worker_that_dies_loses_the_test_that_it_was_in_and_no_other(
    run: tuple[list[Task], list[float]], workers: int, data: st.DataObject
) -> None:
    tasks, lengths_s = run
    dies = frozenset(data.draw(st.sets(st.sampled_from(range(len(tasks))), max_size=3)))
    simulation = Simulation(tasks, lengths_s, workers, dies)
    simulation.run()
    assert sorted(simulation.crashed) == sorted(dies)
    assert sorted(simulation.ran) == sorted(set(range(len(tasks))) - dies)


@given(st.lists(lengths, min_size=1, max_size=60), st.integers(1, 16), st.integers(1, 16))
@example(lengths_s=[1.0, 1.0, 2.0, 2.0, 2.0], workers=11, phones=3)  # gw10 is not the third of them
def test_known_lengths_on_like_phones_take_hardly_longer_than_the_longest_first(
    lengths_s: list[float], workers: int, phones: int
) -> None:
    slots = (tuple(f"p{number}" for number in range(phones)),)
    took_s = Simulation([Task(slots, length) for length in lengths_s], lengths_s, workers).run()
    assert longest_first_s(lengths_s, min(workers, phones)) / took_s >= 0.85


ONE_OF_EACH = tuple(((phone,),) for phone in PHONES)
ANY = (PHONES,)


@given(st.lists(st.tuples(st.sampled_from((*ONE_OF_EACH, ANY)), lengths), min_size=12, max_size=60))
def test_tests_of_one_phone_and_of_any_fill_each_other_up(
    tests: list[tuple[tuple[tuple[str, ...], ...], float]],
) -> None:
    tasks = [Task(slots, length) for slots, length in tests]
    lengths_s = [length for _, length in tests]
    took_s = Simulation(tasks, lengths_s, 4).run()
    assert least_s(tasks, lengths_s, 4) / took_s >= 0.7


def test_a_worker_that_can_never_get_a_phone_is_ended_at_once() -> None:
    dispatcher = Dispatcher([Task((("p0", "p1", "p2"),)) for _ in range(12)])
    for number in range(4):
        dispatcher.join(f"gw{number}")
    orders = dispatcher.orders(0.0)
    assert [order.worker for order in orders if order.task is None] == ["gw3"]
    assert {dispatcher.seat(f"gw{number}") for number in range(3)} == {("p0",), ("p1",), ("p2",)}


def test_what_stands_behind_a_long_test_is_begun_by_whoever_is_through_first() -> None:
    dispatcher = Dispatcher([Task((("p0", "p1"),)) for _ in range(4)])
    for worker in ("gw0", "gw1"):
        dispatcher.join(worker)
    dispatcher.orders(0.0)
    first, second = dispatcher.queue("gw0")
    promised = dispatcher.queue("gw1")[1]
    dispatcher.done("gw0", first, 1.0)
    dispatcher.orders(1.0)
    assert dispatcher.queue("gw0") == (second, promised)
    assert promised in dispatcher.queue("gw1")


def test_a_lost_phone_is_left_to_tests_that_no_other_will_do_for() -> None:
    dispatcher = Dispatcher([Task((("p0", "p1"),)), Task((("p0",),))])
    dispatcher.lose("p0")
    dispatcher.join("gw0")
    seats = {order.task: order.seat for order in dispatcher.orders(0.0) if order.task is not None}
    assert seats == {0: ("p1",), 1: ("p0",)}
