"""The recorder on a virtual phone, through the real drivers: every source, cuts, and a tape told again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from harness.drivers.pmd3.phone import Pmd3Phone, open_phone
from harness.drivers.virtual_clock import VirtualClock
from harness.evidence.items import LogCame
from harness.evidence.recorder import Recorder
from harness.evidence.tape import Tape, read_tape
from harness.evidence.teller import retell
from harness.evidence.timeline import Timeline
from harness.evidence.watched import WatchedApp
from harness.model.facts import ActionTaken, DarwinSeen, ProcessEnded, SettingRead, Source, StateSeen, Verb
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.states import AppState
from tests.virtual.rig import APP, Rig, rig

SIGKILL = 9
WATCHED = WatchedApp(APP.bundle_id, APP.executable, "Documents/harness-journal.jsonl", "harness.journal")

STREAMS = (Source.STATE_STREAM, Source.SYSTEM_LOG, Source.PROCESS_EVENTS, Source.DARWIN)
"""Sources that are proven by a round trip or by a line that was provoked."""


@contextlib.asynccontextmanager
async def opened(running: Rig) -> AsyncGenerator[Pmd3Phone]:
    spec = running.phone.spec
    identity = PhoneIdentity(spec.name, spec.udid, spec.ios, spec.model, Hardware.VIRTUAL)
    clock = VirtualClock(identity, running.address.clock)
    phone = await open_phone(identity, usbmux=running.address.usbmux, clock=clock)
    try:
        yield phone
    finally:
        await phone.close()
        await clock.close()


async def _live_and_die(recorder: Recorder, phone: Pmd3Phone) -> None:
    """The app is launched and killed, and the phone tells of it in every way it has."""
    pid, _ = await recorder.act(Verb.LAUNCH, phone.launch(APP.bundle_id))
    await phone.post_darwin("com.apple.springboard.lockstate")
    await recorder.settle(thorough=True)
    await recorder.act(Verb.KILL, phone.signal(pid, SIGKILL), pid=pid)
    await recorder.settle(thorough=True)


@pytest.mark.parametrize("ios", ["16.7", "18.5"])
def test_every_source_tells_of_it_is_covered_and_the_tape_gives_the_same_lines(
    ios: str, tmp_path: Path
) -> None:
    async def run() -> Timeline:
        with Timeline(tmp_path / "live.jsonl") as live, Tape(tmp_path / "tape.jsonl") as tape:
            async with rig(ios) as running, opened(running) as phone:
                recorder = Recorder(phone, live, WATCHED, tape, observe_exits=True)
                await recorder.start()
                await _live_and_die(recorder, phone)
                await recorder.stop()
            return live

    known = asyncio.run(run()).evidence()
    states = [fact.state for fact in known.of(StateSeen) if fact.source is Source.STATE_STREAM]
    assert states[-1] is AppState.NOT_RUNNING
    ends = {fact.source for fact in known.of(ProcessEnded)}
    assert ends == {Source.SYSTEM_LOG, Source.PROCESS_EVENTS}
    assert [fact.name for fact in known.of(DarwinSeen)] == ["com.apple.springboard.lockstate"]
    assert known.of(SettingRead)
    kill = known.of(ActionTaken)[-1].at
    assert [source for source in STREAMS if not known.covers(source, kill.earliest_s, kill.earliest_s)] == []
    assert known.gaps == ()
    with Timeline(tmp_path / "again.jsonl") as again:
        retell(read_tape(tmp_path / "tape.jsonl"), again)
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "live.jsonl").read_bytes()


def test_a_log_whose_bytes_are_damaged_is_lost_from_there_on_and_the_rest_is_told(tmp_path: Path) -> None:
    async def run() -> None:
        with Tape(tmp_path / "tape.jsonl") as tape:
            async with rig() as running, opened(running) as phone:
                recorder = Recorder(phone, Timeline(), WATCHED, tape)
                await recorder.start()
                await _live_and_die(recorder, phone)
                await recorder.stop()

    asyncio.run(run())
    items = list(read_tape(tmp_path / "tape.jsonl"))
    at = next(index for index, item in enumerate(items) if isinstance(item, LogCame))
    items[at] = LogCame(host_s=items[at].host_s, data=b"\x07" * 64)
    known = retell(items).evidence()
    assert [(gap.source, gap.to_s) for gap in known.gaps] == [(Source.SYSTEM_LOG, None)]
    assert {fact.source for fact in known.of(StateSeen)} == {Source.STATE_STREAM}
