"""Whoever is killed, at whatever step: no phone is leased altered, and it is restored in seconds."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from tests.faults.placing import Ground, Outcome, ground, placement, told

WITHIN_S = 5.0
"""Wall time in which a phone is as it was, once somebody is there to do it who has a core to himself."""

SEED = 6


@dataclass
class Fuzz:
    """The phones, and what came of all placements of this process.

    Attributes:
        place: the phones.
        steps: phone -> how many steps the way has on it.
        count: of all placements, over all processes.
        outcomes: so far.
    """

    place: Ground
    steps: dict[str, int]
    count: int
    outcomes: list[Outcome] = field(default_factory=list[Outcome])

    def hit(self, number: int) -> Outcome:
        """One of the placements.

        The way is a few steps longer or shorter each time, by how often it had to look for what it waits for.
        One that ended before its kill came is as good as any other run, and somebody is still to be killed:
        as far from its end as was meant.
        """
        pick = random.Random(SEED * self.count + number)
        placed = placement(number, self.count, self.steps, pick)
        before_end = self.steps[placed.phone] - placed.step
        outcome = self.place.hit(placed)
        while ended := re.fullmatch(r"steps (\d+)", outcome.said):
            assert outcome.granted == outcome.at_first, outcome
            step = int(ended[1]) - before_end
            assert 0 < step < outcome.placement.step, outcome
            outcome = self.place.hit(replace(placed, step=step))
        self.outcomes.append(outcome)
        return outcome


def _within_s() -> float:
    """The same on this machine: where twice as many want a core as there are, it takes twice as long."""
    return WITHIN_S * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def _count(config: pytest.Config) -> int:
    return int(str(config.getoption("--kill-placements")))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "number" in metafunc.fixturenames:
        metafunc.parametrize("number", range(_count(metafunc.config)))


@pytest.fixture(scope="module")
def fuzz(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Fuzz]:
    with ground(tmp_path_factory.mktemp("fuzz")) as place:
        made = Fuzz(place, {name: place.steps(name) for name in place.at_first}, _count(pytestconfig))
        yield made
        print(told(made.outcomes))


def test_the_way_goes_through_all_there_is(fuzz: Fuzz) -> None:
    assert all(count > 300 for count in fuzz.steps.values())


def test_no_phone_is_leased_altered_wherever_a_run_is_killed(fuzz: Fuzz, number: int) -> None:
    outcome = fuzz.hit(number)
    assert outcome.granted == outcome.at_first, outcome
    assert outcome.restored_s < _within_s(), outcome
    assert outcome.said.startswith(f"killed {outcome.placement.hit} at {outcome.placement.step}"), outcome
    assert fuzz.place.log() == ""


def test_a_phone_that_is_altered_in_two_ways_when_everybody_dies_is_restored(fuzz: Fuzz) -> None:
    assert fuzz.place.left_s("v-16") < _within_s()
