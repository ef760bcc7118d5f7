"""``harness replay``: what it says of a stored run, and how it ends."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli.out import EXPECTATION_FAILED, INCONCLUSIVE, OK, USAGE, Out
from harness.cli.replay import rejudge
from harness.errors import ConfigError
from harness.evidence.items import Noted, Watching
from harness.evidence.record import Entry, to_line
from harness.evidence.tape import Tape
from harness.model.facts import Gap, Source
from harness.model.reasons import Outcome, Reason
from harness.model.run import Judged
from tests.unit.evidence.desk import WATCHED
from tests.unit.expect.asking import Ask, relaunch
from tests.unit.expect.story import NEW, NONCE, Story, dead, relaunched
from tests.unit.expect.test_stored import stored

RUNS: dict[str, tuple[Story, Ask, int]] = {
    "passed": (relaunched(), relaunch, OK),
    "failed": (dead().released(at=6).delivered(at=7), relaunch, EXPECTATION_FAILED),
    "inconclusive": (dead().released(at=6), relaunch, INCONCLUSIVE),
    "invalid": (dead().released(at=6).delivered(at=7).tapped(at=8, pid=NEW), relaunch, INCONCLUSIVE),
}


def kept(path: Path, entries: list[Entry]) -> Path:
    file = path / "timeline.jsonl"
    file.write_text("".join(to_line(entry) + "\n" for entry in entries))
    return file


def taped(path: Path, entries: list[Entry]) -> Path:
    """A recording in which every entry was the harness's own."""
    with Tape(path / "timeline.tape.jsonl") as tape:
        tape.write(Watching(host_s=0.0, app=WATCHED, nonce=NONCE, ios="17.0"))
        for entry in entries:
            tape.write(Noted(host_s=0.0, entry=entry))
        return tape.path


def again(file: Path, *, as_json: bool = False, hindsight: bool = False, verbose: bool = False) -> int:
    return rejudge(Out(as_json=as_json), file, hindsight=hindsight, verbose=verbose)


@pytest.mark.parametrize("what", RUNS)
def test_it_ends_as_the_run_did(what: str, tmp_path: Path) -> None:
    told, question, expected = RUNS[what]
    assert again(kept(tmp_path, stored(told, question))) == expected


def test_a_verdict_changed_by_hand_is_told_loudly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    *before, judged = stored(dead().released(at=6).delivered(at=7), relaunch)
    assert isinstance(judged, Judged)
    changed = replace(judged, outcome=Outcome.PASSED, reason=Reason.PASS_RELAUNCHED)
    assert again(kept(tmp_path, [*before, changed])) == INCONCLUSIVE
    said = capsys.readouterr()
    assert "DISAGREES: judged again it is failed NOT_WOKEN:UNEXPLAINED" in said.out
    assert "1 live verdict(s) do not follow from the entries before them" in said.err


def test_another_reason_for_the_same_outcome_is_a_disagreement_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    *before, judged = stored(dead().released(at=6).delivered(at=7), relaunch)
    assert isinstance(judged, Judged)
    changed = replace(judged, reason=Reason.KILLED_CRASH)
    assert again(kept(tmp_path, [*before, changed])) == INCONCLUSIVE
    assert "DISAGREES: judged again it is failed NOT_WOKEN:UNEXPLAINED" in capsys.readouterr().out


def test_the_story_is_told_when_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = kept(tmp_path, stored(dead().released(at=6).delivered(at=7), relaunch))
    again(file)
    assert "why failed and not inconclusive" not in capsys.readouterr().out
    again(file, verbose=True)
    assert "why failed and not inconclusive" in capsys.readouterr().out


def test_json_has_both_verdicts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    again(kept(tmp_path, stored(relaunched(), relaunch)), as_json=True)
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert told["live"] == told["now"] == {"outcome": "passed", "reason": "PASS_RELAUNCHED"}
    assert told["agrees"] is True


def test_hindsight_judges_over_the_whole_file_and_is_no_disagreement(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    late = [
        Gap(source, 0.0, 1000.0, "found out later") for source in (Source.SYSTEM_LOG, Source.STATE_STREAM)
    ]
    file = kept(tmp_path, [*stored(relaunched(), relaunch), *late])
    assert again(file) == OK
    assert again(file, hindsight=True) == INCONCLUSIVE
    said = capsys.readouterr()
    assert "in hindsight: inconclusive" in said.out
    assert "do not follow" not in said.err


def test_a_run_that_a_crash_cut_short_is_replayed_as_far_as_it_goes(tmp_path: Path) -> None:
    file = kept(tmp_path, stored(relaunched(), relaunch))
    file.write_text(file.read_text() + '{"is":"StateSeen","at":{"at_s":17')
    assert again(file) == OK


@pytest.mark.parametrize("what", RUNS)
def test_a_tape_ends_as_the_run_did(what: str, tmp_path: Path) -> None:
    told, question, expected = RUNS[what]
    assert again(taped(tmp_path, stored(told, question))) == expected


def test_a_tape_that_a_crash_cut_short_is_replayed_as_far_as_it_goes(tmp_path: Path) -> None:
    file = taped(tmp_path, stored(relaunched(), relaunch))
    file.write_text(file.read_text() + '{"is":"LogCame","host_s":17')
    assert again(file) == OK


def test_a_tape_with_a_line_that_is_no_item_is_told(tmp_path: Path) -> None:
    file = taped(tmp_path, stored(relaunched(), relaunch))
    file.write_text(file.read_text() + "hello\n")
    with pytest.raises(ConfigError, match="is neither a timeline nor a tape"):
        again(file)


@pytest.mark.parametrize("text", ["hello\n", '{"is":"Nothing"}\n', "\x00\x01\n"])
def test_what_is_no_timeline_is_told(text: str, tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(text)
    with pytest.raises(ConfigError, match="is neither a timeline nor a tape: line 1"):
        again(file)
    assert Out(as_json=False).failed(ConfigError("x")) == USAGE


def test_what_is_no_text_at_all_is_told(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="is neither a timeline nor a tape"):
        again(file)


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        again(tmp_path / "nothing.jsonl")
