"""Data containers: real directories on this host, one per installed application."""

from __future__ import annotations

import contextlib
import random
import shutil
import uuid
from pathlib import Path

LAYOUT = ("Documents", "Library", "Library/Preferences", "tmp")
"""Directories that every data container has."""


class Containers:
    """The data containers of one phone.

    Args:
        root: a private directory; made when the first container is.
        seed: makes the containers' names on the phone reproducible.
    """

    def __init__(self, root: Path, *, seed: int) -> None:
        self._root = root
        self._random = random.Random(f"containers:{seed}")
        self._names: dict[str, str] = {}

    def path(self, bundle_id: str) -> Path:
        """The container's directory on this host; what of it is not there is made."""
        directory = self._root / self.name(bundle_id)
        for part in LAYOUT:
            # An app or a client may have put a file in the place of one; that is their own affair.
            with contextlib.suppress(FileExistsError, NotADirectoryError):
                (directory / part).mkdir(parents=True, exist_ok=True)
        return directory

    def name(self, bundle_id: str) -> str:
        """The container's name on the phone, an upper-case UUID."""
        if bundle_id not in self._names:
            self._names[bundle_id] = random_uuid(self._random)
        return self._names[bundle_id]

    def phone_path(self, bundle_id: str) -> str:
        """The container's path as the phone itself names it."""
        return f"/private/var/mobile/Containers/Data/Application/{self.name(bundle_id)}"

    def relocate(self, bundle_id: str) -> None:
        """Give a container another name, as an installation over an installed app does; data stays.

        Source: background-execution.md §1.5.
        """
        old = self._names.pop(bundle_id, None)
        if old is not None and (self._root / old).exists():
            (self._root / old).rename(self._root / self.name(bundle_id))

    def remove(self, bundle_id: str) -> None:
        """Delete a container and forget its name; a container never made is no error."""
        name = self._names.pop(bundle_id, None)
        if name is not None:
            shutil.rmtree(self._root / name, ignore_errors=True)


def random_uuid(source: random.Random) -> str:
    """A reproducible version 4 UUID, upper case as the phone writes it."""
    return str(uuid.UUID(int=source.getrandbits(128), version=4)).upper()
