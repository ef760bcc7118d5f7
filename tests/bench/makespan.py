"""Sixteen phones and sixteen workers: how long tests of mixed length take, against the longest first.

What a test takes of this machine's processor cannot be done sixteen times at once on a few cores, so these
tests do as those on real phones: they act on their phone, and spend most of their time waiting for it.
"""

from __future__ import annotations

import heapq
import json
import random
import sys
from collections import defaultdict
from collections.abc import Sequence

from tests.bench.figures import Aim, Figure, Spread
from tests.bench.stage import IOS_16, Stage, stage

PHONES = 16

LENGTHS = 80
"""How many tests there are: five for each phone."""

AIM = Aim("ratio", 1 / 0.85)

PARTS = ("makespan",)

MOST_RUNS = 3
"""A run takes a minute, however often the others are measured."""

WHAT = f"{LENGTHS} tests of 1 to 20 s on {PHONES} phones with -n {PHONES}, first start to last end"

BOUND = (
    "the same by the longest-processing-time rule, each test as long as it took, less waits for an open phone"
)

TESTS = """\
import threading

import pytest

LENGTHS_S = {lengths}


@pytest.mark.parametrize("number", range(len(LENGTHS_S)))
def test_it(app, number):
    app.launch()
    threading.Event().wait(LENGTHS_S[number])
    app.background()
"""

CONFTEST = """\
import json

from harness.plugins import PLUGINS

pytest_plugins = PLUGINS


def pytest_runtest_logreport(report):
    if hasattr(report, "node"):
        waited_s = getattr(report, "harness_waited_s", 0.0)
        with open("told.jsonl", "a") as file:
            told = [report.worker_id, report.nodeid, report.start, report.stop, waited_s, report.outcome]
            file.write(json.dumps(told) + "\\n")
"""


def measure(part: str, runs: int) -> list[Figure]:
    """Run the tests once to learn how long they take, and then again and again."""
    with stage() as place:
        _lay_out(place)
        _run(place)
        ran = [_run(place) for _ in range(min(runs, MOST_RUNS))]
    took = Spread(WHAT, tuple(one[0] for one in ran))
    bound = Spread(BOUND, tuple(one[1] for one in ran))
    return [Figure(part, "s", took, bound, AIM)]


def _lay_out(place: Stage) -> None:
    draw = random.Random(16)
    lengths = [round(min(20.0, max(1.0, draw.lognormvariate(1.6, 0.8))), 1) for _ in range(LENGTHS)]
    (place.path / "test_it.py").write_text(TESTS.format(lengths=lengths))
    (place.path / "conftest.py").write_text(CONFTEST)
    (place.path / "pytest.ini").write_text("[pytest]\n")
    place.devices_file(PHONES, [IOS_16])


def _run(place: Stage) -> tuple[float, float]:
    """How long a run took, and what the rule comes to with the times that its tests took; in seconds."""
    told = place.path / "told.jsonl"
    told.unlink(missing_ok=True)
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", f"-n{PHONES}"]
    place.run([sys.executable, "-m", "pytest", *options, "--devices=devices.yaml"])
    return makespan_of([json.loads(line) for line in told.read_text().splitlines()])


def makespan_of(told: Sequence[tuple[str, str, float, float, float, str]]) -> tuple[float, float]:
    """From the first start to the last end, and the rule's time for the tests' own times; in seconds.

    A worker's first test opens its phone, which whoever plans the run has to have done once as well. All
    that a later one waits for its phone is the schedule's fault, and none of its own time.

    Args:
        told: of every phase of every test its worker, name, start, end, wait for its phone, and outcome, in
            the order in which they ended.
    """
    if failed := [name for _, name, *_, outcome in told if outcome != "passed"]:
        raise RuntimeError(f"not every test passed: {failed}")
    took_s: dict[str, float] = defaultdict(float)
    begun: set[str] = set()
    for worker, name, start_s, stop_s, waited_s, _ in told:
        took_s[name] += stop_s - start_s - (waited_s if worker in begun else 0.0)
        begun.add(worker)
    span_s = max(stop_s for *_, stop_s, _, _ in told) - min(start_s for _, _, start_s, *_ in told)
    return span_s, longest_first_s(list(took_s.values()), PHONES)


def longest_first_s(lengths_s: Sequence[float], machines: int) -> float:
    """What the longest-processing-time rule comes to on equal machines."""
    loads = [0.0] * machines
    for length_s in sorted(lengths_s, reverse=True):
        heapq.heapreplace(loads, loads[0] + length_s)
    return max(loads)
