from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymobiledevice3.services.os_trace import OsTraceService, SyslogEntry, SyslogLogLevel

from harness.virtual.kernel.log import LogEvent
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.os_trace_relay import AT_ONCE, MOST_UNSENT_BYTES, LogRelay
from harness.virtual.services.support.log_records import loss_before
from harness.virtual.transport.stream import AsyncioStream
from harness.wire.ostrace import OsTraceDecoder, OsTraceLoss, OsTraceRecord
from tests.virtual.rig import APP, Rig, rig, until


@asynccontextmanager
async def log_of(pid: int = -1) -> AsyncGenerator[tuple[Rig, AsyncGenerator[SyslogEntry]]]:
    """A stream that has begun."""
    async with rig() as it:
        lockdown = await it.lockdown()
        async with OsTraceService(lockdown) as service:
            entries = service.syslog(pid=pid)
            first = asyncio.ensure_future(anext(entries))
            await until(lambda: len(it.phone.log._subscribers) > 0)  # pyright: ignore[reportPrivateUsage]
            it.phone.log.emit("test", max(pid, 0), "begun")
            assert (await asyncio.wait_for(first, 5)).message == "begun"
            yield it, entries
            await entries.aclose()
        await lockdown.close()


def test_a_line_arrives_with_all_its_parts() -> None:
    async def main() -> None:
        async with log_of() as (it, entries):
            daemon = it.phone.processes.named("runningboardd")
            assert daemon is not None
            it.phone.log.emit(
                "runningboardd", daemon.pid, "two\nlines ✓", "error", "com.apple.runningboard", "process"
            )
            entry = await anext(entries)
            assert (entry.pid, entry.filename) == (daemon.pid, daemon.path)
            assert entry.message == "two\nlines ✓"
            assert entry.level == SyslogLogLevel.ERROR
            assert entry.label is not None
            assert (entry.label.subsystem, entry.label.category) == ("com.apple.runningboard", "process")
            assert entry.timestamp.timestamp() == pytest.approx(it.phone.clock.now_s, abs=1e-3)

    asyncio.run(main())


@given(st.floats(1_700_000_000, 1_900_000_000))
def test_a_line_is_never_stamped_later_than_it_was_logged(wall_s: float) -> None:
    line = LogEvent(wall_s, 1.0, "SpringBoard", 1, "notice", "a line", "", "", 1, "")
    at_s = loss_before(line, 1).at_s
    assert wall_s - 2e-6 < at_s <= wall_s


def test_a_stream_of_one_process_holds_no_other() -> None:
    async def main() -> None:
        async with log_of(pid=1) as (it, entries):
            it.phone.log.emit("SpringBoard", 2, "foreign")
            it.phone.log.emit("launchd", 1, "own")
            assert (await anext(entries)).message == "own"

    asyncio.run(main())


def test_what_the_phone_does_is_in_its_log_in_order() -> None:
    async def main() -> None:
        async with log_of() as (it, entries):
            it.phone.launch(APP.bundle_id)
            it.phone.log.emit("test", 0, "end")
            seen: list[SyslogEntry] = []
            async for entry in entries:
                if entry.message == "end":
                    break
                seen.append(entry)
            assert any(APP.bundle_id in entry.message for entry in seen)
            stamps = [entry.mach_timestamp or 0 for entry in seen]
            assert stamps == sorted(stamps)

    asyncio.run(main())


def test_the_process_list_names_every_process() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            async with OsTraceService(lockdown) as service:
                payload = (await service.get_pid_list())["Payload"]
            told = {int(pid): row["ProcessName"] for pid, row in payload.items()}
            assert told == {process.pid: process.name for process in it.phone.running_processes()}
            await lockdown.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("message_filter", "stream_flags", "heard"),
    [
        (0xFFFF, 0x3C, ["quiet", "shrill", "plain", "end"]),
        (0xFFFF, 0x1C, ["plain", "end"]),
        (0x04, 0x100, ["plain", "end"]),
    ],
)
def test_info_and_debug_take_their_stream_flag(
    message_filter: int, stream_flags: int, heard: list[str]
) -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            async with OsTraceService(lockdown) as service:
                entries = service.syslog(message_filter=message_filter, stream_flags=stream_flags)
                first = asyncio.ensure_future(anext(entries))
                await until(lambda: len(it.phone.log._subscribers) > 0)  # pyright: ignore[reportPrivateUsage]
                for message, level in (("quiet", "debug"), ("shrill", "info"), ("plain", "notice")):
                    it.phone.log.emit("test", 1, message, level)
                it.phone.log.emit("test", 1, "end", "error")
                seen = [(await first).message]
                while seen[-1] != "end":
                    seen.append((await anext(entries)).message)
                assert seen == heard
                await entries.aclose()
            await lockdown.close()

    asyncio.run(main())


def test_a_stream_without_log_messages_is_silent() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            service = await lockdown.start_lockdown_service(OsTraceService.SERVICE_NAME)
            await service.send_plist({"Request": "StartActivity", "MessageFilter": 0x08, "Pid": -1})
            assert (await service.recvall(1)) == b"\x01"
            assert len(it.phone.log._subscribers) == 0  # pyright: ignore[reportPrivateUsage]
            await service.close()
            await lockdown.close()

    asyncio.run(main())


def test_a_flood_within_one_turn_arrives_whole_and_in_order() -> None:
    async def main() -> None:
        async with log_of() as (it, entries):
            for number in range(2_000):
                it.phone.log.emit("test", 1, str(number))
            seen = [int((await anext(entries)).message) for _ in range(2_000)]
            assert seen == list(range(2_000))

    asyncio.run(main())


def test_an_archive_says_what_it_holds_and_holds_what_was_kept(tmp_path: Path) -> None:
    async def main() -> None:
        async with rig() as it:
            it.phone.log.emit("test", 7, "kept\nin two lines", "error", "sub", "cat")
            it.phone.log.emit("test", 7, "gone", "debug")
            lockdown = await it.lockdown()
            async with OsTraceService(lockdown) as service:
                await service.collect(str(tmp_path / "all"))
            assert "no tracev3" in (tmp_path / "all/README.txt").read_text()
            lines = (tmp_path / "all/log.txt").read_text().splitlines()
            [kept] = [line for line in lines if "test[7]" in line]
            assert kept.split("\t")[1:] == ["test[7]", "error", "sub", "cat", "kept\\nin two lines"]
            await lockdown.close()

    asyncio.run(main())


def test_an_archive_keeps_to_the_limits_asked_for(tmp_path: Path) -> None:
    async def main() -> None:
        async with rig() as it:
            it.phone.log.emit("test", 7, "old")
            await it.phone.clock.let_pass(it.phone.clock.now_s + 3 * 86_400)
            it.phone.log.emit("test", 7, "new")
            lockdown = await it.lockdown()
            for name, limits in (
                ("age", {"age_limit": 1}),
                ("start", {"start_time": int(it.phone.clock.now_s) - 60}),
                ("size", {"size_limit": 0}),
            ):
                async with OsTraceService(lockdown) as service:
                    await service.collect(str(tmp_path / name), **limits)
                log = (tmp_path / name / "log.txt").read_text()
                assert "old" not in log
                assert ("new" in log) is (name != "size")
            await lockdown.close()

    asyncio.run(main())


def test_a_client_that_does_not_read_loses_lines_and_is_told_how_many() -> None:
    async def main() -> None:
        async with rig() as it:
            stream = Clogged()
            relay = LogRelay(it.phone, stream)
            stream.unsent = MOST_UNSENT_BYTES + 1
            for number in range(3):
                relay.tell(line(it.phone, f"lost {number}"))
            stream.unsent = 0
            # How much is unsent is looked at in each turn of the loop.
            await asyncio.sleep(0)
            relay.tell(line(it.phone, "heard"))
            loss, record = OsTraceDecoder().feed(bytes(stream.written))
            assert isinstance(loss, OsTraceLoss)
            assert loss.lost == 3
            assert isinstance(record, OsTraceRecord)
            assert record.message == "heard"

    asyncio.run(main())


def test_lines_go_one_by_one_until_a_flood_and_in_one_piece_while_it_lasts() -> None:
    async def main() -> None:
        async with rig() as it:
            stream = Clogged()
            relay = LogRelay(it.phone, stream)
            pieces: list[int] = []
            for lines in (3, AT_ONCE + 5, 3):
                stream.pieces = 0
                for number in range(lines):
                    relay.tell(line(it.phone, f"line {number}"))
                await asyncio.sleep(0)
                pieces.append(stream.pieces)
            assert pieces == [3, AT_ONCE + 1, 1]
            assert len(OsTraceDecoder().feed(bytes(stream.written))) == 3 + AT_ONCE + 5 + 3

    asyncio.run(main())


class Clogged(AsyncioStream):
    """A stream whose peer reads when the test says so."""

    def __init__(self) -> None:
        self.unsent = 0
        self.pieces = 0
        self.written = bytearray()

    @property
    def unsent_bytes(self) -> int:
        return self.unsent

    def write(self, data: bytes) -> None:
        self.pieces += 1
        self.written += data


def line(phone: VirtualPhone, message: str) -> LogEvent:
    clock = phone.clock
    return LogEvent(clock.now_s, clock.mono_s, "test", 1, "notice", message, "", "", 1, "test")
