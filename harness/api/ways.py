"""The ways to the phones that this process holds: sockets of agents, carried by ssh from other machines."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING

from harness.config.devices import DevicesFile
from harness.config.places import make_socket_dir
from harness.config.privatedir import PrivateDirectory
from harness.farm.leases.grants import Grant
from harness.runtime.loop import LoopThread

if TYPE_CHECKING:
    from harness.farm.gate.carrier import Carried
    from harness.farm.gate.worker import WorkerSocket

OPEN_S = 45.0
"""Protective deadline of opening a way, in wall time; ssh has its own, which is shorter."""

CARRIED_NAME = "0123456789abcdef.sock"
"""A name as long as that of a socket that is carried."""


def by_ssh(file: DevicesFile | None, here: str) -> Mapping[str, str]:
    """Host -> where ``ssh`` finds it, of those that sockets are carried from.

    A mini has no key for itself, and what its own agent opens is there already.

    Args:
        file: the devices.yaml.
        here: this machine, as the file calls it; empty where it is none of its hosts.
    """
    hosts = file.hosts.items() if file else ()
    return {name: spec.ssh for name, spec in hosts if spec.ssh and name != here}


class Ways:
    """What leads to the phones of a process.

    Args:
        loop: the loop that phones are opened on.
        ssh: host -> where ``ssh`` finds it; sockets of a host that is not in it are on this machine.
    """

    def __init__(self, loop: LoopThread, ssh: Mapping[str, str]) -> None:
        self._loop = loop
        self._ssh = ssh
        self._muxes: dict[str, str | None] = {}
        self._carried: dict[str, Carried] = {}
        self._directory: PrivateDirectory | None = None
        self._socket: WorkerSocket | None = None

    def lead(self, grant: Grant, own: str | None, *, clock: bool = False) -> str | None:
        """Where the usbmuxd is that leads to a phone; carried here if it is on another machine.

        Args:
            grant: of the phone.
            own: the usbmuxd by which it is reached without an agent; ``None`` is this machine's.
            clock: whether the grant leads to a clock too, which then stands beside its usbmuxd.

        Raises:
            HostLost: its machine cannot be reached, or has no such socket.
        """
        mux = own
        if grant.mux:
            ssh = self._ssh.get(grant.host)
            mux = self._carry(ssh, grant, clock=clock) if ssh else grant.mux
        self._muxes[grant.udid] = mux
        if self._socket is not None:
            self._show(self._socket, grant.udid)
        return mux

    def _carry(self, ssh: str, grant: Grant, *, clock: bool) -> str:
        from harness.farm.gate.carrier import carry

        if self._directory is None:
            self._directory = make_socket_dir(CARRIED_NAME)
        carrying = carry(ssh, grant.mux, self._directory.path, clock=clock)
        carried = self._loop.run(carrying, OPEN_S, what=f"reaching {grant.host} by ssh")
        self._carried[grant.udid] = carried
        return carried.path

    def socket(self) -> str:
        """The one socket of this process, opened when first asked for: it shows the phones that are held.

        Raises:
            DeviceLost: one of them is not to be seen.
        """
        from harness.farm.gate.worker import WorkerSocket

        if self._socket is None:
            self._socket = self._loop.run(WorkerSocket.open(), OPEN_S, what="opening the worker's socket")
            for udid in self._muxes:
                self._show(self._socket, udid)
        return self._socket.path

    def _show(self, socket: WorkerSocket, udid: str) -> None:
        taking = socket.take(udid, self._muxes[udid])
        self._loop.run(taking, OPEN_S, what=f"showing {udid} at the worker's socket")

    def check(self, udid: str) -> None:
        """Whether what carries a phone here still does; a phone that is not carried is no error.

        Raises:
            HostLost: it does not, and says nothing of the phone.
        """
        if carried := self._carried.get(udid):
            self._loop.run(carried.check(), OPEN_S, what="asking what is at the far end of ssh")

    def leave(self, udid: str) -> None:
        """Give up the way to a phone; one that nothing leads to is no error."""
        self._muxes.pop(udid, None)
        carried = self._carried.pop(udid, None)
        try:
            if self._socket is not None:
                self._loop.run(self._socket.let_go(udid), OPEN_S, what=f"hiding {udid}")
        finally:
            if carried is not None:
                self._loop.run(carried.close(), OPEN_S, what="ending ssh")

    def close(self) -> None:
        """Give up every way, also when one of them cannot be closed any more."""
        with ExitStack() as closing:
            closing.callback(self._remove_directory)
            closing.callback(self._close_socket)
            for udid in list(self._muxes):
                closing.callback(self.leave, udid)

    def _close_socket(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            self._loop.run(socket.close(), OPEN_S, what="closing the worker's socket")

    def _remove_directory(self) -> None:
        directory, self._directory = self._directory, None
        if directory is not None:
            directory.remove()
