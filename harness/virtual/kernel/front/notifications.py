"""Notifications that apps, or people at the shell in their place, have posted."""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import HarnessError


class NoSuchNotification(HarnessError):
    """No notification of that app is there to be tapped."""


@dataclass(frozen=True)
class Notification:
    """One notification.

    Attributes:
        bundle_id: the app that it is of.
        title: its title.
        text: what stands below.
    """

    bundle_id: str
    title: str
    text: str


class Notifications:
    """The notifications of one phone, newest first. One stays until it is tapped or its app removed."""

    def __init__(self) -> None:
        self._posted: tuple[Notification, ...] = ()

    @property
    def posted(self) -> tuple[Notification, ...]:
        """Those that are there, newest first."""
        return self._posted

    def post(self, notification: Notification) -> None:
        """Add one."""
        self._posted = (notification, *self._posted)

    def newest_of(self, bundle_id: str) -> Notification:
        """The newest of an app.

        Raises:
            NoSuchNotification: it has none.
        """
        for notification in self._posted:
            if notification.bundle_id == bundle_id:
                return notification
        raise NoSuchNotification(f"{bundle_id} has no notification")

    def remove(self, notification: Notification) -> None:
        """Take the newest of those that are alike away."""
        kept = list(self._posted)
        kept.remove(notification)
        self._posted = tuple(kept)

    def forget_app(self, bundle_id: str) -> None:
        """Take those of an app away."""
        self._posted = tuple(one for one in self._posted if one.bundle_id != bundle_id)
