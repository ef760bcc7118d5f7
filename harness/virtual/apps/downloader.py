"""Downloader, the sample app: one background session per download, done as Apple asks.

Each download has a session of its own, whose identifier the model remembers, so that a relaunched app
finds the download a session was made for.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from harness.model.callbacks import Callback
from harness.model.triggers import Trigger
from harness.virtual.apps.commanded import Act
from harness.virtual.apps.commands import Command
from harness.virtual.apps.foundation import URLSession, URLSessionDownloadTask
from harness.virtual.apps.sample import BUNDLE_ID
from harness.virtual.apps.scheduling import Scheduling
from harness.virtual.apps.transferring import Transferring

__all__ = ["BUNDLE_ID", "Downloader"]


class Downloader(Transferring, Scheduling):
    """The app."""

    def acts(self) -> Mapping[Trigger, Act]:
        """What the app can be told to do."""
        return {Trigger.START_DOWNLOAD: self.start_download, **super().acts()}

    @property
    def downloads(self) -> Path:
        """Where finished files are."""
        return self.container / "Documents/downloads"

    def default_session(self, command: Command) -> str:
        """A session made for this download alone."""
        return f"{BUNDLE_ID}.{command.nonce}.{command.args.get('id', command.identifier)}"

    def start_download(self, command: Command) -> None:
        """``start-download``: begin ``url`` as ``id``, in a session made for it."""
        transfer = self.new_transfer(command)
        task = self.open_session(transfer.session, transfer.how).download_task(transfer.url)
        self.begin(command, transfer, task)

    def url_session_download_task_did_finish_downloading_to(
        self, session: URLSession, task: URLSessionDownloadTask, location: Path
    ) -> None:
        """Move the file to where it belongs before this returns."""
        size_bytes = location.stat().st_size
        if self.is_success(task):
            target = self.downloads / Path(self.transfer_of(task)).name
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(location, target)
        detail = {"status": task.status_code, "size_bytes": size_bytes}
        self.note_task(Callback.DID_FINISH_DOWNLOADING, session, task, detail)

    def leave_session(self, session: URLSession) -> None:
        """Let a session go once nothing is under way in it."""
        name = self.session_name(session)
        if not any(one.session == name for one in self.store.unfinished):
            session.finish_tasks_and_invalidate()

    def forget(self) -> None:
        """Remember no download, and keep no file."""
        super().forget()
        shutil.rmtree(self.downloads, ignore_errors=True)
