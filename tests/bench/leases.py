"""Leases on both stores: how soon a free phone is had, how fair many are served, and what a death costs."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from harness.farm.leases.lease import Holder
from harness.farm.leases.published import PublishedPhone
from harness.farm.leases.seat import HostSeat
from harness.farm.leases.store import LeaseStore
from harness.model.identity import Hardware, PhoneIdentity
from tests.bench import fairness
from tests.bench.fairness import Contest, Mix
from tests.bench.figures import Aim, Figure, Spread
from tests.postgres import server

ROUNDS = 200
WITHIN_S = 30.0

STORES = ("sqlite", "postgresql")
PARTS = tuple(f"{part}-{store}" for part in ("acquire", "fairness", "takeover") for store in STORES)
"""What is measured, on which store."""

ACQUIRE = "a lease of a free phone, and nobody else there"
LABELS = f"{fairness.WHAT}, of which 24 want one of six"
ALIKE = f"{LABELS}: the lowest among those that want the same"
IDEAL = "a queue of the same clients that takes no time to decide"
TAKEOVER = "kill -9 of a holder until the next one has its phone"
GATED = f"{TAKEOVER}, through an agent that cuts it"

ACQUIRED = {"acquire-sqlite": Aim("median", 1.0), "acquire-postgresql": Aim("median", 3.0)}
TOOK_OVER = Aim("median", 500.0)
FAIR = Aim("median", at_least=0.99)


@contextmanager
def store_of(kind: str) -> Generator[str]:
    """An empty store of its own, by its address."""
    with (
        tempfile.TemporaryDirectory(prefix="ih-bench-") as directory,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("HARNESS_STATE_DIR", directory)
        if kind == "sqlite":
            yield str(Path(directory) / "leases.sqlite3")
            return
        with server() as running:
            yield running.create("farm")


def measure(part: str, runs: int) -> list[Figure]:
    """The figures of one part on one store."""
    kind, _, name = part.partition("-")
    parts: dict[str, Callable[[str, str, int], list[Figure]]] = {
        "acquire": _acquire,
        "fairness": _fairness,
        "takeover": _takeover,
    }
    with store_of(name) as address:
        return parts[kind](part, address, runs)


def _acquire(part: str, address: str, runs: int) -> list[Figure]:
    with closing(LeaseStore.of(address)) as store, store.register("bench") as holder:
        took = [sorted(_once(holder) for _ in range(ROUNDS)) for _ in range(runs)]
    halves = tuple(statistics.median(one) for one in took)
    slowest = tuple(one[int(ROUNDS * 0.99) - 1] for one in took)
    return [
        Figure(f"{part}-p50", "ms", Spread(f"{ACQUIRE}: median of {ROUNDS}", halves), None, ACQUIRED[part]),
        Figure(f"{part}-p99", "ms", Spread(f"{ACQUIRE}: 99 of 100 of {ROUNDS}", slowest)),
    ]


def _once(holder: Holder) -> float:
    began_s = time.perf_counter()
    lease = holder.acquire(["p1"], within_s=WITHIN_S)
    took_s = time.perf_counter() - began_s
    lease.release()
    return took_s * 1000


def _fairness(part: str, address: str, runs: int) -> list[Figure]:
    alike = [fairness.contest(address, Mix.ANY) for _ in range(runs)]
    labels = [fairness.contest(address, Mix.LABELS) for _ in range(runs)]
    ideal = {mix: Spread(IDEAL, (fairness.jain(fairness.ideal(mix)),) * runs) for mix in Mix}
    shares, among = _spread(LABELS, labels, "jain"), _spread(ALIKE, labels, "jain_alike")
    return [
        Figure(part, "Jain", _spread(fairness.WHAT, alike, "jain"), ideal[Mix.ANY], FAIR),
        Figure(f"{part}-grants", "grants", _spread(fairness.WHAT, alike, "grants")),
        Figure(f"{part}-wait", "s", _spread("longest wait for one phone", alike, "wait_s")),
        Figure(f"{part}-wait-2", "s", _spread("longest wait for two", alike, "two_phone_wait_s")),
        Figure(f"{part}-labels", "Jain", shares, ideal[Mix.LABELS]),
        Figure(f"{part}-labels-alike", "Jain", among, None, FAIR),
        Figure(f"{part}-labels-wait-2", "s", _spread("longest wait for two", labels, "two_phone_wait_s")),
    ]


def _spread(what: str, contests: Sequence[Contest], figure: str) -> Spread:
    return Spread(what, tuple(getattr(one, figure) for one in contests))


def _takeover(part: str, address: str, runs: int) -> list[Figure]:
    with closing(LeaseStore.of(address)) as store:
        alone = tuple(taken_over_ms(store, "p1") for _ in range(runs))
        with _agent(store):
            gated = tuple(taken_over_ms(store, "g1") for _ in range(runs))
    return [
        Figure(part, "ms", Spread(TAKEOVER, alone), None, TOOK_OVER),
        Figure(f"{part}-gated", "ms", Spread(GATED, gated), None, TOOK_OVER),
    ]


def taken_over_ms(store: LeaseStore, udid: str) -> float:
    """Wall milliseconds from the kill of a holder until the next one has its phone."""
    command = [sys.executable, "-m", "tests.unit.farm.leases.processes", "hold", store.address, udid]
    got_s: list[float] = []

    def take() -> None:
        with store.register("next") as holder, holder.acquire([udid], within_s=WITHIN_S):
            got_s.append(time.perf_counter())

    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as running:
        assert running.stdout is not None
        running.stdout.readline()
        taking = threading.Thread(target=take)
        taking.start()
        while not store.snapshot().waiting:
            pass
        # Between two looks of the waiter, wherever that is.
        threading.Event().wait(0.3 + time.perf_counter() % 0.2)
        killed_s = time.perf_counter()
        running.kill()
        taking.join()
    return (got_s[0] - killed_s) * 1000


@contextmanager
def _agent(store: LeaseStore) -> Generator[None]:
    over = threading.Event()
    with store.take_host("bench", name="bench agent") as seat:
        identity = PhoneIdentity("g1", "g1", "16.7", "iPhone10,3", Hardware.VIRTUAL)
        seat.publish([PublishedPhone(identity, "bench")])
        serving = threading.Thread(target=_serve, args=(seat, over))
        serving.start()
        try:
            yield
        finally:
            over.set()
            serving.join()


def _serve(seat: HostSeat, over: threading.Event) -> None:
    """What an agent does, without the sockets."""
    while not over.is_set():
        duties = seat.duties()
        for grant in duties.to_open:
            seat.opened(grant, f"/{grant.udid}.{grant.epoch}.sock")
        for grant in duties.to_close:
            seat.closed(grant)
        seat.wait(1.0)
