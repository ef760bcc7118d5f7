from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable

import pytest
from pymobiledevice3.service_connection import ServiceConnection
from pymobiledevice3.services.os_trace import OsTraceService

from harness.drivers.pmd3 import open_phone
from harness.model.raw import LogLoss
from harness.virtual.kernel.log_faults import LogFaults
from harness.virtual.kernel.phone import VirtualPhone
from tests.virtual.faults.bench import Do, identity_of, on_a_phone
from tests.virtual.rig import Rig, items_of, until

Lines = AsyncIterator[str]


@contextlib.asynccontextmanager
async def os_trace(it: Rig) -> AsyncGenerator[Lines]:
    """The kernel's lines as the unmodified client shows them."""
    lockdown = await it.lockdown()
    async with OsTraceService(lockdown) as service:
        entries = service.syslog()
        kernel = (entry.message async for entry in entries if entry.filename == "kernel")
        async with _begun(it, kernel) as lines:
            yield lines
        await entries.aclose()
    await lockdown.close()


@contextlib.asynccontextmanager
async def syslog(it: Rig) -> AsyncGenerator[Lines]:
    """The same, of the older service."""
    lockdown = await it.lockdown()
    connection = await lockdown.start_lockdown_service("com.apple.syslog_relay")
    async with _begun(it, _classic(connection)) as lines:
        yield lines
    await connection.close()
    await lockdown.close()


async def _classic(connection: ServiceConnection) -> AsyncGenerator[str]:
    # The client's own reader tells a line again when one ends with what it has read.
    held = b""
    while data := await connection.recv_any(65536):
        *lines, held = (held + data).split(b"\n\0")
        for line in lines:
            head, _, text = line.decode().partition(">: ")
            if " kernel[0]" in head:
                yield text


@contextlib.asynccontextmanager
async def _begun(it: Rig, lines: AsyncGenerator[str]) -> AsyncGenerator[Lines]:
    first = asyncio.ensure_future(anext(lines))
    await until(lambda: _has_clients(it.phone))
    it.phone.log.emit("kernel", 0, "begun")
    while await asyncio.wait_for(first, 5) != "begun":
        first = asyncio.ensure_future(anext(lines))
    yield lines
    await lines.aclose()


def _has_clients(phone: VirtualPhone) -> bool:
    faults: LogFaults = phone.service_faults.log
    return len(faults._taps) > 0  # pyright: ignore[reportPrivateUsage]


Open = Callable[[Rig], contextlib.AbstractAsyncContextManager[Lines]]
BOTH = pytest.mark.parametrize("client", [os_trace, syslog])


async def said(lines: Lines, count: int) -> list[str]:
    return [await asyncio.wait_for(anext(lines), 5) for _ in range(count)]


def say(it: Rig, *texts: str) -> None:
    for text in texts:
        it.phone.log.emit("kernel", 0, text)


@BOTH
def test_each_third_line_is_lost(client: Open) -> None:
    async def check(it: Rig, do: Do) -> None:
        async with client(it) as lines:
            do("log drop every=1")
            say(it, "lost", "lost too")
            do("log drop every=3")
            say(it, *"abcdef")
            do("log drop every=0")
            say(it, "end")
            got = await said(lines, 5)
            # Which is the third depends on what else the phone has said to this client.
            lost = ["abcdef".index(each) for each in sorted(set("abcdef") - set(got))]
            assert lost in ([0, 3], [1, 4], [2, 5])
            assert got[-1] == "end"

    on_a_phone(check)


def test_os_trace_says_where_lines_were_lost() -> None:
    async def check(it: Rig, do: Do) -> None:
        phone = await open_phone(identity_of(it), usbmux=it.address.usbmux)
        stream = await phone.log()
        do("log drop every=2")
        say(it, *"abcde")
        got: list[str] = []
        async for record in items_of(stream):
            if isinstance(record, LogLoss):
                got.append("loss")
            elif record.process == "kernel":
                got.append(record.message)
            if got[-1:] in (["d"], ["e"]):
                break
        # Which of two lines is the second depends on what else the phone has said on this stream.
        assert got in (["a", "loss", "c", "loss", "e"], ["loss", "b", "loss", "d"])
        await stream.close()
        await phone.close()

    on_a_phone(check)


@BOTH
def test_lines_wait_and_come_in_order(client: Open) -> None:
    async def check(it: Rig, do: Do) -> None:
        async with client(it) as lines:
            do("log stall")
            say(it, *"abc")
            coming = asyncio.ensure_future(anext(lines))
            await asyncio.wait([coming], timeout=0.05)
            assert not coming.done()
            do("log resume")
            say(it, "d")
            assert [await coming, *await said(lines, 3)] == list("abcd")

    on_a_phone(check)


@BOTH
def test_messages_come_cut_short_and_stay_readable(client: Open) -> None:
    async def check(it: Rig, do: Do) -> None:
        async with client(it) as lines:
            do("log truncate 4")
            say(it, "abcdef", "abcé")
            do("log truncate")
            say(it, "abcdef")
            assert await said(lines, 3) == ["abcd", "abc", "abcdef"]

    on_a_phone(check)


def test_private_values_are_shown_when_a_person_asks_for_it() -> None:
    async def check(it: Rig, do: Do) -> None:
        assert it.phone.log.private("secret") == "<private>"
        do("log redact off")
        assert it.phone.log.private("secret") == "secret"
        do("log redact on")
        assert it.phone.log.private("secret") == "<private>"

    on_a_phone(check)


def test_a_burst_arrives_whole_and_in_order_at_a_client_that_reads() -> None:
    async def check(it: Rig, do: Do) -> None:
        async with os_trace(it) as lines:
            assert do("log burst count=20000 text=hello") == {"count": 20_000}
            got = await said(lines, 20_000)
            assert got == [f"hello {number}" for number in range(1, 20_001)]

    on_a_phone(check)


def test_the_next_line_after_an_overflow_of_held_lines_is_told_of_the_loss() -> None:
    async def check(it: Rig, do: Do) -> None:
        told: list[str | int] = []
        faults = it.phone.service_faults.log
        subscription = faults.subscribe(lambda event: told.append(event.message), told.append)
        do("log stall")
        say(it, *("x" * 100_002))
        do("log resume")
        say(it, "end")
        subscription.close()
        say(it, "nobody listens")
        assert told[:2] == ["x", "x"]
        assert told[-2:] == [2, "end"]

    on_a_phone(check)
