"""Every form in which a run is told, written from the same records."""

from __future__ import annotations

from pathlib import Path

from harness.report.ctrf import write_ctrf
from harness.report.junit import write_junit
from harness.report.names import attempt_name
from harness.report.page import write_page
from harness.report.run import RunRecord
from harness.report.summary import summary
from harness.report.trace import write_trace


def write_exports(run: RunRecord, directory: Path) -> None:
    """Write a run in every form into a directory that exists.

    Raises:
        OSError: the directory cannot be written.
    """
    write_page(run, directory / "index.html")
    write_junit(run, directory / "junit.xml")
    write_ctrf(run, directory / "ctrf.json")
    (directory / "summary.md").write_text(summary(run), encoding="utf-8")
    for record in run.tests:
        if record.entries:
            write_trace(
                [record], directory / "traces" / f"{attempt_name(record.nodeid, record.attempt)}.json"
            )
    write_trace(run.tests, directory / "traces" / "run.json")
