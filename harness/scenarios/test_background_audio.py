"""A background mode keeps an app running, and only while the app makes use of it. S15."""

from __future__ import annotations

import pytest

from harness.api import App, Device
from harness.model.states import AppState
from harness.model.triggers import Trigger
from harness.scenarios.awake import expect_awake

LONG_S = 120.0
"""Longer than any app runs in the background on time that it asked for."""

ASLEEP_WITHIN_S = 60.0
"""By when an app with nothing left to do is suspended."""


@pytest.mark.scenario("S15")
@pytest.mark.device(ios=">=15")
def test_an_app_that_plays_runs_in_the_background_until_it_stops(device: Device, app: App) -> None:
    """S15: two minutes of music without a pause, and then the app is suspended like any other."""
    app.launch()
    app.do(Trigger.PLAY_AUDIO)
    left = app.background()
    expect_awake(app, since=left, for_s=LONG_S)
    silent = app.do(Trigger.STOP_AUDIO)
    app.expect_state(AppState.SUSPENDED, since=silent.mark, within_s=ASLEEP_WITHIN_S)


@pytest.mark.scenario("S15")
@pytest.mark.device(ios=">=15")
def test_an_app_that_only_might_play_is_suspended(device: Device, app: App) -> None:
    """S15: the mode in its Info.plist and an active audio session keep nobody awake without sound."""
    app.launch()
    app.do(Trigger.PLAY_AUDIO, silent="yes")
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=ASLEEP_WITHIN_S)
