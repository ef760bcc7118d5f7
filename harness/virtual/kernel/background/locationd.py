"""locationd: regions that apps have watched, and what happens when the phone crosses their edge.

Theory. A region belongs to the app, not to its process: it is watched until the app takes it back or is
uninstalled, through every end of the process and every restart of the phone. A crossing counts when the
phone has stayed beyond the edge for a while, and reaches the app by where that stands
(background-execution.md §1.11)::

    it runs          its delegate is told
    it is suspended  resumed, then told
    it has no process launched in the background with the location launch option; told when its code has
                     made a location manager with a delegate
    it may not run   the crossing is lost

Who may not run: what was swiped away, by the table of versions (§1.6), until its user opens it or, for
location alone, the phone restarts; what has Background App Refresh off (§1.7, from memory); and nobody
before the first unlock after a restart. That the user has allowed location always is assumed of every app.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.virtual.kernel.background.figures import CROSSING_AFTER_S, REGION_WAKE_S, REGIONS_PER_APP
from harness.virtual.kernel.clock import Timer
from harness.virtual.kernel.developer.location import Place
from harness.virtual.kernel.processes.exits import ExitRecord
from harness.virtual.kernel.processes.process import Process
from harness.virtual.kernel.rules import AssertionKind
from harness.virtual.kernel.springboard import LaunchRequest

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

NAME = "locationd"
LAUNCH_OPTION = "UIApplicationLaunchOptionsLocationKey"
"""``UIApplication.LaunchOptionsKey.location``."""

EARTH_RADIUS_M = 6_371_000.0


class Crossing(StrEnum):
    """Which way an edge was crossed."""

    ENTERED = "entered"
    EXITED = "exited"


@dataclass(frozen=True)
class Region:
    """A circle on Earth.

    Attributes:
        identifier: the app's name for it.
        centre: its middle.
        radius_m: from the middle to the edge.
    """

    identifier: str
    centre: Place
    radius_m: float

    def contains(self, place: Place) -> bool:
        """Whether a place is inside."""
        return distance_m(self.centre, place) <= self.radius_m


@dataclass(frozen=True)
class RegionEvent:
    """One crossing.

    Attributes:
        region: whose edge.
        crossing: which way.
    """

    region: Region
    crossing: Crossing


Client = Callable[[RegionEvent], None]


@dataclass
class _Watch:
    bundle_id: str
    region: Region
    inside: bool
    crossing: Timer | None = None


def distance_m(one: Place, other: Place) -> float:
    """The way between two places over the ground, by the haversine formula."""
    north, south = math.radians(one.latitude_deg), math.radians(other.latitude_deg)
    along = math.radians(other.longitude_deg - one.longitude_deg)
    chord = math.sin((south - north) / 2) ** 2 + math.cos(north) * math.cos(south) * math.sin(along / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(chord, 1.0)))


class Locationd:
    """The regions of one phone.

    Args:
        phone: the phone.
    """

    def __init__(self, phone: VirtualPhone) -> None:
        self._phone = phone
        self._watches: dict[tuple[str, str], _Watch] = {}
        self._clients: dict[int, list[Client]] = {}
        self._untold: dict[str, list[RegionEvent]] = {}
        phone.location.observe(self._moved)
        phone.exits.observe(self._process_ended)
        phone.apps.on_removed.add(self._forget_app)

    def regions_of(self, bundle_id: str) -> tuple[Region, ...]:
        """What an app has watched, in the order in which it asked."""
        return tuple(watch.region for watch in self._watches.values() if watch.bundle_id == bundle_id)

    def watch(self, bundle_id: str, region: Region) -> bool:
        """Watch a region, or another under the same identifier; false when the app has too many."""
        key = (bundle_id, region.identifier)
        if key not in self._watches and len(self.regions_of(bundle_id)) >= REGIONS_PER_APP:
            return False
        self.unwatch(bundle_id, region.identifier)
        self._watches[key] = _Watch(bundle_id, region, region.contains(self._phone.location.place))
        self._log(f"Client {self._phone.log.private(bundle_id)} started monitoring a region")
        return True

    def unwatch(self, bundle_id: str, identifier: str) -> None:
        """Watch a region no more; one that is not watched is no error."""
        watch = self._watches.pop((bundle_id, identifier), None)
        if watch is not None and watch.crossing is not None:
            watch.crossing.cancel()

    def connect(self, process: Process, client: Client) -> None:
        """Tell a location manager of a process every later crossing, and what its launch was for."""
        self._clients.setdefault(process.pid, []).append(client)
        self._tell(process)

    def _moved(self, place: Place) -> None:
        for watch in tuple(self._watches.values()):
            crossed = watch.region.contains(place) != watch.inside
            if watch.crossing is not None and not crossed:
                watch.crossing.cancel()
                watch.crossing = None
            elif watch.crossing is None and crossed:
                self._begin_crossing(watch)

    def _begin_crossing(self, watch: _Watch) -> None:
        clock = self._phone.clock
        watch.crossing = clock.call_later(CROSSING_AFTER_S, lambda: self._crossed(watch))

    def _crossed(self, watch: _Watch) -> None:
        watch.crossing = None
        watch.inside = not watch.inside
        crossing = Crossing.ENTERED if watch.inside else Crossing.EXITED
        process = self._wake(watch.bundle_id)
        if process is not None:
            self._untold.setdefault(watch.bundle_id, []).append(RegionEvent(watch.region, crossing))
            self._tell(process)

    def _wake(self, bundle_id: str) -> Process | None:
        phone = self._phone
        who = phone.log.private(bundle_id)
        refused = phone.rules.refresh_off_blocks_location and not phone.background_refresh_allowed(bundle_id)
        request = LaunchRequest(
            bundle_id,
            background=True,
            requester=NAME,
            reason="region monitoring",
            options={LAUNCH_OPTION: True},
        )
        process = None if refused or not phone.conditions.is_up else phone.springboard.wake(request)
        if process is None:
            self._log(f"Client {who} is not launched for a region")
            return None
        self._log(f"Client {who} is told of a region")
        kind = AssertionKind.LOCATION
        assertion = phone.runningboard.acquire(process.pid, kind, kind.value, None)
        phone.clock.call_later(REGION_WAKE_S, assertion.release)
        return process

    def _tell(self, process: Process) -> None:
        clients = tuple(self._clients.get(process.pid, ()))
        for event in self._untold.pop(process.bundle_id, ()) if clients else ():
            for client in clients:
                process.enqueue(lambda client=client, event=event: client(event))

    def _process_ended(self, record: ExitRecord) -> None:
        self._clients.pop(record.pid, None)
        self._untold.pop(record.bundle_id, None)

    def _forget_app(self, bundle_id: str) -> None:
        for region in self.regions_of(bundle_id):
            self.unwatch(bundle_id, region.identifier)

    def _log(self, message: str) -> None:
        self._phone.core.log_as(NAME, message)
