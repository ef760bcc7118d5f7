"""The journal that a virtual app keeps of itself, by the contract of ``harness.model.journal``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.model.journal import JOURNAL_PATH, LOG_SUBSYSTEM, JournalLine
from harness.virtual.apps.uikit import Logger, ProcessInfo, UIApplication


class AppJournal:
    """Appends lines to an app's journal, and repeats each in the phone's log.

    Every line is opened, written and closed by itself, so that nothing is lost when the process ends
    at any moment. ``seq`` goes on where the file ends, whoever wrote there, and starts over at 1 once
    the file has been removed.

    Args:
        container: the app's data container.
    """

    def __init__(self, container: Path) -> None:
        self._path = container / JOURNAL_PATH
        self._logger = Logger(LOG_SUBSYSTEM, "journal")
        self._seq = 0
        self._size_bytes = -1

    def write(
        self,
        event: str,
        *,
        nonce: str = "",
        session: str = "",
        task: str = "",
        detail: dict[str, Any] | None = None,
    ) -> JournalLine:
        """Append one line, stamped with the time, process and state of this moment."""
        info = ProcessInfo.current()
        line = JournalLine(
            seq=self._next_seq(),
            boot=info.boot_id,
            pid=info.pid,
            mono_s=round(info.mono_s, 6),
            wall_s=round(info.wall_s, 6),
            nonce=nonce,
            event=event,
            session=session,
            task=task,
            state=UIApplication.shared().application_state,
            thread=info.thread,
            build=info.build,
            traced=info.traced,
            detail=detail,
        )
        self._append(line.to_json())
        return line

    def _append(self, text: str) -> None:
        with self._path.open("ab") as file:
            file.write(text.encode() + b"\n")
        self._size_bytes = self._path.stat().st_size
        self._logger.log(text)

    def _next_seq(self) -> int:
        size_bytes = self._path.stat().st_size if self._path.exists() else 0
        if size_bytes != self._size_bytes:
            self._seq = _last_seq(self._path)
        self._seq += 1
        return self._seq


def _last_seq(path: Path) -> int:
    """The number of the last line of a journal; 0 without one."""
    lines = path.read_bytes().splitlines() if path.exists() else []
    return int(json.loads(lines[-1])["seq"]) if lines else 0
