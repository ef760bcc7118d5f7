"""Forty processes that want ten phones: ``python -m tests.bench.fairness STORE NUMBER LASTS_S MIX`` is one.

Four of them want two phones at once. Each holds what it gets for a moment, and tells at the end what it got
and how long it waited for it.

Where six of ten want a phone of iOS 17, of which there are six, whoever takes any of the ten is served more
often, in whatever queue in order of arrival that leaves no phone idle which somebody waits for. So the index
over all has a bound below 1 then, which ``ideal`` finds by playing the same contest where deciding takes no
time. Among those that want the same there is none.
"""

from __future__ import annotations

import heapq
import json
import random
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from enum import StrEnum

from harness.errors import NoDeviceFree
from harness.farm.leases.matching import choose
from harness.farm.leases.store import LeaseStore

CLIENTS = 40
LASTS_S = 10.0
HOLDS_S = (0.15, 0.45)
WAITS_S = 60.0
IOS_17 = tuple(f"p{number}" for number in range(6))
ALL = tuple(f"p{number}" for number in range(10))

WHAT = f"{CLIENTS} processes on {len(ALL)} phones for {LASTS_S:g} s"


class Mix(StrEnum):
    """What the clients want."""

    ANY = "any"
    """All of them take any phone."""
    LABELS = "labels"
    """Six of ten take one of iOS 17 only."""


@dataclass(frozen=True)
class Contest:
    """What came of it.

    Attributes:
        jain: Jain's index of how often each was served.
        jain_alike: the lowest one among those that want the same.
        grants: of all.
        wait_s: the longest wait for one phone.
        two_phone_wait_s: the longest wait for two.
    """

    jain: float
    jain_alike: float
    grants: int
    wait_s: float
    two_phone_wait_s: float


def contest(address: str, mix: Mix, clients: int = CLIENTS, lasts_s: float = LASTS_S) -> Contest:
    """Have it out once."""
    with ExitStack() as stack:
        command = [sys.executable, "-m", "tests.bench.fairness", address]
        running = [
            stack.enter_context(
                subprocess.Popen([*command, str(number), str(lasts_s), mix], stdin=-1, stdout=-1, text=True)
            )
            for number in range(clients)
        ]
        for one in running:
            assert one.stdout is not None
            one.stdout.readline()
        for one in running:
            assert one.stdin is not None
            one.stdin.close()
        told = [json.loads(one.stdout.read()) for one in running if one.stdout]
    waits = {
        count: [wait for one in told if one["count"] == count for wait in one["waits"]] for count in (1, 2)
    }
    grants = [len(one["waits"]) for one in told]
    return Contest(jain(grants), alike(grants, mix), sum(grants), max(waits[1]), max(waits[2]))


def jain(shares: list[int]) -> float:
    """Jain's index: 1 when all shares are equal, 1/n when one has everything."""
    return sum(shares) ** 2 / (len(shares) * sum(share * share for share in shares))


def wants(number: int, mix: Mix) -> tuple[int, tuple[str, ...]]:
    """How many phones a client wants at once, and of which."""
    return 2 if number % 10 == 0 else 1, IOS_17 if mix is Mix.LABELS and number % 5 < 3 else ALL


def alike(shares: list[int], mix: Mix) -> float:
    """The lowest of Jain's indices among clients that want the same."""
    groups: dict[tuple[int, tuple[str, ...]], list[int]] = {}
    for number, share in enumerate(shares):
        groups.setdefault(wants(number, mix), []).append(share)
    return min(jain(group) for group in groups.values())


def preferred(number: int, mix: Mix) -> list[str]:
    """The phones that a client wants, in an order of its own."""
    udids = list(wants(number, mix)[1])
    random.Random(number).shuffle(udids)
    return udids


def ideal(mix: Mix, clients: int = CLIENTS, lasts_s: float = LASTS_S) -> list[int]:
    """How often each is served by a queue in order of arrival that takes no time to decide."""
    chances = [random.Random(number) for number in range(clients)]
    served, free = [0] * clients, set(ALL)
    queue = list(range(clients))
    until: list[tuple[float, int, tuple[str, ...]]] = []
    now_s = 0.0
    while now_s < lasts_s:
        can_be_had = set(free)
        for number in list(queue):
            count = wants(number, mix)[0]
            chosen = tuple(choose([preferred(number, mix)] * count, can_be_had).values())
            can_be_had -= set(chosen)
            if len(chosen) == count:
                queue.remove(number)
                served[number] += 1
                free -= set(chosen)
                heapq.heappush(until, (now_s + chances[number].uniform(*HOLDS_S), number, chosen))
        now_s, number, given_back = heapq.heappop(until)
        free |= set(given_back)
        queue.append(number)
    return served


def main(address: str, number: str, lasts_s: str, mix: str) -> None:
    """Be one of them: wait for the start, and take turns until the time is up."""
    mine = int(number)
    count, udids = wants(mine, Mix(mix))[0], preferred(mine, Mix(mix))
    chance, waits = random.Random(mine), list[float]()
    with closing(LeaseStore.of(address)) as store, store.register(f"client {mine}") as holder:
        print("ready", flush=True)
        sys.stdin.read()
        until_s = time.monotonic() + float(lasts_s)
        while time.monotonic() < until_s:
            began_s = time.monotonic()
            try:
                lease = holder.acquire(udids, within_s=WAITS_S, count=count)
            except NoDeviceFree:
                break
            with lease:
                waits.append(time.monotonic() - began_s)
                threading.Event().wait(chance.uniform(*HOLDS_S))
    print(json.dumps({"count": count, "waits": waits}))


if __name__ == "__main__":
    main(*sys.argv[1:])
