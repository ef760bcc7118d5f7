"""The three ways in which the phone's time moves."""

from __future__ import annotations

import asyncio
import socket

from hypothesis import given
from hypothesis import strategies as st

from harness.virtual.kernel.clock import TICK_CAP_S, Hold, VirtualClock


def clock(rate: float = 10.0) -> VirtualClock:
    return VirtualClock(epoch_s=1_000.0, uptime_s=50.0, rate=rate)


def test_without_a_waiter_it_runs_at_its_rate() -> None:
    subject = clock(rate=10.0)
    for _ in range(50):
        subject.tick(0.02)
    assert abs(subject.now_s - 1_010.0) < 1e-6
    assert abs(subject.mono_s - 60.0) < 1e-6


def test_a_stalled_host_makes_the_phone_slow_and_fires_no_watchdog() -> None:
    subject = clock(rate=10.0)
    fired: list[str] = []
    subject.call_later(30.0, lambda: fired.append("watchdog"))
    subject.tick(600.0)
    assert fired == []
    assert subject.now_s == 1_000.0 + TICK_CAP_S * 10.0


def test_a_tick_runs_due_events_in_order_each_at_its_own_time() -> None:
    subject = clock(rate=100.0)
    seen: list[tuple[str, float]] = []
    subject.call_later(3.0, lambda: seen.append(("late", subject.now_s)))
    subject.call_later(1.0, lambda: seen.append(("early", subject.now_s)))
    subject.call_later(1.0, lambda: seen.append(("early, second", subject.now_s)))
    subject.tick(0.05)
    assert seen == [("early", 1_001.0), ("early, second", 1_001.0), ("late", 1_003.0)]


def test_it_stands_while_work_is_in_flight() -> None:
    subject = clock()
    with subject.hold():
        subject.tick(0.02)
        assert subject.now_s == 1_000.0
    subject.tick(0.02)
    assert subject.now_s > 1_000.0


def test_a_hold_opened_by_an_event_stops_the_tick_at_that_event() -> None:
    subject = clock(rate=100.0)
    holds: list[Hold] = []
    subject.call_later(1.0, lambda: holds.append(subject.hold()))
    subject.call_later(2.0, lambda: holds.append(subject.hold()))
    subject.tick(0.05)
    assert (subject.now_s, len(holds)) == (1_001.0, 1)


def test_releasing_a_hold_twice_counts_once() -> None:
    subject = clock()
    first, second = subject.hold(), subject.hold()
    first.release()
    first.release()
    assert subject.held
    second.release()
    assert not subject.held


def test_a_cancelled_timer_does_not_fire() -> None:
    subject = clock(rate=100.0)
    fired: list[int] = []
    subject.call_later(1.0, lambda: fired.append(1)).cancel()
    subject.tick(0.05)
    assert fired == []


def test_a_waiter_jumps_to_its_deadline_when_nothing_happens() -> None:
    subject = clock()
    assert asyncio.run(subject.let_pass(1_000.0 + 7 * 86_400)) == 1_000.0 + 7 * 86_400
    assert subject.now_s == 1_000.0 + 7 * 86_400


def test_a_waiter_runs_silent_events_and_stops_after_the_one_that_emitted() -> None:
    subject = clock()
    seen: list[str] = []

    def tell() -> None:
        seen.append("told")
        subject.emitted()

    subject.call_later(1.0, lambda: seen.append("silent"))
    subject.call_later(2.0, tell)
    subject.call_later(3.0, lambda: seen.append("not yet"))
    assert asyncio.run(subject.let_pass(1_100.0)) == 1_002.0
    assert seen == ["silent", "told"]


def test_a_deadline_gone_by_returns_at_once() -> None:
    subject = clock()
    subject.call_later(0.0, subject.emitted)
    assert asyncio.run(subject.let_pass(999.0)) == 1_000.0


def test_a_hold_stops_the_jump_until_it_is_released() -> None:
    async def story() -> tuple[bool, float, float]:
        subject = clock()
        hold = subject.hold()
        waiter = asyncio.ensure_future(subject.let_pass(1_030.0))
        for _ in range(50):
            await asyncio.sleep(0)
        stood = not waiter.done() and subject.now_s == 1_000.0
        before = subject.now_s
        hold.release()
        return stood, before, await waiter

    assert asyncio.run(story()) == (True, 1_000.0, 1_030.0)


def test_a_waiter_that_stands_at_a_hold_returns_when_something_was_emitted() -> None:
    async def story() -> tuple[float, bool]:
        subject = clock()
        hold = subject.hold()
        waiter = asyncio.ensure_future(subject.let_pass(1_030.0))
        for _ in range(10):
            await asyncio.sleep(0)
        subject.emitted()
        reached = await waiter
        still_held = subject.held
        hold.release()
        return reached, still_held

    assert asyncio.run(story()) == (1_000.0, True)


def test_bytes_that_lie_in_a_socket_count_as_in_flight() -> None:
    """A watchdog due later must not fire before what was already sent has been read and acted on."""

    async def story() -> list[str]:
        subject = clock()
        seen: list[str] = []
        ours, theirs = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=ours)

        async def serve() -> None:
            await reader.readexactly(4)
            hold = subject.hold()
            await asyncio.sleep(0)
            seen.append("request")
            hold.release()

        serving = asyncio.ensure_future(serve())
        await asyncio.sleep(0)
        subject.call_later(30.0, lambda: seen.append("watchdog"))
        theirs.sendall(b"ping")
        await subject.let_pass(1_060.0)
        await serving
        writer.close()
        theirs.close()
        return seen

    assert asyncio.run(story()) == ["request", "watchdog"]


def test_ticks_do_not_advance_a_clock_that_has_a_waiter() -> None:
    async def story() -> float:
        subject = clock()
        hold = subject.hold()
        waiter = asyncio.ensure_future(subject.let_pass(1_001.0))
        await asyncio.sleep(0)
        hold.release()
        subject.tick(0.05)
        now_s = subject.now_s
        await waiter
        return now_s

    assert asyncio.run(story()) == 1_000.0


def test_no_waiter_is_carried_past_its_own_deadline_by_another() -> None:
    async def story() -> list[float]:
        subject = clock()
        return list(await asyncio.gather(subject.let_pass(1_500.0), subject.let_pass(1_010.0)))

    assert asyncio.run(story()) == [1_500.0, 1_010.0]


@given(st.lists(st.floats(0.0, 90.0), max_size=12), st.lists(st.floats(0.0, 1.0), min_size=1, max_size=20))
def test_events_never_run_early_and_never_out_of_order(delays: list[float], ticks: list[float]) -> None:
    subject = clock()
    ran: list[tuple[float, float]] = []
    start = subject.mono_s
    for delay in delays:
        subject.call_later(delay, lambda due=start + delay: ran.append((due, subject.mono_s)))
    for wall_s in ticks:
        subject.tick(wall_s)
    assert ran == sorted(ran)
    assert all(due == at for due, at in ran)
    assert len(ran) == sum(start + delay <= subject.mono_s for delay in delays)


@given(st.floats(1e9, 4e9), st.floats(0.0, 1e7), st.floats(1e-3, 1e7))
def test_a_deadline_waited_for_has_come(epoch_s: float, uptime_s: float, ahead_s: float) -> None:
    subject = VirtualClock(epoch_s=epoch_s, uptime_s=uptime_s)
    until_s = subject.now_s + ahead_s
    fired: list[bool] = []
    subject.call_at(until_s, lambda: fired.append(subject.now_s >= until_s))
    reached_s = asyncio.run(subject.let_pass(until_s))
    assert reached_s == subject.now_s >= until_s
    assert reached_s - until_s < 1e-6
    assert fired == [True]
