"""The ends of observed processes of one phone.

What the push carries. iOS 26.1 reads the wait status, tells its second byte as the exit code, and never
names a signal: SIGKILL, a crash, jetsam and ``exit(0)`` are all ``0`` and nil, ``exit(3)`` is ``3`` and nil.
Source: Apple's DVTInstrumentsFoundation of iOS 26.1, read by others; that other versions do the same is
guessed. frida looks for a signal where there is no exit code, so some version may name one; such a push is
understood too. pymobiledevice3 logs both numbers without a word on their meaning, go-ios does not observe.

Observing is not neutral. While a process is observed the phone holds an assertion on it, "Target is being
analyzed by developer tools", and has lifted its memory limits for good. Source: the same of iOS 18.2 and
26.1. Whether that assertion keeps the process from being suspended is not known; until a real phone has
shown that it does not, whoever waits for a suspension had better observe nobody.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

from harness.drivers.pmd3.activity import Activity
from harness.drivers.pmd3.errors import Guard
from harness.drivers.pmd3.instruments import Instruments
from harness.errors import AppNotRunning, CommandTimeout, DeviceLost
from harness.model.raw import ProcessExit

if TYPE_CHECKING:
    from harness.drivers.pmd3.exits import Exits

TERMINATED = "processWithPID:terminatedWithExitCode:orCrashingSignal:"
"""Selector of the push for the end of a process."""

COMMAND_S = 20.0


class Pmd3ProcessEvents:
    """Ends that DVT's processcontrol pushes; implements ``model.capabilities.ProcessEvents``.

    Args:
        phone: the phone's name.
        instruments: its instruments; the pushes share their connection.
        exits: the stream's own channel.
        activity: touched for each end.
    """

    def __init__(self, phone: str, instruments: Instruments, exits: Exits, activity: Activity) -> None:
        self._phone = phone
        self._instruments = instruments
        self._exits = exits
        self._activity = activity
        self._observed: set[int] = set()

    def __aiter__(self) -> AsyncIterator[ProcessExit]:
        """Ends in the order of the wire; stops when the connection is gone or the stream closed."""
        return self._ends()

    async def observe(self, pid: int) -> None:
        """Ask for the end of a process; returns once the phone confirmed that it observes one that runs.

        Args:
            pid: process identifier; one that is observed already is no error.

        Raises:
            AppNotRunning: it has ended; a phone may tell of that end all the same.
            DeviceLost: the connection is gone; the stream has ended too.
        """
        async with self._command(f"observing process {pid}"):
            await self._exits.observe(pid)
            self._observed.add(pid)
            runs = await self._instruments.is_running(pid)
            # Another connection may have answered; the channel's own has to be up behind that.
            await self._instruments.round_trip(self._exits)
        if runs:
            return
        self._observed.discard(pid)
        raise AppNotRunning(
            f"process {pid} has ended before it could be observed", phone=self._phone, fix="Launch it again."
        )

    async def round_trip(self) -> None:
        """Return when all that the phone pushed before this call has been yielded.

        Somebody must be iterating meanwhile: an end counts as yielded once the next one is asked for.

        Raises:
            DeviceLost: the stream ended first.
            CommandTimeout: no answer, or nobody iterates.
        """
        async with self._command("a round trip on the process events"):
            await self._instruments.round_trip(self._exits)
            if not await self._exits.arrived.taken():
                raise DeviceLost(
                    "the process events have ended",
                    phone=self._phone,
                    fix="Check the cable and open the phone again.",
                )

    async def close(self) -> None:
        """Observe nobody any more and end the iteration; a lost phone is no error."""
        try:
            await self._instruments.end_stream(self._exits, self._forget_all())
        finally:
            self._observed.clear()
            self._exits.arrived.end()

    @asynccontextmanager
    async def _command(self, doing: str) -> AsyncGenerator[None]:
        try:
            async with Guard(self._phone, doing, COMMAND_S):
                yield
        except CommandTimeout:
            self._instruments.doubt()
            raise

    async def _forget_all(self) -> None:
        for pid in sorted(self._observed):
            await self._exits.forget(pid)

    async def _ends(self) -> AsyncIterator[ProcessExit]:
        async for item in self._exits.arrived:
            selector, arguments = cast("tuple[str, tuple[Any, ...]]", item)
            end = parse_exit(selector, arguments, time.monotonic())
            if end is not None:
                self._observed.discard(end.pid)
                self._activity.touch()
                yield end


def parse_exit(selector: str, arguments: tuple[Any, ...], host_s: float) -> ProcessExit | None:
    """The end that a push tells of; ``None`` for any other push.

    Args:
        selector: of the push.
        arguments: pid, exit code or nil, signal or nil.
        host_s: when it arrived, ``time.monotonic()``.
    """
    pid, exit_code, signal = (_number(value) for value in (*arguments, None, None, None)[:3])
    if selector != TERMINATED or pid is None:
        return None
    # A code of 0 is also what a phone tells of a process that a signal ended, so it tells nothing.
    return ProcessExit(host_s, pid, exit_code or None, signal or None)


def _number(value: Any) -> int | None:
    number: Any = getattr(value, "value", value)
    return number if isinstance(number, int) and not isinstance(number, bool) else None
