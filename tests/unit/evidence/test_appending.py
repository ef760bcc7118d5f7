"""Files of lines: continued behind the last whole line, and never left with half a line."""

from __future__ import annotations

import resource
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.evidence import appending
from harness.evidence.appending import LineFile
from harness.evidence.items import Noted
from harness.evidence.tape import Tape, read_tape
from harness.evidence.timeline import Timeline
from harness.model.facts import Mark
from harness.model.time import Instant
from tests.unit.evidence.loading import load_timeline


def mark(number: int) -> Mark:
    return Mark(Instant(float(number)), "x")


def noted(number: int) -> Noted:
    return Noted(host_s=1.0, entry=mark(number))


def cut(path: Path, size_bytes: int) -> None:
    """Cut so much off the end, as a crash in the middle of a line does."""
    path.write_bytes(path.read_bytes()[:-size_bytes])


@contextmanager
def no_file_beyond(size_bytes: int) -> Generator[None]:
    """Let no file of this process grow beyond a size, as on a disk that is full: the rest is refused."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_tape_is_continued_behind_its_last_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    with Tape(path) as tape:
        tape.write(noted(1))
        tape.write(noted(2))
    cut(path, 5)
    with Tape(path) as tape:
        tape.write(noted(3))
    assert list(read_tape(path)) == [noted(1), noted(3)]


def test_a_timeline_is_continued_behind_its_last_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "timeline.jsonl"
    with Timeline(path) as timeline:
        timeline.append(mark(1))
        timeline.append(mark(2))
    cut(path, 5)
    with Timeline(path) as timeline:
        timeline.append(mark(3))
    assert load_timeline(path.read_text().splitlines(keepends=True)).marks == (mark(1), mark(3))


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"", b""), (b"a", b""), (b"a\n", b"a\n"), (b"a\nbcdefgh", b"a\n"), (b"a\nb\n", b"a\nb\n")],
)
@pytest.mark.parametrize("block_bytes", [1, 3, 64])
def test_what_follows_the_last_newline_is_cut_off(
    before: bytes, after: bytes, block_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appending, "BLOCK_BYTES", block_bytes)
    path = tmp_path / "lines"
    path.write_bytes(before)
    LineFile(path).close()
    assert path.read_bytes() == after


def test_a_line_that_the_disk_takes_only_in_part_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    file = LineFile(path)
    file.append(b"whole\n")
    with no_file_beyond(1000), pytest.raises(OSError):
        file.append(b"x" * 2000 + b"\n")
    file.append(b"again\n")
    file.close()
    assert path.read_bytes() == b"whole\nagain\n"


def test_a_timeline_knows_nothing_that_is_not_in_its_file(tmp_path: Path) -> None:
    with Timeline(tmp_path / "timeline.jsonl") as timeline:
        with no_file_beyond(10), pytest.raises(OSError):
            timeline.append(mark(1))
        assert timeline.marks == ()
