"""Closing what may be gone already, or may never answer that it is closed.

Whoever closes something is done with it, so nothing that the phone says to it is an error. But a close
that hangs is told in the log: it is the only trace of a phone that has stopped answering.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from harness.drivers.pmd3.errors import translate

CLOSE_S = 3.0
"""How long a close is waited for, in wall seconds; of one that is answered it takes milliseconds."""

_log = logging.getLogger(__name__)

_given_up: set[asyncio.Task[Any]] = set()
"""What still closes although nobody waits any more; the event loop alone would let it be collected."""


@asynccontextmanager
async def closed_on_failure(close: Callable[[], Awaitable[object]]) -> AsyncGenerator[None]:
    """The length of an opening: what it had opened is closed when it fails or is cancelled.

    The close comes to its end even if whoever waits for it is cancelled a second time.

    Args:
        close: closes it; called only then.
    """
    try:
        yield
    except BaseException:
        await asyncio.shield(close())
        raise


async def close_within(
    phone: str, what: str, closing: Coroutine[Any, Any, object], within_s: float | None = None
) -> bool:
    """Wait until something is closed, but not for long; says whether it is.

    A close that is given up, or whose caller is cancelled, goes on by itself: cut short, it would leave
    tasks and sockets behind, and those who wait for an answer on them without one.

    Args:
        phone: the phone's name.
        what: what is closed, for the log.
        closing: does it; it must come to an end by itself.
        within_s: wall seconds; ``None`` for ``CLOSE_S``.
    """
    limit_s = CLOSE_S if within_s is None else within_s
    task = asyncio.get_running_loop().create_task(closing, name=f"closing {what} of {phone}")
    _given_up.add(task)
    task.add_done_callback(_given_up.discard)
    task.add_done_callback(lambda done: _note_end(phone, what, done))
    await asyncio.wait([task], timeout=limit_s)
    if not task.done():
        _log.warning("%s: %s was not closed within %g s", phone, what, limit_s)
    return task.done()


def _note_end(phone: str, what: str, task: asyncio.Task[object]) -> None:
    error = None if task.cancelled() else task.exception()
    if error is None:
        return
    known = isinstance(error, Exception) and translate(error, phone, f"closing {what}") is not None
    _log.log(logging.DEBUG if known else logging.ERROR, "%s: closing %s failed: %s", phone, what, error)
