"""A process that holds phones as a test run does, and does what it is told on stdin, line by line.

``python -m tests.virtual.farm.holder STORE NAME``; each line is a command with its words, each answer is one
line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from pymobiledevice3.usbmux import select_device

from harness.errors import HarnessError
from harness.farm.leases.lease import Lease
from harness.farm.leases.store import LeaseStore
from harness.model.undo import Undo, UndoOp

LOCKDOWN_PORT = 62078
WITHIN_S = 60.0


class Holding:
    """What this process has.

    Args:
        store: where leases are kept.
        name: what others are told of it.
    """

    def __init__(self, store: str, name: str) -> None:
        self._holder = LeaseStore.of(store).register(name)
        self._lease: Lease | None = None
        self._connection: socket.socket | None = None

    @property
    def lease(self) -> Lease:
        """The lease that was acquired."""
        assert self._lease is not None
        return self._lease

    def acquire(self, *udids: str) -> Mapping[str, Any]:
        """Get one of the phones."""
        began_s = time.monotonic()
        self._lease = self._holder.acquire(udids, within_s=WITHIN_S, note="a test")
        (grant,) = self.lease.grants
        waited_s = time.monotonic() - began_s
        return {"udid": grant.udid, "epoch": grant.epoch, "mux": grant.mux, "waited_s": waited_s}

    def ask(self, *udids: str) -> Mapping[str, Any]:
        """Ask once for one of the phones, without waiting."""
        self._lease = self._holder.acquire(udids, within_s=0)
        return {"udid": self.lease.udid}

    def connect(self) -> Mapping[str, Any]:
        """Connect to the phone's lockdown through the grant's socket, by an unmodified client's library."""
        (grant,) = self.lease.grants
        self._connection = asyncio.run(_connected(grant.udid, grant.mux))
        return {}

    def await_cut(self) -> Mapping[str, Any]:
        """Return when the connection has ended."""
        assert self._connection is not None
        self._connection.settimeout(WITHIN_S)
        try:
            came = self._connection.recv(1)
        except ConnectionError as error:
            return {"at_s": time.time(), "how": type(error).__name__}
        return {"at_s": time.time(), "how": "end" if not came else "data"}

    def is_connected(self) -> Mapping[str, Any]:
        """Whether the connection is open."""
        assert self._connection is not None
        self._connection.setblocking(False)
        try:
            return {"is": self._connection.recv(1) != b""}
        except BlockingIOError:
            return {"is": True}
        except ConnectionError:
            return {"is": False}

    def will_switch_wifi(self) -> Mapping[str, Any]:
        """Write down how Wi-Fi is put back."""
        self.lease.will_change(self.lease.udid, UndoOp(Undo.WIFI, "on"))
        return {}

    def check(self) -> Mapping[str, Any]:
        """Whether the phone is this process's still."""
        self.lease.check()
        return {}

    def release(self) -> Mapping[str, Any]:
        """Give it back."""
        self.lease.release()
        return {}


async def _connected(udid: str, usbmux: str) -> socket.socket:
    device = await select_device(udid, usbmux_address=usbmux)
    assert device is not None
    return await device.connect(LOCKDOWN_PORT, usbmux_address=usbmux)


def main() -> None:
    """Do what is told until stdin ends."""
    holding = Holding(*sys.argv[1:])
    commands: Mapping[str, Callable[..., Mapping[str, Any]]] = {
        name: getattr(holding, name)
        for name in (
            *("acquire", "ask", "connect", "await_cut", "is_connected"),
            *("will_switch_wifi", "check", "release"),
        )
    }
    print(json.dumps({"pid": os.getpid()}), flush=True)
    for line in sys.stdin:
        name, *words = line.split()
        try:
            answer = commands[name](*words)
        except HarnessError as error:
            answer = {"error": type(error).__name__, "what": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
