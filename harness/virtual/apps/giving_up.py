"""Giving transfers up after a while, by a rule of the app's own.

An app that does so is usually wrong: nsurlsessiond goes on trying, and the transfer may well succeed
(catalogue.md S11). The sample apps do it for those transfers that are started so, and only then.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.virtual.apps.transfer_store import TransferModel, TransferStatus, TransferStore
from harness.virtual.apps.uikit import DispatchQueue, ProcessInfo


class GivingUp:
    """Watches over the transfers that have a time to be given up at.

    No timer runs while the app is suspended, and none outlives it, so what has come due is looked for
    whenever the app runs again.

    Args:
        store: the app's transfers.
        give_up: told of each that has come due, once.
    """

    def __init__(self, store: TransferStore, give_up: Callable[[TransferModel], None]) -> None:
        self._store = store
        self._give_up = give_up

    def watch(self, transfer: TransferModel) -> None:
        """Look again when a transfer comes due."""
        if transfer.fails_at_s is not None:
            left_s = max(transfer.fails_at_s - ProcessInfo.current().wall_s, 0.0)
            DispatchQueue.main().async_after(left_s, self.look)

    def watch_all(self) -> None:
        """In a new process: give up what came due meanwhile, and watch the rest."""
        self.look()
        for transfer in self._store.unfinished:
            self.watch(transfer)

    def look(self) -> None:
        """Give up what has come due."""
        now_s = ProcessInfo.current().wall_s
        for transfer in self._store.unfinished:
            if transfer.fails_at_s is not None and transfer.fails_at_s <= now_s:
                self._store.mark(transfer.identifier, TransferStatus.FAILED)
                self._give_up(transfer)
