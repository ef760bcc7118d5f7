"""What a session tells: the delegate protocols of Foundation, under Apple's names in snake case.

Every method does nothing unless overridden; a challenge is left to Foundation. They are called on the
session's queue, in order.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.virtual.apps.foundation.challenges import (
    AuthChallengeDisposition,
    ChallengeHandler,
    URLAuthenticationChallenge,
)
from harness.virtual.kernel.nsurlsessiond.rules import URLError

if TYPE_CHECKING:
    from harness.virtual.apps.foundation.session import URLSession
    from harness.virtual.apps.foundation.tasks import (
        URLSessionDataTask,
        URLSessionDownloadTask,
        URLSessionTask,
    )


class URLSessionDelegate:
    """What concerns a session as a whole."""

    def url_session_did_become_invalid_with_error(self, session: URLSession, error: URLError | None) -> None:
        """``urlSession(_:didBecomeInvalidWithError:)``: the session will tell nothing more."""

    def url_session_did_finish_events_for_background(self, session: URLSession) -> None:
        """``urlSessionDidFinishEvents(forBackgroundURLSession:)``: all is told that the app was woken for."""


class URLSessionTaskDelegate(URLSessionDelegate):
    """What concerns tasks of every kind."""

    def url_session_task_did_complete_with_error(
        self, session: URLSession, task: URLSessionTask, error: URLError | None
    ) -> None:
        """``urlSession(_:task:didCompleteWithError:)``: the last word on a task."""

    def url_session_task_did_receive_challenge(
        self,
        session: URLSession,
        task: URLSessionTask,
        challenge: URLAuthenticationChallenge,
        completion_handler: ChallengeHandler,
    ) -> None:
        """``urlSession(_:task:didReceive:completionHandler:)``: the task stands until the handler is called.

        Told of tasks of background sessions only: in a default session a 401 is an answer like any other.
        """
        completion_handler(AuthChallengeDisposition.PERFORM_DEFAULT_HANDLING, None)

    def url_session_task_is_waiting_for_connectivity(self, session: URLSession, task: URLSessionTask) -> None:
        """``urlSession(_:taskIsWaitingForConnectivity:)``: it begins when there is a network it may use."""


class URLSessionDataDelegate(URLSessionTaskDelegate):
    """What concerns data and upload tasks."""

    def url_session_data_task_did_receive_data(
        self, session: URLSession, task: URLSessionDataTask, data: bytes
    ) -> None:
        """``urlSession(_:dataTask:didReceive:)``: a piece of the body."""


class URLSessionDownloadDelegate(URLSessionTaskDelegate):
    """What concerns download tasks."""

    def url_session_download_task_did_finish_downloading_to(
        self, session: URLSession, task: URLSessionDownloadTask, location: Path
    ) -> None:
        """``urlSession(_:downloadTask:didFinishDownloadingTo:)``: the file is gone when this returns."""
