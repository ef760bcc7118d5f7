"""The wire of the phone breaks in the middle of a story: no wrong verdict, no hang, and nothing hidden.

The stories are told by the harness as it is, on phones with and without a tunnel; what breaks is broken
through the phone's control socket. ``--wire-faults N`` says how many are told.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest

from harness.errors import HarnessError
from harness.evidence.view import Evidence
from harness.expect.story import tell
from harness.model.facts import Source
from harness.model.reasons import Outcome
from tests.acceptance.matrix import RELAUNCH
from tests.acceptance.relay import Relay, relayed
from tests.acceptance.stage import Condition, Stage, Theatre, open_theatre
from tests.acceptance.stories import play
from tests.acceptance.wire import Fault, Wire
from tests.acceptance.wire_cases import Case, End, cases
from tests.virtual.rig import until

STORY_S = 90.0
"""Wall time in which a story has ended and all sources are live again: some commands wait 20 s each."""

LIVE_AGAIN = (Source.STATE_STREAM, Source.SYSTEM_LOG, Source.DARWIN, Source.JOURNAL, Source.RECEIPT)
"""Sources that have a watermark, but for the reports, which are read only when there may be one."""

KEPT = frozenset({Source.JOURNAL, Source.RECEIPT, Source.REPORTS})
"""Sources that are kept where they are, and read later: a broken wire costs them nothing."""

SETTLINGS = 3
"""After so many every source is live: one finds out that it is dead, one opens it, one proves it."""

SPARE_TASKS = 10
"""Of the connection beneath a tunnel, which come and go with what is asked."""


@dataclass(frozen=True)
class Footprint:
    """What the harness holds open.

    Attributes:
        connections: to usbmuxd.
        tasks: on the harness loop.
    """

    connections: int
    tasks: int


class House:
    """A theatre whose phone has a wire that can be broken.

    Args:
        theatre: the theatre.
        wire: the wire of its phone.
    """

    def __init__(self, theatre: Theatre, wire: Wire) -> None:
        self.theatre = theatre
        self.wire = wire
        with theatre.stage("correct", Condition("nothing")) as stage:
            assert play(stage, RELAUNCH) is None
            self.calm = self.footprint(stage)

    def footprint(self, stage: Stage) -> Footprint:
        """What is open now."""
        return Footprint(self.wire.relay.connections, stage.wait_for(_count_tasks()))


async def _count_tasks() -> int:
    return len(asyncio.all_tasks())


class Houses:
    """A house for each version of iOS, opened when it is first wanted."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[House, ExitStack]] = {}

    @contextmanager
    def house(self, ios: str) -> Generator[House]:
        """The house of a version; one in which something went wrong is no house for others."""
        if ios not in self._open:
            self._open[ios] = self._opened(ios)
        house, end = self._open[ios]
        try:
            yield house
        except BaseException:
            del self._open[ios]
            end.close()
            raise

    def _opened(self, ios: str) -> tuple[House, ExitStack]:
        relays: list[Relay] = []

        @contextmanager
        def between(usbmux: str) -> Generator[str]:
            with relayed(usbmux) as (relay, path):
                relays.append(relay)
                yield path

        with ExitStack() as end:
            theatre = end.enter_context(open_theatre(ios, between))
            return House(theatre, Wire(theatre.control, relays[0])), end.pop_all()

    def close(self) -> None:
        """Close them all."""
        for _, end in self._open.values():
            end.close()


@pytest.fixture(scope="module")
def houses() -> Iterator[Houses]:
    opened = Houses()
    yield opened
    opened.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        count = int(str(metafunc.config.getoption("--wire-faults")))
        metafunc.parametrize("case", cases(count), ids=str)


def test_a_wire_that_breaks_makes_no_wrong_verdict_and_hides_nothing(case: Case, houses: Houses) -> None:
    began_s = time.monotonic()
    with houses.house(case.ios) as house:
        broken: list[float] = []
        condition = Condition(str(case.fault), {case.moment: _breaking(house.wire, case.fault, broken)})
        with house.theatre.stage(case.variant, condition) as stage:
            with house.wire.hand(case.fault):
                end, words = _told(stage, case)
            assert broken, words
            assert end in case.ends, words
            mended_s = _mended(house, stage)
            evidence = stage.session.timeline.evidence()
            _owns_up(case.fault, evidence, broken[0], mended_s)
            _is_live_again(house, stage, evidence, mended_s)
    assert time.monotonic() - began_s < STORY_S


def _breaking(wire: Wire, fault: Fault, broken: list[float]) -> Callable[[Stage], None]:
    def act(stage: Stage) -> None:
        broken.append(stage.wait_for(stage.phone.clock.now()).at_s)
        try:
            wire.break_by(fault)
        except HarnessError as error:
            # An error of the story itself may end it; this one is the test's own.
            raise AssertionError(f"{fault} did not happen: {error}") from error

    return act


def _told(stage: Stage, case: Case) -> tuple[End | None, str]:
    """How a story ended, ``None`` for wrongly, and its verdicts or the error that ended it."""
    try:
        stopped = play(stage, case.story)
    except HarnessError as error:
        told = [f"{type(error).__name__}: {error}", *map(tell, stage.verdicts)]
        right = all(verdict.outcome is Outcome.PASSED for verdict in stage.verdicts)
        return End.ERROR if right else None, "\n".join(told)
    words = "\n".join(map(tell, stage.verdicts))
    if any(verdict.outcome is not Outcome.PASSED for verdict in stage.verdicts[:-1]):
        return None, words
    if stopped is not None and stopped.outcome is Outcome.INCONCLUSIVE:
        return End.OPEN, words
    at, outcome = (stopped.kind, stopped.outcome) if stopped else (None, Outcome.PASSED)
    return End.RIGHT if (at, outcome) == (case.row.at, case.row.outcome) else None, words


def _mended(house: House, stage: Stage) -> float:
    """Mend what is broken and let the sources come to life again; phone time before they did."""
    house.wire.mend(stage)
    mended_s = stage.wait_for(stage.session.recorder.now()).at_s
    for _ in range(SETTLINGS):
        stage.wait_for(stage.session.recorder.settle(thorough=True))
    return mended_s


def _owns_up(fault: Fault, evidence: Evidence, broken_s: float, mended_s: float) -> None:
    """What is surely lost is a gap, over the moment or after it; what the phone keeps is none."""
    for source in fault.loses:
        assert evidence.lost(source, broken_s, mended_s), f"{source} lost nothing: {evidence.gaps}"
    assert not [gap for gap in evidence.gaps if gap.source in KEPT and not gap.is_taken_back], evidence.gaps


def _open_connections(house: House) -> int:
    gc.collect()  # one that broke while pymobiledevice3 opened it stays open until it is collected
    return house.wire.relay.connections


def _is_live_again(house: House, stage: Stage, evidence: Evidence, mended_s: float) -> None:
    """Every source has shown all up to after the mending, no gap lasts, and nothing old stays open."""
    assert all(evidence.passed(source, mended_s) for source in LIVE_AGAIN), evidence.coverage
    assert not [gap for gap in evidence.gaps if gap.to_s is None], evidence.gaps
    stage.wait_for(until(lambda: _open_connections(house) <= house.calm.connections))
    now = house.footprint(stage)
    assert now.tasks <= house.calm.tasks + SPARE_TASKS, now
