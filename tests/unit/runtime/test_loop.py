from __future__ import annotations

import asyncio
import threading

import pytest

from harness.errors import CommandTimeout, HarnessError
from harness.runtime.loop import LoopThread
from harness.runtime.supervise import Death


async def _thread_name() -> str:
    return threading.current_thread().name


async def _wait_forever(begun: threading.Event, ended: threading.Event) -> None:
    begun.set()
    try:
        await asyncio.Event().wait()
    finally:
        ended.set()


def test_a_coroutine_runs_in_the_loops_thread_and_its_result_comes_back() -> None:
    with LoopThread(name="under-test") as loop:
        assert loop.run(_thread_name(), 5) == "under-test"


def test_an_exception_of_the_coroutine_reaches_the_caller_as_it_is() -> None:
    async def fails() -> None:
        raise ValueError("out of range")

    with LoopThread() as loop, pytest.raises(ValueError, match="out of range"):
        loop.run(fails(), 5)


def test_a_timeout_of_the_coroutines_own_is_not_mistaken_for_the_deadline() -> None:
    async def fails() -> None:
        raise TimeoutError("its own")

    with LoopThread() as loop, pytest.raises(TimeoutError, match="its own"):
        loop.run(fails(), 5)


def test_a_coroutine_past_its_deadline_is_cancelled_before_the_caller_hears_of_it() -> None:
    begun, ended = threading.Event(), threading.Event()
    with LoopThread() as loop:
        with pytest.raises(CommandTimeout, match=r"launching did not end within 0\.05 s"):
            loop.run(_wait_forever(begun, ended), 0.05, what="launching")
        assert ended.is_set()


def test_an_interrupt_of_the_waiting_thread_cancels_the_coroutine(monkeypatch: pytest.MonkeyPatch) -> None:
    from concurrent.futures import Future

    begun, ended = threading.Event(), threading.Event()

    def interrupted(self: Future[object], timeout: float | None = None) -> object:
        begun.wait(timeout)
        raise KeyboardInterrupt

    with LoopThread() as loop:
        with monkeypatch.context() as patch:
            patch.setattr(Future, "result", interrupted)
            with pytest.raises(KeyboardInterrupt):
                loop.run(_wait_forever(begun, ended), 5)
        assert ended.is_set()


def test_running_from_the_loops_own_thread_is_refused_rather_than_deadlocked() -> None:
    with LoopThread() as loop:

        async def nested() -> None:
            loop.run(_thread_name(), 5)

        with pytest.raises(RuntimeError, match="own thread"):
            loop.run(nested(), 5)


def test_a_stopped_loop_refuses_work() -> None:
    loop = LoopThread().start()
    loop.stop()
    with pytest.raises(RuntimeError, match="not running"):
        loop.run(_thread_name(), 5)


def test_stopping_cancels_what_still_runs_and_says_so_to_its_caller() -> None:
    begun, ended = threading.Event(), threading.Event()
    loop = LoopThread().start()
    heard: list[BaseException] = []

    def call() -> None:
        try:
            loop.run(_wait_forever(begun, ended), 30)
        except HarnessError as error:
            heard.append(error)

    caller = threading.Thread(target=call)
    caller.start()
    begun.wait(5)
    assert loop.stop() == ()
    caller.join(5)
    assert ended.is_set()
    assert [str(error) for error in heard] == ["the command was cancelled"]


def test_stopping_names_the_task_that_would_not_end() -> None:
    begun, release = threading.Event(), threading.Event()

    async def stubborn() -> None:
        begun.set()
        while not release.is_set():
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                continue

    loop = LoopThread().start()
    loop.spawn(stubborn(), "stubborn source")
    begun.wait(5)
    assert "stubborn source" in loop.stop(within_s=0.05)
    release.set()


def test_a_supervised_task_that_dies_is_reported_also_after_the_loop_was_restarted() -> None:
    heard: list[Death] = []
    told = threading.Event()

    def on_death(death: Death) -> None:
        heard.append(death)
        told.set()

    async def dies() -> None:
        raise ConnectionError("cable")

    loop = LoopThread(on_death=on_death).start()
    loop.stop()
    with loop:
        loop.spawn(dies(), "log of desk-15")
        assert told.wait(5)
    assert str(heard[0]) == "log of desk-15 ended: cable"


def test_a_loop_that_cannot_be_made_is_an_error_and_no_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_loop() -> asyncio.AbstractEventLoop:
        raise OSError("Too many open files")

    monkeypatch.setattr(asyncio, "new_event_loop", no_loop)
    thread = LoopThread()
    with pytest.raises(HarnessError, match="Too many open files"):
        thread.start()
    assert not thread.running
