"""What a sample app remembers of its transfers across its processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from harness.virtual.apps.saved import read_json, replace_json


class TransferStatus(StrEnum):
    """What the app believes of a transfer."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True)
class TransferModel:
    """One transfer.

    Attributes:
        identifier: the transfer's id, also its ``taskDescription`` and file name.
        session: identifier of its session.
        url: what was asked for.
        how: the words that said how it is to be made, for opening its session the same way again.
        fails_at_s: when the app gives it up, seconds since 1970; ``None`` for never.
        status: what the app believes of it.
    """

    identifier: str
    session: str
    url: str
    how: Mapping[str, str] = field(default_factory=dict[str, str])
    fails_at_s: float | None = None
    status: TransferStatus = TransferStatus.RUNNING


class TransferStore:
    """The model, in one JSON file that is replaced whole at every change.

    Args:
        path: the file; need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        held: list[dict[str, Any]] = read_json(path) or []
        models = [TransferModel(**one) for one in held]
        self._transfers = {one.identifier: replace(one, status=TransferStatus(one.status)) for one in models}

    @property
    def transfers(self) -> tuple[TransferModel, ...]:
        """Every transfer, oldest first."""
        return tuple(self._transfers.values())

    @property
    def unfinished(self) -> tuple[TransferModel, ...]:
        """The transfers that the app believes to be running."""
        return tuple(one for one in self.transfers if one.status is TransferStatus.RUNNING)

    def get(self, identifier: str) -> TransferModel | None:
        """The transfer of that id, or ``None``."""
        return self._transfers.get(identifier)

    def of_session(self, session: str) -> tuple[TransferModel, ...]:
        """The transfers of a session, oldest first."""
        return tuple(one for one in self.transfers if one.session == session)

    def put(self, transfer: TransferModel) -> None:
        """Add a transfer, or replace the one of the same id."""
        self._transfers[transfer.identifier] = transfer
        self._save()

    def mark(self, identifier: str, status: TransferStatus) -> None:
        """Change what is believed of a transfer; an unknown one is left unknown."""
        transfer = self._transfers.get(identifier)
        if transfer is not None:
            self.put(replace(transfer, status=status))

    def clear(self) -> None:
        """Forget all transfers."""
        self._transfers.clear()
        self._save()

    def _save(self) -> None:
        replace_json(self._path, [asdict(one) for one in self.transfers])
