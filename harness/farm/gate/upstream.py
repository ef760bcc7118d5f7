"""What stands behind a relay: the usbmuxd of a host, asked and watched.

``Watch`` keeps one connection on which that usbmuxd tells of each phone that comes and goes. It holds when
the usbmuxd is started anew, or the way to it is cut for a while: its phones are then gone, and come back
under numbers of their own.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from contextlib import suppress

from harness.errors import WireError
from harness.farm.gate.muxend import MuxEnd
from harness.wire.lockdown import PlistDict
from harness.wire.usbmux import MuxFrame, MuxResult

ADDRESS_VARIABLE = "USBMUXD_SOCKET_ADDRESS"
"""Environment variable that leads clients to another usbmuxd than the system's."""

SYSTEM_USBMUXD = "/var/run/usbmuxd"
"""Where usbmuxd is on macOS and Linux."""

ANSWER_WITHIN_S = 10.0
"""Wall seconds in which a usbmuxd answers what it needs no phone for."""

PAUSES_S = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Between attempts to watch a usbmuxd again, in wall seconds; the last one is repeated."""

# Apple's usbmuxd tells clients that say less of phones on a cable only. Source: what clients send.
_CLIENT = {"ClientVersionString": "harness", "ProgName": "harness", "kLibUSBMuxVersion": 3}


_log = logging.getLogger(__name__)


class UpstreamLost(ConnectionError):
    """A usbmuxd behind a relay cannot be reached, or went away amid an answer."""


def address_of(upstream: str | None) -> str:
    """A usbmuxd's address as ``dial`` takes it.

    Args:
        upstream: path of a Unix socket, with or without ``UNIX:`` ahead of it, or ``HOST:PORT``; ``None`` for
            the usbmuxd that this process's environment names, else the system's.
    """
    named = upstream or os.environ.get(ADDRESS_VARIABLE) or SYSTEM_USBMUXD
    return named.removeprefix("UNIX:")


async def dial(address: str) -> MuxEnd:
    """Connect to a usbmuxd.

    Raises:
        UpstreamLost: nobody listens there.
    """
    loop = asyncio.get_running_loop()
    host, colon, port = address.rpartition(":")
    try:
        if colon and port.isdecimal():
            _, end = await loop.create_connection(MuxEnd, host, int(port))
        else:
            _, end = await loop.create_unix_connection(MuxEnd, address)
    except OSError as error:
        raise UpstreamLost(f"usbmuxd at {address} cannot be reached: {error.strerror or error}") from error
    return end


def request(message_type: str, **fields: object) -> MuxFrame:
    """A request in the words of a client that knows of phones on a network."""
    return MuxFrame(1, {"MessageType": message_type, **_CLIENT, **fields})


async def answer_of(end: MuxEnd, asked: MuxFrame, within_s: float = ANSWER_WITHIN_S) -> PlistDict:
    """Send a request and return the body of what comes back.

    Raises:
        UpstreamLost: nothing came, or nothing that a usbmuxd would say.
    """
    end.send(asked)
    try:
        async with asyncio.timeout(within_s):
            frame = await end.frame()
    except (WireError, TimeoutError) as error:
        raise UpstreamLost(f"usbmuxd did not answer {asked.message_type}: {error}") from error
    if not isinstance(frame, MuxFrame):
        raise UpstreamLost(f"usbmuxd went away instead of answering {asked.message_type}")
    return frame.body


async def ask(address: str, message_type: str, **fields: object) -> PlistDict:
    """Ask a usbmuxd one thing, on a connection of its own; raises as ``dial`` and ``answer_of`` do."""
    end = await dial(address)
    try:
        return await answer_of(end, request(message_type, **fields))
    finally:
        end.abort()


class Watch:
    """What a usbmuxd tells of its phones, from ``start`` to ``close``.

    Args:
        address: of the usbmuxd.
        tell: called with each ``Attached``, ``Detached`` and ``Paired`` message. When the usbmuxd is lost,
            what it had is told ``Detached``.

    Attributes:
        buid: the identifier under which its phones know their host; empty before it has told.
    """

    def __init__(self, address: str, tell: Callable[[PlistDict], None]) -> None:
        self.buid = ""
        self._address = address
        self._tell = tell
        self._there: dict[int, PlistDict] = {}
        self._heard = asyncio.Event()
        self._follows = False
        self._task: asyncio.Task[None] | None = None

    @property
    def attached(self) -> tuple[PlistDict, ...]:
        """The ``Attached`` message of everything that is there."""
        return tuple(self._there.values())

    def start(self) -> None:
        """Begin, and never end by itself."""
        self._task = asyncio.create_task(self._go_on(), name=f"watching {self._address}")

    async def heard(self, within_s: float) -> bool:
        """Whether it is known by now which phones are there, or that there is no usbmuxd.

        Args:
            within_s: how long that is waited for, in wall seconds.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._heard.wait()
        return self._heard.is_set()

    async def close(self) -> None:
        """Watch no more; nothing is told after this returns."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _go_on(self) -> None:
        failures = 0
        while True:
            self._follows = False
            try:
                await self._follow()
            except UpstreamLost:
                pass  # sought again below
            except Exception as error:
                # What it said made no sense. A watch that ended here would show for good what it had then.
                _log.warning("usbmuxd at %s is listened to anew: %r", self._address, error)
                self._follows = False
            # One that answered and went is sought again as soon as one that was never lost.
            failures = 0 if self._follows else failures + 1
            self._forget_all()
            self._heard.set()
            await asyncio.sleep(PAUSES_S[min(failures, len(PAUSES_S) - 1)])

    async def _follow(self) -> None:
        end = await dial(self._address)
        try:
            told = await answer_of(end, request("Listen"))
            if told.get("Number") != MuxResult.OK:
                raise UpstreamLost(f"usbmuxd at {self._address} does not tell of its phones: {told}")
            self.buid = str((await ask(self._address, "ReadBUID")).get("BUID", ""))
            # Listening began before the list was made, and is read after it: whatever changes between comes
            # a second time, and nothing is missed.
            for message in (await ask(self._address, "ListDevices")).get("DeviceList", ()):
                self._note(message)
            self._follows = True
            self._heard.set()
            await self._listen(end)
        finally:
            end.abort()

    async def _listen(self, end: MuxEnd) -> None:
        try:
            while isinstance(frame := await end.frame(), MuxFrame):
                self._note(frame.body)
        except WireError as error:
            raise UpstreamLost(f"usbmuxd at {self._address} talks nonsense: {error}") from error
        raise UpstreamLost(f"usbmuxd at {self._address} went away")

    def _note(self, message: PlistDict) -> None:
        device_id = message.get("DeviceID")
        if not isinstance(device_id, int):
            return
        kind = message.get("MessageType")
        if kind == "Attached":
            if device_id in self._there:
                return
            self._there[device_id] = message
        elif device_id not in self._there:
            return
        elif kind == "Detached":
            del self._there[device_id]
        self._tell(message)

    def _forget_all(self) -> None:
        for device_id in tuple(self._there):
            self._note({"MessageType": "Detached", "DeviceID": device_id})
