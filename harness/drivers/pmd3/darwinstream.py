"""Darwin notifications of chosen names, relayed by notification_proxy.

Guessed: the phone relays notifications of different names in the order in which they were posted. Its
proxy is one process with one connection to notifyd and one to us, so nothing is there to turn them around.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from harness.drivers.pmd3.activity import Activity
from harness.drivers.pmd3.closing import close_within, closed_on_failure
from harness.drivers.pmd3.opened import Opened
from harness.drivers.pmd3.way import Way
from harness.errors import DeviceLost
from harness.model.raw import DarwinNotice

if TYPE_CHECKING:
    from pymobiledevice3.service_connection import ServiceConnection

COMMAND_S = 20.0

SENTINEL = "dev.harness.sentinel"
"""What the names of our own notifications begin with."""


class Pmd3DarwinStream:
    """Notifications that the phone relays; implements ``model.capabilities.DarwinStream``.

    Theory of a round trip: the proxy answers nothing, so the stream posts a notification of its own and
    waits until that is relayed. Each round trip under way has a name to itself, because notifyd may make
    one of two posts of the same name. A name that came back is used again; one that did not never is, for
    it might still come.

    Args:
        phone: the phone's name.
        way: the way to the phone, as the proxy was opened on it.
        connection: the open proxy. The connection and not the service: once closed, a service connects
            again when it is read.
        activity: touched for each notification.
    """

    def __init__(self, phone: str, way: Way, connection: ServiceConnection, activity: Activity) -> None:
        self._phone = phone
        self._opened = Opened(phone, way, "stream of Darwin notifications")
        self._connection = connection
        self._activity = activity
        self._early: deque[DarwinNotice] = deque()
        self._under_way: dict[str, asyncio.Future[None]] = {}
        self._spare: list[str] = []
        self._ended = False

    def __aiter__(self) -> AsyncIterator[DarwinNotice]:
        """Notifications in the order of the wire; ends when the connection is gone or the stream closed."""
        return self._notices()

    async def observe(self, names: Sequence[str]) -> None:
        """Have the phone relay notifications; returns once it has shown that it does. Called once, first.

        Raises:
            DeviceLost: the connection ended first.
        """
        for name in names:
            await self._send("ObserveNotification", name)
        sentinel = await self._sentinel()
        await self._send("PostNotification", sentinel)
        while (name := await self._next_name()) != sentinel:
            if name is None:
                raise self._lost()
            self._early.append(DarwinNotice(time.monotonic(), name))
        self._spare.append(sentinel)

    async def round_trip(self) -> None:
        """Return when a notification that this call posted came back: all relayed before was yielded.

        Somebody must be iterating meanwhile: a notification counts as yielded once the next one is asked
        for.

        Raises:
            DeviceLost: the stream ended first.
            CommandTimeout: it did not come back, or nobody iterates.
        """
        async with self._opened.command("a round trip on the Darwin notifications", COMMAND_S):
            sentinel = await self._sentinel()
            came_back: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._under_way[sentinel] = came_back
            try:
                await self._send("PostNotification", sentinel)
                if self._ended:
                    raise self._lost()
                await came_back
            finally:
                del self._under_way[sentinel]
            self._spare.append(sentinel)

    async def close(self) -> None:
        """Close the connection; a lost phone is no error."""
        self._opened.close()
        await close_within(self._phone, "the Darwin notifications", self._connection.close())

    async def _notices(self) -> AsyncIterator[DarwinNotice]:
        while self._early:
            self._activity.touch()
            yield self._early.popleft()
        while (name := await self._next_name()) is not None:
            came_back = self._under_way.get(name)
            if came_back is not None and not came_back.done():
                came_back.set_result(None)
            elif not name.startswith(SENTINEL):
                self._activity.touch()
                yield DarwinNotice(time.monotonic(), name)
        self._end()
        # Who opens the stream again has forgotten this one.
        await self.close()

    def _end(self) -> None:
        self._ended = True
        for came_back in self._under_way.values():
            if not came_back.done():
                came_back.set_exception(self._lost())

    async def _next_name(self) -> str | None:
        """The next notification; ``None`` when the proxy, or the connection to it, is gone."""
        from pymobiledevice3.exceptions import PyMobileDevice3Exception

        while True:
            try:
                message: Any = await self._connection.recv_plist()
            except (PyMobileDevice3Exception, OSError):
                # Behind something unintelligible nothing can be trusted either.
                return None
            match message:
                case {"Command": "RelayNotification", "Name": str(name)}:
                    return name
                case {"Command": "ProxyDeath"}:
                    return None
                case _:
                    continue

    async def _sentinel(self) -> str:
        """A name that is observed, and of which no post is under way."""
        if self._spare:
            return self._spare.pop()
        name = f"{SENTINEL}.{uuid.uuid4().hex}"
        await self._send("ObserveNotification", name)
        return name

    async def _send(self, command: str, name: str) -> None:
        await self._connection.send_plist({"Command": command, "Name": name})

    def _lost(self) -> DeviceLost:
        return DeviceLost(
            "the stream of Darwin notifications has ended",
            phone=self._phone,
            fix="Check the cable and open the phone again.",
        )


async def start_darwin(way: Way, phone: str, activity: Activity, names: Sequence[str]) -> Pmd3DarwinStream:
    """Start to relay notifications; returns once the phone has shown that it does."""
    from pymobiledevice3.service_connection import ServiceConnection
    from pymobiledevice3.services.notification_proxy import NotificationProxyService

    service = NotificationProxyService(way.provider)
    await service.connect()
    async with closed_on_failure(service.close):
        connection = service.service
        if not isinstance(connection, ServiceConnection):
            raise DeviceLost(
                "the notification proxy hung up as it was opened", phone=phone, fix="Check the cable."
            )
        stream = Pmd3DarwinStream(phone, way, connection, activity)
        await stream.observe(names)
    return stream
