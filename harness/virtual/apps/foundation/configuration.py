"""How a session is to work: ``URLSessionConfiguration``."""

from __future__ import annotations

from dataclasses import dataclass

from harness.virtual.kernel.nsurlsessiond.background_session import SessionSettings
from harness.virtual.kernel.nsurlsessiond.rules import RESOURCE_TIMEOUT_S


@dataclass
class URLSessionConfiguration:
    """``URLSessionConfiguration`` of a background session.

    Attributes:
        identifier: the session's name, unique in the app.
        session_sends_launch_events: whether the app is woken when the session's tasks are finished.
        is_discretionary: whether the system may choose the time.
        timeout_interval_for_resource: seconds until a task gives up with -1001.
    """

    identifier: str
    session_sends_launch_events: bool = True
    is_discretionary: bool = False
    timeout_interval_for_resource: float = RESOURCE_TIMEOUT_S

    @classmethod
    def background(cls, identifier: str) -> URLSessionConfiguration:
        """``background(withIdentifier:)``."""
        return cls(identifier)

    def settings(self) -> SessionSettings:
        """What the daemon needs of it."""
        return SessionSettings(
            self.identifier,
            sends_launch_events=self.session_sends_launch_events,
            is_discretionary=self.is_discretionary,
            resource_timeout_s=self.timeout_interval_for_resource,
        )
