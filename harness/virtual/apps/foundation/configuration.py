"""How a session is to work: ``URLSessionConfiguration``."""

from __future__ import annotations

from dataclasses import dataclass

from harness.virtual.kernel.localsession.events import LocalSettings
from harness.virtual.kernel.localsession.rules import REQUEST_TIMEOUT_S
from harness.virtual.kernel.nsurlsessiond.background_session import SessionSettings
from harness.virtual.kernel.nsurlsessiond.rules import RESOURCE_TIMEOUT_S


@dataclass
class URLSessionConfiguration:
    """``URLSessionConfiguration``; a session copies it when it is made.

    Attributes:
        identifier: of a background session its name, unique in the app; empty for a default session.
        session_sends_launch_events: whether the app is woken when the session's tasks are finished.
        is_discretionary: whether the system may choose the time.
        allows_cellular_access: whether its tasks may go by cellular.
        timeout_interval_for_request: seconds without a byte until a task gives up with -1001; a background
            session does not look at it (background-execution.md §1.3).
        timeout_interval_for_resource: seconds until a task gives up with -1001.
        waits_for_connectivity: whether a task of a default session waits for a network that is not there;
            one of a background session always does (background-execution.md §1.8.3).
    """

    identifier: str = ""
    session_sends_launch_events: bool = True
    is_discretionary: bool = False
    allows_cellular_access: bool = True
    timeout_interval_for_request: float = REQUEST_TIMEOUT_S
    timeout_interval_for_resource: float = RESOURCE_TIMEOUT_S
    waits_for_connectivity: bool = False

    @classmethod
    def default(cls) -> URLSessionConfiguration:
        """``default``: a session that lives in the app's own process."""
        return cls()

    @classmethod
    def background(cls, identifier: str) -> URLSessionConfiguration:
        """``background(withIdentifier:)``."""
        return cls(identifier)

    @property
    def is_background(self) -> bool:
        """Whether its sessions live in nsurlsessiond."""
        return bool(self.identifier)

    def background_settings(self) -> SessionSettings:
        """What nsurlsessiond needs of it."""
        return SessionSettings(
            self.identifier,
            sends_launch_events=self.session_sends_launch_events,
            is_discretionary=self.is_discretionary,
            resource_timeout_s=self.timeout_interval_for_resource,
            allows_cellular=self.allows_cellular_access,
        )

    def local_settings(self) -> LocalSettings:
        """What loading in the app's own process needs of it."""
        return LocalSettings(
            allows_cellular=self.allows_cellular_access,
            request_timeout_s=self.timeout_interval_for_request,
            resource_timeout_s=self.timeout_interval_for_resource,
            waits_for_connectivity=self.waits_for_connectivity,
        )
