"""Courier, a sample app that knows nothing of the harness: it is told and read by its profile alone.

It stands for an app that somebody wrote for their users. It fetches files in background sessions, as Apple
asks. Its developers gave it launch arguments for their own tests, in the style of ``UserDefaults``::

    -fetch URL -label NAME -lane WORD -cellular yes|no     fetch a file
    -forget YES                                            cancel everything and forget it

and an inbox: a text file, ``Documents/inbox.txt``, which it reads and removes when it is launched, and when
``dev.harness.courier.inbox`` is posted, one order per line::

    fetch NAME WORD yes|no URL
    tasks [SESSION]
    book
    forget

Its users share links with it, ``courier://fetch?name=NAME&lane=WORD&cellular=yes|no&link=URL``, and there are
``courier://tasks?session=SESSION``, ``courier://book`` and ``courier://forget``; the last three, without a
session, are buttons on its screen, too, called ``tasks``, ``book`` and ``forget``.

What it does it logs, publicly, in a subsystem of its own. It keeps no journal.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from harness.virtual.apps.controls import Control
from harness.virtual.apps.delegate import UIApplicationDelegate
from harness.virtual.apps.foundation import (
    URLError,
    URLSession,
    URLSessionConfiguration,
    URLSessionDownloadDelegate,
    URLSessionDownloadTask,
    URLSessionTask,
)
from harness.virtual.apps.saved import read_json, replace_json
from harness.virtual.apps.uikit import (
    DispatchQueue,
    Logger,
    NotificationCenter,
    ProcessInfo,
    UIApplication,
    UIApplicationState,
)
from harness.virtual.kernel.processes.process import current_process

INBOX = "Documents/inbox.txt"
FETCHING, STORED, FAILED = "fetching", "finished", "failed"


class Courier(UIApplicationDelegate, URLSessionDownloadDelegate):
    """The app; one object per process.

    Attributes:
        book: label -> what is known of a fetch: its session, URL, state, and whether it may go by cellular.
    """

    def __init__(self) -> None:
        self._log = Logger("dev.harness.courier", "fetches")
        self._sessions: dict[str, URLSession] = {}
        self._handlers: dict[str, Callable[[], None]] = {}
        self.book: dict[str, dict[str, str]] = {}
        self._is_forgetting = False

    # What a defective variant overrides.

    def resume_fetches(self) -> None:
        """The user may look: open the sessions again in which something is under way."""
        for entry in self.book.values():
            if entry["state"] == FETCHING:
                self._session(entry["session"], entry["cellular"])

    def all_is_told(self, identifier: str) -> None:
        """Give the system its completion handler back, on the main thread."""
        DispatchQueue.main().async_(lambda: self.give_back(identifier))

    # The app's life.

    def application_did_finish_launching(
        self, application: UIApplication, options: Mapping[str, object]
    ) -> None:
        """Read the book, and do what the launch arguments and the inbox say."""
        process = current_process()
        self._container = process.phone.containers.path(process.bundle_id)
        self._name = process.bundle_id
        self.book = read_json(self._container / "Library/book.json") or {}
        NotificationCenter.observe(f"{self._name}.inbox", lambda _name: self._read_inbox())
        if application.application_state is not UIApplicationState.BACKGROUND:
            self.resume_fetches()
        self._obey_arguments(ProcessInfo.current().arguments)
        self._read_inbox()

    def application_will_enter_foreground(self, application: UIApplication) -> None:
        """Look after what is under way."""
        self.resume_fetches()

    def application_handle_events_for_background_url_session(
        self, application: UIApplication, identifier: str, completion_handler: Callable[[], None]
    ) -> None:
        """Keep the handler, and open the session again."""
        self._log.log(f"Woken for {identifier}")
        self._handlers[identifier] = completion_handler
        self._session(identifier, self._cellular_of(identifier))

    # Orders.

    def _obey_arguments(self, arguments: Sequence[str]) -> None:
        said = {name: value for name, value in pairwise(arguments) if name.startswith("-")}
        if "-fetch" in said:
            cellular = said.get("-cellular", "yes")
            self._fetch(said.get("-label", "unnamed"), said.get("-lane", "all"), cellular, said["-fetch"])
        if said.get("-forget") == "YES":
            self._forget()

    def _read_inbox(self) -> None:
        inbox = self._container / INBOX
        if not inbox.exists():
            return
        orders = inbox.read_text(encoding="utf-8").splitlines()
        inbox.unlink()
        for order in orders:
            self._obey(*order.split())

    def _obey(self, order: str, *words: str) -> None:
        match order, words:
            case "fetch", (label, lane, cellular, url):
                self._fetch(label, lane, cellular, url)
            case "tasks", _:
                self._count_tasks(words)
            case "book", _:
                states = {label: entry["state"] for label, entry in self.book.items()}
                self._log.log(f"Book {json.dumps(states)}")
            case "forget", _:
                self._forget()
            case _:
                self._log.error(f"No such order: {order}")

    def application_open_url(self, application: UIApplication, url: str) -> None:
        """Obey what somebody has shared."""
        link = urlsplit(url)
        said = dict(parse_qsl(link.query))
        if link.netloc == "fetch":
            lane, cellular = said.get("lane", "all"), said.get("cellular", "yes")
            self._fetch(said.get("name", "unnamed"), lane, cellular, said["link"])
        else:
            self._obey(link.netloc, *said.values())

    def controls(self) -> tuple[Control, ...]:
        """Its buttons."""
        orders = ("tasks", "book", "forget")
        return tuple(Control(order, order.capitalize(), partial(self._obey, order)) for order in orders)

    def _fetch(self, label: str, lane: str, cellular: str, url: str) -> None:
        identifier = f"{self._name}.{lane}.{label}"
        self._write(label, {"session": identifier, "url": url, "cellular": cellular, "state": FETCHING})
        self.start(label)
        self._log.log(f"Fetching {label} in {identifier}")

    def start(self, label: str) -> None:
        """Ask for what the book has under a label."""
        entry = self.book[label]
        task = self._session(entry["session"], entry["cellular"]).download_task(entry["url"])
        task.task_description = label
        task.resume()

    def _count_tasks(self, named: tuple[str, ...]) -> None:
        open_ones = {entry["session"] for entry in self.book.values() if entry["state"] == FETCHING}
        for identifier in named or sorted(open_ones):
            self._session(identifier, self._cellular_of(identifier)).get_all_tasks(
                lambda tasks, identifier=identifier: self._log.log(f"Tasks {len(tasks)} in {identifier}")
            )

    def _forget(self) -> None:
        self._is_forgetting = True
        for entry in self.book.values():
            self._session(entry["session"], entry["cellular"])
        for session in tuple(self._sessions.values()):
            session.invalidate_and_cancel()
        self._finish_forgetting()

    def _finish_forgetting(self) -> None:
        if self._is_forgetting and not self._sessions:
            self._is_forgetting = False
            self.book.clear()
            self._save()
            shutil.rmtree(self._shelf, ignore_errors=True)
            self._log.log("Forgot everything")

    # What sessions tell.

    def url_session_download_task_did_finish_downloading_to(
        self, session: URLSession, task: URLSessionDownloadTask, location: Path
    ) -> None:
        """Move the file to where it belongs before this returns; a 404 page belongs nowhere."""
        label = task.task_description
        if task.status_code is not None and task.status_code < 400:
            self._shelf.mkdir(parents=True, exist_ok=True)
            os.replace(location, self._shelf / Path(label).name)
        self._log.log(f"Stored {label} of {session.identifier}")

    def url_session_task_did_complete_with_error(
        self, session: URLSession, task: URLSessionTask, error: URLError | None
    ) -> None:
        """Write down how it ended."""
        label = task.task_description
        is_good = error is None and task.status_code is not None and task.status_code < 400
        self._log.log(f"Ended {label} of {session.identifier}, error {int(error.code) if error else 0}")
        if label in self.book:
            self._write(label, {**self.book[label], "state": STORED if is_good else FAILED})
        session.finish_tasks_and_invalidate()

    def url_session_did_finish_events_for_background(self, session: URLSession) -> None:
        """All is told: the completion handler may be called."""
        self._log.log(f"All told of {session.identifier}")
        self.all_is_told(session.identifier)

    def url_session_did_become_invalid_with_error(self, session: URLSession, error: URLError | None) -> None:
        """Forget the session."""
        self._sessions.pop(session.identifier, None)
        self._finish_forgetting()

    def give_back(self, identifier: str) -> None:
        """Call the completion handler of a session, if the system waits for it."""
        handler = self._handlers.pop(identifier, None)
        if handler is not None:
            # The line comes first: the system may suspend the app as soon as the handler is called.
            self._log.log(f"Done with {identifier} on {ProcessInfo.current().thread}")
            handler()

    # Small things.

    @property
    def _shelf(self) -> Path:
        return self._container / "Documents/fetched"

    def _cellular_of(self, identifier: str) -> str:
        return next((one["cellular"] for one in self.book.values() if one["session"] == identifier), "yes")

    def _session(self, identifier: str, cellular: str) -> URLSession:
        """The session of that identifier, opened once per process: two of one are undefined behaviour."""
        if identifier not in self._sessions:
            how = URLSessionConfiguration.background(identifier)
            how.allows_cellular_access = cellular == "yes"
            self._sessions[identifier] = URLSession(how, self)
        return self._sessions[identifier]

    def _write(self, label: str, entry: dict[str, str]) -> None:
        self.book[label] = entry
        self._save()

    def _save(self) -> None:
        replace_json(self._container / "Library/book.json", self.book)
