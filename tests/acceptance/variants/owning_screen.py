"""A screen that has a session of its own, and is that session's delegate: the mistake of seed B."""

from __future__ import annotations

from harness.virtual.apps.foundation import (
    URLError,
    URLSession,
    URLSessionConfiguration,
    URLSessionTask,
    URLSessionTaskDelegate,
)
from harness.virtual.apps.screens import Screen
from harness.virtual.apps.transferring import Transferring
from harness.virtual.apps.uploader import Uploader


class OwningScreen(Screen, URLSessionTaskDelegate):
    """The screen. Nobody invalidates its session when it is popped, and the session keeps it.

    Args:
        app: keeps the books.
        name: what it shows.
        number: which of the screens made in this process it is.
        identifier: of its background session; empty for a default session.

    Attributes:
        session: its session.
    """

    def __init__(self, app: Uploader, name: str, number: int, identifier: str) -> None:
        super().__init__(name, number, app.note)
        self._app = app
        background = URLSessionConfiguration.background(identifier)
        configuration = background if identifier else URLSessionConfiguration.default()
        self.session = URLSession(configuration, self)
        app.objects.append(self.session)

    def url_session_task_did_complete_with_error(
        self, session: URLSession, task: URLSessionTask, error: URLError | None
    ) -> None:
        """Have it written down, and show it, whether this screen is to be seen or not."""
        app = self._app
        Transferring.url_session_task_did_complete_with_error(app, session, task, error)
        app.dispose_of_body(app.transfer_of(task))
        self.show(app.session_name(session), app.transfer_of(task))

    def url_session_did_finish_events_for_background(self, session: URLSession) -> None:
        """Have the app finish."""
        self._app.url_session_did_finish_events_for_background(session)

    def url_session_did_become_invalid_with_error(self, session: URLSession, error: URLError | None) -> None:
        """Have the app forget it."""
        self._app.url_session_did_become_invalid_with_error(session, error)
