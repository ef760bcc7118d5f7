"""What other programs read as CTRF: its fields and no others, and nothing that is not green looks green."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from harness.report.ctrf import ctrf, write_ctrf
from harness.report.run import RunRecord
from harness.report.tell import RESULTS
from tests.unit.report.samples import NAME, REAL, record, run_of

STATUSES = frozenset({"passed", "failed", "skipped", "pending", "other"})

Shape = Mapping[str, object]
"""Field -> what it holds; one with ``!`` must be there. Source: the format's schema, version 0.0.0."""

ATTACHMENT: Shape = {"name!": str, "contentType!": str, "path!": str, "extra": dict}
ATTEMPT: Shape = {
    "attempt!": int,
    "status!": STATUSES,
    "duration": int,
    "message": str,
    "trace": str,
    "line": int,
    "snippet": str,
    "stdout": [str],
    "stderr": [str],
    "start": int,
    "stop": int,
    "attachments": [ATTACHMENT],
    "extra": dict,
}
TEST: Shape = {
    "id": str,
    "name!": str,
    "status!": STATUSES,
    "duration!": int,
    "start": int,
    "stop": int,
    "suite": [str],
    "message": str,
    "trace": str,
    "snippet": str,
    "ai": str,
    "line": int,
    "rawStatus": str,
    "tags": [str],
    "labels": dict,
    "type": str,
    "filePath": str,
    "retries": int,
    "retryAttempts": [ATTEMPT],
    "flaky": bool,
    "stdout": [str],
    "stderr": [str],
    "threadId": str,
    "browser": str,
    "device": str,
    "screenshot": str,
    "attachments": [ATTACHMENT],
    "parameters": dict,
    "steps": list,
    "insights": dict,
    "extra": dict,
}
SUMMARY: Shape = {
    **{f"{name}!": int for name in ("tests", "passed", "failed", "skipped", "pending", "other")},
    "start!": int,
    "stop!": int,
    "flaky": int,
    "suites": int,
    "duration": int,
    "extra": dict,
}
RESULT: Shape = {
    "tool!": {"name!": str, "version": str, "extra": dict},
    "summary!": SUMMARY,
    "tests!": [TEST],
    "environment": dict,
    "extra": dict,
}
DOCUMENT: Shape = {
    "reportFormat!": frozenset({"CTRF"}),
    "specVersion!": str,
    "reportId": str,
    "timestamp": str,
    "generatedBy": str,
    "extra": dict,
    "results!": RESULT,
    "insights": dict,
    "baseline": dict,
}


def check(value: Any, shape: Any, at: str = "document") -> None:
    """Hold a value to a shape; no field may be there that the shape does not name."""
    if isinstance(shape, frozenset):
        assert value in shape, f"{at} is {value!r}"
    elif isinstance(shape, list):
        assert isinstance(value, list), at
        (inner,) = cast("list[Any]", shape)
        for number, item in enumerate(cast("list[Any]", value)):
            check(item, inner, f"{at}[{number}]")
    elif isinstance(shape, dict):
        _check_fields(value, cast("dict[str, Any]", shape), at)
    else:
        # A bool is an int to Python, and not to the format.
        assert type(value) is shape, f"{at} is {value!r}"


def _check_fields(value: dict[str, Any], shape: dict[str, Any], at: str) -> None:
    known = {name.rstrip("!"): inner for name, inner in shape.items()}
    needed = {name[:-1] for name in shape if name.endswith("!")}
    assert needed <= value.keys() <= known.keys(), f"{at}: {sorted(value.keys() ^ needed)}"
    for name, item in value.items():
        check(item, known[name], f"{at}.{name}")


RUN = run_of(
    record("passed"),
    record("failed", nodeid="tests/test_it.py::TestMore::test_b", phone=REAL, message="E   boom\nmore"),
    record("inconclusive", nodeid="a::b", phone=None),
    record("invalid", nodeid="a::c"),
    record("error", nodeid="a::d", phone=None, message="no phone"),
    record("skipped", nodeid="lonely", phone=None),
)


def test_the_document_has_the_formats_fields_and_no_others(tmp_path: Path) -> None:
    write_ctrf(RUN, tmp_path / "ctrf.json")
    check(json.loads((tmp_path / "ctrf.json").read_text()), DOCUMENT)


def test_a_field_that_the_format_does_not_know_is_noticed() -> None:
    document = ctrf(RUN)
    document["results"]["tests"][0]["verdict"] = "passed"
    with pytest.raises(AssertionError, match="verdict"):
        check(document, DOCUMENT)


def rows_of(run: RunRecord) -> list[dict[str, Any]]:
    document = ctrf(run)
    check(document, DOCUMENT)
    return document["results"]["tests"]


@pytest.mark.parametrize("result", RESULTS)
def test_only_a_pass_is_green(result: str) -> None:
    (told,) = rows_of(run_of(record(result)))
    assert told["rawStatus"] == told["extra"]["verdict"] == result
    assert (told["status"] == "passed") == (result == "passed")
    assert (told["status"] == "skipped") == (result == "skipped")


def test_the_summary_adds_up() -> None:
    summary = ctrf(RUN)["results"]["summary"]
    assert summary["tests"] == sum(summary[status] for status in STATUSES) == 6
    assert (summary["passed"], summary["failed"], summary["skipped"]) == (1, 4, 1)
    assert summary["stop"] - summary["start"] == summary["duration"] == 60_500


def test_the_verdict_its_reason_and_the_phone_are_told() -> None:
    told = rows_of(RUN)[1]
    assert told["extra"]["reason"] == "NOT_WOKEN:UNEXPLAINED"
    assert told["extra"]["phone"]["hardware"] == told["labels"]["hardware"] == "real"
    assert told["suite"] == ["tests/test_it.py", "TestMore"]
    assert told["message"] == "boom"


def test_both_attempts_are_told_and_the_last_one_counts() -> None:
    again = run_of(record("error", message="lost"), record("passed", attempt=2))
    (told,) = rows_of(again)
    assert (told["name"], told["status"], told["retries"], told["flaky"]) == (
        NAME.rpartition("::")[2],
        "passed",
        1,
        True,
    )
    assert [one["extra"]["verdict"] for one in told["retryAttempts"]] == ["error", "passed"]


def test_only_a_test_that_passed_in_the_end_is_flaky() -> None:
    (told,) = rows_of(run_of(record("error", message="lost"), record("failed", attempt=2)))
    assert (told["status"], told["retries"], told["flaky"]) == ("failed", 1, False)
