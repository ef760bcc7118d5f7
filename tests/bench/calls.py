"""How many calls a second the instruments of 64 phones answer, asked by pymobiledevice3."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

from tests.bench.figures import Aim, Figure, Spread, interleaved
from tests.bench.stage import APP, IOS_15, IOS_16, Stage, stage

PARTS: Mapping[str, str] = {"calls-64-small": "pid", "calls-64-list": "list"}
"""Part -> which call, as ``tests.bench.caller`` has it."""

PHONES = 64

CALLS_OF: Mapping[str, int] = {"pid": 60, "list": 10}
"""Call -> how many each phone is asked in one run."""

MEANING: Mapping[str, str] = {
    "pid": "which process an app is",
    "list": "all processes, some 60 with five fields each",
}

AIM = Aim("median", at_least=1_500.0)
"""Of the small call."""


def measure(part: str, runs: int) -> list[Figure]:
    """Calls a second that one process of the client, on all phones at once, gets answered."""
    call = PARTS[part]
    # Phones behind lockdown: a process of this client can hold no more than one tunnel.
    with stage() as place, place.rack(place.devices_file(PHONES, [IOS_15, IOS_16])) as rack:
        (rates,) = interleaved(runs, [lambda: _rate(place, rack.address.usbmux, call)])
    what = f"{PHONES} phones at once, pymobiledevice3 in one process: {MEANING[call]}"
    return [Figure(part, "calls/s", Spread(what, rates), aim=AIM if call == "pid" else None)]


def _rate(place: Stage, usbmux: str, call: str) -> float:
    command = [sys.executable, "-m", "tests.bench.caller", usbmux, call, str(CALLS_OF[call]), APP]
    told = json.loads(place.run(command))
    if told["answered"] != PHONES * CALLS_OF[call]:
        raise RuntimeError(f"{told['answered']} calls were answered")
    return told["answered"] / told["took_s"]
