"""A rack on one machine through chaos: no phone is used twice, none is lost, and no test is.

Two hosts with four phones each, as processes of their own, a PostgreSQL, and a run with eight workers over
tests of mixed kinds and lengths. Agents run as a user starts them, with their phones kept open; one of the
hosts is reached through ``ssh``. Who is at a phone is counted at the phone: see ``tests.rack.oracle``.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from harness.errors import StoreUnavailable
from tests.conftest import FIGURES, HANGS_AFTER_S, hangs_after
from tests.postgres import server
from tests.rack.chaos import Chaos, Kind
from tests.rack.oracle import Wrong
from tests.rack.run import Results, Run, workers_of
from tests.rack.site import ENDED_WITHIN_S, HOSTS, VERSIONS, Site, all_free, phones_of, rack, wait_for
from tests.virtual.farm.sshd import sshd

TESTS_PER_S = 4
"""Of the run, for each second of chaos: somewhat more than eight phones get through."""

PHONES_WITHIN_S = 150.0
"""Wall seconds until tests of the run have phones, however loaded this machine is."""

CALM_WITHIN_S = 150.0
"""Wall seconds that the rest of the run may take once nothing happens any more, beside those of chaos."""


@pytest.mark.judge("postgresql")
@pytest.mark.judge("ssh")
def test_chaos_costs_no_phone_and_no_test(
    tmp_path: Path, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    asked: dict[str, Any] = vars(request.config.option)
    for_s, seed = asked["chaos_s"], asked["chaos_seed"] or random.SystemRandom().randrange(10**6)
    kinds = [Kind(word) for word in asked["chaos"].split(",") if word]
    hangs_after(request.config, HANGS_AFTER_S + 2 * for_s)
    with server() as running, sshd() as ssh, rack(tmp_path, running, f"farm{uuid4().hex}", ssh) as site:
        told = survive(site, for_s, seed, kinds)
        record_property(FIGURES, told)
    wait_for(lambda: not left(tmp_path), "no process is left", ENDED_WITHIN_S)


def survive(site: Site, for_s: float, seed: int, kinds: Collection[Kind]) -> str:
    """Run tests on a rack through chaos, and check what came of it; returns the figures."""
    run = Run(site, round(for_s * TESTS_PER_S), seed)
    chaos = Chaos(site, run, seed, kinds)
    try:
        wait_for(lambda: run.has_phones() or not run.is_running, "tests have phones", PHONES_WITHIN_S)
        chaos.last(for_s)
        run.calm()
        assert chaos.calm(CALM_WITHIN_S + for_s), run.said()[-4000:]
    finally:
        run.close()
    results = run.results()
    told = figures(site, chaos, results, seed)
    print(told)
    check_tests(results, run)
    check_phones(site, chaos)
    for host in site.hosts:
        assert host.leave() == 0
    check_seen(site)
    assert sessions(site) == 0
    return told


def check_tests(results: Results, run: Run) -> None:
    """Every test is accounted for once, and what did not pass did not for what the rack did amid it."""
    assert not results.unaccounted(), run.said()[-4000:]
    faults = (*results.of("failed"), *results.of("error"))
    wrong = [one.words for one in faults if not any(word in one.words for word in OF_THE_RACK)]
    assert not wrong, wrong[0]
    assert not results.refused()


OF_THE_RACK = ("LeaseLost", "DeviceLost", "HostLost", "StoreUnavailable")
"""What a test may fail with that was interrupted twice, that no other phone would do for, or that was about
to change a setting while the database was away."""


def check_phones(site: Site, chaos: Chaos) -> None:
    """All phones are free, with nothing to be undone, and as they were."""

    def all_taken_back() -> bool:
        with suppress(StoreUnavailable):
            chaos.take_back()
            return all_free(chaos.farm)
        return False

    wait_for(all_taken_back, "all phones are free", ENDED_WITHIN_S)
    assert [phone.name for phone in chaos.farm.snapshot().phones if phone.undo] == []
    chaos.close()
    names = [name for host in HOSTS for name in phones_of(host)]
    assert [name for name in names if not site.host_of(name).wifi_is_on(name)] == []


def check_seen(site: Site) -> None:
    """What the oracles have seen: clients, nothing wrong, and at the end nobody."""
    for host in site.hosts:
        host.switch_off()
        seen = host.seen()
        assert len([one for one in seen if "met" in one]) >= len(VERSIONS)
        assert [one for one in seen if "wrong" in one] == []
        assert seen[-1] == {"live": {}}


def sessions(site: Site) -> int:
    """How many sessions the database has besides the one that asks."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname=current_database() AND pid<>pg_backend_pid()"
    with psycopg.connect(site.store) as asking:
        row = asking.execute(query).fetchone()
        assert row is not None
        return row[0]


def left(directory: Path) -> list[str]:
    """The processes that were started for a directory: its path stands in the environment of each."""
    words = ["ps", "axww", "-E"] if sys.platform == "darwin" else ["ps", "axwwe"]
    said = subprocess.run([*words, "-o", "pid=,command="], capture_output=True, text=True, check=True).stdout
    return [line[:200] for line in said.splitlines() if f"HARNESS_STATE_DIR={directory}/" in line]


def figures(site: Site, chaos: Chaos, results: Results, seed: int) -> str:
    """What happened, in one line for the log of CI."""
    said = [one["happening"] for host in site.hosts for one in host.told()]
    wrong = Counter(one["wrong"] for host in site.hosts for one in host.seen() if "wrong" in one)
    moved, waits_s = results.of("moved"), results.waits_s()
    counts = {
        "seed": seed,
        "tests": len(results.collected),
        "passed": len(results.of("passed")),
        "moved": len(moved),
        "leases lost": sum("LeaseLost" in one.words for one in moved),
        "crashed": len(results.of("crashed")),
        "failed": len(results.of("failed")) + len(results.of("error")),
        "grants": said.count("granted"),
        "put right": said.count("restored"),
        "workers": len(workers_of(results.log)),
        **{done: chaos.done[done] for done in DONE},
        **{kind.value: wrong[kind] for kind in Wrong},
    }
    waits = ", ".join(f"{name} {waits_s[int(share * (len(waits_s) - 1))]:.2f}" for name, share in SHARES)
    return "; ".join(f"{name} {count}" for name, count in counts.items()) + f"; waits in s: {waits}"


DONE = (
    *("kills", "stops", "amid a change", "agent kills", "restarts", "crashes", "cuts", "ssh cuts"),
    "taken back",
)
SHARES = (("p50", 0.5), ("p95", 0.95), ("max", 1.0))
