"""The one socket of a worker: a usbmuxd that stays where it is while the worker's phones change.

A client library may take the address of usbmuxd from the environment, once for the whole process, and there
is no other way to tell it: pymobiledevice3 does where it opens the tunnel of iOS 17.4 and later. A worker
holds phones of several hosts one after the other, each behind a socket of its own, so it has one that leads
to all it holds now.
"""

from __future__ import annotations

from harness.config.places import make_socket_dir
from harness.config.privatedir import PrivateDirectory
from harness.errors import DeviceLost
from harness.farm.gate.relay import UsbmuxRelay
from harness.farm.gate.upstream import ADDRESS_VARIABLE, address_of

SHOWN_WITHIN_S = 10.0
"""Wall seconds in which a phone of a grant is to be seen; its socket may be at the far end of ssh."""

_NAME = "worker"


class WorkerSocket:
    """The phones that a worker holds, behind one path, from ``open`` to ``close``; used on one loop."""

    def __init__(self, directory: PrivateDirectory, relay: UsbmuxRelay) -> None:
        self._directory = directory
        self._relay = relay
        # Asked now: soon the environment of this process may name the worker's own socket.
        self._machines = address_of(None)

    @classmethod
    async def open(cls) -> WorkerSocket:
        """Open it with no phone, in a private directory of its own.

        Raises:
            ConfigError: there is no directory with a path that is short enough.
        """
        directory = make_socket_dir(_NAME)
        relay = UsbmuxRelay()
        try:
            await relay.start(str(directory.path / _NAME))
        except BaseException:
            directory.remove()
            raise
        return cls(directory, relay)

    @property
    def path(self) -> str:
        """Where it is, for as long as it is open."""
        return self._relay.path

    @property
    def environment(self) -> dict[str, str]:
        """What leads clients to it that are started with it, or in this process."""
        return {ADDRESS_VARIABLE: self.path}

    @property
    def udids(self) -> tuple[str, ...]:
        """The phones that its clients see now."""
        return self._relay.udids

    async def take(self, udid: str, mux: str | None) -> None:
        """Show a phone; returns when clients see it.

        Args:
            udid: the phone.
            mux: the socket of its grant, on this machine; ``None`` for this machine's own usbmuxd, through
                which a phone is reached that has no agent.

        Raises:
            DeviceLost: it is not to be seen behind that socket; it is then not shown here.
            ValueError: it is shown already.
        """
        self._relay.attach(udid, mux or self._machines)
        try:
            if await self._relay.shown(udid, SHOWN_WITHIN_S):
                return
        except BaseException:
            await self._relay.detach(udid)
            raise
        await self._relay.detach(udid)
        fix = "See what `harness agent` says on its host, and whether its cable is in."
        raise DeviceLost("it is not to be seen behind its lease's socket", phone=udid, fix=fix)

    async def let_go(self, udid: str) -> None:
        """Show a phone no more and cut what is connected to it; one that is not shown is no error."""
        await self._relay.detach(udid)

    async def close(self) -> None:
        """Cut everything and remove the socket; closing twice is no error."""
        await self._relay.stop()
        self._directory.remove()
