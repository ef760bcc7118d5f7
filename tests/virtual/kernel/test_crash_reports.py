"""Which ends leave a report, and what it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.virtual.apps.runtime import exit_process, sleep
from harness.virtual.apps.uikit import UIApplication
from tests.virtual.kernel.support import BUNDLE_ID, EPOCH_S, Bench


def reports(bench: Bench) -> dict[str, str]:
    directory = bench.phone.crash_reports.directory
    return {path.name: path.read_text() for path in sorted(directory.iterdir())}


def parts(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, _, body = text.partition("\n")
    return json.loads(header), json.loads(body)


def only(bench: Bench) -> tuple[str, dict[str, Any], dict[str, Any]]:
    [(name, text)] = reports(bench).items()
    return name, *parts(text)


def fail() -> None:
    raise KeyError("nothing here")


def crash(bench: Bench) -> None:
    bench.phone.launch(BUNDLE_ID)
    bench.process.enqueue(fail)


def test_a_crash_leaves_a_report_of_the_process(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    crash(bench)
    [record] = bench.exits
    name, header, body = only(bench)
    assert name == "Sample-2023-11-14-221320.ips"
    assert (header["bug_type"], header["bundleID"]) == ("309", BUNDLE_ID)
    assert header["os_version"] == "iPhone OS 17.5 (21F90)"
    assert header["timestamp"] == "2023-11-14 22:13:20.00 +0000"
    assert header["incident_id"] == body["incident"]
    assert (body["pid"], body["procName"], body["procRole"]) == (record.pid, "Sample", "Foreground")
    assert body["captureTime"] == "2023-11-14 22:13:20.0000 +0000"
    assert body["exception"]["signal"] == "SIGABRT"
    assert (body["termination"]["namespace"], body["termination"]["code"]) == ("SIGNAL", 6)
    assert (body["isLocked"], body["wasUnlockedSinceBoot"]) == (0, 1)


def test_the_log_says_where_the_report_is(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    crash(bench)
    assert bench.lines("osanalyticshelper") == [
        "Saved type '309' report (1 of max 25) at "
        "/var/mobile/Library/Logs/CrashReporter/Sample-2023-11-14-221320.ips"
    ]


def test_a_report_has_the_time_of_the_phone(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.wait(90)
    crash(bench)
    [path] = bench.phone.crash_reports.directory.iterdir()
    assert path.name == "Sample-2023-11-14-221450.ips"
    assert path.stat().st_mtime == pytest.approx(EPOCH_S + 90)


def test_two_reports_of_one_second_are_both_kept(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    crash(bench)
    crash(bench)
    assert set(reports(bench)) == {"Sample-2023-11-14-221320.ips", "Sample-2023-11-14-221320-2.ips"}
    incidents = {parts(text)[0]["incident_id"] for text in reports(bench).values()}
    assert len(incidents) == 2


def hang(_: UIApplication) -> None:
    sleep(60)


def begin_task(application: UIApplication) -> None:
    application.begin_background_task("never ended")


def test_the_watchdog_names_itself_in_the_report(tmp_path: Path) -> None:
    bench = Bench(tmp_path, on={"launched": hang})
    bench.phone.launch(BUNDLE_ID)
    bench.wait(25)
    _, _, body = only(bench)
    assert body["exception"]["signal"] == "SIGKILL"
    termination = body["termination"]
    assert (termination["namespace"], termination["code"]) == ("FRONTBOARD", 2343432205)
    assert "domain:10 code:0x8BADF00D explanation:process-launch watchdog" in termination["reasons"][0]
    assert termination["reasons"][-1].endswith("reportType:CrashLog maxTerminationResistance:Interactive>")


def test_a_used_up_background_task_is_runningboards_doing(tmp_path: Path) -> None:
    bench = Bench(tmp_path, on={"background": begin_task})
    bench.phone.launch(BUNDLE_ID)
    bench.phone.press_home()
    bench.wait(40)
    [record] = bench.exits
    _, _, body = only(bench)
    assert body["termination"] == {"flags": 6, "code": int(record.code), "namespace": "RUNNINGBOARD"}
    assert body["procRole"] == "Background"


def test_before_15_the_body_is_text(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ios="14.8", on={"launched": hang})
    bench.phone.launch(BUNDLE_ID)
    bench.wait(25)
    [text] = reports(bench).values()
    header, _, body = text.partition("\n")
    assert json.loads(header)["bug_type"] == "109"
    assert f"Process:             Sample [{bench.exits[0].pid}]\n" in body
    assert "Exception Type:      EXC_CRASH (SIGKILL)\n" in body
    assert "Termination Reason:  Namespace SPRINGBOARD, Code 0x8badf00d\n" in body
    assert "SPRINGBOARD, <RBSTerminateContext| domain:10 code:0x8BADF00D explanation:process-launch" in body


def test_jetsam_leaves_an_event_in_which_only_the_victim_has_a_reason(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    victim = bench.suspend()
    bench.phone.jetsam(victim.pid)
    name, header, body = only(bench)
    assert name.startswith("JetsamEvent-2023-11-14-2213")
    assert header["bug_type"] == "298"
    rows = {row["pid"]: row for row in body["processes"]}
    assert [pid for pid, row in rows.items() if "reason" in row] == [victim.pid]
    assert rows[victim.pid]["reason"] == "vm-pageshortage"
    assert rows[victim.pid]["states"] == ["suspended"]
    assert rows[1] == {"pid": 1, "name": "launchd", "states": ["daemon"], "rpages": rows[1]["rpages"]}


ENDS: dict[str, Callable[[Bench], None]] = {
    "SIGKILL": lambda bench: bench.phone.signal(bench.process.pid, 9),
    "SIGTERM": lambda bench: bench.phone.signal(bench.process.pid, 15),
    "user quit": lambda bench: bench.phone.force_quit(BUNDLE_ID),
    "end of a UI test": lambda bench: bench.phone.terminate_for_automation(BUNDLE_ID),
    "exit": lambda bench: bench.process.enqueue(exit_process),
}


@pytest.mark.parametrize("how", ENDS)
def test_other_ends_leave_no_report(tmp_path: Path, how: str) -> None:
    bench = Bench(tmp_path)
    bench.phone.launch(BUNDLE_ID)
    ENDS[how](bench)
    assert len(bench.exits) == 1
    assert reports(bench) == {}


def test_a_report_is_there_when_others_learn_of_the_end(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    seen: list[int] = []
    bench.phone.exits.observe(lambda _: seen.append(len(reports(bench))))
    crash(bench)
    assert seen == [1]


def test_it_is_reproducible(tmp_path: Path) -> None:
    texts: list[dict[str, str]] = []
    for root in ("one", "two"):
        bench = Bench(tmp_path / root)
        crash(bench)
        texts.append(reports(bench))
    assert texts[0] == texts[1]
