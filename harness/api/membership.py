"""This process as the farm knows it: who asks for phones, and has put right what was left altered.

A process is one of the farm's holders from the first time that it asks. One that was taken for dead can never
use what it had again, so it comes back as somebody else: the farm never has to tell the two apart.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from harness.errors import FarmError, LeaseLost
from harness.farm.leases.lease import Holder, Janitor, Lease
from harness.farm.leases.replay import Restored
from harness.farm.leases.request import Request
from harness.farm.leases.store import LeaseStore
from harness.model.undo import Restorer


class Membership:
    """The place of one process at the farm, taken when it is first needed.

    Args:
        store: who holds which phone.
        name: what others are told of this process.
        host: this machine, as devices.yaml calls it; empty where it is none of its hosts.
        janitor: starts who puts phones right if this process is killed; ``None`` leaves that to the next.
    """

    def __init__(self, store: LeaseStore, name: str, host: str = "", janitor: Janitor | None = None) -> None:
        self._store = store
        self._name = name
        self._host = host
        self._janitor = janitor
        self._holder: Holder | None = None
        self._restored: list[Restored] = []

    def _hold(self) -> Holder:
        if self._holder is None:
            self._holder = self._store.register(self._name, host=self._host, janitor=self._janitor)
        return self._holder

    def ask(self, request: Request, within_s: float) -> Lease:
        """Ask for a lease, again as somebody else when this process was taken for dead meanwhile.

        It held nothing then, so nobody has lost anything by it.

        Args:
            request: what is asked for.
            within_s: how long to wait for it, in wall time, instead of what the request says.

        Raises:
            FarmError: as ``Holder.request``.
        """
        deadline_s, left_s, anew = time.monotonic() + within_s, within_s, False
        while True:
            try:
                lease = self._hold().request(replace(request, within_s=left_s))
            except LeaseLost:
                self.leave()
                left_s = max(0.0, deadline_s - time.monotonic())
                if anew and not left_s:
                    raise
                anew = True
            else:
                self._restored += lease.restored
                return lease

    def release(self, lease: Lease, restorer: Restorer) -> None:
        """Give a lease back, with what was altered under it put back first.

        Raises:
            StoreUnavailable: the database does not answer.
            FarmError: it cannot be used. In either case this process has left the farm: it uses the phones no
                more, and would keep them from everybody for as long as it lives.
        """
        try:
            self._restored += lease.release(restorer)
        except FarmError:
            with suppress(FarmError):
                self.leave()
            raise

    def restore(self, restorer: Restorer, udids: Sequence[str]) -> tuple[Restored, ...]:
        """Put those of some phones right that are dirty and that nobody else is at."""
        return self._hold().restore(restorer, udids)

    def take_restored(self) -> tuple[Restored, ...]:
        """What came of restoring phones before they were had and as they were given back, each told once."""
        told, self._restored = tuple(self._restored), []
        return told

    def leave(self) -> None:
        """Leave the farm, which ends what this process has; it comes as somebody else when it asks again."""
        holder, self._holder = self._holder, None
        if holder:
            holder.close()
