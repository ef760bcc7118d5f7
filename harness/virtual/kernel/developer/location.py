"""Where the phone believes to be."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from harness.errors import HarnessError
from harness.virtual.kernel.subscription import Subscribers, Subscription


class NoSuchPlace(HarnessError):
    """A latitude or longitude that is none."""


@dataclass(frozen=True)
class Place:
    """A point on Earth.

    Attributes:
        latitude_deg: from -90 (south) to 90 (north).
        longitude_deg: from -180 (west) to 180 (east).
    """

    latitude_deg: float
    longitude_deg: float

    def __post_init__(self) -> None:
        inside = abs(self.latitude_deg) <= 90.0 and abs(self.longitude_deg) <= 180.0
        # A number that is none compares false with everything.
        if not inside or not math.isfinite(self.latitude_deg + self.longitude_deg):
            raise NoSuchPlace(f"No place has latitude {self.latitude_deg} and longitude {self.longitude_deg}")


HOME = Place(37.334606, -122.009102)
"""Where a phone lies when nothing simulates another place; any place would do."""


class Location:
    """The position of one phone: its own, or the one that a tool simulates.

    The last simulation wins; taking back one that another has replaced changes nothing. That the
    newest wins is guessed.
    """

    def __init__(self, own: Place = HOME) -> None:
        self._own = own
        self._simulated: Place | None = None
        self._owner: object = None
        self._observers: Subscribers[Place] = Subscribers()

    @property
    def place(self) -> Place:
        """Where the phone believes to be."""
        return self._simulated if self._simulated is not None else self._own

    @property
    def simulated(self) -> bool:
        """Whether a tool says where it is."""
        return self._simulated is not None

    def observe(self, callback: Callable[[Place], None]) -> Subscription:
        """Tell ``callback`` every later place."""
        return self._observers.add(callback)

    def simulate(self, place: Place, owner: object = None) -> None:
        """Believe to be at ``place`` until it is taken back; ``owner`` says by whom."""
        self._simulated, self._owner = place, owner
        self._observers.tell(place)

    def stop(self) -> None:
        """Believe the phone's own position again, whoever simulates another; none is no error."""
        if self._simulated is not None:
            self._simulated, self._owner = None, None
            self._observers.tell(self._own)

    def stop_if_of(self, owner: object) -> None:
        """As ``stop``, but only a simulation of that owner."""
        if self._owner is owner:
            self.stop()
