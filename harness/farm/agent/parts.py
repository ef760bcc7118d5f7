"""What an agent is put together from, as it sees it: a seat in the store, gates, and who looks for phones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from harness.farm.agent.attendance import Attending, HostPhone
from harness.farm.leases.grants import Duties, Grant
from harness.farm.leases.published import PublishedPhone
from harness.farm.leases.replay import Restored
from harness.model.undo import Restorer


class Seat(Protocol):
    """The agent's side of the store; see ``farm.leases.seat.HostSeat``."""

    def publish(self, told: Iterable[PublishedPhone]) -> None:
        """Tell which phones are there."""
        ...

    def duties(self) -> Duties:
        """What is due."""
        ...

    def opened(self, grant: Grant, path: str) -> bool:
        """A grant's socket stands; returns whether its lease does, too."""
        ...

    def closed(self, grant: Grant) -> None:
        """A grant's socket is closed, and its connections are cut: its lease is over."""
        ...

    def restore(self, restorer: Restorer, udid: str) -> Restored | None:
        """Put a phone right whose socket is closed, and free it; ``None`` when it is right already."""
        ...

    def wait(self, timeout_s: float) -> None:
        """Return when something may be due, or after ``timeout_s`` seconds."""
        ...

    def close(self) -> None:
        """Leave the host's place."""
        ...


class Gates(Protocol):
    """The sockets of grants; see ``farm.agent.gates``."""

    async def open(self, grant: Grant, phone: HostPhone) -> str:
        """Open a grant's socket, unless it stands already; returns its path.

        Raises:
            DeviceLost: the phone is not there. The grant is used up: asked again, it is refused alike.
            FarmError: a later grant of the phone was let through before.
            OSError: no socket can be made.
        """
        ...

    async def close(self, grant: Grant) -> None:
        """Close a grant's socket and abort what goes through it; that of a later grant is left alone."""
        ...


class Watch(Protocol):
    """Looks which phones are there; see ``farm.agent.attendance.Attendance``."""

    async def look(self) -> Attending:
        """The phones that are there now."""
        ...

    def phone(self, udid: str) -> HostPhone | None:
        """A phone as it was last seen; it may be gone. ``None`` when it never was."""
        ...
