"""Core Location as app code sees it: regions that are watched for the app, whether it runs or not."""

from __future__ import annotations

from dataclasses import dataclass

from harness.virtual.kernel.background.locationd import LAUNCH_OPTION, Crossing, Region, RegionEvent
from harness.virtual.kernel.developer.location import Place
from harness.virtual.kernel.processes.process import Process, current_process

__all__ = ["LAUNCH_OPTION", "CLCircularRegion", "CLLocationManager", "CLLocationManagerDelegate"]


@dataclass(frozen=True)
class CLCircularRegion:
    """``CLCircularRegion``.

    Attributes:
        latitude_deg: of its centre.
        longitude_deg: of its centre.
        radius_m: metres from the centre to the edge.
        identifier: the app's name for it.
    """

    latitude_deg: float
    longitude_deg: float
    radius_m: float
    identifier: str


class CLLocationManagerDelegate:
    """``CLLocationManagerDelegate``; every callback does nothing unless the app overrides it."""

    def location_manager_did_enter_region(self, manager: CLLocationManager, region: CLCircularRegion) -> None:
        """``locationManager(_:didEnterRegion:)``."""

    def location_manager_did_exit_region(self, manager: CLLocationManager, region: CLCircularRegion) -> None:
        """``locationManager(_:didExitRegion:)``."""

    def location_manager_monitoring_did_fail(
        self, manager: CLLocationManager, region: CLCircularRegion
    ) -> None:
        """``locationManager(_:monitoringDidFailFor:withError:)``: the app has too many regions."""


class CLLocationManager:
    """``CLLocationManager`` of the process whose code is running.

    Args:
        delegate: told of crossings on the main thread, also of the one that the app was launched for.
    """

    def __init__(self, delegate: CLLocationManagerDelegate) -> None:
        self.delegate = delegate
        self._process: Process = current_process()
        self._process.phone.locationd.connect(self._process, self._crossed)

    @property
    def monitored_regions(self) -> tuple[CLCircularRegion, ...]:
        """``monitoredRegions``: of the app, whichever process asked for them."""
        process = self._process
        return tuple(_told(region) for region in process.phone.locationd.regions_of(process.bundle_id))

    def start_monitoring(self, region: CLCircularRegion) -> None:
        """``startMonitoring(for:)``: until ``stop_monitoring``, through every end of the process."""
        process = self._process
        asked = Region(region.identifier, Place(region.latitude_deg, region.longitude_deg), region.radius_m)
        if not process.phone.locationd.watch(process.bundle_id, asked):
            process.enqueue(lambda: self.delegate.location_manager_monitoring_did_fail(self, region))

    def stop_monitoring(self, region: CLCircularRegion) -> None:
        """``stopMonitoring(for:)``; by its identifier; one that is not watched is no error."""
        self._process.phone.locationd.unwatch(self._process.bundle_id, region.identifier)

    def _crossed(self, event: RegionEvent) -> None:
        region = _told(event.region)
        if event.crossing is Crossing.ENTERED:
            self.delegate.location_manager_did_enter_region(self, region)
        else:
            self.delegate.location_manager_did_exit_region(self, region)


def _told(region: Region) -> CLCircularRegion:
    place = region.centre
    return CLCircularRegion(place.latitude_deg, place.longitude_deg, region.radius_m, region.identifier)
