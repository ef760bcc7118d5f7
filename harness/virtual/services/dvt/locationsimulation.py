"""DVT LocationSimulation: where the phone believes to be.

Source: the calls of public clients. They keep their connection open while they simulate a place, so
here too the simulation goes with its channel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.virtual.kernel.developer.location import NoSuchPlace, Place
from harness.virtual.services.support.dvt_channel import VOID, DtxFailure, DvtChannel, Void

DOMAIN = "DTLocationSimulation"
"""Guessed; clients look at the text."""


class LocationSimulation(DvtChannel):
    """The channel that simulates places."""

    identifier = "com.apple.instruments.server.services.LocationSimulation"

    def methods(self) -> Mapping[str, Callable[..., object]]:
        """See ``DvtChannel.methods``."""
        return {
            "simulateLocationWithLatitude:longitude:": self._simulate,
            "stopLocationSimulation": self._stop,
        }

    def close(self) -> None:
        """See ``DvtChannel.close``."""
        self.phone.location.stop_if_of(self)

    def _simulate(self, latitude: float, longitude: float) -> bool:
        try:
            place = Place(float(latitude), float(longitude))
        except NoSuchPlace as error:
            raise DtxFailure(error.what, domain=DOMAIN) from error
        self.phone.location.simulate(place, self)
        return True

    def _stop(self) -> Void:
        self.phone.location.stop()
        return VOID
