"""What a session tells: the delegate protocols of Foundation, under Apple's names in snake case."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.virtual.kernel.nsurlsessiond.rules import URLError

if TYPE_CHECKING:
    from harness.virtual.apps.foundation.session import URLSession
    from harness.virtual.apps.foundation.tasks import URLSessionDownloadTask


class URLSessionDownloadDelegate:
    """What a session tells; every method does nothing unless overridden."""

    def url_session_download_task_did_finish_downloading_to(
        self, session: URLSession, task: URLSessionDownloadTask, location: Path
    ) -> None:
        """``urlSession(_:downloadTask:didFinishDownloadingTo:)``: the file is gone when this returns."""

    def url_session_task_did_complete_with_error(
        self, session: URLSession, task: URLSessionDownloadTask, error: URLError | None
    ) -> None:
        """``urlSession(_:task:didCompleteWithError:)``: the last word on a task."""

    def url_session_did_finish_events_for_background(self, session: URLSession) -> None:
        """``urlSessionDidFinishEvents(forBackgroundURLSession:)``: all is told that the app was woken for."""

    def url_session_did_become_invalid_with_error(self, session: URLSession, error: URLError | None) -> None:
        """``urlSession(_:didBecomeInvalidWithError:)``: the session will tell nothing more."""
