"""The phones of one host, with an oracle that sees who is at them.

``python -m tests.rack.phones DEVICES TOLD PARENT`` runs what ``harness virtual serve`` runs, and writes what
the oracle sees to the file ``TOLD``, one line of JSON each: a client that it met, something that is wrong,
and at the end who is still connected.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import ssl
import sys
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import asdict
from pathlib import Path

from harness.model.identity import Connection
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.serve import ServeOptions, serve
from harness.virtual.transport.device import LOCKDOWN_PORT, DeviceEnd
from harness.virtual.transport.offers import ServiceOffer
from harness.virtual.transport.stream import READ_LIMIT_BYTES, Stream, TlsStream
from harness.virtual.transport.trust import TrustedHost
from tests.rack.oracle import Client, Finding, Oracle

Serve = Callable[[Stream], Awaitable[None]]


class Tap:
    """One connection to a phone, as the phone sees it; see ``Stream``.

    Args:
        inner: the connection.
        heard: is told what came in.
    """

    def __init__(self, inner: Stream, heard: Callable[[bytes], None]) -> None:
        self._inner = inner
        self._heard = heard

    async def read(self, limit_bytes: int = READ_LIMIT_BYTES) -> bytes:
        data = await self._inner.read(limit_bytes)
        self._heard(data)
        return data

    async def readexactly(self, size_bytes: int) -> bytes:
        data = await self._inner.readexactly(size_bytes)
        self._heard(data)
        return data

    def write(self, data: bytes) -> None:
        self._inner.write(data)

    async def drain(self) -> None:
        await self._inner.drain()

    @property
    def unsent_bytes(self) -> int:
        return self._inner.unsent_bytes

    @property
    def is_closed(self) -> bool:
        return self._inner.is_closed

    def close(self) -> None:
        self._inner.close()

    async def start_tls(self, context: ssl.SSLContext) -> TlsStream:
        return await TlsStream.accept(self, context)


class Watching:
    """Has an oracle see every connection to every phone of this process.

    Args:
        told: the file that is written to.
    """

    def __init__(self, told: Path) -> None:
        self._told = told.open("a", buffering=1)
        self._oracle = Oracle(self._found, self._met)
        self._phones: dict[str, VirtualPhone] = {}
        self._numbers = itertools.count()
        self._at_hand: ContextVar[list[Client]] = ContextVar("client")
        self._started: dict[tuple[str, int], Client] = {}

    def begin(self) -> None:
        """See what is opened from now on."""
        watching, open_port, start_service = self, DeviceEnd.open_port, DeviceEnd.start_service

        def opened(self: DeviceEnd, port: int, connection: Connection = Connection.USB) -> Serve | None:
            watching._phones[self.udid] = self.phone
            serving = open_port(self, port, connection)
            client = watching._started.pop((self.udid, port), None)
            if serving is None or (client is None and port != LOCKDOWN_PORT):
                return serving
            return watching._watched(self.udid, serving, client)

        def started(self: DeviceEnd, offer: ServiceOffer, host: TrustedHost) -> int:
            port = start_service(self, offer, host)
            for client in watching._at_hand.get([])[:1]:
                watching._started[self.udid, port] = client
            return port

        DeviceEnd.open_port = opened
        DeviceEnd.start_service = started

    def end(self) -> None:
        """Say who is still connected."""
        self._say(live=self._oracle.live())
        self._told.close()

    def _watched(self, udid: str, serving: Serve, client: Client | None) -> Serve:
        number, who = next(self._numbers), [client] if client else []

        def heard(data: bytes) -> None:
            if not who and (told := Client.told_in(data)):
                who.append(told)
            if who and data:
                self._oracle.spoke(udid, number, who[0])

        async def watched(stream: Stream) -> None:
            self._at_hand.set(who)
            try:
                await serving(Tap(stream, heard))
            finally:
                self._oracle.ended(udid, number)

        return watched

    def _met(self, udid: str, client: Client) -> str:
        self._say(met=str(client), udid=udid)
        return "" if self._phones[udid].conditions.wifi_on else "Wi-Fi off"

    def _found(self, finding: Finding) -> None:
        self._say(**asdict(finding))

    def _say(self, **fields: object) -> None:
        self._told.write(json.dumps(fields) + "\n")


def main() -> None:
    """Serve until told to end."""
    devices, told, parent = sys.argv[1:]
    watching = Watching(Path(told))
    watching.begin()
    try:
        asyncio.run(serve(ServeOptions(Path(devices), parent=int(parent))))
    finally:
        watching.end()


if __name__ == "__main__":
    main()
