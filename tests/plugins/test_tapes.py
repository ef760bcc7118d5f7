"""``--tapes``: what the phone told is kept raw, and tells the timeline again; and whose ends are pushed."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.evidence.items import ClockRead, LogCame
from harness.evidence.record import read_entries, to_line
from harness.evidence.tape import is_tape, read_tape
from harness.evidence.teller import entries_of
from harness.expect.replay import replay
from harness.model.facts import Source, Watermark
from harness.model.run import Judged
from harness.plugins.fixtures import TAPE_SUFFIX
from tests.plugins.runs import Place

TESTS = """\
import pytest
from harness.model.states import AppState


@pytest.mark.observe_exits
def test_observed(app):
    app.launch()
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=30)
    app.kill()
    app.expect_exit("our kill", within_s=30)


def test_failed(app):
    app.launch()
    app.softly.expect_state(AppState.SUSPENDED, within_s=5)
"""

USAGE = pytest.ExitCode.USAGE_ERROR


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a run with tapes."""
    path = tmp_path_factory.mktemp("tapes")
    ended = Place(path, TESTS).run("--tapes", "--timelines=kept")
    assert "1 failed, 1 passed" in ended.said, ended.said
    return path / "kept"


def tapes(kept: Path) -> list[Path]:
    found = sorted(kept.glob(f"*{TAPE_SUFFIX}"))
    assert len(found) == 2
    return found


def test_a_tape_lies_beside_each_timeline_and_is_raw(kept: Path) -> None:
    for tape in tapes(kept):
        assert is_tape(tape)
        assert {LogCame, ClockRead} <= {type(item) for item in read_tape(tape)}


def test_a_tape_tells_its_timeline_again_line_by_line_with_the_questions(kept: Path) -> None:
    for tape in tapes(kept):
        timeline = tape.with_name(tape.name.removesuffix(TAPE_SUFFIX) + ".jsonl")
        assert not is_tape(timeline)
        lines = timeline.read_text().splitlines()
        assert [to_line(entry) for entry in entries_of(read_tape(tape))] == lines


def test_each_question_of_a_tape_is_judged_as_it_was(kept: Path) -> None:
    for tape in tapes(kept):
        again = tuple(replay(entries_of(read_tape(tape))))
        assert again
        assert all(one.agrees for one in again)


def test_ends_are_pushed_where_the_test_is_marked_for_it(kept: Path) -> None:
    watched: dict[str, set[Source]] = {}
    for timeline in set(kept.glob("*.jsonl")) - set(tapes(kept)):
        with timeline.open(encoding="utf-8") as lines:
            entries = tuple(read_entries(lines))
        assert any(isinstance(entry, Judged) for entry in entries)
        name = timeline.name.split("-")[0].removeprefix("test_it.py_")
        watched[name] = {entry.source for entry in entries if isinstance(entry, Watermark)}
    assert Source.PROCESS_EVENTS in watched["test_observed"]
    assert Source.PROCESS_EVENTS not in watched["test_failed"]


@pytest.mark.parametrize("options", [(), ("--report=out",)], ids=["alone", "with a report"])
def test_tapes_that_nobody_says_where_to_keep_are_a_usage_error(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    run = Place(tmp_path, TESTS).run("--tapes", *options)
    assert run.status == USAGE, run.said
    assert "--tapes needs --timelines DIR" in run.said
    assert run.is_plain, run.said
