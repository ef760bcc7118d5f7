"""What goes wrong on this side of the wire: it reaches the test, and leaves nothing open."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from harness.api.session import COMMAND_S
from harness.evidence import recorder as recorder_module
from harness.evidence.record import Entry
from harness.evidence.recorder import Recorder
from harness.evidence.sources import base as base_module
from harness.evidence.timeline import Timeline
from harness.model.facts import DarwinSeen, Source, StateSeen, TransferSeen
from harness.model.raw import DarwinNotice
from harness.origin.run import OriginRun
from tests.unit.evidence.desk import WATCHED
from tests.unit.evidence.phones import HandContainer, HandEvents, HandLog, HandPhone, HandStore, notice
from tests.unit.evidence.receipts import request

SOME_TURNS = 20
"""Turns of the loop in which what is there has been taken."""

AT_MOST_S = 20.0
"""What hangs is an error of its own; all that is waited for here comes at once."""


class FullTimeline(Timeline):
    """A timeline whose disk has no room for what the phone or the origin shows."""

    def append(self, entry: Entry) -> None:
        if isinstance(entry, (StateSeen, TransferSeen, DarwinSeen)):
            raise OSError("no space left on device")
        super().append(entry)


def record(
    doing: Callable[[Recorder, HandPhone], Awaitable[None]], *, timeline: Timeline | None = None
) -> HandPhone:
    """The phone, once something was done while it was watched whole."""
    phone = HandPhone()
    phone.offers_all = True
    phone.running.add(41)

    async def run() -> None:
        recorder = Recorder(phone, timeline or Timeline(), WATCHED, observe_exits=True)
        await recorder.start()
        async with asyncio.timeout(AT_MOST_S):
            await doing(recorder, phone)

    asyncio.run(run())
    return phone


def open_streams(phone: HandPhone) -> list[str]:
    """The kinds of streams that nobody has closed."""
    streams = (*phone.state_streams, *phone.log_streams, *phone.event_streams, *phone.darwin_streams)
    return [type(stream).__name__ for stream in streams if not stream.closed]


class TestWhatCannotBeTaken:
    """What came and could not be kept: no fault of the connection."""

    def test_it_is_raised_by_the_settling_that_waits_for_it_and_by_each_one_after(self) -> None:
        timeline = FullTimeline()

        async def doing(recorder: Recorder, phone: HandPhone) -> None:
            phone.state_streams[0].show(notice(101.0, 8))
            for _ in range(2):
                with pytest.raises(OSError, match="no space"):
                    await recorder.settle()
            with pytest.raises(OSError, match="no space"):
                await recorder.stop()

        record(doing, timeline=timeline)
        assert timeline.evidence().gaps == ()

    def test_it_is_raised_at_the_end_where_nobody_asked_before(self) -> None:
        async def doing(recorder: Recorder, phone: HandPhone) -> None:
            phone.state_streams[0].show(notice(101.0, 8))
            await asyncio.sleep(0)
            with pytest.raises(OSError, match="no space"):
                await recorder.stop()

        assert open_streams(record(doing, timeline=FullTimeline())) == []

    def test_it_is_not_raised_to_the_origin_which_serves_on(self) -> None:
        async def doing(recorder: Recorder, phone: HandPhone) -> None:
            run = OriginRun("n1", "http://127.0.0.1:1", time.monotonic)
            recorder.receipts.follow(run)
            came_s = time.monotonic()
            await recorder.now()  # so that what came can be placed as soon as it is told
            run.note(request(1, came_s))
            for ending in (recorder.settle, recorder.stop):
                with pytest.raises(OSError, match="no space"):
                    await ending()

        record(doing, timeline=FullTimeline())

    def test_it_is_raised_also_where_only_a_clock_that_jumps_was_read(self) -> None:
        async def doing(recorder: Recorder, phone: HandPhone) -> None:
            for at_s in (1000.0, 5000.0, 9000.0):
                phone.clock.at_s = at_s
                await recorder.now()
            phone.darwin_streams[0].show(DarwinNotice(time.monotonic(), "com.apple.springboard.lockstate"))
            for _ in range(SOME_TURNS):
                await asyncio.sleep(0)
            with pytest.raises(OSError, match="no space"):
                await recorder.settle()

        record(doing, timeline=FullTimeline())


def test_a_process_that_a_library_failed_to_observe_is_a_gap_once_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(events: HandEvents, pid: int) -> None:
        raise KeyError(pid)

    timeline = Timeline()

    async def doing(recorder: Recorder, phone: HandPhone) -> None:
        phone.state_streams[0].show(notice(101.0, 8))
        for _ in range(3):
            phone.clock.at_s += 1.0
            await recorder.settle()
        await recorder.stop()

    monkeypatch.setattr(HandEvents, "observe", broken)
    record(doing, timeline=timeline)
    (gap,) = timeline.evidence().gaps
    assert gap.source is Source.PROCESS_EVENTS
    assert "KeyError(41)" in gap.why


class TestStopping:
    """The end of a recording, with one source that will not end as it should."""

    def test_a_connection_that_cannot_be_closed_keeps_no_other_open(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def broken(log: HandLog) -> None:
            raise KeyError("closing")

        async def doing(recorder: Recorder, phone: HandPhone) -> None:
            with pytest.raises(KeyError, match="closing"):
                await recorder.stop()

        monkeypatch.setattr(HandLog, "close", broken)
        assert open_streams(record(doing)) == ["HandLog"]

    def test_a_connection_that_never_closes_is_not_waited_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def forever(log: HandLog) -> None:
            await asyncio.Event().wait()

        async def doing(recorder: Recorder, phone: HandPhone) -> None:
            await recorder.stop()

        monkeypatch.setattr(HandLog, "close", forever)
        monkeypatch.setattr(base_module, "STOP_S", 0.05)
        assert open_streams(record(doing)) == ["HandLog"]

    def test_a_container_that_never_closes_is_not_waited_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def forever(container: HandContainer) -> None:
            await asyncio.Event().wait()

        async def doing(recorder: Recorder, phone: HandPhone) -> None:
            await recorder.stop()

        monkeypatch.setattr(HandContainer, "close", forever)
        monkeypatch.setattr(recorder_module, "STOP_S", 0.05)
        assert open_streams(record(doing)) == []

    def test_all_that_stopping_may_take_is_less_than_a_session_waits_for_it(self) -> None:
        longest_s = recorder_module.LAST_LOOK_S + recorder_module.STOP_S + base_module.STOP_S
        assert longest_s < COMMAND_S

    @pytest.mark.parametrize("hangs", [False, True], ids=["breaks", "hangs"])
    def test_whatever_becomes_of_the_last_look_all_is_closed(
        self, hangs: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def flush(store: HandStore) -> None:
            if hangs:
                await asyncio.Event().wait()
            raise KeyError("flushing")

        async def doing(recorder: Recorder, phone: HandPhone) -> None:
            recorder.reports.expect_one()
            if hangs:
                await recorder.stop()
            else:
                with pytest.raises(KeyError, match="flushing"):
                    await recorder.stop()

        monkeypatch.setattr(HandStore, "flush", flush)
        monkeypatch.setattr(recorder_module, "LAST_LOOK_S", 0.05)
        assert open_streams(record(doing)) == []
