"""Somebody walks out of a region and back: the app that watches it is run. S54 of the catalogue.

The app needs its user's leave to know the location always, which a person gives it once.
"""

from __future__ import annotations

import pytest

from harness.api import App, Device
from harness.model.callbacks import Callback, WakeReason
from harness.scenarios.walking import AWAY, CROSSED_WITHIN_S, watch_and_leave


@pytest.mark.scenario("S54")
@pytest.mark.device(ios=">=15")
def test_leaving_a_region_resumes_a_suspended_app(device: Device, app: App) -> None:
    """S54: the app is suspended when its user walks away; the same process is told."""
    watch_and_leave(device, app)
    moved = device.move_to(*AWAY)
    wake = app.expect_resume(reason=WakeReason.LOCATION, since=moved, within_s=CROSSED_WITHIN_S)
    wake.expect_callbacks(Callback.REGION_EXITED)


@pytest.mark.scenario("S54")
@pytest.mark.device(ios=">=15")
def test_leaving_a_region_relaunches_a_dead_app(device: Device, app: App) -> None:
    """S54: the system has ended the app; another process is started, and told."""
    watch_and_leave(device, app)
    app.kill()
    moved = device.move_to(*AWAY)
    wake = app.expect_relaunch(reason=WakeReason.LOCATION, since=moved, within_s=CROSSED_WITHIN_S)
    wake.expect_callbacks(Callback.REGION_EXITED)
