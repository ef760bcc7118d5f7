"""The sockets that an agent has open: one for each phone at the most, for the grant it belongs to."""

from __future__ import annotations

from pathlib import Path

from harness.errors import DeviceLost
from harness.farm.agent.attendance import HostPhone
from harness.farm.gate.epochs import Epochs
from harness.farm.gate.scoped import ScopedSocket
from harness.farm.leases.grants import Grant


class ScopedGates:
    """Opens and closes the sockets of grants; see ``parts.Gates``.

    Args:
        directory: a private one with a short path, which ends with the agent.
        epochs: what this host has served, on its own disk.
    """

    def __init__(self, directory: Path, epochs: Epochs) -> None:
        self._directory = directory
        self._epochs = epochs
        self._open: dict[str, ScopedSocket] = {}
        self._spent: dict[str, int] = {}

    async def open(self, grant: Grant, phone: HostPhone) -> str:
        """Open a grant's socket, unless it stands already; returns its path.

        Raises:
            DeviceLost: the phone is not there. The grant is used up: asked again, it is refused alike.
            StaleEpoch: a later grant was let through before, so the database is older than this host.
            OSError: no socket can be made.
        """
        stood = self._open.get(grant.udid)
        if stood is not None and stood.epoch == grant.epoch:
            return stood.path
        if self._spent.get(grant.udid) == grant.epoch:
            raise DeviceLost("it was not there when its grant was to be opened", phone=phone.name)
        if stood is not None:
            await self._end(stood)
        try:
            opened = await ScopedSocket.open(
                self._directory,
                grant.udid,
                grant.epoch,
                self._epochs,
                upstream=phone.reach.usbmux,
                connection=phone.connection,
                clock=phone.reach.clock,
            )
        except DeviceLost:
            self._spent[grant.udid] = grant.epoch
            raise
        self._open[grant.udid] = opened
        return opened.path

    async def close(self, grant: Grant) -> None:
        """Close a grant's socket and abort what goes through it; that of a later grant is left alone."""
        stood = self._open.get(grant.udid)
        if stood is not None and stood.epoch <= grant.epoch:
            await self._end(stood)

    def connections(self, udid: str) -> int:
        """How many clients are connected to a phone through its grant's socket."""
        stood = self._open.get(udid)
        return stood.connections if stood is not None else 0

    async def _end(self, stood: ScopedSocket) -> None:
        await stood.close()
        self._open.pop(stood.udid, None)
