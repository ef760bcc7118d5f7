"""A rack of 4 and one of 64 virtual phones: how fast it is there, what it weighs, how it answers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.bench.figures import Aim, Figure, Spread, interleaved
from tests.bench.stage import IOS_15, IOS_16, IOS_18, IOS_26, Stage, stage

PARTS: Mapping[str, int] = {"rack-4": 4, "rack-64": 64}
"""Part -> number of phones."""

AIMS: Mapping[str, float] = {
    "rack-64-boot": 250.0,
    "rack-64-memory": 100.0,
    "rack-64-lockdown-info": 3.0,
}
"""Figure -> largest median that is enough, in its unit."""


@dataclass(frozen=True)
class Once:
    """One rack, from its start to its end.

    Attributes:
        boot_ms: from the start of its process to the line that says where the phones are.
        construction_ms: putting the phones together, in a process that has imported all it needs.
        memory_mib: resident memory of the process when it is ready.
        memory_in_use_mib: the same after the phones were asked.
        lockdown_info_s: all values of lockdown of all phones, asked at once by pymobiledevice3.
    """

    boot_ms: float
    construction_ms: float
    memory_mib: float
    memory_in_use_mib: float
    lockdown_info_s: float


FIGURES: tuple[tuple[str, str, str, str], ...] = (
    ("boot", "ms", "boot_ms", "process start to ready line"),
    ("construction", "ms", "construction_ms", "construction of the phones"),
    ("memory", "MiB", "memory_mib", "resident memory when ready"),
    ("memory-in-use", "MiB", "memory_in_use_mib", "resident memory after lockdown info of all phones"),
    ("lockdown-info", "s", "lockdown_info_s", "lockdown info of all phones at once, pymobiledevice3"),
)
"""End of the figure's name, unit, attribute of ``Once``, and meaning."""


def measure(parts: Sequence[str], runs: int) -> list[Figure]:
    """Run a rack of each size in turn; the later ones are held against the first."""
    with stage() as place:
        ran = interleaved(runs, [lambda part=part: once(place, PARTS[part]) for part in parts])
    spreads = [_spreads(part, each) for part, each in zip(parts, ran, strict=True)]
    return [
        _figure(part, row, spread, spreads[0][row[0]] if number else None)
        for number, part in enumerate(parts)
        for row, spread in zip(FIGURES, spreads[number].values(), strict=True)
    ]


def _spreads(part: str, ran: Sequence[Once]) -> dict[str, Spread]:
    return {
        name: Spread(f"{PARTS[part]} phones: {what}", tuple(getattr(each, attribute) for each in ran))
        for name, _, attribute, what in FIGURES
    }


def _figure(part: str, row: tuple[str, str, str, str], spread: Spread, against: Spread | None) -> Figure:
    name = f"{part}-{row[0]}"
    aim = Aim("median", AIMS[name]) if name in AIMS else None
    return Figure(name, row[1], spread, against, aim)


def once(place: Stage, phones: int) -> Once:
    """Run a rack, ask all its phones, and stop it."""
    devices = place.devices_file(phones, [IOS_15, IOS_16, IOS_18, IOS_26])
    constructed = json.loads(place.run([sys.executable, "-m", "tests.bench.construction", str(devices)]))
    with place.rack(devices) as rack:
        idle_mib = memory_mib(rack.address.pid)
        client = [sys.executable, "-m", "tests.bench.client", rack.address.usbmux]
        asked = json.loads(place.run(client))
        used_mib = memory_mib(rack.address.pid)
    if asked["phones"] != phones or constructed["phones"] != phones:
        raise RuntimeError(f"not all of {phones} phones were there")
    return Once(rack.boot_ms, constructed["took_ms"], idle_mib, used_mib, asked["took_s"])


def memory_mib(pid: int) -> float:
    """Resident memory of a process."""
    command = ["ps", "-o", "rss=", "-p", str(pid)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout) / 1024
