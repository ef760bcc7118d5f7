"""How many rows of the detection matrix are told per second, by phones that live in the telling process."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.bench.figures import Aim, Figure, Spread
from tests.bench.stage import ROOT

PARTS = ("detection",)

AIM = Aim("median", at_least=100.0)

TELLER = (sys.executable, "-m", "tests.bench.detection_teller")


def measure(part: str, runs: int) -> list[Figure]:
    """Cases per second: of one process, and of as many as there are cores, which tell at the same time."""
    cores = os.cpu_count() or 1
    alone = [rate(1) for _ in range(runs)]
    together = [rate(cores) for _ in range(runs)]
    return [
        Figure(f"{part}-one-process", "cases/s", Spread("every row once, by one process", tuple(alone))),
        Figure(
            f"{part}-machine",
            "cases/s",
            Spread(f"every row once, by each of {cores} processes", tuple(together)),
            aim=AIM,
        ),
    ]


def rate(processes: int, each: int = 1) -> float:
    """Cases per second of some processes that tell at the same time, all of them together.

    Args:
        processes: how many.
        each: of how many rows one is told.
    """
    running = [
        subprocess.Popen((*TELLER, str(seed), str(each)), cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for seed in range(processes)
    ]
    told = [process.communicate()[0] for process in running]
    if any(process.returncode for process in running):
        raise RuntimeError("a verdict was wrong: see python -m pytest tests/acceptance/detection")
    return sum(float(line) for line in told)
