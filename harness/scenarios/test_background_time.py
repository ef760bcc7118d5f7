"""How long ``beginBackgroundTask`` lasts: half a minute; and what becomes of a task that never ends. S14."""

from __future__ import annotations

import pytest

from harness.api import NEVER, App, Device
from harness.model.callbacks import Callback
from harness.model.exits import ExitCause
from harness.model.states import AppState
from harness.model.triggers import Trigger
from harness.scenarios.downloading import ASLEEP_WITHIN_S

WORK_S = 15.0
"""How long the work takes that an app asks time for: half of what it gets, at most."""

SLACK_S = 10.0
"""How late the app's own timer may be."""

AT_LEAST_S = 15.0
"""Time that every app has which asks for it; about 30 s are usual (background-execution.md §1.3)."""

AT_MOST_S = 60.0
"""By when the time of every app is up. It was three minutes on iOS 7 to 12, and ten before."""

ENDED_WITHIN_S = 60.0
"""By when iOS ends an app that does not give its time back."""


@pytest.mark.scenario("S14")
@pytest.mark.device(ios=">=15")
def test_an_app_that_asks_for_time_runs_until_its_work_is_done(device: Device, app: App) -> None:
    """S14: it says in the background that it is done, before anybody tells it to; then it is suspended."""
    app.launch()
    app.do(Trigger.BEGIN_BACKGROUND_TASK, ends_after_s=f"{WORK_S:g}", handler="yes")
    left = app.background()
    app.expect_callback(
        Callback.BACKGROUND_TASK_ENDED, app_state="background", since=left, within_s=WORK_S + SLACK_S
    )
    app.expect_callback(Callback.BACKGROUND_TASK_EXPIRED, count=NEVER, since=left, within_s=WORK_S)
    app.expect_state(AppState.SUSPENDED, since=left, within_s=WORK_S + ASLEEP_WITHIN_S)


@pytest.mark.scenario("S14")
@pytest.mark.device(ios=">=15")
def test_an_app_is_told_after_about_half_a_minute_that_its_time_is_up(device: Device, app: App) -> None:
    """S14: not at once, and not after ten minutes; an app that then gives it back is suspended."""
    app.launch()
    app.do(Trigger.BEGIN_BACKGROUND_TASK, handler="yes")
    left = app.background()
    app.expect_callback(Callback.BACKGROUND_TASK_EXPIRED, count=NEVER, since=left, within_s=AT_LEAST_S)
    app.expect_callback(Callback.BACKGROUND_TASK_EXPIRED, since=left, within_s=AT_MOST_S)
    app.expect_state(AppState.SUSPENDED, since=left, within_s=AT_MOST_S + ASLEEP_WITHIN_S)


@pytest.mark.scenario("S14")
@pytest.mark.device(ios=">=15")
def test_an_app_that_never_gives_its_time_back_is_ended(device: Device, app: App) -> None:
    """S14: by a watchdog, and without ever having been suspended."""
    app.launch()
    app.do(Trigger.BEGIN_BACKGROUND_TASK)
    left = app.background()
    app.expect_exit(cause=ExitCause.WATCHDOG, since=left, within_s=AT_MOST_S + ENDED_WITHIN_S)
