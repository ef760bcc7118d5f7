"""What the sample app remembers across its processes: its downloads, and the run nonce it was last told."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path

REMEMBERED_COMMANDS = 50
"""How many ids of commands done are kept, so that none is done twice."""


class DownloadStatus(StrEnum):
    """What the app believes of a download."""

    DOWNLOADING = "downloading"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True)
class DownloadModel:
    """One download.

    Attributes:
        identifier: the download's id, also its ``taskDescription`` and file name.
        session: the background session made for it alone.
        url: what was asked for.
        status: what the app believes of it.
    """

    identifier: str
    session: str
    url: str
    status: DownloadStatus = DownloadStatus.DOWNLOADING


@dataclass
class _Contents:
    nonce: str = ""
    commands: list[str] = field(default_factory=list[str])
    downloads: list[dict[str, str]] = field(default_factory=list[dict[str, str]])


class DownloadStore:
    """The model, in one JSON file that is replaced whole at every change.

    Args:
        path: the file; need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        contents = _Contents(**json.loads(path.read_text())) if path.exists() else _Contents()
        self._nonce = contents.nonce
        self._commands = contents.commands
        self._downloads = {
            one["session"]: DownloadModel(
                one["identifier"], one["session"], one["url"], DownloadStatus(one["status"])
            )
            for one in contents.downloads
        }

    @property
    def nonce(self) -> str:
        """The run nonce the app was last told, or empty."""
        return self._nonce

    @property
    def downloads(self) -> tuple[DownloadModel, ...]:
        """Every download, oldest first."""
        return tuple(self._downloads.values())

    @property
    def unfinished(self) -> tuple[DownloadModel, ...]:
        """The downloads that the app believes to be running."""
        return tuple(one for one in self.downloads if one.status is DownloadStatus.DOWNLOADING)

    def take_command(self, identifier: str, nonce: str) -> bool:
        """Remember a command and the nonce it told; false when it was taken before."""
        if identifier in self._commands:
            return False
        self._commands = [*self._commands, identifier][-REMEMBERED_COMMANDS:]
        self._nonce = nonce or self._nonce
        self._save()
        return True

    def put(self, download: DownloadModel) -> None:
        """Add a download, or replace the one of the same session."""
        self._downloads[download.session] = download
        self._save()

    def mark(self, session: str, status: DownloadStatus) -> None:
        """Change what is believed of a download; an unknown session is left unknown."""
        download = self._downloads.get(session)
        if download is not None:
            self.put(replace(download, status=status))

    def clear(self) -> None:
        """Forget all downloads; the nonce and the commands done stay."""
        self._downloads.clear()
        self._save()

    def _save(self) -> None:
        contents = _Contents(self._nonce, self._commands, [asdict(one) for one in self.downloads])
        draft = self._path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(contents)))
        os.replace(draft, self._path)
