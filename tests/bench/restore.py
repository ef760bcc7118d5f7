"""Restoring a phone whose run was killed: from the last process's end until the phone can be had again."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.bench.figures import Aim, Figure, Spread
from tests.faults.placing import ground

AIM = Aim("median", 5000.0)

PARTS = {"restore-16": "v-16", "restore-18": "v-18"}
"""Part -> the phone: one that is reached by usbmux alone, and one behind a tunnel."""

WHAT = "kill -9 of a run while Wi-Fi is off and all packets are lost, until its janitor has undone both"


def measure(part: str, runs: int) -> list[Figure]:
    """Wall time that the janitor takes, which is a new process each time."""
    with tempfile.TemporaryDirectory(prefix="ih-restore-") as directory, ground(Path(directory)) as place:
        took = tuple(place.left_s(PARTS[part]) * 1000 for _ in range(runs))
    return [Figure(part, "ms", Spread(WHAT, took), None, AIM)]
