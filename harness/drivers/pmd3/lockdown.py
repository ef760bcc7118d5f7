"""Lockdown over usbmux, of which nothing stays open when its opening is cut short, or the way is closed.

Imports pymobiledevice3, so it is imported only once a phone is looked at or opened.
"""

from __future__ import annotations

import asyncio
from typing import Any

from pymobiledevice3.exceptions import ConnectionTerminatedError, NotPairedError
from pymobiledevice3.lockdown import SERVICE_PORT, UsbmuxLockdownClient
from pymobiledevice3.service_connection import ServiceConnection

from harness.drivers.pmd3.closing import closed_on_failure
from harness.model.identity import Connection

_AT_USBMUX = {Connection.USB: "USB", Connection.NETWORK: "Network"}
"""Connection -> usbmuxd's word for it."""

UNWANTED_S = 1.0
"""How long the close of the way waits, in wall seconds, for openings that nobody waits for any more."""


class SessionOver(ConnectionTerminatedError):
    """Lockdown's connection has ended, or the phone no longer knows the session on it."""


class Lockdown(UsbmuxLockdownClient):
    """A client of lockdown, on whose session several may ask at once, and which can lose it.

    A session that is over is replaced by another one, once for all who miss it, and only when that one is
    complete. The library replaces it in place: who asks meanwhile speaks amid the handshake, or replaces it,
    too. That handshake breaks, the library believes that the phone has removed its pairing, forgets the
    record, and from then on no service is started any more, while lockdown itself answers.

    It closes its connection when its opening does not come to its end. The library closes it when the
    opening fails, and not when it is cancelled.

    It also knows every connection that it has opened to a service: with the way to the phone all are
    closed, and not when lockdown's own was lost and only that one is opened again.
    """

    _opened: frozenset[ServiceConnection] = frozenset()
    _unwanted: frozenset[asyncio.Task[ServiceConnection]] = frozenset()
    _replacing: asyncio.Lock | None = None
    """What it takes to replace the session; there is none before it was opened, nor once it is closed."""

    def opened(self) -> None:
        """Its opening has come to its end: from now on a session that is over is replaced."""
        self._replacing = asyncio.Lock()

    async def areestablish_connection(self) -> None:
        """The library would replace the session from here; see ``_request``, which knows which one is over.

        Raises:
            SessionOver: always.
        """
        raise SessionOver

    async def _request(self, *what: Any, **how: Any) -> dict[str, Any]:
        """Ask lockdown; where the session turns out to be over, once more in another one.

        Raises:
            NotPairedError: the phone has removed its pairing with this host meanwhile.
            SessionOver: nor is there an answer in the other one, or this client has been closed.
        """
        asked, was_paired = self.service, self.paired
        try:
            return await super()._request(*what, **how)
        except SessionOver:
            if self._replacing is None:
                raise
            async with self._replacing:
                if self.service is asked:
                    await self._replace_session()
            if was_paired and not self.paired:
                raise NotPairedError from None
            return await super()._request(*what, **how)

    async def _replace_session(self) -> None:
        over = self.service
        by = over.mux_device.connection_type if over.mux_device else None
        fresh = await _started(self.identifier, self.usbmux_address, by)
        if self._replacing is None:
            await fresh.close()
            raise SessionOver
        _hand_over(fresh, self)
        await over.close()

    async def close_all(self) -> None:
        """Close lockdown's connection, and whatever is still open to a service, or about to be."""
        self._replacing = None
        if self._unwanted:
            await asyncio.wait(self._unwanted, timeout=UNWANTED_S)
        for opening in self._unwanted:
            opening.cancel()
        await asyncio.gather(*self._unwanted, return_exceptions=True)
        left, self._opened = self._opened, frozenset()
        await asyncio.gather(self.close(), *(service.close() for service in left))

    async def create_service_connection(self, *where: Any, **how: Any) -> ServiceConnection:
        """Open a connection to a port of the phone; if nobody waits for it any more, it is closed once open.

        Its opening is not cut short. The library closes the socket then, and where the TLS handshake has
        ended in that very turn asyncio goes on with it: the next connection that gets its number fails.
        """
        opening = asyncio.create_task(self._open(*where, **how), name="opening a connection to a service")
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            self._unwanted |= {opening}
            opening.add_done_callback(self._close_unwanted)
            raise

    def _close_unwanted(self, opening: asyncio.Task[ServiceConnection]) -> None:
        self._unwanted -= {opening}
        if not opening.cancelled() and opening.exception() is None:
            opening.result().writer.close()

    async def _open(self, *where: Any, **how: Any) -> ServiceConnection:
        service = await super().create_service_connection(*where, **how)
        still_open = {known for known in self._opened if not known.writer.is_closing()}
        self._opened = frozenset(still_open | {service})
        return service

    async def _initialize(self) -> None:
        async with closed_on_failure(self.close):
            await super()._initialize()

    async def _handle_autopair(self, *arguments: Any, **named: Any) -> None:
        async with closed_on_failure(self.close):
            await super()._handle_autopair(*arguments, **named)


def _hand_over(fresh: UsbmuxLockdownClient, to: UsbmuxLockdownClient) -> None:
    """Give a client the session of another one, in one turn: nobody sees half of it."""
    to.service, to.session_id = fresh.service, fresh.session_id
    to.paired, to.pair_record = fresh.paired, fresh.pair_record
    to.all_values = fresh.all_values


async def open_lockdown(udid: str, usbmux: str | None, connection: Connection | None = None) -> Lockdown:
    """Open lockdown, with a session if the phone trusts this host; the caller closes it.

    Args:
        udid: the phone.
        usbmux: address of usbmuxd; ``None`` for that of this process.
        connection: by cable or by network; ``None`` for the cable where there is one.
    """
    client = await _started(udid, usbmux, _AT_USBMUX[connection] if connection else None)
    client.opened()
    return client


async def _started(udid: str | None, usbmux: str | None, by: str | None) -> Lockdown:
    """A client with its first session; ``by`` is usbmuxd's word for the connection."""
    service = await ServiceConnection.create_using_usbmux(
        udid, SERVICE_PORT, connection_type=by, usbmux_address=usbmux
    )
    found = service.mux_device
    # No automatic pairing: it would put a dialog on the phone and wait for a person.
    client: Lockdown = await Lockdown.create(
        service, identifier=found.serial if found else udid, autopair=False, usbmux_address=usbmux
    )
    return client
