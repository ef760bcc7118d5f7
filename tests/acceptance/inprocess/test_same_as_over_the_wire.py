"""What a phone in this process tells, the driver is told of the same phone over the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable
from typing import TypeVar

import pytest

from harness.model.capabilities import LogStream, Phone, StateStream
from harness.model.raw import LogRecord, StateNotice
from harness.model.states import AppState, to_springboard
from tests.acceptance.inprocess.phone import KernelPhone
from tests.virtual.drivers.bench import BOTH_WAYS, Driven, drive
from tests.virtual.rig import APP, STORE_APP, items_of, until

_T = TypeVar("_T")

Ask = Callable[[Phone], Awaitable[object]]


async def read_back(phone: Phone) -> object:
    """A file that is written, read from an offset, measured, removed and looked for again."""
    container = await phone.container(APP.bundle_id)
    try:
        await container.write("Documents/one", b"0123456789")
        told = [await container.read("Documents/one", 4), await container.size_bytes("Documents/one")]
        await container.remove("Documents/one")
        return [*told, await container.size_bytes("Documents/one")]
    finally:
        await container.close()


ASKED: dict[str, Ask] = {
    "apps": lambda phone: phone.apps(),
    "app_info": lambda phone: phone.app_info(STORE_APP.bundle_id),
    "no app_info": lambda phone: phone.app_info("dev.harness.nothing"),
    "settings": lambda phone: phone.settings(),
    "pid_of": lambda phone: phone.pid_of(APP.bundle_id),
    "container": read_back,
}
"""What is asked of both, with the same answer whoever is asked first."""


def both(check: Callable[[Driven, KernelPhone], Awaitable[None]], ios: str) -> None:
    async def with_kernel(driven: Driven) -> None:
        await check(driven, KernelPhone(driven.it.phone))

    drive(with_kernel, ios)


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_what_is_asked(ios: str) -> None:
    async def check(driven: Driven, kernel: KernelPhone) -> None:
        await kernel.launch(APP.bundle_id)
        for name, ask in ASKED.items():
            assert await ask(kernel) == await ask(driven.phone), name

    both(check, ios)


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_the_process_list(ios: str) -> None:
    async def check(driven: Driven, kernel: KernelPhone) -> None:
        await kernel.launch(APP.bundle_id)
        for ours, theirs in zip(await kernel.processes(), await driven.phone.processes(), strict=True):
            assert (ours.pid, ours.name, ours.is_application) == (
                theirs.pid,
                theirs.name,
                theirs.is_application,
            )
            assert theirs.bundle_id in ("", ours.bundle_id)
            assert ours.started_s == pytest.approx(theirs.started_s, abs=1e-3)

    both(check, ios)


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_states_and_log_of_a_launch(ios: str) -> None:
    async def check(driven: Driven, kernel: KernelPhone) -> None:
        sides: tuple[Phone, Phone] = (kernel, driven.phone)
        states = [_following_states(await phone.states()) for phone in sides]
        logs = [_following_log(await phone.log()) for phone in sides]
        pid = await kernel.launch(APP.bundle_id)
        await kernel.signal(pid, 9)
        await until(lambda: all(_has_ended(one.items, pid) for one in states))
        await until(
            lambda: all(len(_lines(one.items, pid)) >= len(_lines(logs[0].items, pid)) > 0 for one in logs)
        )
        ours, theirs = (_changes(one.items) for one in states)
        assert ours == theirs
        assert _lines(logs[0].items, pid) == _lines(logs[1].items, pid)
        for one in (*states, *logs):
            await one.end()

    both(check, ios)


class Following:
    """Reads a stream to its end, beside the test.

    Args:
        items: what the stream tells.
        close: closes the stream, which ends it.
    """

    def __init__(self, items: AsyncIterable[object], close: Callable[[], Awaitable[None]]) -> None:
        self.items: list[object] = []
        self._close = close
        self._task = asyncio.ensure_future(self._read(items))

    async def _read(self, items: AsyncIterable[object]) -> None:
        async for item in items:
            self.items.append(item)

    async def end(self) -> None:
        await self._close()
        await self._task


def _following_states(stream: StateStream) -> Following:
    return Following(aiter(stream), stream.close)


def _following_log(stream: LogStream) -> Following:
    return Following(items_of(stream), stream.close)


def _changes(items: list[object]) -> list[tuple[int, int, str, int]]:
    notices = [item for item in items if isinstance(item, StateNotice)]
    return [(one.pid, one.state, one.bundle_id, one.mach) for one in notices]


def _has_ended(items: list[object], pid: int) -> bool:
    ended = to_springboard(AppState.NOT_RUNNING)
    return any((one[0], one[1]) == (pid, ended) for one in _changes(items))


def _lines(items: list[object], pid: int) -> list[LogRecord]:
    """What was logged of a process, by whom and when."""
    return [item for item in items if isinstance(item, LogRecord) and f":{pid}]" in item.message]
