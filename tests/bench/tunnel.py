"""A phone behind a tunnel that a child process holds, against one in the process itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass

from harness.virtual.address import RackAddress
from tests.bench.figures import Figure, Spread, interleaved
from tests.bench.stage import IOS_18, Stage, stage

PARTS = ("tunnel-child",)
"""Part of this module."""


@dataclass(frozen=True)
class Used:
    """One process that uses one phone.

    Attributes:
        open_ms: from its first step to the first answer of the phone's instruments; imports are in it.
        call_ms: one call of the instruments, of many in a row.
        records_per_s: records of the log, of a flood that comes as fast as it is read.
    """

    open_ms: float
    call_ms: float
    records_per_s: float


FIGURES: tuple[tuple[str, str, Callable[[Used], float], str], ...] = (
    ("open", "ms", lambda used: used.open_ms, "a fresh process opens the phone and its instruments"),
    ("call", "ms", lambda used: used.call_ms, "one call of the instruments, of 300 in a row"),
    ("log", "records/s", lambda used: used.records_per_s, "records of a flooded log, decoded"),
)
"""End of the figure's name, unit, value, and meaning."""


def measure(part: str, runs: int) -> list[Figure]:
    """Both ways in turn, each in a new process, on the same phone."""
    with stage() as place, place.rack(place.devices_file(1, [IOS_18])) as rack:
        ways = ("child", "own")
        child, own = interleaved(runs, [lambda way=way: once(place, rack.address, way) for way in ways])
    return [
        Figure(
            f"{part}-{name}",
            unit,
            Spread(f"{what}; tunnel held by a child", tuple(value(each) for each in child)),
            Spread(f"{what}; tunnel in the process", tuple(value(each) for each in own)),
        )
        for name, unit, value, what in FIGURES
    ]


def once(place: Stage, rack: RackAddress, way: str) -> Used:
    """Have a process use the phone, by a tunnel of its ``own`` or by one that a ``child`` holds."""
    (phone,) = rack.phones
    words = [phone.name, phone.udid, phone.ios, phone.model, rack.usbmux, rack.clock, rack.control, way]
    told = place.run([sys.executable, "-m", "tests.bench.tunnel_user", *words])
    return Used(**json.loads(told))
