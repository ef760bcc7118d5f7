"""What the tests of the rack's run do with their phones; imported by them, in the workers.

Each says to the phone who it is, as ``tests.rack.oracle`` reads it, and writes into the log of the run when
it begins and when it has ended. So whatever becomes of its worker, what was run how often is known.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from pymobiledevice3.exceptions import PyMobileDevice3Exception
from pymobiledevice3.lockdown import create_using_usbmux

from harness.api.leasedphones import LeasedPhone
from harness.api.ways import Ways
from harness.config.places import replace_file
from harness.drivers.pmd3 import tunnelchild_start
from harness.errors import DeviceLost
from harness.farm.leases.grants import Grant
from harness.virtual.control_client import open_control
from tests.rack import label, tunnelchild

LOG = Path("run.log")
OVER = Path("over")
"""Made when chaos is over: tests that begin afterwards are short."""

COLLECTED = Path("collected.json")
"""The tests of the run, as each of its workers has found them."""

CONTROLS = Path("controls.json")
"""Name of a phone -> control socket of its rack, for what a person at the rack sees."""

SHORT_S = 0.05
PAUSE_S = 0.2
"""Wall seconds between two words to a phone. Who is connected counts, and not how much is said."""


def note(*words: object) -> None:
    """Write a line into the log of the run, whole or not at all."""
    line = " ".join(map(str, (time.time(), os.getpid(), *words))) + "\n"
    log = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(log, line.encode())
    finally:
        os.close(log)


def note_collected(tests: Sequence[str]) -> None:
    """Write down which tests there are."""
    replace_file(COLLECTED, json.dumps(list(tests)))


def say_who() -> None:
    """Have every client of this process say who it is, and those in the processes of its tunnels."""
    lead = Ways.lead

    def led(self: Ways, grant: Grant, own: str | None, *, clock: bool = False) -> str | None:
        label.granted(grant.udid, grant.epoch)
        return lead(self, grant, own, clock=clock)

    Ways.lead = led
    tunnelchild_start.MODULE = tunnelchild.MODULE
    label.say_who()


def use(leased: Sequence[LeasedPhone], usbmux: str, for_s: float) -> None:
    """Find the phones as they should be, and talk to them for a while; raises as ``talk`` does."""
    for one in leased:
        assert wifi_is_on(one.identity.name), f"{one.identity.name} was leased with Wi-Fi off"
    talk(leased, usbmux, for_s)


def talk(leased: Sequence[LeasedPhone], usbmux: str, for_s: float) -> None:
    """Talk to the phones for a while, by a client that knows nothing of leases.

    Raises:
        LeaseLost: another process may have one.
        HostLost: the agent of one has gone.
        DeviceLost: one does not answer.
    """
    try:
        asyncio.run(_talk([one.identity.udid for one in leased], usbmux, SHORT_S if OVER.exists() else for_s))
    except (OSError, PyMobileDevice3Exception) as error:
        for one in leased:
            one.lease.check()
        name = leased[0].identity.name
        raise DeviceLost(f"a client was cut: {type(error).__name__}: {error}", phone=name) from error


async def _talk(udids: Sequence[str], usbmux: str, for_s: float) -> None:
    ends_s = time.monotonic() + for_s
    async with AsyncExitStack() as open_clients:
        clients = [await create_using_usbmux(udid, usbmux_address=usbmux) for udid in udids]
        for client in clients:
            open_clients.push_async_callback(client.close)
        while True:
            for client in clients:
                await client.get_value(key="DeviceName")
            if time.monotonic() >= ends_s:
                return
            await asyncio.sleep(PAUSE_S)


def wifi_is_on(phone: str) -> bool:
    """What a phone itself says."""
    path = json.loads(CONTROLS.read_text())[phone]
    with open_control(path, within_s=60.0) as control:
        return control.ask({"phone": phone, "do": "show"})["wifi_on"]
