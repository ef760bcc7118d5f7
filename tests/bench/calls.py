"""How many calls a second the instruments of phones answer, asked by one process of pymobiledevice3."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.bench.figures import Aim, Figure, Spread, interleaved
from tests.bench.stage import APP, IOS_15, IOS_16, IOS_18, Stage, stage


@dataclass(frozen=True)
class Calls:
    """Who is asked what.

    Attributes:
        what: for people.
        call: which call, as ``tests.bench.caller`` has it.
        phones: how many.
        models: iOS and product type of the phones, in turn.
        way: ``lockdown`` or ``tunnel``; a process of this client holds no more than one tunnel.
        times: calls of each asker.
        at_once: askers of each phone, side by side on one connection.
        aim: of the figure.
    """

    what: str
    call: str
    phones: int
    models: Sequence[tuple[str, str]]
    way: str
    times: int
    at_once: int = 1
    aim: Aim | None = None

    @property
    def total(self) -> int:
        """Calls of a run."""
        return self.phones * self.at_once * self.times


_SMALL = "which process an app is"
_LIST = "all processes, some 60 with five fields each"
_BEHIND_LOCKDOWN = (IOS_15, IOS_16)

PARTS: Mapping[str, Calls] = {
    "calls-64-small": Calls(
        f"64 phones at once: {_SMALL}",
        *("pid", 64, _BEHIND_LOCKDOWN, "lockdown", 60),
        aim=Aim("median", at_least=1_500.0),
    ),
    "calls-64-list": Calls(f"64 phones at once: {_LIST}", "list", 64, _BEHIND_LOCKDOWN, "lockdown", 10),
    "calls-tunnel-small": Calls(
        f"one phone through its tunnel, 8 at once: {_SMALL}", "pid", 1, (IOS_18,), "tunnel", 200, at_once=8
    ),
    "calls-tunnel-list": Calls(
        f"one phone through its tunnel, 8 at once: {_LIST}", "list", 1, (IOS_18,), "tunnel", 40, at_once=8
    ),
}
"""Part -> calls."""


def measure(part: str, runs: int) -> list[Figure]:
    """Calls a second that one process of the client, on all phones at once, gets answered."""
    calls = PARTS[part]
    with stage() as place, place.rack(place.devices_file(calls.phones, calls.models)) as rack:
        (rates,) = interleaved(runs, [lambda: rate(place, rack.address.usbmux, calls)])
    return [Figure(part, "calls/s", Spread(calls.what, rates), aim=calls.aim)]


def rate(place: Stage, usbmux: str, calls: Calls) -> float:
    """Calls answered a second in one run."""
    options = (usbmux, calls.way, calls.call, str(calls.times), str(calls.at_once), APP)
    command = [sys.executable, "-m", "tests.bench.caller", *options]
    told = json.loads(place.run(command, {"USBMUXD_SOCKET_ADDRESS": usbmux}))
    if told["answered"] != calls.total:
        raise RuntimeError(f"{told['answered']} of {calls.total} calls were answered")
    return told["answered"] / told["took_s"]
