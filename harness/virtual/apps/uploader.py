"""Uploader, a sample app: a queue of multipart uploads in one background session.

What the body of each is stands in a file of its own until the upload has ended, since nsurlsessiond sends
from files only (background-execution.md §1.8.1). One manager, the app object, has the one session of the
queue for as long as the process lives, and forwards to the screen on top. When all uploads have ended in
the background it asks for a little time, goes to the main queue, and tells the user there.

What an app commonly gets wrong is one method each: ``encode_body``, ``finish_events``, ``make_screen``,
``session_for``, ``dispose_of_body``, and those of ``Transferring``.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from harness.model.callbacks import Callback
from harness.model.triggers import Trigger
from harness.virtual.apps.commanded import Act
from harness.virtual.apps.commands import Command
from harness.virtual.apps.foundation import URLError, URLSession, URLSessionTask
from harness.virtual.apps.multipart import Body, boundary_of, encode, parts_of, write_body
from harness.virtual.apps.sample import UPLOADER_ID
from harness.virtual.apps.screens import Screen
from harness.virtual.apps.transfer_options import is_in_app
from harness.virtual.apps.transferring import Transferring
from harness.virtual.apps.uikit import DispatchQueue

DEFAULT_SIZE_BYTES = 100_000
"""Size of the image where none is told."""


class Uploader(Transferring):
    """The app.

    Attributes:
        screens: the navigation stack; the last is on top.
        screens_made: how many screens this process has made.
    """

    def __init__(self) -> None:
        super().__init__()
        self.screens: list[Screen] = []
        self.screens_made = 0

    def acts(self) -> Mapping[Trigger, Act]:
        """What the app can be told to do."""
        return {
            Trigger.START_UPLOAD: self.start_upload,
            Trigger.OPEN_SCREEN: self.open_screen,
            Trigger.CLOSE_SCREEN: self.close_screen,
            **super().acts(),
        }

    @property
    def uploads(self) -> Path:
        """Where the bodies are."""
        return self.container / "Documents/uploads"

    # What a defective variant overrides.

    def encode_body(self, name: str, size_bytes: int) -> bytes:
        """The body of an upload."""
        return encode(parts_of(name, size_bytes), boundary_of(name))

    def session_for(self, identifier: str, how: Mapping[str, str]) -> URLSession:
        """The session that a new upload goes into."""
        return self.open_session(identifier, how)

    def dispose_of_body(self, name: str) -> None:
        """The upload has ended, so nobody reads its body any more."""
        self.body_path(name).unlink(missing_ok=True)

    def make_screen(self, name: str) -> Screen:
        """A new screen; it has no session of its own."""
        self.screens_made += 1
        return Screen(name, self.screens_made, self.note)

    def updated(self, session: str, task: str) -> None:
        """Tell the screen on top that there is something new to show."""
        if self.screens:
            self.screens[-1].show(session, task)

    def finish_events(self, identifier: str) -> None:
        """Ask for time before going to the main queue: without it the app may be suspended on the way."""
        time = self.application.begin_background_task("telling the user")

        def on_main() -> None:
            self.tell_user(identifier)
            self.call_completion_handler(identifier)
            self.application.end_background_task(time)

        DispatchQueue.main().async_(on_main)

    # Small acts.

    def tell_user(self, identifier: str) -> None:
        """Post a local notification: all uploads of a session have ended."""
        self.note(Callback.NOTIFICATION_POSTED, session=identifier)

    def body_path(self, name: str) -> Path:
        """Where the body of an upload is."""
        return self.uploads / f"{Path(name).name}.multipart"

    @property
    def queue(self) -> str:
        """Identifier of the session of the queue, one for each test run."""
        return f"{UPLOADER_ID}.uploads.{self.memory.nonce}"

    def default_session(self, command: Command) -> str:
        """The session of the queue; uploads that the app makes itself have one of their own."""
        return f"{self.queue}.in-app" if is_in_app(command.args) else self.queue

    def forget(self) -> None:
        """Remember no upload, and keep no body and no screen."""
        super().forget()
        self.screens.clear()
        shutil.rmtree(self.uploads, ignore_errors=True)

    # What sessions tell.

    def url_session_task_did_complete_with_error(
        self, session: URLSession, task: URLSessionTask, error: URLError | None
    ) -> None:
        """Write down how the upload ended, let its body go, and show it."""
        super().url_session_task_did_complete_with_error(session, task, error)
        self.dispose_of_body(self.transfer_of(task))
        name, transfer = self.session_name(session), self.transfer_of(task)
        DispatchQueue.main().async_(lambda: self.updated(name, transfer))

    # Commands.

    def start_upload(self, command: Command) -> None:
        """``start-upload``: send an image of ``size_bytes`` to ``url`` as ``id``, from a file."""
        transfer = self.new_transfer(command)
        body = self._write_body(transfer.identifier, int(command.args.get("size_bytes", DEFAULT_SIZE_BYTES)))
        session = self.session_for(transfer.session, transfer.how)
        headers = {"Content-Type": body.content_type}
        task = session.upload_task(transfer.url, from_file=body.path, headers=headers)
        self.begin(command, transfer, task, {"body_bytes": body.size_bytes, "sha256": body.sha256})

    def open_screen(self, command: Command) -> None:
        """``open-screen``: push ``screen``."""
        self.screens.append(self.make_screen(command.args.get("screen", "")))
        self._acknowledge_screens(command)

    def close_screen(self, command: Command) -> None:
        """``close-screen``: pop ``screen``, and what is on top of it."""
        name = command.args.get("screen", "")
        names = [screen.name for screen in self.screens]
        if name in names:
            del self.screens[len(names) - 1 - names[::-1].index(name) :]
        self._acknowledge_screens(command)

    def _acknowledge_screens(self, command: Command) -> None:
        self.acknowledge(command, {"screens": [screen.name for screen in self.screens]})

    def _write_body(self, name: str, size_bytes: int) -> Body:
        return write_body(self.body_path(name), self.encode_body(name, size_bytes), boundary_of(name))
