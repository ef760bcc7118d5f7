"""Timeline entries as lines, and timelines that a crash cut short."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.record import KINDS, Entry, from_line, to_line
from harness.evidence.timeline import Timeline
from harness.model import facts
from harness.model.facts import CallbackSeen, Gap, Mark, ProcessAbsent, Source, StateSeen, Watermark
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.interfaces import Interface
from harness.model.ladder import By, Fidelity, Toggle
from harness.model.reasons import ClaimKind, Outcome, Reason
from harness.model.states import AppState
from harness.model.time import Instant
from tests.unit.evidence.loading import load_timeline

VALUES: dict[str, Any] = {
    "Instant": Instant(1700000000.123456, 2e-6),
    "Source": Source.SYSTEM_LOG,
    "AppState": AppState.SUSPENDED,
    "ActivityPhase": facts.ActivityPhase.DECIDED,
    "Hindrance": facts.Hindrance.UPDATES_OFF,
    "Warned": facts.Warned.TASK_OVERDUE,
    "WakeStep": facts.WakeStep.WOKEN,
    "TransferPhase": facts.TransferPhase.BROKEN,
    "Verb": facts.Verb.KILL,
    "Toggle": Toggle.LOW_POWER,
    "By": By.SIRI,
    "Fidelity": Fidelity.STANDS_IN,
    "ReportKind": facts.ReportKind.JETSAM,
    "ClaimKind": ClaimKind.ABSENCE,
    "Outcome": Outcome.INVALID,
    "Reason": Reason.WOKEN_UNEXPECTEDLY,
    "PhoneIdentity": PhoneIdentity("desk", "0000", "17.0", "iPhone15,4", Hardware.REAL),
    "str": "„Größe“ <private>\n",
    "int": 0xDEADFA11,
    "float": 960.0,
    "float | None": 12.5,
    "bool": True,
    "bool | None": None,
    "Interface | None": Interface.CELLULAR,
    "dict[str, Any]": {"command": "c1", "tasks": [{"id": 1}], "none": None},
}
"""Type of a field -> a value unlike its default."""


def example(kind: type[Any]) -> Entry:
    return kind(**{item.name: VALUES[str(item.type)] for item in fields(kind)})


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_kind_of_entry_comes_back_as_it_was(kind: type[Any]) -> None:
    assert is_dataclass(kind)
    entry = example(kind)
    back = from_line(to_line(entry))
    assert back == entry
    assert [type(getattr(back, item.name)) for item in fields(kind)] == [
        type(getattr(entry, item.name)) for item in fields(kind)
    ]


def test_a_gap_that_lasts_and_an_unknown_start_come_back() -> None:
    gap = Gap(Source.JOURNAL, 1.0, None, "it lasts")
    seen = facts.ProcessSeen(at=Instant(1.0), source=Source.PROCESS_LIST, bundle_id="a", started_s=None)
    assert [from_line(to_line(entry)) for entry in (gap, seen)] == [gap, seen]


@given(
    st.text(), st.floats(allow_nan=False), st.dictionaries(st.text(), st.text() | st.integers() | st.none())
)
def test_whatever_an_app_writes_stays_on_one_line_and_comes_back(
    name: str, at_s: float, detail: dict[str, Any]
) -> None:
    entry = CallbackSeen(
        at=Instant(at_s), source=Source.JOURNAL, bundle_id="a", name=name, seq=1, detail=detail
    )
    line = to_line(entry)
    assert line.isascii()
    assert len(line.splitlines()) == 1
    assert from_line(line) == entry


def test_half_a_letter_that_an_app_wrote_can_be_stored(tmp_path: Path) -> None:
    entry = CallbackSeen(
        at=Instant(1.0), source=Source.JOURNAL, bundle_id="a", name=json.loads('"\\ud83d"'), seq=1
    )
    with Timeline(tmp_path / "t.jsonl") as timeline:
        timeline.append(entry)
    assert load_timeline((tmp_path / "t.jsonl").read_text().splitlines(True)).evidence().facts == (entry,)


BAD_LINES = (
    "",
    "{",
    "[]",
    "12",
    '"text"',
    "{}",
    '{"is":"Nonsense"}',
    '{"is":"Gap"}',
    '{"is":"Gap","source":"journal","from_s":1,"to_s":2,"why":"x","more":1}',
    '{"is":"Watermark","source":"nobody","phone_s":1}',
    '{"is":"Mark","at":{"at_s":1,"when":2},"what":"x"}',
)


@pytest.mark.parametrize("line", BAD_LINES)
def test_a_line_that_is_no_entry_is_a_value_error(line: str) -> None:
    with pytest.raises(ValueError):
        from_line(line)


def seen(at_s: float, pid: int = 1) -> StateSeen:
    return StateSeen(
        at=Instant(at_s), source=Source.STATE_STREAM, bundle_id="a", pid=pid, state=AppState.SUSPENDED
    )


ENTRIES: tuple[Entry, ...] = (
    Watermark(Source.STATE_STREAM, 1.0),
    seen(2.0),
    Mark(Instant(2.5, 0.1), "kill"),
    Gap(Source.JOURNAL, 1.0, 2.0, "ü"),
    Watermark(Source.STATE_STREAM, 9.0),
    ProcessAbsent(at=Instant(9.0), source=Source.PROCESS_LIST, bundle_id="a"),
)


def stored(path: Path) -> bytes:
    with Timeline(path, nonce="n1") as timeline:
        for entry in ENTRIES:
            timeline.append(entry)
    return path.read_bytes()


def test_a_stored_timeline_gives_the_same_evidence(tmp_path: Path) -> None:
    path = tmp_path / "timeline.jsonl"
    stored(path)
    live = Timeline(nonce="n1")
    for entry in ENTRIES:
        live.append(entry)
    loaded = load_timeline(path.read_text().splitlines(keepends=True), nonce="n1")
    assert loaded.evidence() == live.evidence()
    assert loaded.marks == live.marks


def test_every_entry_is_on_disk_before_the_next_is_written(tmp_path: Path) -> None:
    path = tmp_path / "timeline.jsonl"
    with Timeline(path) as timeline:
        for number, entry in enumerate(ENTRIES, 1):
            timeline.append(entry)
            assert len(path.read_bytes().splitlines()) == number


def test_a_timeline_cut_anywhere_gives_what_was_whole(tmp_path: Path) -> None:
    data = stored(tmp_path / "timeline.jsonl")
    ends = [index + 1 for index, byte in enumerate(data) if byte == ord("\n")]
    for cut in range(len(data) + 1):
        loaded = load_timeline(data[:cut].decode().splitlines(keepends=True))
        # A last line that lacks nothing but its newline is whole.
        whole = sum(end - 1 <= cut for end in ends)
        expected = Timeline()
        for entry in ENTRIES[:whole]:
            expected.append(entry)
        assert loaded.evidence() == expected.evidence(), cut
        assert loaded.marks == expected.marks


def test_a_broken_line_in_the_middle_is_an_error(tmp_path: Path) -> None:
    lines = stored(tmp_path / "timeline.jsonl").decode().splitlines(keepends=True)
    lines[2] = lines[2][:10] + "\n"
    with pytest.raises(ValueError):
        load_timeline(lines)


def test_a_broken_last_line_that_was_ended_is_an_error(tmp_path: Path) -> None:
    lines = stored(tmp_path / "timeline.jsonl").decode().splitlines(keepends=True)
    with pytest.raises(ValueError):
        load_timeline([*lines[:-1], lines[-1][:10] + "\n"])
