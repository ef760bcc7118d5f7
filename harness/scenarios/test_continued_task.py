"""Work that its user began goes on in the background, as long as it gets on. S53 of the catalogue."""

from __future__ import annotations

import pytest

from harness.api import NEVER, App, Device, at_least
from harness.model.callbacks import Callback
from harness.model.states import AppState
from harness.model.triggers import Trigger
from harness.scenarios.awake import expect_awake
from harness.scenarios.downloading import ANSWERED_WITHIN_S, ASLEEP_WITHIN_S

UNITS = 90
"""How much there is to do, a second each: far more than the 30 s that any other app gets (§1.3)."""

WORKING_S = 45.0
"""A time in the background in which it is surely still at work, also where a busy host is slow to leave it.

Half of what there is to do, and far more than 30 s.
"""

DONE_WITHIN_S = 150.0
"""By when it is done, on a phone that has other things to do as well."""


@pytest.mark.scenario("S53")
@pytest.mark.device(ios=">=26")
def test_a_continued_task_runs_on_in_the_background(device: Device, app: App) -> None:
    """S53: the app is left and goes on working, to the end; then it is suspended like any other.

    Some phones with iOS 26.0 never began such a task, as developers report: where that is what fails, try
    another phone before blaming the app.
    """
    app.launch()
    begun = app.do(Trigger.START_CONTINUED_TASK, id="export", units=f"{UNITS}", unit_s="1")
    app.expect_callback(Callback.CONTINUED_LAUNCHED, since=begun.mark, within_s=ANSWERED_WITHIN_S)
    left = app.background()
    expect_awake(app, since=left, for_s=WORKING_S)
    app.expect_callback(Callback.CONTINUED_PROGRESS, count=at_least(10), since=left, within_s=WORKING_S)
    app.expect_callback(Callback.CONTINUED_COMPLETED, since=left, within_s=DONE_WITHIN_S)
    app.expect_callback(Callback.CONTINUED_EXPIRED, count=NEVER, since=left, within_s=WORKING_S)
    app.expect_state(AppState.SUSPENDED, since=left, within_s=DONE_WITHIN_S + ASLEEP_WITHIN_S)
