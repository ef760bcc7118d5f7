"""The UI test runner of one phone: started when it is first needed, watched, started again, ended.

A runner that is up may go away in two ways, which look the same to whoever talks to it:

=====================================  ===========================================================
what happened                          what is done
=====================================  ===========================================================
its process runs, the connection was   its port is dialled until it answers again; a phone whose
cut (Wi-Fi was switched, the cable)    Wi-Fi is switched may drop connections of all kinds
its process is gone, or runs and does  it is started anew, which ends the one that hangs; so often
not come back                          within so long, and then it is an error
=====================================  ===========================================================

Sources: appium-and-wda.md §1 (the port is what ``USE_PORT`` says), §4 trap 11 and §6.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Iterator
from dataclasses import dataclass

from harness.drivers.ui import failures
from harness.drivers.ui.failures import Seen
from harness.drivers.ui.forwarding import Forward
from harness.drivers.ui.looking import look
from harness.errors import (
    AppNotInstalled,
    CommandRefused,
    DeviceError,
    DeviceLocked,
    DeviceLost,
    RunnerFailed,
)
from harness.model.capabilities import RunnerHost

PORTS = range(8200, 8240)
"""Ports of the phone to serve at; not WebDriverAgent's own 8100, where somebody else's runner may be."""

VIDEO_OFFSET = 1000
"""From a runner's port to that of its video, which nobody here watches, and which it opens all the same."""

PORTS_TRIED = 3
"""How often another port is tried when one got taken just before the runner wanted it."""

PAUSE_S = 0.1
LONGEST_PAUSE_S = 1.0

SIGKILL = 9

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Patience:
    """How long a runner is waited for, in wall seconds, and how often it is started again.

    Attributes:
        start_s: from its start until it answers. A real one loads XCTest, which takes some seconds.
        back_s: until one whose process runs answers again after its connection was cut.
        restarts: how often it is started again within ``restarts_within_s``.
        restarts_within_s: see there.
    """

    start_s: float = 60.0
    back_s: float = 10.0
    restarts: int = 3
    restarts_within_s: float = 120.0


class _Ended(Exception):
    """The runner's process is gone before it answered."""


class Runner:
    """The runner of one phone, started and ended from here; implements ``drivers.ui.runner.UiRunner``.

    Args:
        host: the phone.
        phone: its name.
        bundle_id: of the runner.
        patience: how long it is waited for.
        starts_alone: whether the phone is known to let a runner work that was just launched. It is tried on
            any, as nobody has seen all of them; a failure says the likely reason.
    """

    def __init__(
        self,
        host: RunnerHost,
        phone: str,
        bundle_id: str,
        patience: Patience | None = None,
        *,
        starts_alone: bool = True,
    ) -> None:
        self._host = host
        self._starts_alone = starts_alone
        self._phone = phone
        self._bundle_id = bundle_id
        self._patience = patience or Patience()
        self._ports: Iterator[int] = itertools.cycle(PORTS)
        self._turn = asyncio.Lock()
        self._forward: Forward | None = None
        self._pid = 0
        self._was_wanted = False
        self._restarted_at_s: list[float] = []
        self.starts = 0
        """How often it was started; sessions of an earlier start are gone."""

    @property
    def bundle_id(self) -> str:
        """Of the runner."""
        return self._bundle_id

    @property
    def url(self) -> str:
        """Where its WebDriverAgent is served on this host, for any client; empty while it is not up."""
        return self._forward.url if self._forward else ""

    @property
    def unheard(self) -> int:
        """How many connections to it were not taken by the phone, since it was last started."""
        return self._forward.unheard if self._forward else 0

    async def up(self, why: str = "") -> str:
        """Its URL, once it answers; started if it was not, and anew if it went away.

        Whoever has its URL need not ask before each request, only when something was amiss.

        Args:
            why: what was amiss, for the log; empty for nothing.

        Raises:
            RunnerFailed: it is not installed, ended at once, did not answer in time, or went away too often.
            DeviceError: what else the phone has against it; it may be gone.
        """
        async with self._turn:
            if not self.url:
                await self._start()
            elif await self._comes_back():
                if why:
                    _log.warning("%s: the runner answers again after: %s", self._phone, why)
            else:
                self._count_restart(why)
                _log.warning("%s: the runner is started again after: %s", self._phone, why or "it was gone")
                await self._start()
            return self.url

    async def close(self) -> None:
        """End it, if it was started; a phone that is gone is no error."""
        async with self._turn:
            await self._stop_forwarding()
            if not self._was_wanted:
                return
            self._was_wanted = False
            try:
                await self._kill()
            except DeviceError as error:
                _log.debug("%s: the runner was not ended: %s", self._phone, error)

    async def _kill(self) -> None:
        pid = await self._host.pid_of(self._bundle_id)
        # Not one that somebody else has started since. The number is not known of a start that was cut short.
        if pid is not None and self._pid in (0, pid):
            await self._host.signal(pid, SIGKILL)
        self._pid = 0

    # Starting.

    async def _start(self) -> None:
        for _ in range(PORTS_TRIED):
            port = await self._free_port()
            try:
                await self._start_at(port)
            except _Ended as error:
                if not await self._is_taken(port):
                    raise self._ended_at_once(error) from error
            else:
                return
        raise failures.no_port(self._phone, self._bundle_id, PORTS)

    def _ended_at_once(self, error: _Ended) -> RunnerFailed:
        alone = self._starts_alone
        return failures.ended_at_once(self._phone, self._bundle_id, str(error), starts_alone=alone)

    async def _start_at(self, port: int) -> None:
        await self._stop_forwarding()
        self._was_wanted, self._pid = True, 0
        self._pid = pid = await self._launch(port)
        forward = Forward(lambda: self._host.connect(port))
        try:
            forward.open()
            await self._wait_until_ready(forward, pid, port)
        except BaseException:
            await forward.close()
            raise
        self._forward = forward
        self.starts += 1

    async def _launch(self, port: int) -> int:
        environment = {
            "USE_PORT": str(port),
            "MJPEG_SERVER_PORT": str(port + VIDEO_OFFSET),
            "WDA_PRODUCT_BUNDLE_IDENTIFIER": self._bundle_id,
        }
        try:
            return await self._host.start_runner(self._bundle_id, environment)
        except AppNotInstalled as error:
            raise failures.not_installed(self._phone, self._bundle_id) from error
        except DeviceLocked as error:
            raise failures.locked(self._phone, self._bundle_id) from error

    async def _free_port(self) -> int:
        for port in itertools.islice(self._ports, len(PORTS)):
            if not await self._is_taken(port):
                return port
        raise failures.no_port(self._phone, self._bundle_id, PORTS)

    async def _is_taken(self, port: int) -> bool:
        try:
            _, writer = await self._host.connect(port)
        except CommandRefused:
            return False
        writer.close()
        return True

    async def _wait_until_ready(self, forward: Forward, pid: int, port: int) -> None:
        loop = asyncio.get_running_loop()
        began_s, pause_s = loop.time(), PAUSE_S
        while (seen := await self._look(forward)) is not Seen.READY:
            waited_s = loop.time() - began_s
            if await self._host.pid_of(self._bundle_id) != pid:
                raise _Ended(f"process {pid} was gone {waited_s:.1f} s after its start")
            if waited_s > self._patience.start_s:
                what = f"{self._bundle_id} runs as process {pid}, but after {self._patience.start_s:g} s"
                alone = self._starts_alone
                raise failures.never_ready(self._phone, what, seen, port, starts_alone=alone)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _look(self, forward: Forward) -> Seen:
        unheard = forward.unheard
        seen = await look(forward.url, self._phone)
        if seen is Seen.CUT:
            return Seen.SILENT if forward.unheard > unheard else Seen.MUTE
        return seen

    # Coming back.

    async def _comes_back(self) -> bool:
        forward = self._forward
        if forward is None:
            return False
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self._patience.back_s
        while True:
            if await self._look(forward) is Seen.READY:
                return True
            if not await self._still_runs(last=loop.time() > until_s):
                return False
            await asyncio.sleep(PAUSE_S)

    async def _still_runs(self, *, last: bool) -> bool:
        """Whether it is worth waiting on: its process runs, or the phone is away for a moment."""
        try:
            return await self._host.pid_of(self._bundle_id) == self._pid and not last
        except DeviceLost:
            if last:
                raise
            return True

    def _count_restart(self, why: str) -> None:
        now_s, patience = asyncio.get_running_loop().time(), self._patience
        recent = [at_s for at_s in self._restarted_at_s if now_s - at_s < patience.restarts_within_s]
        if len(recent) >= patience.restarts:
            often = f"{len(recent)} times within {patience.restarts_within_s:g} s"
            raise failures.restarted_too_often(self._phone, self._bundle_id, often, why)
        self._restarted_at_s = [*recent, now_s]

    async def _stop_forwarding(self) -> None:
        forward, self._forward = self._forward, None
        if forward is not None:
            await forward.close()
