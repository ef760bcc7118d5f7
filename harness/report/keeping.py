"""One run in the making: attempts as they end, then the report and the history. In the controller only."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from harness.report.collect import Attempt, Collector
from harness.report.history import History, revision
from harness.report.records import RecordMaker
from harness.report.redact import Redactor
from harness.report.result import Phase
from harness.report.run import RunRecord, TestRecord

if TYPE_CHECKING:
    from harness.report.folder import ReportFolder


class RunKeeper:
    """Keeps what a run leaves behind.

    Args:
        redactor: of this run.
        started_s: when it began, seconds since 1970.
        command: the command line.
        directory: of the report, or ``None`` for the history alone.
        timelines: where the timelines of workers that died are looked for, or ``None``.

    Raises:
        OSError: the directory cannot be written.
    """

    def __init__(
        self,
        redactor: Redactor,
        *,
        started_s: float,
        command: str,
        directory: Path | None = None,
        timelines: Path | None = None,
    ) -> None:
        self._started_s = started_s
        self._command = redactor.text(command)
        self._collector = Collector()
        self._maker = RecordMaker(redactor, timelines, started_s)
        self._folder: ReportFolder | None = None
        if directory:
            # With it comes what draws pages, which the history alone has no use for.
            from harness.report.folder import ReportFolder

            self._folder = ReportFolder(directory, self._maker, started_s=started_s, command=command)
        self._records: list[TestRecord] = []
        self._app_versions: dict[tuple[str, int], str] = {}

    def take(self, phase: Phase) -> None:
        """Take in a phase; an attempt that is over with it is kept.

        Raises:
            OSError: the directory cannot be written.
        """
        attempt = self._collector.take(phase)
        if attempt:
            self._keep(attempt)

    def _keep(self, attempt: Attempt) -> None:
        record = self._maker.make(attempt)
        self._app_versions[record.nodeid, record.attempt] = attempt.left.app_version
        self._records.append(self._folder.add(attempt, record) if self._folder else record)
        if attempt.left.artifacts and self._folder:
            shutil.rmtree(attempt.left.artifacts, ignore_errors=True)

    def finish(self, now_s: float) -> RunRecord:
        """The run is over: whatever had begun is an error, and the exports are written.

        Raises:
            OSError: the directory cannot be written.
        """
        for attempt in self._collector.interrupt(now_s):
            self._keep(attempt)
        tests = tuple(sorted(self._records, key=lambda record: record.started_s))
        run = RunRecord(self._started_s, now_s - self._started_s, self._command, tests)
        if self._folder:
            self._folder.finish(run)
        return run

    def scrub(self, path: Path) -> None:
        """Redact a text file that somebody else wrote, such as pytest its JUnit file.

        Raises:
            OSError: it cannot be written.
        """
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            path.write_text(self._maker.redactor.text(text), encoding="utf-8")

    def remember(self, run: RunRecord, history: History) -> int:
        """Add the run to the history; returns how many attempts it holds of it.

        Raises:
            ConfigError: the history cannot be used.
        """
        return history.add(run, revision=revision(), app_versions=self._app_versions)
