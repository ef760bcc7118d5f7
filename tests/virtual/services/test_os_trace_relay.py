from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from pymobiledevice3.services.os_trace import OsTraceService, SyslogEntry, SyslogLogLevel

from harness.virtual.kernel.log import LogEvent
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.os_trace_relay import MOST_UNSENT_BYTES, LogRelay
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


def test_a_client_that_does_not_read_loses_lines_and_is_told_how_many() -> None:
    async def main() -> None:
        async with rig() as it:
            stream = Clogged()
            relay = LogRelay(it.phone, stream)
            stream.unsent = MOST_UNSENT_BYTES + 1
            for number in range(3):
                relay.tell(line(it.phone, f"lost {number}"))
            stream.unsent = 0
            relay.tell(line(it.phone, "heard"))
            loss, record = OsTraceDecoder().feed(bytes(stream.written))
            assert isinstance(loss, OsTraceLoss)
            assert loss.lost == 3
            assert isinstance(record, OsTraceRecord)
            assert record.message == "heard"

    asyncio.run(main())


class Clogged(AsyncioStream):
    """A stream whose peer reads when the test says so."""

    def __init__(self) -> None:
        self.unsent = 0
        self.written = bytearray()

    @property
    def unsent_bytes(self) -> int:
        return self.unsent

    def write(self, data: bytes) -> None:
        self.written += data


def line(phone: VirtualPhone, message: str) -> LogEvent:
    clock = phone.clock
    return LogEvent(clock.now_s, clock.mono_s, "test", 1, "notice", message, "", "", 1, "test")
