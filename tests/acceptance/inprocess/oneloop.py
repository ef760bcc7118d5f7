"""The harness loop without its thread: it runs while somebody waits for it, and stands still otherwise.

Nothing of a phone in this process comes by itself: no socket, no ticking clock. So the loop need not run
while the test's own code does, and each call is a plain call in place of two changes of thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from harness.errors import CommandTimeout
from harness.runtime.loop import LoopThread

_T = TypeVar("_T")


class OneLoop(LoopThread):
    """A ``LoopThread`` whose coroutines run in the thread of whoever waits for them."""

    def __init__(self) -> None:
        super().__init__()
        self._own: asyncio.AbstractEventLoop | None = None

    @property
    def running(self) -> bool:
        """See ``LoopThread``."""
        return self._own is not None

    def __enter__(self) -> OneLoop:
        return self.start()

    def start(self) -> OneLoop:
        """See ``LoopThread``."""
        self._own = self._own or asyncio.new_event_loop()
        return self

    def run(self, work: Coroutine[Any, Any, _T], within_s: float, *, what: str = "the command") -> _T:
        """See ``LoopThread``."""
        assert self._own is not None, "the loop was not started"
        task = self._own.create_task(work)
        overdue = self._own.call_later(within_s, task.cancel)
        try:
            return self._own.run_until_complete(task)
        except asyncio.CancelledError:
            raise CommandTimeout(f"{what} did not end within {within_s:g} s") from None
        finally:
            overdue.cancel()

    def spawn(self, work: Coroutine[Any, Any, Any], name: str, *, endless: bool = False) -> None:
        """Refuse: what runs by itself needs a thread."""
        work.close()
        raise RuntimeError(f"{name} would run by itself, and this loop only runs while it is waited for")

    def stop(self, within_s: float = 5.0) -> tuple[str, ...]:
        """See ``LoopThread``."""
        loop, self._own = self._own, None
        if loop is None:
            return ()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        if tasks:
            loop.run_until_complete(asyncio.wait(tasks, timeout=within_s))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
        return tuple(task.get_name() for task in tasks if not task.done())
