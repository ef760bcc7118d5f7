"""What an app remembers of its commands across its processes: those done, and the run nonce last told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.virtual.apps.saved import read_json, replace_json

REMEMBERED_COMMANDS = 50
"""How many ids of commands done are kept, so that none is done twice."""


class CommandMemory:
    """The memory, in one JSON file.

    Args:
        path: the file; need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        held: dict[str, Any] = read_json(path) or {}
        self._nonce: str = held.get("nonce", "")
        self._done: list[str] = held.get("done", [])

    @property
    def nonce(self) -> str:
        """The run nonce the app was last told, or empty."""
        return self._nonce

    def take(self, identifier: str, nonce: str) -> bool:
        """Remember a command and the nonce it told; false when it was taken before."""
        if identifier in self._done:
            return False
        self._done = [*self._done, identifier][-REMEMBERED_COMMANDS:]
        self._nonce = nonce or self._nonce
        replace_json(self._path, {"nonce": self._nonce, "done": self._done})
        return True
