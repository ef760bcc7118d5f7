"""``harness agent``: what tells it to end, and what does not."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from harness.cli.agent import told_to_end


def _nothing(*_: object) -> None:
    """Done at a signal that the code under test has left alone, in place of an end of the test."""


@pytest.fixture(autouse=True)
def disposition() -> Iterator[None]:
    """What becomes of signals is as it was, afterwards."""
    numbers = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, _nothing) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def test_a_closed_terminal_ends_it_however_often_that_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "_exit", pytest.fail)

    async def hung_up_twice() -> bool:
        over, seen = told_to_end(), asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, seen.set)
        for number in (signal.SIGHUP, signal.SIGHUP, signal.SIGUSR1):
            os.kill(os.getpid(), number)
        async with asyncio.timeout(5):
            await seen.wait()
        is_over = over.is_set()
        # Who logs out has everything told so, too: that is asked once.
        seen.clear()
        for number in (signal.SIGTERM, signal.SIGUSR1):
            os.kill(os.getpid(), number)
        async with asyncio.timeout(5):
            await seen.wait()
        return is_over

    assert asyncio.run(hung_up_twice())


def test_who_asks_twice_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    async def interrupted_twice() -> int:
        at_once = asyncio.get_running_loop().create_future()
        monkeypatch.setattr(os, "_exit", at_once.set_result)
        told_to_end()
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(5):
            return await at_once

    assert asyncio.run(interrupted_twice()) == 1


def test_under_nohup_it_outlives_its_terminal() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    async def hung_up() -> bool:
        over = told_to_end()
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGTERM)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        async with asyncio.timeout(5):
            return await over.wait()

    assert asyncio.run(hung_up())
