"""What a test pays for ``device``, ``app`` and ``origin``, over a test that asks for nothing."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.bench.figures import Aim, Figure, Spread
from tests.bench.stage import IOS_16, IOS_18, stage

AIM = Aim("median", 50.0)

PARTS = {"overhead-16": IOS_16, "overhead-18": IOS_18}
"""Part -> iOS and product type of the phone."""

TOLD_TO = "HARNESS_BENCH_DURATIONS"
"""Environment variable with the file to which the measured run appends a line per test."""

WARM_UP = 2
"""The first tests of a run open the phone and import what is needed; they do not count."""

TESTS = """\
import pytest

@pytest.mark.parametrize("number", range({pairs}))
class TestPair:
    def test_with_nothing(self, number):
        pass

    def test_with_a_phone(self, number, device, app, origin):
        pass
"""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """In the measured run: note how long a test took with its fixtures and its reports."""
    began_s = time.perf_counter()
    result = yield
    took_ms = (time.perf_counter() - began_s) * 1000
    with Path(os.environ[TOLD_TO]).open("a") as file:
        print(json.dumps([item.name.partition("[")[0], took_ms]), file=file)
    return result


def measure(part: str, runs: int) -> list[Figure]:
    """Wall time of pairs of tests in one pytest process that holds its phone already."""
    with stage() as place:
        devices = place.devices_file(1, [PARTS[part]])
        (place.path / "test_pairs.py").write_text(TESTS.format(pairs=runs + WARM_UP))
        (place.path / "pytest.ini").write_text("[pytest]\n")
        told = place.path / "durations.jsonl"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "tests.bench.overhead",
        ]
        place.run([*command, *_plugins(), "--devices", str(devices)], {TOLD_TO: str(told)})
        empty, full = _pairs(told)
    extra = tuple(with_phone - without for with_phone, without in zip(full, empty, strict=True))
    what = "test(device, app, origin), less the empty test before it"
    return [Figure(part, "ms", Spread(what, extra), Spread("empty test", empty), AIM)]


def _plugins() -> list[str]:
    """The options that register the harness's plugins where it is not installed."""
    from importlib.metadata import entry_points

    from harness.plugins import PLUGINS

    installed = {point.name for point in entry_points(group="pytest11")}
    return [word for name in PLUGINS if name not in installed for word in ("-p", name)]


def _pairs(told: Path) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Milliseconds of the empty tests, and of those with a phone; without the warm-up."""
    lines: list[tuple[str, float]] = [json.loads(line) for line in told.read_text().splitlines()]
    empty = tuple(took for name, took in lines if name == "test_with_nothing")
    full = tuple(took for name, took in lines if name == "test_with_a_phone")
    return empty[WARM_UP:], full[WARM_UP:]
