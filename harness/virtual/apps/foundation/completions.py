"""Completion closures of the tasks of default sessions, which take the delegate's place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from harness.virtual.apps.foundation.tasks import HTTPURLResponse, URLSessionTask
from harness.virtual.kernel.nsurlsessiond.rules import URLError

DataCompletion = Callable[[bytes | None, HTTPURLResponse | None, URLError | None], None]
"""``(Data?, URLResponse?, Error?) -> Void``."""

DownloadCompletion = Callable[[Path | None, HTTPURLResponse | None, URLError | None], None]
"""``(URL?, URLResponse?, Error?) -> Void``; the file is gone when it returns."""


class Completion(Protocol):
    """Calls one closure, once."""

    def take_data(self, data: bytes) -> None:
        """A piece of the body came."""
        ...

    def take_file(self, task: URLSessionTask, location: Path) -> None:
        """The body is in a file."""
        ...

    def end(self, task: URLSessionTask) -> None:
        """The task has ended."""
        ...


class CollectsData:
    """Gathers the body for the closure of a data or upload task.

    Args:
        handler: the app's closure.
    """

    def __init__(self, handler: DataCompletion) -> None:
        self._handler = handler
        self._data = bytearray()

    def take_data(self, data: bytes) -> None:
        """Keep a piece of the body."""
        self._data += data

    def take_file(self, task: URLSessionTask, location: Path) -> None:
        """Not told to such a task."""

    def end(self, task: URLSessionTask) -> None:
        """Hand over everything, or the error."""
        data = bytes(self._data) if task.error is None else None
        self._handler(data, task.response, task.error)


class HandsFileOver:
    """Hands the file to the closure of a download task.

    Args:
        handler: the app's closure.
    """

    def __init__(self, handler: DownloadCompletion) -> None:
        self._handler = handler

    def take_data(self, data: bytes) -> None:
        """Not told to such a task."""

    def take_file(self, task: URLSessionTask, location: Path) -> None:
        """Hand the file over while it is there."""
        self._handler(location, task.response, None)

    def end(self, task: URLSessionTask) -> None:
        """Hand the error over; without one the file was."""
        if task.error is not None:
            self._handler(None, task.response, task.error)
