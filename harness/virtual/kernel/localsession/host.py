"""What tasks of default sessions need of the phone they run on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from harness.model.interfaces import Interface
from harness.virtual.kernel.nsurlsessiond.fetching import FetchRequest

if TYPE_CHECKING:
    from harness.virtual.kernel.clock import VirtualClock
    from harness.virtual.kernel.nsurlsessiond.transfer import Fetch, FetchListener


class LocalHost(Protocol):
    """What a task needs of the phone it runs on."""

    @property
    def clock(self) -> VirtualClock:
        """The phone's clock."""
        ...

    def route(self, *, allows_cellular: bool) -> Interface | None:
        """The interface that a connection would leave by now."""
        ...

    def is_up(self, interface: Interface) -> bool:
        """Whether an interface is there."""
        ...

    def fetch(self, request: FetchRequest, listener: FetchListener, *, allows_cellular: bool) -> Fetch:
        """A request that is about to be sent."""
        ...
