"""The life of a tunnel, from its opening to its end, whichever process its TCP runs in."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Protocol, TypeVar

from harness.drivers.pmd3.closing import close_within

CLOSE_S = 8.0
"""How long the close of one that broke, or was not opened, is waited for, in wall seconds."""

_T = TypeVar("_T")

_stack = threading.Lock()
"""Held by the tunnel that has the TCP stack of this process, which is a global of it."""


def claim_stack() -> AsyncExitStack | None:
    """Take the TCP stack of this process for one tunnel; what is returned gives it back when it is closed.

    ``None`` while another tunnel is open, being opened or being closed, on whichever loop of this process.
    """
    if not _stack.acquire(blocking=False):
        return None
    parts = AsyncExitStack()
    parts.callback(_stack.release)
    return parts


class Carrier(Protocol):
    """What a tunnel goes through."""

    async def wait_closed(self) -> None:
        """Return when it has ended, be it in one direction only."""
        ...


class Tunnel:
    """A tunnel, from its opening to its end.

    Args:
        phone: the phone's name.
        parts: what it is made of, to be taken down in the opposite order.
    """

    def __init__(self, phone: str, parts: AsyncExitStack) -> None:
        self._phone = phone
        self._parts = parts
        self._ending: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._gone = asyncio.Event()

    @property
    def is_gone(self) -> bool:
        """Whether it has ended, by itself or because it was closed."""
        return self._gone.is_set()

    async def wait_gone(self) -> None:
        """Return when it has ended, by itself or because it was closed."""
        await self._gone.wait()

    async def close(self) -> None:
        """Take it down, with all that was opened through it; returns when another one may be opened."""
        if self._ending is None:
            self._gone.set()
            self._ending = asyncio.create_task(
                self._parts.aclose(), name=f"ending the tunnel of {self._phone}"
            )
        await asyncio.shield(self._ending)

    def watch(self, carrier: Carrier) -> None:
        """Take it down when what it goes through ends: whoever reads through it would not notice."""
        self._watching = asyncio.create_task(self._close_after(carrier), name=f"tunnel of {self._phone}")

    async def _close_after(self, carrier: Carrier) -> None:
        await carrier.wait_closed()
        await close_within(self._phone, "its tunnel", self.close(), CLOSE_S)


async def opened_whole(
    phone: str,
    within_s: float,
    parts: AsyncExitStack,
    opening: Callable[[Tunnel, AsyncExitStack], Awaitable[_T]],
) -> tuple[Tunnel, _T]:
    """Open a tunnel to its end; when that fails or is cut short, nothing of it stays open.

    Args:
        phone: the phone's name.
        within_s: protective deadline in wall seconds.
        parts: what is taken down with it; the opening adds to it.
        opening: opens it, and returns what it leads to.

    Raises:
        ConnectionResetError: the tunnel broke while it was opened.
    """
    tunnel = Tunnel(phone, parts)
    try:
        async with asyncio.timeout(within_s):
            return tunnel, await opening(tunnel, parts)
    except BaseException as error:
        broke = tunnel.is_gone
        await close_within(phone, "its tunnel", tunnel.close(), CLOSE_S)
        if broke and isinstance(error, Exception):
            # What was under way says so in words of its own.
            raise ConnectionResetError("the tunnel broke while it was opened") from error
        raise
