"""What the virtual phone writes, read here and by pycrashreport, which is not ours: the same of both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from pycrashreport.crash_report import get_crash_report_from_buf

from harness.evidence.reports import report_facts
from harness.model.facts import ReportFound, ReportKind
from harness.virtual.apps.uikit import UIApplication, lock_file
from harness.virtual.kernel.processes.policies import Policy
from tests.virtual.kernel.support import BUNDLE_ID, Bench

EXECUTABLE = "Sample"

Fate = Callable[[Bench], object]


def crash(bench: Bench) -> None:
    def fail() -> None:
        raise KeyError("nothing here")

    bench.phone.launch(BUNDLE_ID)
    bench.process.enqueue(fail)


def jetsam(bench: Bench) -> None:
    bench.phone.jetsam(bench.suspend().pid)


def ended_for(policy: Policy) -> Fate:
    return lambda bench: bench.phone.end_for(bench.phone.launch(BUNDLE_ID), policy)


def lock(bench: Bench) -> None:
    bench.phone.launch(BUNDLE_ID)
    bench.phone.press_home()
    bench.wait(5)


FATES: dict[str, tuple[Fate, str, int]] = {
    "a crash": (crash, "SIGNAL", 6),
    "a slow scene": (ended_for(Policy.SLOW_SCENE), "FRONTBOARD", 0x8BADF00D),
    "a slow exit": (ended_for(Policy.SLOW_EXIT), "FRONTBOARD", 0x8BADF00D),
    "code signing": (ended_for(Policy.CODE_SIGNING), "CODESIGNING", 2),
    "a processor limit": (ended_for(Policy.CPU_LIMIT), "RUNNINGBOARD", 0xC51BAD01),
    "a lock held": (lock, "RUNNINGBOARD", 0xDEAD10CC),
    "jetsam": (jetsam, "JETSAM", 0),
}


def written(tmp_path: Path, fate: Fate, ios: str) -> tuple[Bench, str, str]:
    """The one report that a fate leaves: who ended, its name and its text."""

    def keep_a_lock(_: UIApplication) -> None:
        if fate is lock:
            lock_file("db")

    bench = Bench(tmp_path, ios=ios, on={"background": keep_a_lock})
    fate(bench)
    [path] = bench.phone.crash_reports.directory.iterdir()
    return bench, path.name, path.read_text()


def ours(name: str, text: str) -> ReportFound:
    [fact] = report_facts(name, text.encode(), bundle_id=BUNDLE_ID, executable=EXECUTABLE)
    return fact


@pytest.mark.parametrize("ios", ["14.8", "16.7", "18.5", "26.0"])
@pytest.mark.parametrize("what", FATES)
def test_both_read_the_same_of_a_report(tmp_path: Path, what: str, ios: str) -> None:
    fate, namespace, code = FATES[what]
    bench, name, text = written(tmp_path, fate, ios)
    fact, theirs = ours(name, text), get_crash_report_from_buf(text, name)
    [record] = bench.exits
    spelled = "SPRINGBOARD" if namespace == "FRONTBOARD" and ios == "14.8" else namespace
    assert (fact.namespace, fact.code, fact.pid, fact.victim) == (spelled, code, record.pid, True)
    assert fact.at.earliest_s <= record.at_s <= fact.at.latest_s
    # They leave the zone off; the phone's is UTC.
    assert theirs.timestamp.replace(tzinfo=UTC).timestamp() == pytest.approx(fact.at.at_s, abs=0.02)
    assert (theirs.bug_type_str == "298") == (fact.kind is ReportKind.JETSAM)
    if fact.kind is ReportKind.CRASH:
        assert _agrees(theirs, fact, record.pid)


def _agrees(theirs: Any, fact: ReportFound, pid: int) -> bool:
    """Whether their parsed body names the same process, signal and exception."""
    body = theirs._data
    if isinstance(body, str):
        named = theirs._parse_field("Process") == f"{EXECUTABLE} [{pid}]"
        return named and theirs._parse_field("Identifier") == fact.bundle_id
    told = body["termination"]
    return (body["pid"], told["namespace"], told["code"]) == (fact.pid, fact.namespace, fact.code)
