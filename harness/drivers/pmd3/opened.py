"""What was opened over the way to a phone."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from harness.drivers.pmd3.way import Way
from harness.errors import DeviceLost


class Opened:
    """A service that belongs to the connection it was opened on, and is lost with it.

    The library would connect again: to a service that has not been told what it was told before, or
    through a tunnel that is gone. So one that is closed, or of an older way, is not asked.

    Args:
        phone: the phone's name.
        way: the way to the phone, as the service was opened on it.
        what: what it is, such as ``container``.
    """

    def __init__(self, phone: str, way: Way, what: str) -> None:
        self._phone = phone
        self._way = way
        self._what = what
        self._generation = way.generation
        self._closed = False

    def close(self) -> None:
        """It is not asked any more."""
        self._closed = True

    @asynccontextmanager
    async def command(self, doing: str, within_s: float) -> AsyncGenerator[None]:
        """The length of one command.

        Args:
            doing: what is being done, for the message.
            within_s: protective deadline in wall seconds.

        Raises:
            DeviceLost: the service is closed, or its connection is gone.
            CommandTimeout: the command had not ended in time.
        """
        self._check(doing)
        async with self._way.command(doing, within_s):
            self._check(doing)  # the way may have been opened again just now
            yield

    def _check(self, doing: str) -> None:
        if self._closed or self._generation != self._way.generation:
            raise DeviceLost(
                f"{doing} failed: the connection to the {self._what} is gone",
                phone=self._phone,
                fix=f"Open the {self._what} again.",
            )
