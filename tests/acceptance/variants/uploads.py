"""Mistakes of an app that uploads, and of its screens; one method each."""

from __future__ import annotations

import random

from harness.virtual.apps.foundation import URLError, URLSession, URLSessionTask
from harness.virtual.apps.multipart import boundary_of, encode, parts_of
from harness.virtual.apps.screens import Screen
from harness.virtual.apps.transfer_store import TransferModel
from harness.virtual.apps.uikit import DispatchQueue
from harness.virtual.apps.uploader import Uploader
from tests.acceptance.variants.owning_screen import OwningScreen

HOP_S = 4.0
"""Longest time that a busy main thread takes to get to a closure, in ``Hasty``."""


class Careless(Uploader):
    """Removes the body as soon as the upload has begun.

    Source: catalogue.md S17, "file still there until upload ends".
    """

    def began(self, transfer: TransferModel, task: URLSessionTask) -> None:
        """Clean up."""
        self.body_path(transfer.identifier).unlink()


class Malformed(Uploader):
    """Writes a body whose parts are separated by another boundary than its header says.

    Source: seed B, "This file needs to be properly structured with boundaries"; catalogue.md S17.
    """

    def encode_body(self, name: str, size_bytes: int) -> bytes:
        """A body that nobody can take apart."""
        return encode(parts_of(name, size_bytes), f"{boundary_of(name)}-")


class FirstOnly(Uploader):
    """Hears the first task of a wake out and thinks that was all.

    Source: catalogue.md S16, "callbacks for all tasks".
    """

    def __init__(self) -> None:
        super().__init__()
        self._heard = False

    def url_session_task_did_complete_with_error(
        self, session: URLSession, task: URLSessionTask, error: URLError | None
    ) -> None:
        """Take the first, drop the others."""
        if not self._heard or self.is_resetting:
            self._heard = True
            super().url_session_task_did_complete_with_error(session, task, error)


class Early(Uploader):
    """Calls the completion handler when the first task has ended, and not when all is told.

    Source: background-execution.md §1.8.8; catalogue.md S16, "one handleEvents after the last".
    """

    def url_session_task_did_complete_with_error(
        self, session: URLSession, task: URLSessionTask, error: URLError | None
    ) -> None:
        """Be done with it."""
        super().url_session_task_did_complete_with_error(session, task, error)
        self.finish_events(session.identifier)


class Hasty(Uploader):
    """Is done with the system first, and tells the user from the main queue when that gets to it.

    The main queue of an app that is being woken is busy, for longer or shorter; here that is drawn from the
    session's name, so that it differs between tests and not between two runs of one.
    Source: seed B, "a closure posted on main thread has no time to execute"; catalogue.md S25.
    """

    def finish_events(self, identifier: str) -> None:
        """Call the handler, then hop to the main queue without asking for time."""
        self.call_completion_handler(identifier)
        hop_s = random.Random(identifier).uniform(0, HOP_S)
        DispatchQueue.main().async_after(hop_s, lambda: self.tell_user(identifier))


class FirstScreen(Uploader):
    """Goes on telling the screen that was there first.

    Source: seed B, "PAVC2 wasn't getting updates about the jobs PAVC1 started"; catalogue.md S19.
    """

    def __init__(self) -> None:
        super().__init__()
        self._first: Screen | None = None

    def make_screen(self, name: str) -> Screen:
        """A new screen; the first is kept for ever."""
        screen = super().make_screen(name)
        self._first = self._first or screen
        return screen

    def updated(self, session: str, task: str) -> None:
        """Tell the first."""
        if self._first is not None:
            self._first.show(session, task)


class ScreenSessions(Uploader):
    """Has every screen make the session of the queue anew, with itself for its delegate.

    Source: seed B, "I had the photo album view controller create this session as its property every time
    it's instantiated"; catalogue.md S19, S20.
    """

    def make_screen(self, name: str) -> Screen:
        """A screen with the session of the queue."""
        self.screens_made += 1
        screen = OwningScreen(self, name, self.screens_made, self.queue)
        self.sessions[self.queue] = screen.session
        return screen


class Leaking(Uploader):
    """Gives every screen a session of its own and never invalidates it, which keeps the screen.

    Source: seed B, "strong reference cycle between URLSession and it's delegate"; catalogue.md S20.
    """

    def make_screen(self, name: str) -> Screen:
        """A screen that its session keeps."""
        self.screens_made += 1
        return OwningScreen(self, name, self.screens_made, "")
