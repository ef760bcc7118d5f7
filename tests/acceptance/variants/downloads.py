"""Downloaders with one mistake each, of those that spoil how the app hears of a download's end."""

from __future__ import annotations

from pathlib import Path

from harness.virtual.apps.downloader import BUNDLE_ID, Downloader
from harness.virtual.apps.foundation import URLSession, URLSessionDownloadTask
from harness.virtual.apps.sample import DOWNLOADER
from tests.acceptance.variants.variant import Variant


class Forgetful(Downloader):
    """Is woken for its events and never opens the session again.

    Source: catalogue.md S10, "forgets to recreate session".
    """

    def recreate_session(self, identifier: str) -> None:
        """Open nothing."""


class Mistaken(Downloader):
    """Opens a session again, under an identifier of another making.

    Source: catalogue.md S10, "other id".
    """

    def recreate_session(self, identifier: str) -> None:
        """Open a session that has no events."""
        self.open_session(f"{identifier}.again")


class Ungrateful(Downloader):
    """Never gives the system its completion handler back.

    Source: background-execution.md §1.8.8, the last step of a wake.
    """

    def finish_events(self, identifier: str) -> None:
        """Keep it."""


class Confused(Downloader):
    """Takes every callback for one of another session.

    Source: catalogue.md S3, "which download was it?".
    """

    def session_name(self, session: URLSession) -> str:
        """Another session's identifier."""
        return f"{BUNDLE_ID}.shared"


class Crashing(Downloader):
    """Crashes when it is told that a file has come, unless it is being reset."""

    def url_session_download_task_did_finish_downloading_to(
        self, session: URLSession, task: URLSessionDownloadTask, location: Path
    ) -> None:
        """Let an exception escape; iOS tells the next process the same again."""
        if not self.is_resetting:
            raise RuntimeError("no place for the file")


DOWNLOADERS = {
    "forgetful": Variant(DOWNLOADER, Forgetful, ("S10", "S1", "S57"), "never opens the session again"),
    "mistaken": Variant(DOWNLOADER, Mistaken, ("S10", "S1", "S57"), "opens it under another identifier"),
    "ungrateful": Variant(
        DOWNLOADER, Ungrateful, ("S1", "S10", "S56", "S57"), "never calls the completion handler"
    ),
    "confused": Variant(
        DOWNLOADER, Confused, ("S1", "S9", "S10", "S56"), "takes every callback for another session's"
    ),
    "crashing": Variant(
        DOWNLOADER, Crashing, ("S1", "S9", "S10", "S56"), "crashes when it is told that a file has come"
    ),
}
"""Last part of the bundle identifier -> the app."""
