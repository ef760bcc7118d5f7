"""The directory that ``--report`` names: filled as attempts end, and completed at the end of the run.

Everything is redacted before it is written. What a process wrote while a test ran, timelines and
artifacts, lies elsewhere until then.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from harness.report import stored
from harness.report.collect import Attempt
from harness.report.exports import write_exports
from harness.report.names import attempt_name
from harness.report.records import RecordMaker
from harness.report.run import RunRecord, TestRecord
from harness.report.timelines import write_entries

PARTS = ("timelines", "traces", "artifacts")
"""The directories that are ours within it."""


class ReportFolder:
    """One report in the making.

    Args:
        directory: made when it is missing; what an earlier report left in it is removed.
        maker: of this run's records.
        started_s: when the run began, seconds since 1970.
        command: the command line.

    Raises:
        OSError: it cannot be written.
    """

    def __init__(self, directory: Path, maker: RecordMaker, *, started_s: float, command: str) -> None:
        self.directory = directory
        self._maker = maker
        directory.mkdir(parents=True, exist_ok=True)
        _clear(directory)
        stored.begin(
            directory,
            started_s=started_s,
            command=maker.redactor.text(command),
            timelines=maker.timelines_told,
        )

    def add(self, attempt: Attempt, record: TestRecord) -> TestRecord:
        """Take in an attempt that is over: its timeline and its artifacts.

        Args:
            attempt: as it was run.
            record: of it; already redacted.

        Returns:
            The record, knowing its artifacts.

        Raises:
            OSError: the directory cannot be written.
        """
        name = attempt_name(record.nodeid, record.attempt)
        timeline = f"timelines/{name}.jsonl" if record.entries else ""
        if timeline:
            write_entries(self.directory / timeline, record.entries)
        artifacts = [timeline] if timeline else []
        artifacts += self._captured(attempt, name)
        artifacts += self._files(attempt, name)
        record = replace(record, artifacts=tuple(artifacts))
        stored.add(self.directory, record, timeline)
        return record

    def _captured(self, attempt: Attempt, name: str) -> list[str]:
        captured = "\n".join(f"--- {title} ---\n{text}" for title, text in attempt.captured)
        if not captured:
            return []
        return [self._write(f"artifacts/{name}/output.txt", self._maker.redactor.text(captured).encode())]

    def _files(self, attempt: Attempt, name: str) -> list[str]:
        """Copy what the test left; returns paths relative to the directory."""
        if not attempt.left.artifacts:
            return []
        source = Path(attempt.left.artifacts)
        paths: list[str] = []
        for path in sorted(path for path in source.rglob("*") if path.is_file()):
            relative = self._maker.redactor.text(path.relative_to(source).as_posix())
            paths.append(self._write(f"artifacts/{name}/{relative}", self._content(path)))
        return paths

    def _content(self, path: Path) -> bytes:
        """What is in a file: text redacted, anything else, such as a picture, as it is."""
        content = path.read_bytes()
        try:
            return self._maker.redactor.text(content.decode()).encode()
        except UnicodeDecodeError:
            return content

    def _write(self, relative: str, content: bytes) -> str:
        path = self.directory / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return relative

    def finish(self, run: RunRecord) -> None:
        """Write every export.

        Raises:
            OSError: the directory cannot be written.
        """
        stored.end(self.directory, run.duration_s)
        write_exports(run, self.directory)


def _clear(directory: Path) -> None:
    """Remove what an earlier report left, and nothing of anybody else's."""
    if (directory / stored.NAME).exists():
        for part in PARTS:
            shutil.rmtree(directory / part, ignore_errors=True)
