"""Killing an app from a cold start: this harness's command against pymobiledevice3's."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

from harness.virtual.address import RackAddress
from tests.bench.figures import Aim, Figure, Spread, interleaved
from tests.bench.stage import APP, BIN, IOS_16, IOS_18, Stage, stage

AIM = Aim("ratio", 0.6)

PARTS = {"kill-16": IOS_16, "kill-18": IOS_18}
"""Part -> iOS and product type of the phone."""


def measure(part: str, runs: int) -> list[Figure]:
    """Wall time of both commands, each a new process, in turn on the same phone."""
    with stage() as place, place.rack(place.devices_file(1, [PARTS[part]])) as rack:
        kill = Kill(place, rack.address)
        ours, theirs = interleaved(runs, [lambda: kill.timed(kill.ours), lambda: kill.timed(kill.theirs)])
    return [
        Figure(part, "ms", Spread(_shown(kill.ours), ours), Spread(_shown(kill.theirs), theirs), AIM),
    ]


def _shown(command: Sequence[str]) -> str:
    return " ".join(command).removeprefix(f"{BIN}/")


class Kill:
    """One phone, and the two commands that can kill its app.

    Args:
        place: where it happens.
        rack: of one phone.
    """

    def __init__(self, place: Stage, rack: RackAddress) -> None:
        self._place = place
        self._mux = {"USBMUXD_SOCKET_ADDRESS": rack.usbmux}
        (phone,) = rack.phones
        self._last_pid = 0
        self.ours = (str(BIN / "harness"), "kill-app", APP, "--phone", phone.name)
        # It is told how the phone is reached, so that it does not first try what cannot work.
        tunnel = ("--userspace",) if int(phone.ios.split(".")[0]) >= 17 else ()
        command = (str(BIN / "pymobiledevice3"), "developer", "dvt", "pkill", "--bundle", APP)
        self.theirs = (*command, "--udid", phone.udid, *tunnel)

    def timed(self, command: Sequence[str]) -> float:
        """Launch the app, and kill it with a command; wall milliseconds of that command."""
        self._launch()
        began_s = time.perf_counter()
        self._place.run(command, self._mux)
        return (time.perf_counter() - began_s) * 1000

    def _launch(self) -> None:
        told = self._place.run([str(BIN / "harness"), "launch-app", APP, "--json"])
        pid = int(json.loads(told)["pid"])
        if pid == self._last_pid:
            # A launch brings an instance that still runs to the front.
            raise RuntimeError(f"process {pid} outlived the command that was to kill it")
        self._last_pid = pid
