"""Starting a UI test runner, and reaching the port it serves.

Imports pymobiledevice3 only when a port is reached, which no test without a screen does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from harness.drivers.pmd3.errors import Guard
from harness.errors import CommandRefused, DeviceLost
from harness.model.identity import Connection, PhoneIdentity

RUNNER_OPTIONS: Mapping[str, bool] = {
    "StartSuspendedKey": False,
    "KillExisting": True,
    "ActivateSuspended": True,
}
"""How a runner is started so that it stays in the background. Source: appium-and-wda.md §6."""

CONNECT_S = 10.0
"""Protective deadline of one connection, in wall seconds; usbmuxd answers within milliseconds."""

_AT_USBMUX = {Connection.USB: "USB", Connection.NETWORK: "Network"}
"""Connection -> usbmuxd's word for it."""


_FIXES: Mapping[Connection | None, str] = {
    None: "Plug its cable in.",
    Connection.USB: "Plug its cable in.",
    Connection.NETWORK: "Bring it into this host's network, unlock it, or plug its cable in.",
}
"""Connection -> what to do about a phone that is not attached so."""


class Ports:
    """The TCP ports of one phone, reached through usbmuxd whatever its iOS.

    usbmuxd passes on any port, so what happens to a tunnel does not matter here.

    Args:
        identity: the phone.
        usbmux: address of usbmuxd; ``None`` for this host's own.
        connection: by cable or by network; ``None`` for the cable where there is one.
    """

    def __init__(self, identity: PhoneIdentity, usbmux: str | None, connection: Connection | None) -> None:
        self._identity = identity
        self._usbmux = usbmux
        self._connection = connection
        self._opened: set[asyncio.StreamWriter] = set()

    async def connect(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection to a port that a process of the phone listens at.

        Raises:
            CommandRefused: nothing listens there.
            DeviceLost: the phone is not attached, or not in that way.
        """
        async with Guard(self._identity.name, f"connecting to port {port}", CONNECT_S):
            reader, writer = await self._dial(port)
        self._opened = {each for each in self._opened if not each.is_closing()} | {writer}
        return reader, writer

    def close(self) -> None:
        """Close whatever is still open."""
        opened, self._opened = self._opened, set()
        for writer in opened:
            writer.close()

    async def _dial(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        from pymobiledevice3.exceptions import ConnectionFailedError, ConnectionFailedToUsbmuxdError
        from pymobiledevice3.usbmux import select_device

        how = _AT_USBMUX[self._connection] if self._connection else None
        device = await select_device(self._identity.udid, connection_type=how, usbmux_address=self._usbmux)
        if device is None:
            raise DeviceLost(
                "it is not attached" if how is None else f"it is not attached by {self._connection}",
                phone=self._identity.name,
                fix=_FIXES[self._connection],
            )
        try:
            connected = await device.connect(port, usbmux_address=self._usbmux)
        except ConnectionFailedToUsbmuxdError:
            raise  # a kind of the next one, and says nothing of the phone's port
        except ConnectionFailedError as error:
            raise CommandRefused(
                f"nothing listens at its port {port}",
                phone=self._identity.name,
                fix="Start what should listen there.",
            ) from error
        return await asyncio.open_connection(sock=connected)
