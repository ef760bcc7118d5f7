"""The benchmarks run, and tell their figures in one JSON object. How fast anything is, no test says."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from harness.farm.leases.store import LeaseStore
from harness.report.page import write_page
from tests.bench import calls, detection, fairness, gate, ingest, ingest_live, leases, log, page, screen
from tests.bench.fairness import Mix
from tests.bench.stage import IOS_16, IOS_18, ROOT, stage
from tests.report_browser.browser import chromium
from tests.unit.report.page.samples import many


def bench(*options: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench", "--runs", "1", *options]
    return json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)


def is_plausible(figure: dict[str, Any]) -> bool:
    ordered = figure["min"] <= figure["median"] <= figure["max"]
    return ordered and figure["runs"] == 1 and all(isinstance(figure[name], str) for name in ("unit", "what"))


def test_the_figures_of_each_kind_are_told() -> None:
    told = bench("--only", "kill-16", "--only", "rack-4")
    assert told["machine"]["cores"] > 0
    figures = {figure["name"]: figure for figure in told["figures"]}
    assert set(figures) == {
        "kill-16",
        "rack-4-boot",
        "rack-4-construction",
        "rack-4-memory",
        "rack-4-memory-in-use",
        "rack-4-lockdown-info",
    }
    assert all(is_plausible(figure) for figure in figures.values())
    assert is_plausible(figures["kill-16"]["against"] | {"unit": "ms"})
    assert figures["kill-16"]["ratio"] > 0
    assert figures["kill-16"]["aim"] == {"of": "ratio", "at_most": 0.6}
    assert figures["rack-4-memory"]["median"] > 1


@pytest.mark.judge("go-ios")
def test_a_kill_through_an_agent_is_held_against_go_ios() -> None:
    (figure,) = bench("--only", "kill-resident-16")["figures"]
    assert is_plausible(figure)
    assert figure["against"]["what"].startswith("ios kill ")
    assert figure["aim"] == {"of": "ratio", "at_most": 0.6}


def test_how_long_restoring_takes_is_told() -> None:
    (figure,) = bench("--only", "restore-16")["figures"]
    assert is_plausible(figure)
    assert figure["aim"] == {"of": "median", "at_most": 5000.0}
    assert figure["median"] > 10


def test_a_flood_is_read_to_its_end_beside_downloads() -> None:
    with stage() as place:
        flooded = log.once(place, pieces=10)
    assert 0 < flooded.slowest_per_s <= flooded.total_per_s
    assert min(flooded.rack_us, flooded.client_us) > 0


@pytest.mark.judge("chromium")
def test_a_page_is_opened_and_a_test_of_it(tmp_path: Path) -> None:
    write_page(many(8), tmp_path / "index.html")
    with chromium() as browser:
        drawn_ms, whole_ms, opened_ms = page.once(browser, tmp_path / "index.html")
    assert 0 < drawn_ms <= whole_ms
    assert opened_ms > 0


def test_calls_are_answered_on_both_ways_to_a_phone() -> None:
    for part, models in (("calls-64-small", (IOS_16,)), ("calls-tunnel-list", (IOS_18,))):
        few = dataclasses.replace(calls.PARTS[part], phones=1, models=models, times=2)
        with stage() as place, place.rack(place.devices_file(1, models)) as rack:
            assert calls.rate(place, rack.address.usbmux, few) > 0


def test_the_matrix_is_told_beside_itself() -> None:
    assert detection.rate(2, each=20) > 0


def test_a_log_is_read_beside_the_librarys_parser() -> None:
    figures = {figure.name: figure for figure in ingest.measure("ingest", 1, lines=2_000)}
    assert set(figures) == {"ingest-wanted", "ingest-every", "ingest-bytes"}
    assert all(figure.measured.median > 0 and figure.ratio for figure in figures.values())


def test_live_logs_are_read_without_loss_and_wake_who_waits() -> None:
    few = ingest_live.Load(phones=2, lines_per_s=1_000, seconds=1.0)
    with stage() as place:
        ran = ingest_live.once(place, few)
    assert 0 < ran.p50_ms <= ran.p99_ms
    assert ran.slowest_per_s > 0


def test_leases_are_fought_for_and_taken_over() -> None:
    with leases.store_of("sqlite") as address:
        fought = fairness.contest(address, Mix.LABELS, clients=12, lasts_s=1.0)
        assert 0 < fought.jain <= 1
        assert 0 < fought.jain_alike <= 1
        assert fought.grants >= 12
        with closing(LeaseStore.of(address)) as store:
            assert leases.taken_over_ms(store, "taken over") > 0


def test_who_takes_more_phones_is_served_more_often_even_where_deciding_takes_no_time() -> None:
    served = fairness.ideal(Mix.LABELS)
    assert fairness.jain(served) < fairness.alike(served, Mix.LABELS)
    assert fairness.jain(served) < fairness.jain(fairness.ideal(Mix.ANY))


@pytest.mark.judge("appium")
def test_a_screen_is_worked_through_a_server_and_without() -> None:
    figures = {figure.name: figure for figure in screen.measure("screen", 1)}
    assert set(figures) == {"screen-opened", "screen-found", "screen-missed"}
    assert all(figure.measured.median > 0 and figure.ratio for figure in figures.values())


def test_a_connection_is_measured_through_a_leases_socket_and_without() -> None:
    figures = {figure.name: figure for figure in gate.measure("gate", 1)}
    assert set(figures) == {"gate-connect", "gate-round-trip", "gate-bulk", "gate-cut"}
    assert all(figure.measured.median > 0 for figure in figures.values())
    assert all(figures[name].ratio for name in ("gate-connect", "gate-round-trip", "gate-bulk"))
