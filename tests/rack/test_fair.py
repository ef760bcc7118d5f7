"""A rack that nothing befalls, and many who want its phones: each gets its share, and never one of another's.

Who is at a phone is counted at the phone, as in chaos.
"""

from __future__ import annotations

import asyncio
import os
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from pymobiledevice3.lockdown import create_using_usbmux

from harness.farm.leases.grants import Grant
from harness.farm.leases.lease import Holder
from harness.farm.leases.request import Request
from harness.farm.leases.store import LeaseStore
from tests.conftest import FIGURES
from tests.postgres import server
from tests.rack.site import Site, all_free, rack, wait_for

CLIENTS = 24
"""Three for each phone."""

OF_TWO = 4
"""So many of them want two phones at once."""

LASTS_S = 15.0
HOLDS_S = (0.15, 0.45)
WITHIN_S = 60.0

NOTHING_OPEN = ("--no-keep-open",)
"""What agents are told here: nobody asks for a one-off, and phones that are kept open cost processors."""

LEAST_JAIN = 0.95
"""Of the grants of those who want the same: 1 is the same number for each, and without a queue it is
0.5 to 0.7."""

LONGEST_WAITS = 5.0
"""Longest wait as a multiple of the median: nobody is passed over again and again."""


@dataclass(frozen=True)
class Client:
    """Who wants phones again and again.

    Attributes:
        holder: how the farm knows it.
        slots: what it wants.
        chance: for how long it holds them.
    """

    holder: Holder
    slots: tuple[tuple[str, ...], ...]
    chance: random.Random

    def want(self, until_s: float) -> list[float]:
        """Get phones, talk to them, and give them back, until it is late; returns how long each wait was."""
        waits_s: list[float] = []
        while (asked_s := time.monotonic()) < until_s:
            with self.holder.request(Request(self.slots, "fair", WITHIN_S)) as lease:
                waits_s.append(time.monotonic() - asked_s)
                asyncio.run(_speak(lease.grants, self.chance.uniform(*HOLDS_S)))
        return waits_s


async def _speak(grants: Sequence[Grant], for_s: float) -> None:
    """Speak to phones at the beginning and at the end of a time, as whom they were granted to."""
    clients = [
        await create_using_usbmux(
            grant.udid, label=f"{os.getpid()}.{grant.epoch}", autopair=False, usbmux_address=grant.mux
        )
        for grant in grants
    ]
    await asyncio.sleep(for_s)
    for client in clients:
        await client.get_value(key="DeviceName")
        await client.close()


@pytest.mark.judge("postgresql")
def test_everybody_gets_a_share_and_nobody_a_phone_of_another(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with server() as running, rack(tmp_path, running, f"farm{uuid4().hex}", agent=NOTHING_OPEN) as site:
        with site.open_store() as store:
            waits_s = contend(clients(store), LASTS_S)
            wait_for(lambda: all_free(store), "all phones are free", WITHIN_S)
        told = figures(waits_s)
        record_property(FIGURES, told)
        check_seen(site, sum(map(len, waits_s)))
    for several in (waits_s[:OF_TWO], waits_s[OF_TWO:]):
        assert jain([len(one) for one in several]) >= LEAST_JAIN, told
    every_s = sorted(wait for one in waits_s for wait in one)
    assert every_s[-1] <= LONGEST_WAITS * every_s[len(every_s) // 2], told


def clients(store: LeaseStore) -> list[Client]:
    """Those who want phones, the ones who want two first."""
    everything = tuple(phone.identity.udid for phone in store.published())
    wanted = [(everything,) * (2 if number < OF_TWO else 1) for number in range(CLIENTS)]
    return [
        Client(store.register(f"client {number}"), slots, random.Random(number))
        for number, slots in enumerate(wanted)
    ]


def contend(everybody: Sequence[Client], for_s: float) -> list[list[float]]:
    """Have all of them want phones at once; returns how long each waited, by client."""
    together = threading.Barrier(len(everybody))

    def want(client: Client) -> list[float]:
        together.wait(WITHIN_S)
        return client.want(time.monotonic() + for_s)

    with ThreadPoolExecutor(len(everybody)) as threads:
        waits_s = list(threads.map(want, everybody))
    for client in everybody:
        client.holder.close()
    return waits_s


def check_seen(site: Site, leases: int) -> None:
    """The oracles have seen a client for each grant, and nothing wrong."""
    seen = [one for host in site.hosts for one in host.seen()]
    assert len([one for one in seen if "met" in one]) >= leases
    assert [one for one in seen if "wrong" in one] == []


def jain(shares: Sequence[float]) -> float:
    """Jain's index of fairness: 1 when all have the same, 1/n when one has everything."""
    return sum(shares) ** 2 / (len(shares) * sum(share**2 for share in shares))


def figures(waits_s: Sequence[Sequence[float]]) -> str:
    """What came of it, in one line."""
    two, one = ([len(each) for each in several] for several in (waits_s[:OF_TWO], waits_s[OF_TWO:]))
    every_s = sorted(wait for each in waits_s for wait in each)
    return (
        f"{sum(one)} leases of one phone, {min(one)}-{max(one)} each, Jain {jain(one):.3f}; "
        f"{sum(two)} of two, {min(two)}-{max(two)} each, Jain {jain(two):.3f}; "
        f"waits in s: p50 {every_s[len(every_s) // 2]:.2f}, max {every_s[-1]:.2f}"
    )
