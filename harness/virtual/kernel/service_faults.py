"""What is broken about a phone's services at the moment, and in what its log comes out.

Nothing here happens by itself: a person or a script breaks it, and whatever renders the phone asks.
"""

from __future__ import annotations

from harness.virtual.kernel.log import LogBus
from harness.virtual.kernel.log_faults import LogFaults
from harness.virtual.kernel.screen_faults import ScreenFaults

INVALID_SERVICE = "InvalidService"
"""What lockdown says of a service that it does not have. Source: virtual-iphone.md §1."""


class ServiceFaults:
    """The faults of one phone's services.

    Args:
        log: the phone's log.

    Attributes:
        log: the faults of the log's way to a client.
        screen: the faults of who works the screen.
    """

    def __init__(self, log: LogBus) -> None:
        self.log = LogFaults(log)
        self.screen = ScreenFaults()
        self._refused: dict[str, str] = {}
        self._launches_left: int | None = None

    def refuse(self, service: str, error: str = INVALID_SERVICE) -> None:
        """Have lockdown refuse to start a service; behind a tunnel that is opened later it is missing.

        Args:
            service: its name behind lockdown.
            error: what lockdown says.
        """
        self._refused[service] = error

    def allow(self, service: str) -> bool:
        """Let a service start again; whether it was refused."""
        return self._refused.pop(service, None) is not None

    def refusal(self, service: str) -> str | None:
        """What lockdown says to who asks for a service; ``None`` when it may start."""
        return self._refused.get(service)

    @property
    def refused(self) -> tuple[str, ...]:
        """The services that are refused, in the order in which they came to be."""
        return tuple(self._refused)

    def wedge_instruments(self, after_launches: int = 0) -> None:
        """Have the instruments server accept connections and answer nothing, from the n-th launch on.

        Args:
            after_launches: how many more launches through it are answered; 0 wedges it at once.
        """
        self._launches_left = after_launches

    def unwedge(self) -> None:
        """Have the instruments server answer again; what it was asked meanwhile stays unanswered."""
        self._launches_left = None

    @property
    def instruments_wedged(self) -> bool:
        """Whether the instruments server answers nothing."""
        return self._launches_left == 0

    def launched(self) -> None:
        """Say that the instruments server has launched an app."""
        if self._launches_left:
            self._launches_left -= 1

    def mend(self) -> None:
        """Take back every fault."""
        self._refused.clear()
        self.unwedge()
        self.log.mend()
        self.screen.mend()
