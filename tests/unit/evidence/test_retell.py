"""A recording told again: the same items give the same timeline, whatever happened to them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from harness.evidence.items import DarwinCame, Item, Noted, ReportsRead, RowsRead, SettingsRead, Watching
from harness.evidence.record import to_line
from harness.evidence.recorder import Recorder
from harness.evidence.tape import Tape, from_tape_line, read_tape, to_tape_line
from harness.evidence.teller import retell
from harness.evidence.timeline import Timeline
from harness.model.facts import CallbackSeen, Mark, ProcessSeen, SettingRead, Source, StateSeen, Verb
from harness.model.raw import DarwinNotice, ProcessRow, ReportFile, Setting
from harness.model.states import AppState
from harness.model.time import Instant
from tests.unit.evidence.desk import WATCHED
from tests.unit.evidence.phones import HandPhone, notice, suspended


async def _nothing() -> None:
    return None


async def _session(recorder: Recorder, phone: HandPhone) -> None:
    """A session with something of every sort in it, a lost stream too."""
    await recorder.start()
    phone.state_streams[0].show(notice(101.0, 8), notice(102.0, 2))
    phone.log_streams[0].tell(suspended(102.0))
    phone.files.files["Documents/harness-journal.jsonl"] = (
        b'{"seq":1,"boot":"b","pid":41,"mono_s":1,"wall_s":101.5,"nonce":"n1","event":"note"}\n'
    )
    phone.clock.at_s = 103.0
    await recorder.act(Verb.WAIT, _nothing(), detail="1 s")
    await recorder.settle(thorough=True)
    phone.state_streams[0].cut()
    phone.clock.at_s = 104.0
    await recorder.settle(thorough=True)
    await recorder.stop()


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_a_live_session_told_again_gives_the_same_lines(tmp_path: Path) -> None:
    async def run() -> None:
        phone = HandPhone()
        with Timeline(tmp_path / "live.jsonl", nonce="n1") as live, Tape(tmp_path / "tape.jsonl") as tape:
            await _session(Recorder(phone, live, WATCHED, tape), phone)

    asyncio.run(run())
    with Timeline(tmp_path / "again.jsonl", nonce="n1") as again:
        told = retell(read_tape(tmp_path / "tape.jsonl"), again)
    assert _lines(tmp_path / "again.jsonl") == _lines(tmp_path / "live.jsonl")
    known = told.evidence()
    assert [fact.state for fact in known.of(StateSeen)] == [
        AppState.FOREGROUND_ACTIVE,
        AppState.SUSPENDED,
        AppState.SUSPENDED,
    ]
    assert len(known.of(CallbackSeen)) == 1
    assert [gap.source for gap in known.gaps] == [Source.STATE_STREAM]


ITEMS: tuple[Item, ...] = (
    Watching(host_s=1.0, app=WATCHED, nonce="n1", ios="17.4"),
    DarwinCame(host_s=2.0, notice=DarwinNotice(2.0, "com.apple.springboard.lockstate")),
    RowsRead(host_s=3.0, asked=Instant(9.0, 0.1), rows=(ProcessRow(4, "a", "b", True, None),)),
    ReportsRead(host_s=4.0, asked=Instant(9.0), files=(ReportFile("a.ips", 2, 8.0),), bodies=(b"\0\xff",)),
    SettingsRead(host_s=5.0, asked=Instant(9.0), settings=(Setting("wifi", "on"),)),
    Noted(host_s=6.0, entry=Mark(Instant(9.0, 0.5), "kill")),
)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: type(item).__name__)
def test_an_item_comes_back_from_its_line(item: Item) -> None:
    assert from_tape_line(to_tape_line(item)) == item


@pytest.mark.parametrize("line", [b"{}", b"[]", b"12", b'{"is":"Nobody"}', b'{"is":"Opened","host_s":1}'])
def test_a_line_that_is_no_item_is_a_value_error(line: bytes) -> None:
    with pytest.raises(ValueError, match="not an item"):
        from_tape_line(line)


def test_a_recording_begins_with_what_is_watched() -> None:
    with pytest.raises(ValueError, match="begins with"):
        retell(ITEMS[1:])


def test_what_was_told_is_on_the_timeline() -> None:
    known = retell(ITEMS[:1] + ITEMS[2:]).evidence()
    assert known.nonce == "n1"
    assert [(fact.name, fact.value) for fact in known.of(SettingRead)] == [("wifi", "on")]
    assert known.of(ProcessSeen) == ()


def test_a_last_item_that_a_crash_cut_short_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "tape.jsonl"
    data = b"".join(to_tape_line(item) for item in ITEMS)
    path.write_bytes(data[:-5])
    assert tuple(read_tape(path)) == ITEMS[:-1]


def test_every_item_that_was_written_survives_a_kill(tmp_path: Path) -> None:
    script = """
        import sys, os, signal
        from pathlib import Path
        from harness.evidence.tape import Tape
        from harness.evidence.timeline import Timeline
        from harness.evidence.items import Noted
        from harness.model.facts import Mark
        from harness.model.time import Instant
        where = Path(sys.argv[1])
        tape, timeline = Tape(where / "tape.jsonl"), Timeline(where / "timeline.jsonl")
        for number in range(50):
            mark = Mark(Instant(float(number)), "x")
            tape.write(Noted(host_s=1.0, entry=mark))
            timeline.append(mark)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)],
        check=False,
        env=os.environ,
        timeout=60,
    )
    assert ended.returncode == -signal.SIGKILL
    assert len(list(read_tape(tmp_path / "tape.jsonl"))) == 50
    assert len(_lines(tmp_path / "timeline.jsonl")) == 50
    assert to_line(Mark(Instant(49.0), "x")) == _lines(tmp_path / "timeline.jsonl")[-1]


def test_whoever_waits_is_woken_by_an_entry_and_finds_it() -> None:
    async def run() -> None:
        phone, timeline = HandPhone(), Timeline()
        recorder = Recorder(phone, timeline, WATCHED)
        await recorder.start()
        told = recorder.told
        waiting = asyncio.create_task(recorder.wait_beyond(told))
        await asyncio.sleep(0)
        assert not waiting.done()
        phone.state_streams[0].show(notice(101.0, 8))
        async with asyncio.timeout(5):
            assert await waiting > told
        assert len(timeline.evidence().of(StateSeen)) == 1
        await recorder.stop()

    asyncio.run(run())
