"""Whether bytes of a transfer are expected, which is what makes the phone's clock stand."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager
from typing import Protocol

from harness.virtual.kernel.nsurlsessiond.rules import SILENT_SERVER_S


class HoldingClock(Protocol):
    """The part of the phone's clock that a transfer needs."""

    def hold(self) -> AbstractContextManager[object]:
        """Keep the clock standing while the context is open."""
        ...

    def emitted(self) -> None:
        """Say that something observable left the phone."""
        ...


class InFlight:
    """Holds the phone's clock while bytes are expected, and no longer than a silent server allows.

    Args:
        clock: the phone's clock.
    """

    def __init__(self, clock: HoldingClock) -> None:
        self._clock = clock
        self._hold: AbstractContextManager[object] | None = None
        self._last_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._link_waits = False
        self._held_back = False

    @property
    def holds(self) -> bool:
        """Whether bytes are expected, for which the clock stands unless their link waits for it."""
        return self._hold is not None or self._held_back

    def expect(self) -> None:
        """Bytes are expected from now on; the clock stands for them unless their link waits for it."""
        if self._link_waits:
            self._held_back = True
            return
        loop = asyncio.get_running_loop()
        self._last_s = loop.time()
        if self._hold is None:
            self._hold = self._clock.hold()
            self._hold.__enter__()
        if self._timer is None:
            self._timer = loop.call_later(SILENT_SERVER_S, self._check_silence)

    def reached_server(self) -> None:
        """The server has seen something of the transfer: whoever waits may look before time passes it by.

        To be told before the clock is let go. A server dates what it sees by its host's clock; where that
        lies in the phone's time can be told only if the phone's clock is read before its next jump.
        """
        self._clock.emitted()

    def idle(self) -> None:
        """Nothing is expected until something comes."""
        self._held_back = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._hold is not None:
            hold, self._hold = self._hold, None
            hold.__exit__(None, None, None)

    def link_waits(self, waits: bool) -> None:
        """What is expected comes only when phone time passes, from now on or no longer."""
        expected = self.holds
        self._link_waits = waits
        self.idle()
        if expected:
            self.expect()

    def _check_silence(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        left_s = self._last_s + SILENT_SERVER_S - loop.time()
        if left_s <= 0:
            self.idle()
        else:
            self._timer = loop.call_later(left_s, self._check_silence)
