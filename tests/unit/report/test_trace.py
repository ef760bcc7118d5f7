"""The trace is what the trace event format allows, in microseconds, and tells what the timeline does."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from harness.model.facts import Gap, Source
from harness.report.run import TestRecord
from harness.report.trace import trace, write_trace
from tests.unit.report.samples import NAME, PHONE_S, REAL, VIRTUAL, record

METADATA = {"process_name": "name", "process_sort_index": "sort_index", "thread_name": "name"} | {
    "thread_sort_index": "sort_index"
}
"""Name of a metadata event -> its one argument."""


def read_strictly(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Phase -> events, of a document in JSON object format that keeps every rule used here.

    Rules of the trace event format: complete events have a timestamp and a duration, instants a scope, both
    in microseconds; metadata names a process or a thread, once and before its events; the complete events
    of one thread lie within one another or apart.
    """
    assert document.keys() <= {"traceEvents", "displayTimeUnit", "otherData"}
    assert document["displayTimeUnit"] in ("ms", "ns")
    named: set[tuple[str, int, int]] = set()
    told: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in document["traceEvents"]:
        assert {"ph", "name", "pid", "tid", "ts", "args"} <= event.keys()
        assert isinstance(event["ts"], int)
        assert event["ts"] >= 0
        told[event["ph"]].append(event)
        if event["ph"] == "M":
            assert event["args"].keys() == {METADATA[event["name"]]}
            key = (event["name"], event["pid"], event["tid"])
            assert key not in named
            named.add(key)
            continue
        assert ("process_name", event["pid"], 0) in named
        assert ("thread_name", event["pid"], event["tid"]) in named
        assert isinstance(event["cat"], str)
        match event["ph"]:
            case "X":
                assert isinstance(event["dur"], int)
                assert event["dur"] >= 0
            case "i":
                assert event["s"] in ("g", "p", "t")
            case other:
                raise AssertionError(f"an event of phase {other!r}")
    _check_nesting(told["X"])
    return told


def _check_nesting(slices: list[dict[str, Any]]) -> None:
    threads: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for event in slices:
        threads[event["pid"], event["tid"]].append((event["ts"], event["ts"] + event["dur"]))
    for spans in threads.values():
        for (start, end), (later, later_end) in pairwise(sorted(spans, key=lambda span: (span[0], -span[1]))):
            assert later >= end or later_end <= end, (start, end, later, later_end)


def drawn(*records: TestRecord) -> dict[str, list[dict[str, Any]]]:
    return read_strictly(json.loads(json.dumps(trace(records))))


def tracks(told: dict[str, list[dict[str, Any]]], pid: int = 1) -> dict[str, int]:
    return {
        event["args"]["name"]: event["tid"]
        for event in told["M"]
        if event["name"] == "thread_name" and event["pid"] == pid
    }


def test_each_phone_is_a_process() -> None:
    told = drawn(record(), record(phone=REAL), record("failed"))
    names = {event["pid"]: event["args"]["name"] for event in told["M"] if event["name"] == "process_name"}
    assert names == {1: str(VIRTUAL), 2: str(REAL)}


def test_the_tracks_are_those_of_a_timeline() -> None:
    assert list(tracks(drawn(record()))) == [
        "tests",
        "actions",
        "app state: com.example.downloader",
        "callbacks",
        "transfer 1: e42.mp4",
        "gaps: system log",
        "verdicts",
        "system log",
    ]


def test_times_are_microseconds_of_the_phone() -> None:
    told = drawn(record())
    track = tracks(told)
    states = [event for event in told["X"] if event["tid"] == track["app state: com.example.downloader"]]
    assert [(event["name"], event["ts"], event["dur"]) for event in states] == [
        ("foreground active", 10_000, 3_000_000),
        ("suspended", 3_010_000, 2_000_000),
        ("not running", 5_010_000, 7_500_000),
        ("background running", 12_510_000, 7_500_000),
        ("suspended", 20_010_000, 10_000),
    ]
    (gap,) = [event for event in told["X"] if event["tid"] == track["gaps: system log"]]
    assert (gap["name"], gap["ts"], gap["dur"]) == ("the cable was cut", 6_010_000, 1_000_000)


def test_a_transfer_lasts_from_its_request_to_its_last_byte() -> None:
    told = drawn(record())
    tid = tracks(told)["transfer 1: e42.mp4"]
    (moved,) = [event for event in told["X"] if event["tid"] == tid]
    assert (moved["ts"], moved["dur"], moved["args"]["body_bytes"]) == (1_010_000, 10_000_000, 50_000_000)
    assert [event["name"] for event in told["i"] if event["tid"] == tid] == ["held", "released", "finished"]


def test_a_callback_tells_what_the_app_told_of_it() -> None:
    told = drawn(record())
    (callback,) = [event for event in told["i"] if event["tid"] == tracks(told)["callbacks"]]
    assert (callback["name"], callback["ts"]) == ("handleEventsForBackgroundURLSession", 12_510_000)
    assert callback["args"]["session"] == "s"
    assert callback["args"]["error_s"] == 0.01


def test_a_verdict_stands_where_it_was_reached() -> None:
    told = drawn(record())
    (verdict,) = [event for event in told["i"] if event["tid"] == tracks(told)["verdicts"]]
    assert (verdict["name"], verdict["ts"]) == ("passed PASS_RELAUNCHED", 20_010_000)


def test_two_tests_on_one_phone_share_its_tracks_without_overlap() -> None:
    told = drawn(record(), record(attempt=2), record("failed", nodeid="other::test"))
    assert len([event for event in told["X"] if event["name"] == NAME]) == 2


def test_a_gap_that_begins_in_another_and_outlasts_it_ends_that_one() -> None:
    whole = record()
    more = Gap(Source.SYSTEM_LOG, PHONE_S + 6.5, PHONE_S + 8.0, "the tunnel was gone")
    told = drawn(replace(whole, entries=(*whole.entries, more)))
    tid = tracks(told)["gaps: system log"]
    gaps = [(event["name"], event["ts"], event["dur"]) for event in told["X"] if event["tid"] == tid]
    assert gaps == [("the cable was cut", 6_010_000, 500_000), ("the tunnel was gone", 6_510_000, 1_500_000)]


def test_a_test_without_evidence_draws_nothing(tmp_path: Path) -> None:
    write_trace([record("error", phone=None)], tmp_path / "traces" / "a.json")
    assert read_strictly(json.loads((tmp_path / "traces" / "a.json").read_text()))["M"] == []
