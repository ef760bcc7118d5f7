"""What a default session is asked for, and what it tells its delegate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from harness.virtual.kernel.localsession.rules import REQUEST_TIMEOUT_S
from harness.virtual.kernel.nsurlsessiond.rules import RESOURCE_TIMEOUT_S

if TYPE_CHECKING:
    from harness.virtual.kernel.localsession.local_task import LocalTask


@dataclass(frozen=True)
class LocalSettings:
    """The part of a ``URLSessionConfiguration`` that the loading of a default session needs.

    Attributes:
        allows_cellular: ``allowsCellularAccess``.
        request_timeout_s: ``timeoutIntervalForRequest``.
        resource_timeout_s: ``timeoutIntervalForResource``.
        waits_for_connectivity: ``waitsForConnectivity``.
    """

    allows_cellular: bool = True
    request_timeout_s: float = REQUEST_TIMEOUT_S
    resource_timeout_s: float = RESOURCE_TIMEOUT_S
    waits_for_connectivity: bool = False


class LocalKind(StrEnum):
    """What a task of a default session gives the app."""

    DATA = "data"
    """The body, piece by piece."""
    DOWNLOAD = "download"
    """The body, in a file."""
    UPLOAD = "upload"
    """It sends a file; the body of the answer comes piece by piece."""


@dataclass(frozen=True)
class WaitsForConnectivity:
    """The task begins when there is a route."""

    task: LocalTask


@dataclass(frozen=True)
class LocalData:
    """A piece of the body."""

    task: LocalTask
    data: bytes


@dataclass(frozen=True)
class LocalFile:
    """The whole body is at ``path`` until the delegate returns."""

    task: LocalTask
    path: Path


@dataclass(frozen=True)
class LocalEnd:
    """The task has ended; ``task.error`` says how."""

    task: LocalTask


LocalEvent = WaitsForConnectivity | LocalData | LocalFile | LocalEnd
"""What a session's delegate is told, in order."""


class LocalClient(Protocol):
    """A session object in an app's process."""

    def deliver(self, event: LocalEvent, done: Callable[[], None]) -> None:
        """Tell the delegate on its queue; call ``done`` when it has returned."""
        ...

    def became_invalid(self) -> None:
        """The session was invalidated and all is told."""
        ...
