"""What an agent is put together from, as it sees it: a seat in the store, gates, and who looks for phones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from harness.farm.agent.attendance import Attending, HostPhone
from harness.farm.health.rotation import Finding
from harness.farm.leases.grants import Duties, Grant
from harness.farm.leases.published import PublishedPhone
from harness.farm.leases.replay import Restored
from harness.farm.reach import ReachablePhone
from harness.model.undo import Restorer


class Seat(Protocol):
    """The agent's side of the store; see ``farm.leases.seat.HostSeat``."""

    @property
    def id(self) -> str:
        """What the store knows this agent by."""
        ...

    def publish(self, told: Iterable[PublishedPhone], why: Mapping[str, str] | None = None) -> frozenset[str]:
        """Tell which phones are there, and by its UDID why another one is not, if it is attached.

        Returns the UDIDs of those that are this agent's to serve.
        """
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


class Health(Protocol):
    """Keeps the health of the phones; see ``farm.health.keeping.Keeper``."""

    async def before_lease(self, phone: ReachablePhone) -> Finding | None:
        """Look at a phone that was granted, unless it was looked at lately; ``None`` when it is well."""
        ...

    async def came_back(self, phone: ReachablePhone) -> None:
        """Note that a phone is attached again."""
        ...

    async def look_around(self, phones: Iterable[ReachablePhone]) -> None:
        """Look at those phones that nobody has and that are due, and have those recover that are not well."""
        ...


@dataclass(frozen=True)
class Means:
    """What an agent works with.

    Attributes:
        take_seat: takes the host's place in the store; called again when that was lost.
        watch: which phones are there.
        gates: opens and closes sockets.
        restorer: puts things back on phones.
        who: says who has a phone, by its UDID.
        health: looks after phones; ``None`` leaves that to whoever gets them.
        keep_awake: is told whether there are phones to stay awake for.
    """

    take_seat: Callable[[], Seat]
    watch: Watch
    gates: Gates
    restorer: Restorer
    who: Callable[[str], str]
    health: Health | None = None
    keep_awake: Callable[[bool], object] = bool
