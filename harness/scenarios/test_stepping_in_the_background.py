"""A debugger is attached to an app that is then left, and goes again. S49 and S50 of the catalogue."""

from __future__ import annotations

import pytest

from harness.api import App, Device, Origin
from harness.model.states import AppState
from harness.model.triggers import Trigger
from harness.scenarios.awake import expect_awake
from harness.scenarios.downloading import ASLEEP_WITHIN_S, WHOLE_STORY, expect_woken

STEPPING_S = 60.0
"""How long somebody steps through the code: twice as long as an app may take in the background."""


@pytest.mark.scenario("S49")
@pytest.mark.device(ios=">=15")
def test_stepping_in_the_background_does_no_harm_to_what_comes_after(
    device: Device, app: App, origin: Origin
) -> None:
    """S49: attach, step for a minute, detach: it was never suspended, is now, and is woken as ever."""
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    app.launch()
    sent = app.do(Trigger.START_DOWNLOAD, url=episode.url, id="e42")
    with app.debugger():
        left = app.background()
        expect_awake(app, since=left, for_s=STEPPING_S)
    app.expect_state(AppState.SUSPENDED, within_s=ASLEEP_WITHIN_S)
    app.kill()
    wake = expect_woken(app, since=episode.release())
    wake.expect_callbacks(*WHOLE_STORY, session=sent.session)


@pytest.mark.scenario("S50")
@pytest.mark.device(ios=">=15")
def test_an_idle_app_is_suspended_and_a_debugged_one_never(device: Device, app: App) -> None:
    """S50: it has nothing to do in the background, and is suspended; while it is debugged, it is not."""
    app.launch()
    app.do(Trigger.PROBE)
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=ASLEEP_WITHIN_S)
    app.launch()
    with app.debugger():
        left = app.background()
        expect_awake(app, since=left, for_s=STEPPING_S)
    app.expect_state(AppState.SUSPENDED, within_s=ASLEEP_WITHIN_S)
