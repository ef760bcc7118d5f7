"""A holder is heard: one row of one table, again and again, from a thread of its own.

Who holds a phone that an agent serves says so all the time. When it is silent for the lease time, it is
stopped or cut off, and the agent takes the phone back. Nothing else is written, so that being heard never
waits for a decision, nor any decision for it.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress

from harness.errors import FarmError
from harness.farm.leases.deaths import lease_s
from harness.farm.leases.ledger import Ledger

BEATS_IN_A_LEASE = 5
"""How often a holder is heard in the time after which its silence ends its leases."""


class Pulse:
    """Says that one holder lives.

    Args:
        ledger: the store's database.
        holder: id of the holder.
    """

    def __init__(self, ledger: Ledger, holder: str) -> None:
        self._ledger = ledger
        self._holder = holder
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; nothing happens when it has begun."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="lease heartbeat", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        pid, every_s = os.getpid(), self._beat(2.0)
        while not self._over.wait(every_s) and os.getpid() == pid:
            every_s = self._beat(every_s)

    def _beat(self, every_s: float) -> float:
        """Be heard once; returns when to be heard next, in seconds."""
        # What keeps it from being heard is seen by everybody else who uses the store, and may pass.
        with suppress(FarmError), self._ledger.transaction() as db:
            db.execute("UPDATE holder SET heard_s=? WHERE id=?", (db.now_s, self._holder))
            return lease_s(db) / BEATS_IN_A_LEASE
        return every_s

    def stop(self) -> None:
        """Fall silent; the holder is about to leave."""
        self._over.set()
        if self._thread is not None and self._thread.is_alive():
            self._thread.join()
