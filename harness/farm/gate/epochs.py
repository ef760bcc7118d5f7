"""The highest epoch that each phone of this host was granted under, kept on this host's own disk.

The database says whose turn it is, and it can be put back from a backup: it then gives turns a second time
that were given before, and whoever held one of those may still be there. So the host remembers for itself,
and refuses a turn that is not later than every one before it, until an operator has moved the farm on.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import cast

from harness.config.places import replace_file
from harness.errors import ConfigError, FarmError


class StaleEpoch(FarmError):
    """The farm granted a phone under a turn that is not later than every one this host has served."""


class Epochs:
    """A file with one number per phone, as JSON. It has one writer: whoever serves this host's phones.

    The file is replaced as a whole and is on the disk before a claim returns, so a process that is killed at
    any moment leaves what it had claimed, and never half a file.

    Args:
        path: the file, which need not be there; its directory must be.

    Raises:
        ConfigError: what is there is something else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._highest = _read(path)
        self._unused: dict[str, int] = {}

    def highest(self, udid: str) -> int:
        """The highest epoch that was claimed for a phone; 0 before the first."""
        return self._highest.get(udid, 0)

    def claim(self, udid: str, epoch: int) -> None:
        """Use an epoch up: it is claimed once in the life of this host.

        Raises:
            StaleEpoch: it is not above the highest one claimed for this phone.
            OSError: it cannot be written down; it is then not claimed.
        """
        highest, unused = self.highest(udid), self._unused.pop(udid, None)
        if epoch == unused:
            return
        if epoch <= highest:
            raise StaleEpoch(
                f"the farm granted {udid} under epoch {epoch}, and this host has served epoch {highest}",
                fix="If the database was put back from a backup, run `harness farm bump`.",
            )
        changed = {**self._highest, udid: epoch}
        replace_file(self._path, json.dumps(changed, indent=1) + "\n", private=True, check=_to_disk)
        self._highest = changed

    def give_back(self, udid: str, epoch: int) -> None:
        """Say that nobody was let through under the epoch just claimed: this process may claim it again.

        The file keeps it: whoever serves this host after this process cannot know.
        """
        if epoch == self.highest(udid):
            self._unused[udid] = epoch


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path) -> dict[str, int]:
    try:
        found: object = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise _unreadable(path) from error
    epochs = cast("dict[object, object]", found) if isinstance(found, dict) else None
    if epochs is None or not all(isinstance(epoch, int) for epoch in epochs.values()):
        raise _unreadable(path)
    return {str(udid): cast("int", epoch) for udid, epoch in epochs.items()}


def _unreadable(path: Path) -> ConfigError:
    # Started from nothing it would let any old turn through.
    fix = "Put it back from a backup, or remove it and run `harness farm bump`."
    return ConfigError("these are not the epochs of this host's phones", path=str(path), fix=fix)
