"""The socket of one grant: a usbmuxd with one phone, for one turn; beside it, the clock of a virtual phone.

It stands at ``<hash of the UDID>.<epoch>.sock``. Each turn has a path of its own, so a client that still
knows the path of an earlier turn finds nobody there, and never the next holder's socket.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from harness.errors import DeviceLost
from harness.farm.gate.clockgate import MUX_SUFFIX, ClockGate, clock_beside
from harness.farm.gate.epochs import Epochs
from harness.farm.gate.relay import UsbmuxRelay
from harness.model.identity import Connection

SHOWN_WITHIN_S = 5.0
"""Wall seconds in which a phone that is attached is told of by its usbmuxd; a loaded host is slow."""

_HASH_DIGITS = 16


def socket_name(udid: str, epoch: int) -> str:
    """The file name of a grant's socket; of a length that does not depend on the phone."""
    return f"{hashlib.sha256(udid.encode()).hexdigest()[:_HASH_DIGITS]}.{epoch}{MUX_SUFFIX}"


LONGEST_NAME = socket_name("", 10**12)
"""As long as any that will be; for ``config.places.make_socket_dir``."""


class ScopedSocket:
    """One grant's way to its phone, from ``open`` to ``close``.

    Attributes:
        udid: the phone.
        epoch: the turn.
    """

    def __init__(self, udid: str, epoch: int, relay: UsbmuxRelay, clock: ClockGate | None = None) -> None:
        self.udid = udid
        self.epoch = epoch
        self._relay = relay
        self._clock = clock

    @classmethod
    async def open(
        cls,
        directory: Path,
        udid: str,
        epoch: int,
        epochs: Epochs,
        *,
        upstream: str | None = None,
        connection: Connection | None = None,
        clock: str = "",
    ) -> ScopedSocket:
        """Claim the turn and open its socket; returns when clients see the phone there.

        Args:
            directory: a private one with a short path.
            udid: the phone.
            epoch: the turn, above every earlier one of this phone.
            epochs: what this host has served.
            upstream: address of the usbmuxd that has the phone; ``None`` for that of this process.
            connection: the only way to the phone that is to be used; ``None`` for every way.
            clock: path of the clock socket of a virtual phone; empty for a real one.

        Raises:
            StaleEpoch: the turn is not above every earlier one.
            DeviceLost: the usbmuxd does not have the phone. The turn is used up.
            ConfigError: the directory's path is too long.
            OSError: the socket or the file of epochs cannot be written. The turn is not used up.
        """
        epochs.claim(udid, epoch)
        relay, clock_gate = UsbmuxRelay(), ClockGate(udid, clock) if clock else None
        path = str(directory / socket_name(udid, epoch))
        try:
            relay.attach(udid, upstream, connection=connection)
            if not await relay.shown(udid, SHOWN_WITHIN_S):
                what = "its host's usbmuxd does not list it"
                raise DeviceLost(what, phone=udid, fix="Look at its cable, and whether its host sees it.")
            if clock_gate is not None:
                clock_gate.open(clock_beside(path))
            await relay.start(path)
        except DeviceLost:
            await relay.stop()
            raise
        except BaseException:
            epochs.give_back(udid, epoch)
            if clock_gate is not None:
                await clock_gate.close()
            await relay.stop()
            raise
        return cls(udid, epoch, relay, clock_gate)

    @property
    def path(self) -> str:
        """Where clients find it."""
        return self._relay.path

    @property
    def connections(self) -> int:
        """How many clients are connected to the phone through it."""
        return self._relay.connections(self.udid)

    @property
    def is_there(self) -> bool:
        """Whether the phone is attached to its host now."""
        return bool(self._relay.udids)

    async def close(self) -> None:
        """End the turn: nobody finds its sockets, and every connection through them is cut.

        When this returns, nothing that its clients have sent is on its way to the phone from here.
        """
        await self._relay.stop()
        if self._clock is not None:
            await self._clock.close()
