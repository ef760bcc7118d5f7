"""What a debugger does to background execution: it prevents it. S2 of the catalogue."""

from __future__ import annotations

import pytest

from harness.api import App, Device, Origin
from harness.model.callbacks import WakeReason
from harness.model.reasons import Outcome, Reason
from harness.model.states import AppState


@pytest.mark.scenario("S2")
@pytest.mark.device(each="ios")
def test_a_debugged_app_is_never_suspended_and_the_harness_says_so(
    device: Device, app: App, origin: Origin
) -> None:
    """S2: with a debugger the experiment is invalid; without it the same app is suspended and woken."""
    episode = origin.file("episode.mp4", size_bytes=2_000_000, hold_after_bytes=500_000)
    app.launch()
    app.do("start-download", url=episode.url, id="e42")
    with app.debugger():
        app.background()
        control = app.verdict_on(app.state_question(AppState.SUSPENDED, within_s=30))
    assert (control.outcome, control.reason) == (Outcome.INVALID, Reason.INVALID_DEBUGGER)
    app.expect_state(AppState.SUSPENDED, within_s=30)
    app.kill()
    released = episode.release()
    app.expect_relaunch(reason=WakeReason.URL_SESSION, since=released, within_s=120)
