"""The order in which application code runs: never inside the kernel's own steps.

Application code calls into the kernel, and the kernel runs application code. If both happened in one
call stack, a callback could find the kernel half-way through a change. So whatever is posted while a
batch is open waits until the outermost batch ends; without an open batch it runs at once. Either way
everything an act leads to, at that moment of phone time, has happened when the act returns.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager


class WorkQueue:
    """Deferred work of one phone, first in, first out."""

    def __init__(self) -> None:
        self._work: deque[Callable[[], object]] = deque()
        self._depth = 0

    @contextmanager
    def batch(self) -> Generator[None]:
        """Hold back what is posted until the outermost batch ends; then run it, also after an error."""
        self._depth += 1
        try:
            yield
        finally:
            try:
                if self._depth == 1:
                    self._drain()
            finally:
                self._depth -= 1

    def post(self, work: Callable[[], object]) -> None:
        """Run ``work`` when the outermost open batch ends, or now when none is open."""
        with self.batch():
            self._work.append(work)

    def _drain(self) -> None:
        while self._work:
            self._work.popleft()()
