"""Tasks that nobody awaits, watched so that none dies unheard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Death:
    """A supervised task ended although nobody had asked it to.

    Attributes:
        name: the task's name.
        error: what it raised; ``None`` when it returned, or was cancelled by someone else.
    """

    name: str
    error: BaseException | None

    def __str__(self) -> str:
        return f"{self.name} ended" + (f": {self.error}" if self.error else "")


class Supervisor:
    """Starts background tasks and reports each one that dies.

    Args:
        on_death: called on the loop, once per death, in the order of the deaths.
    """

    def __init__(self, on_death: Callable[[Death], None]) -> None:
        self._on_death = on_death
        self._tasks: dict[asyncio.Task[Any], bool] = {}
        self._closing = False

    @property
    def names(self) -> tuple[str, ...]:
        """The tasks still running, oldest first."""
        return tuple(task.get_name() for task in self._tasks)

    def spawn(self, work: Coroutine[Any, Any, Any], name: str, *, endless: bool = False) -> asyncio.Task[Any]:
        """Start a task.

        Args:
            work: what it does.
            name: how a report of its death names it.
            endless: it has no reason to return, so returning is a death too.
        """
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks[task] = endless
        task.add_done_callback(self._ended)
        return task

    async def cancel(self, task: asyncio.Task[Any]) -> None:
        """End one task on purpose, and wait until it has ended; no death is reported."""
        self._tasks.pop(task, None)
        task.cancel()
        await asyncio.wait([task])

    async def close(self, within_s: float) -> tuple[str, ...]:
        """Cancel all tasks; returns the names of those that had not ended after ``within_s``."""
        self._closing = True
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        if not tasks:
            return ()
        _, stubborn = await asyncio.wait(tasks, timeout=within_s)
        return tuple(task.get_name() for task in tasks if task in stubborn)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        endless = self._tasks.pop(task, None)
        # Reading the exception also tells asyncio that it was not lost.
        error = None if task.cancelled() else task.exception()
        if endless is None or self._closing:
            return
        if error is not None or endless or task.cancelled():
            self._on_death(Death(task.get_name(), error))
