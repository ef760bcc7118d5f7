from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from harness.virtual.kernel.nsurlsessiond.background_session import SessionSettings
from harness.virtual.kernel.nsurlsessiond.rules import WakeVerdict
from harness.virtual.kernel.nsurlsessiond.wake import RequestDelay, WakeQuestion, decide
from tests.virtual.urlsession.bench import Bench, Client
from tests.virtual.urlsession.clock import StandInClock
from tests.virtual.urlsession.server import Server, body, halfway

WORST = WakeQuestion(
    needed=False,
    sends_launch_events=False,
    supports_wakes=False,
    obliterated=True,
    connected=True,
    updates_on=False,
)
BEST = WakeQuestion(
    needed=True,
    sends_launch_events=True,
    supports_wakes=True,
    obliterated=False,
    connected=False,
    updates_on=True,
)
RUNGS = [
    ("needed", WakeVerdict.UNNECESSARY),
    ("sends_launch_events", WakeVerdict.LAUNCH_EVENTS_OFF),
    ("supports_wakes", WakeVerdict.NO_WAKES),
    ("obliterated", WakeVerdict.OBLITERATED),
    ("connected", WakeVerdict.CONNECTED),
    ("updates_on", WakeVerdict.UPDATES_OFF),
]


@pytest.mark.parametrize("rung", range(len(RUNGS)))
def test_the_first_rung_that_applies_decides(rung: int) -> None:
    """Everything above the rung is fine, everything from it on is not."""
    fine = {name: getattr(BEST, name) for name, _ in RUNGS[:rung]}
    wrong = {name: getattr(WORST, name) for name, _ in RUNGS[rung:]}
    assert decide(WakeQuestion(**fine, **wrong)) is RUNGS[rung][1]


def test_an_app_is_woken_when_no_rung_applies() -> None:
    assert decide(BEST) is WakeVerdict.WAKE


class Waiting:
    """A delay that finds something waiting for it as often as told."""

    def __init__(self, times: int) -> None:
        self.clock = StandInClock()
        self._times = times
        self.delay = RequestDelay(self.clock, 60.0, 2.0, self._elapsed)

    def _elapsed(self) -> bool:
        self._times -= 1
        return self._times >= 0


def test_every_wake_doubles_the_delay_and_starts_it_anew() -> None:
    delay = Waiting(0).delay
    assert [delay.woken() for _ in range(5)] == [60.0, 120.0, 240.0, 480.0, 960.0]


def test_a_delay_nobody_waited_for_starts_over_at_the_first_step() -> None:
    waiting = Waiting(0)
    waiting.delay.woken()
    waiting.clock.step()
    assert not waiting.delay.is_running
    assert waiting.delay.woken() == 60.0


def test_a_delay_that_held_something_back_lasts_another_round() -> None:
    waiting = Waiting(1)
    waiting.delay.woken()
    waiting.clock.step()
    assert waiting.delay.is_running
    assert waiting.delay.woken() == 120.0


def test_a_reset_stops_the_delay_and_says_whether_there_was_one() -> None:
    delay = Waiting(0).delay
    assert not delay.reset()
    delay.woken()
    assert delay.reset()
    assert not delay.is_running


def test_an_app_that_cancelled_its_session_and_ended_is_not_woken_for_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([halfway()]) as server:
            bench = Bench(tmp_path)
            session = bench.launch()
            other, _ = bench.download(session, server.url(), server.url())
            await bench.suspend()
            # The one task is yet to be told of when the app invalidates the session, and ends.
            bench.phone.urlsession.cancel(session, other)
            bench.phone.urlsession.close_session(session, cancel_tasks=True)
            bench.phone.signal(bench.process.pid, 9)
            await bench.wait(5)
            assert bench.said("since session is obliterated")
            assert bench.told == []

    asyncio.run(scenario())


def test_a_client_that_is_no_app_is_not_woken(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([body(b"for a daemon")]) as server:
            bench = Bench(tmp_path)
            daemon = bench.phone.processes.named("dasd")
            assert daemon is not None
            session = bench.phone.urlsession.open_session(daemon, SessionSettings("d"), Client(bench, daemon))
            session.disconnect()
            bench.download(session, server.url())
            await bench.wait(5)
            assert bench.said("since it doesn't support app wakes")

    asyncio.run(scenario())
