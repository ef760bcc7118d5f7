"""A usbmuxd of our own, which shows only the phones that were attached to it.

Fencing has to hold for clients that know nothing of leases: they find phones through usbmuxd, so what a lease
may use is what its usbmuxd shows, and a lease is over when that usbmuxd has cut what ran through it. One
class serves both sides of the rack: on the phones' host it is the socket of one grant, with one phone; beside
a test run it is the one socket of a worker, with all phones that the worker holds, of however many hosts.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import uuid
from typing import Any

from harness.errors import ConfigError
from harness.farm.gate.client import Client
from harness.farm.gate.listening import Listening
from harness.farm.gate.muxend import MuxEnd
from harness.farm.gate.shown import Show, ShownPhone, Way, key_of
from harness.farm.gate.upstream import address_of
from harness.model.identity import Connection

HEARD_WITHIN_S = 2.0
"""Wall seconds for which a list of phones waits for a usbmuxd that has not told of any yet."""


class UsbmuxRelay:
    """See the module. Used on one event loop.

    Attributes:
        path: of its socket; empty before ``start``.
    """

    def __init__(self) -> None:
        self.path = ""
        self._own_buid = str(uuid.uuid4()).upper()
        self._show = Show(self._tell)
        self._clients: set[Client] = set()
        self._listeners: list[Client] = []
        self._accepting: set[asyncio.Task[None]] = set()
        self._client_numbers = itertools.count(1)
        self._listening = Listening(self._accept)

    async def start(self, path: str) -> None:
        """Serve clients at a Unix socket that only this user can open.

        Args:
            path: where it is to be, at most 100 bytes, in a directory of this user's alone.

        Raises:
            ConfigError: the path is too long for a socket.
            OSError: it cannot be made there.
        """
        self._listening.open(path)
        self.path = path

    async def stop(self) -> None:
        """Cut every client, show nothing and leave no file; stopping twice is no error."""
        self._listening.close()
        for task in tuple(self._accepting):
            task.cancel()
        await asyncio.gather(*self._accepting, return_exceptions=True)
        await asyncio.gather(*(client.cut() for client in tuple(self._clients)))
        for phone in self._show.phones:
            self._show.take_down(phone)
        await self._show.tidy()

    def attach(self, udid: str, upstream: str | None, *, connection: Connection | None = None) -> None:
        """Show a phone from now on, whenever its usbmuxd has it; listeners hear of it.

        Args:
            udid: the phone.
            upstream: address of the usbmuxd behind which it is; ``None`` for that of this process.
            connection: show only this way to it; ``None`` for every way.

        Raises:
            ConfigError: the usbmuxd is this relay itself.
            ValueError: the phone is shown already.
        """
        address = address_of(upstream)
        if address == self.path:
            raise ConfigError(f"the phones of {address} cannot be found behind {address} itself")
        self._show.put_up(udid, address, connection)

    async def detach(self, udid: str) -> None:
        """Show a phone no more and cut every connection to it; one that is not shown is no error.

        When this returns, nothing that its clients have sent is on its way to the phone from here.
        """
        phone = self._show.phone(udid)
        if phone is None:
            return
        self._show.take_down(phone)
        await asyncio.gather(*(client.cut() for client in self._clients_of(udid)))
        await self._show.tidy()

    async def shown(self, udid: str, within_s: float) -> bool:
        """Whether clients see a phone.

        Args:
            udid: the phone.
            within_s: how long its usbmuxd is given to tell of it, in wall seconds.
        """
        return await self._show.is_there(udid, within_s)

    def connections(self, udid: str) -> int:
        """How many clients are connected to a phone, or about to be."""
        return len(self._clients_of(udid))

    @property
    def udids(self) -> tuple[str, ...]:
        """The phones that clients see now, as their usbmuxds write them, each once."""
        serials = (str(way.properties["SerialNumber"]) for way in self._show.ways)
        return tuple(dict.fromkeys(serials))

    # What its clients ask of it.

    async def attached_messages(self) -> list[dict[str, Any]]:
        """An ``Attached`` message for every way in which one of the phones is there."""
        await self._show.heard(HEARD_WITHIN_S)
        return [way.message() for way in self._show.ways]

    async def buid(self) -> str:
        """The identifier under which the phones know their host: that of the first phone's.

        Pair records name it, so a client that pairs must be told the one of the phone's host.
        """
        await self._show.heard(HEARD_WITHIN_S)
        return self._show.buid() or self._own_buid

    def way(self, device_id: object) -> Way | None:
        """What clients know by a number."""
        return self._show.way(device_id)

    def phone(self, udid: str) -> ShownPhone | None:
        """A phone that is shown, whether it is there or not."""
        return self._show.phone(udid)

    def listen(self, client: Client) -> None:
        """Tell a client of every phone that is there, comes and goes."""
        for way in self._show.ways:
            client.tell(way.message())
        if client not in self._listeners:
            self._listeners.append(client)

    def unlisten(self, client: Client) -> None:
        """Tell it no more; a client that never listened is no error."""
        if client in self._listeners:
            self._listeners.remove(client)

    def listeners(self) -> list[dict[str, Any]]:
        """What is told of the clients that listen."""
        return [client.as_listener for client in self._listeners]

    def forget(self, client: Client) -> None:
        """A client is over."""
        self.unlisten(client)
        self._clients.discard(client)

    def _clients_of(self, udid: str) -> list[Client]:
        return [client for client in self._clients if client.phone_key == key_of(udid)]

    def _tell(self, message: dict[str, Any]) -> None:
        for client in self._listeners:
            client.tell(message)

    def _accept(self, connection: socket.socket) -> None:
        task = asyncio.create_task(self._welcome(connection), name="accepting a client of a usbmuxd relay")
        self._accepting.add(task)

        def over(done: asyncio.Task[None]) -> None:
            # Also of a task that was cancelled before it began.
            self._accepting.discard(done)
            if done.cancelled() or done.exception() is not None:
                connection.close()

        task.add_done_callback(over)

    async def _welcome(self, connection: socket.socket) -> None:
        _, end = await asyncio.get_running_loop().connect_accepted_socket(MuxEnd, connection)
        self._clients.add(Client(self, end, next(self._client_numbers)))
