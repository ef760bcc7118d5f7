"""What stories of regions have in common: where they are, and how they begin."""

from __future__ import annotations

from harness.api import App, Device
from harness.model.states import AppState
from harness.model.triggers import Trigger
from harness.scenarios.downloading import ASLEEP_WITHIN_S

AT_HOME = (47.3769, 8.5417)
"""In the middle of the region, in degrees."""

AWAY = (47.5596, 7.5886)
"""Another town."""

RADIUS_M = 200
"""Of the region: as small as iOS still tells reliably."""

CROSSED_WITHIN_S = 600.0
"""By when an app is told that a boundary was crossed; iOS waits until it is sure, some minutes at times."""


def watch_and_leave(device: Device, app: App) -> None:
    """Be at home, have the app watch it, and leave the app until iOS has suspended it."""
    device.move_to(*AT_HOME)
    app.launch()
    latitude, longitude = AT_HOME
    app.do(Trigger.WATCH_REGION, latitude=f"{latitude:g}", longitude=f"{longitude:g}", radius_m=f"{RADIUS_M}")
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=ASLEEP_WITHIN_S)
