"""Mistakes in how an app hears of what became of its transfers; one method each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.virtual.apps.downloader import BUNDLE_ID, Downloader
from harness.virtual.apps.foundation import URLError, URLSession, URLSessionDownloadTask, URLSessionTask
from harness.virtual.apps.transfer_options import configuration_of
from harness.virtual.apps.transferring import Transferring
from harness.virtual.apps.uikit import ProcessInfo, UIApplication
from harness.virtual.kernel.processes.process import MAIN, current_process


class Forgetful(Transferring):
    """Is woken for its events and never opens the session again.

    Source: catalogue.md S10, "forgets to recreate session".
    """

    def recreate_session(self, identifier: str) -> None:
        """Open nothing."""


class Mistaken(Transferring):
    """Opens a session again, under an identifier of another making.

    Source: catalogue.md S10, "other id".
    """

    def recreate_session(self, identifier: str) -> None:
        """Open a session that has no events."""
        self.open_session(f"{identifier}.again")


class Invalidating(Transferring):
    """Opens the session again with nobody to tell, and lets go of it.

    Source: catalogue.md S10, "invalidates".
    """

    def recreate_session(self, identifier: str) -> None:
        """Open it, for no delegate, and cancel what it has."""
        URLSession(configuration_of(identifier, {})).invalidate_and_cancel()


class Ungrateful(Transferring):
    """Never gives the system its completion handler back.

    Source: background-execution.md §1.8.8, the last step of a wake.
    """

    def finish_events(self, identifier: str) -> None:
        """Keep it."""


class Confused(Transferring):
    """Takes every callback for one of another session.

    Source: catalogue.md S3, "which download was it?".
    """

    def session_name(self, session: URLSession) -> str:
        """Another session's identifier."""
        return f"{BUNDLE_ID}.shared"


class ByUrl(Transferring):
    """Takes the URL for the key of a transfer, so that two of one URL are mixed up.

    Source: catalogue.md S3, "URL is not a key".
    """

    def transfer_of(self, task: URLSessionTask) -> str:
        """The first transfer of that URL."""
        url = task.original_request_url
        return next((one.identifier for one in self.store.transfers if one.url == url), task.task_description)


class Crashing(Downloader):
    """Crashes when it is told that a file has come, unless it is being reset."""

    def url_session_download_task_did_finish_downloading_to(
        self, session: URLSession, task: URLSessionDownloadTask, location: Path
    ) -> None:
        """Let an exception escape; iOS tells the next process the same again."""
        if not self.is_resetting:
            raise RuntimeError("no place for the file")


class Trusting(Transferring):
    """Takes any answer for what it asked for, also the page that says there is none.

    Source: catalogue.md S4, "HTTP error = success callback with status".
    """

    def is_success(self, task: URLSessionTask) -> bool:
        """It came without an error."""
        return task.error is None


class Doubled(Transferring):
    """Makes a session object whenever it needs the session, so that there are two of one identifier.

    Source: seed B, "Only create one background URLSession with the same name per app lifecycle";
    catalogue.md S18.
    """

    def open_session(self, identifier: str, how: Mapping[str, str] | None = None) -> URLSession:
        """Another one."""
        self.sessions[identifier] = self.make_session(identifier, how or self.how_of_session(identifier))
        return self.sessions[identifier]


class OnMain(Transferring):
    """Has its delegate called on the main queue.

    Source: catalogue.md S26, "delegate runs on a background queue".
    """

    def make_session(self, identifier: str, how: Mapping[str, str]) -> URLSession:
        """A session with the main queue for its delegate."""
        session = URLSession(configuration_of(identifier, how), self, MAIN)
        self.objects.append(session)
        return session


class MainOnly(Transferring):
    """Touches its interface from the delegate, as if that were called on the main thread.

    Source: seed B, "My delegate was called on the background queue and I needed to go on the main thread".
    """

    def url_session_task_did_complete_with_error(
        self, session: URLSession, task: URLSessionTask, error: URLError | None
    ) -> None:
        """Crash off the main thread, as UIKit's main thread checker would have it."""
        if ProcessInfo.current().thread != MAIN and not self.is_resetting:
            raise RuntimeError("UI API called on a background thread")
        super().url_session_task_did_complete_with_error(session, task, error)


class Unreasoning(Transferring):
    """Does not look at why a task was cancelled.

    Source: catalogue.md S63, "next launch J reports -999 reason force quit".
    """

    def detail_of(self, task: URLSessionTask, error: URLError | None) -> dict[str, Any]:
        """The code alone."""
        return {name: value for name, value in super().detail_of(task, error).items() if name != "reason"}


class Restarting(Downloader):
    """Starts whatever was cancelled again, also what its user put an end to in the app switcher.

    Source: catalogue.md S63: the transfer was cancelled with a reason that says so.
    """

    def url_session_task_did_complete_with_error(
        self, session: URLSession, task: URLSessionTask, error: URLError | None
    ) -> None:
        """Ask for the same once more, unless all is being reset."""
        transfer = self.store.get(self.transfer_of(task))
        super().url_session_task_did_complete_with_error(session, task, error)
        if error is not None and transfer is not None and not self.is_resetting:
            again = replace(transfer, session=f"{transfer.session}.again")
            self.store.put(again)
            task = self.open_session(again.session, again.how).download_task(again.url)
            task.task_description = again.identifier
            task.resume()


class Presenting(Transferring):
    """Comes to the front when it is woken.

    No app can; what does it here is done to the phone as by a person.
    Source: seed B, "OS wakes your app but does not show UI of it"; catalogue.md S24.
    """

    def application_handle_events_for_background_url_session(
        self, application: UIApplication, identifier: str, completion_handler: Callable[[], None]
    ) -> None:
        """Have itself opened."""
        super().application_handle_events_for_background_url_session(
            application, identifier, completion_handler
        )
        process = current_process()
        process.phone.user_launch(process.bundle_id)
