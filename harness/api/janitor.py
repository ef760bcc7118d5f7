"""What a janitor becomes when a process was killed that had altered phones: it puts them right, and ends.

``python -m harness.api.janitor [--devices FILE] LEASES HOLDER``; see ``farm.janitor`` for who waits and why.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import threading
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from harness.api.desk import Desk
from harness.config.devices import DevicesFile, load_devices
from harness.errors import ConfigError
from harness.farm.janitor import Janitor
from harness.farm.leases.replay import Restored
from harness.farm.leases.store import LeaseStore
from harness.farm.reach import ReachablePhone, attached_phones, rack_phones
from harness.runtime.loop import LoopThread

PERSISTS_S = 15.0
"""Wall time for which phones are tried again that cannot be reached, such as one that just restarts."""

PAUSE_S = 0.5
"""Wall time between two tries."""

NAME = "harness janitor"
"""What others are told of who restores."""


def janitor(devices: Path | None) -> Janitor:
    """How a process has those phones put right that it alters, if it is killed.

    Args:
        devices: the devices.yaml that it uses, or ``None``.
    """
    named = ("--devices", str(devices.absolute())) if devices else ()
    return Janitor((sys.executable, "-m", "harness.api.janitor", *named))


def main(arguments: Sequence[str] | None = None) -> int:
    """Put right what a holder left altered; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m harness.api.janitor", description=__doc__)
    parser.add_argument("--devices", type=Path)
    parser.add_argument("leases")
    parser.add_argument("holder")
    chosen = parser.parse_args(arguments)
    file = _file(chosen.devices)
    deadline_s, pause = time.monotonic() + PERSISTS_S, threading.Event()
    with LoopThread() as loop:
        while _is_left(loop, file, chosen.leases, chosen.holder) and time.monotonic() < deadline_s:
            pause.wait(PAUSE_S)
    return 0


def _file(path: Path | None) -> DevicesFile | None:
    """The devices.yaml, which says what phones are called and how they are reached; it is not vital."""
    try:
        return load_devices(path) if path else None
    except ConfigError:
        return None


def _is_left(loop: LoopThread, file: DevicesFile | None, leases: str, holder: str) -> bool:
    """Restore once; whether phones are left that may be there in a moment."""
    store = LeaseStore.of(leases)
    racks = rack_phones()
    store.forget_gone({phone.identity.udid for phone in racks})
    left = [phone.udid for phone in store.left_altered_by(holder)]
    store.close()
    came = restore(loop, file, reachable(left, racks), leases, left)
    return bool(set(left) - {one.udid for one in came if not one.is_lost})


def restore(
    loop: LoopThread,
    file: DevicesFile | None,
    phones: Sequence[ReachablePhone],
    leases: str,
    udids: Sequence[str],
    name: str = NAME,
) -> tuple[Restored, ...]:
    """Put right what is dirty of some phones, as far as they can be reached; returns what came of each.

    Args:
        loop: the loop that phones are opened on.
        file: the devices.yaml, which says how its phones are reached; others are, by any way.
        phones: those that can be reached.
        leases: address of the store, or ``sqlite`` for the machine's own file.
        udids: the phones that are meant.
        name: what others are told of who restores.
    """
    desk = Desk(loop, file, phones, LeaseStore.of(leases), name)
    try:
        return desk.restore(udids)
    finally:
        desk.close()


def reachable(udids: Collection[str], racks: Sequence[ReachablePhone]) -> tuple[ReachablePhone, ...]:
    """How some phones are reached, as far as they are; only who is not in a rack is looked for elsewhere."""
    virtual = [phone for phone in racks if phone.identity.udid in udids]
    known = {phone.identity.udid for phone in racks}
    if known >= set(udids):
        return tuple(virtual)
    attached = asyncio.run(attached_phones(known)).phones
    return (*virtual, *(phone for phone in attached if phone.identity.udid in udids))


if __name__ == "__main__":
    sys.exit(main())
