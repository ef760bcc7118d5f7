"""No app has anything to do, so none executes. S55 of the catalogue.

That the processor sleeps then shows only on a phone that runs on its battery, and tells nothing of the app;
that the app executes no code, which is what lets it sleep, shows on any.
"""

from __future__ import annotations

import pytest

from harness.api import NEVER, App, Device, End, at_least
from harness.model.callbacks import Callback
from harness.model.states import AppState
from harness.model.triggers import Trigger
from harness.scenarios.downloading import ANSWERED_WITHIN_S, ASLEEP_WITHIN_S

ASLEEP_S = 300.0
"""How long nothing happens: far longer than any time that an app may ask for."""


@pytest.mark.scenario("S55", rungs=())
@pytest.mark.device(ios=">=15")
def test_a_suspended_app_does_not_tick(device: Device, app: App) -> None:
    """S55: its timer fires every second while it runs, and never while it is suspended."""
    app.launch()
    begun = app.do(Trigger.TICK, every_s="1").mark
    app.expect_callback(Callback.TICK, count=at_least(3), since=begun, within_s=ANSWERED_WITHIN_S)
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=ASLEEP_WITHIN_S)
    asleep = app.end(End.SUSPENDED)
    app.expect_callback(Callback.TICK, count=NEVER, since=asleep, within_s=ASLEEP_S)
    opened = app.launch()
    app.expect_callback(Callback.TICK, count=at_least(3), since=opened, within_s=ANSWERED_WITHIN_S)
