"""Having a phone believe that it is somewhere, over DVT's simulation of locations.

The channel of every iOS that is driven here. The place is simulated as long as its connection is open: a
phone that was lost knows again where it is. Source: background-execution.md §2.6; that the place ends with
the connection is guessed.
"""

from __future__ import annotations

from harness.drivers.pmd3.instruments import Instruments


async def simulate(instruments: Instruments, latitude: float, longitude: float) -> None:
    """Believe to be at a place, in degrees."""
    service = await instruments.location()
    await service.simulate_location_with_latitude_longitude_(latitude, longitude)


async def stop_simulating(instruments: Instruments) -> None:
    """Believe the phone's own position again; returns once the phone has heard it."""
    service = await instruments.location()
    await service.stop_location_simulation()
    # The call has no answer of its own; one on the same connection tells that it was read.
    await instruments.is_running(1)
