"""One asyncio loop in a thread, behind the synchronous API.

Connections to a phone belong to the loop they were opened on, while test authors write ordinary
functions. So a session has one loop, in one daemon thread, and the main thread hands it coroutines
and waits. Signals reach the main thread only, so Ctrl-C interrupts the waiting, and the coroutine is
then cancelled where it runs.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from harness.errors import CommandTimeout, HarnessError
from harness.runtime.supervise import Death, Supervisor

_T = TypeVar("_T")
_log = logging.getLogger(__name__)

CANCEL_GRACE_S = 2.0
"""How long a cancelled coroutine may take to clean up before its caller goes on without it."""


class LoopThread:
    """An event loop in a daemon thread.

    Args:
        name: the thread's name.
        on_death: told of each supervised task that dies, on the loop's thread.
    """

    def __init__(self, name: str = "harness-loop", on_death: Callable[[Death], None] | None = None) -> None:
        self._name = name
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._on_death = on_death or _log_death
        self._supervisor = Supervisor(self._on_death)

    @property
    def running(self) -> bool:
        """Whether coroutines can be run."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> LoopThread:
        """Start the thread; returns when the loop runs. Starting twice is no error.

        Raises:
            HarnessError: there is no loop to be had, such as when no file descriptor is left.
        """
        if self.running:
            return self
        self._supervisor = Supervisor(self._on_death)
        try:
            # Made here: a thread that ended before its loop ran would be waited for in vain.
            self._loop = asyncio.new_event_loop()
        except OSError as error:
            fix = "Allow more open files (ulimit -n), or run fewer workers"
            raise HarnessError(f"no event loop can be made: {error}", fix=fix) from error
        ready = threading.Event()
        self._thread = threading.Thread(
            target=self._serve, args=(self._loop, ready), name=self._name, daemon=True
        )
        self._thread.start()
        ready.wait()
        return self

    def run(self, work: Coroutine[Any, Any, _T], within_s: float, *, what: str = "the command") -> _T:
        """Run a coroutine on the loop and wait for its result.

        Args:
            work: the coroutine.
            within_s: protective deadline in wall seconds.
            what: what it does, for the message of the timeout.

        Raises:
            CommandTimeout: it had not ended after ``within_s``; it has been cancelled.
            HarnessError: the loop was stopped under it.
            RuntimeError: the loop does not run, or this is the loop's own thread.
        """
        loop = self._checked_loop(work)
        outcome: Future[_T] = Future()
        task = _Handle()
        loop.call_soon_threadsafe(_begin, loop, work, task, outcome)
        try:
            return outcome.result(within_s)
        except TimeoutError:
            if outcome.done():
                raise  # the coroutine's own, not ours
            self._abandon(loop, task, outcome)
            raise CommandTimeout(
                f"{what} did not end within {within_s:g} s",
                fix="Check the cable and that the phone is awake; harness doctor says more.",
            ) from None
        except BaseException:
            # Ctrl-C, or whatever else a signal handler raised into the waiting thread.
            if not outcome.done():
                self._abandon(loop, task, outcome)
            raise

    def spawn(self, work: Coroutine[Any, Any, Any], name: str, *, endless: bool = False) -> None:
        """Start a supervised background task; its death is reported to ``on_death``."""
        loop = self._checked_loop(work)
        loop.call_soon_threadsafe(lambda: self._supervisor.spawn(work, name, endless=endless))

    def stop(self, within_s: float = 5.0) -> tuple[str, ...]:
        """Cancel everything and end the thread.

        Returns:
            Names of the tasks that did not end in time; they are left behind with the daemon thread.
        """
        loop, thread = self._loop, self._thread
        if loop is None or thread is None or not thread.is_alive():
            return ()
        ending: Future[tuple[str, ...]] = Future()
        loop.call_soon_threadsafe(_begin, loop, self._wind_down(within_s), _Handle(), ending)
        try:
            stubborn = ending.result(within_s + CANCEL_GRACE_S)
        except TimeoutError:
            return ("the loop itself",)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(CANCEL_GRACE_S)
        self._loop = self._thread = None
        return stubborn

    def __enter__(self) -> LoopThread:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _serve(self, loop: asyncio.AbstractEventLoop, ready: threading.Event) -> None:
        asyncio.set_event_loop(loop)
        loop.set_exception_handler(_note_stray)
        loop.call_soon(ready.set)
        try:
            loop.run_forever()
        finally:
            asyncio.set_event_loop(None)
            loop.close()

    def _checked_loop(self, work: Coroutine[Any, Any, Any]) -> asyncio.AbstractEventLoop:
        problem = None
        if self._loop is None or not self.running:
            problem = "the harness loop is not running"
        elif threading.current_thread() is self._thread:
            problem = "this is the harness loop's own thread: await the coroutine instead"
        if problem is not None or self._loop is None:
            work.close()
            raise RuntimeError(problem)
        return self._loop

    def _abandon(self, loop: asyncio.AbstractEventLoop, task: _Handle, outcome: Future[Any]) -> None:
        loop.call_soon_threadsafe(task.cancel)
        try:
            outcome.exception(CANCEL_GRACE_S)
        except TimeoutError:
            _log.warning("a cancelled command still runs")

    async def _wind_down(self, within_s: float) -> tuple[str, ...]:
        stubborn = await self._supervisor.close(within_s)
        current = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not current]
        for task in others:
            task.cancel()
        if others:
            await asyncio.wait(others, timeout=within_s)
        await asyncio.get_running_loop().shutdown_asyncgens()
        left = tuple(task.get_name() for task in others if not task.done())
        return tuple(dict.fromkeys((*stubborn, *left)))


class _Handle:
    """A task of the loop, named before it exists: it may be cancelled before it was begun."""

    def __init__(self) -> None:
        self.task: asyncio.Task[Any] | None = None
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True
        if self.task is not None:
            self.task.cancel()


def _begin(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, _T], handle: _Handle, outcome: Future[_T]
) -> None:
    task = handle.task = loop.create_task(work)

    def ended(done: asyncio.Task[_T]) -> None:
        if done.cancelled():
            outcome.set_exception(HarnessError("the command was cancelled"))
        elif (error := done.exception()) is not None:
            outcome.set_exception(error)
        else:
            outcome.set_result(done.result())

    task.add_done_callback(ended)
    if handle.cancelled:
        task.cancel()


def _note_stray(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # Third-party connections leave such things behind when a cable is pulled; whoever awaited the
    # connection has been told already, so this goes to the log and never to a test's output.
    _log.debug("stray error on the loop: %s", context.get("message"), exc_info=context.get("exception"))


def _log_death(death: Death) -> None:
    _log.error("%s", death)
