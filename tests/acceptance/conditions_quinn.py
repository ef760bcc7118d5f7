"""What can go wrong in the stories of Quinn's statements, beside what can in any."""

from __future__ import annotations

from harness.api.changes import installed
from harness.model.settings import BackgroundRefresh
from tests.acceptance.conditions import BLINK_S, cut_at
from tests.acceptance.cuts import Line
from tests.acceptance.stage import Condition, Moment, Stage


def switch_back_for_all(stage: Stage) -> None:
    """Have somebody switch Background App Refresh on again, which the harness does not know."""
    stage.wait_for(stage.phone.ui.set_background_refresh(BackgroundRefresh.ON))


def switch_back_for_the_app(stage: Stage) -> None:
    """Have somebody switch Background App Refresh on again for the app, which the harness does not know."""
    app = stage.wait_for(installed(stage.phone, stage.app.bundle_id))
    stage.wait_for(stage.phone.ui.set_app_refresh(app, True))


def open_by_hand(stage: Stage) -> None:
    """Have somebody open the app, which the harness does not know."""
    stage.device.wait(BLINK_S)
    stage.somebody_taps(stage.app.bundle_id)
    stage.device.wait(BLINK_S)


REFRESH_BACK = Condition("Background App Refresh is switched on again", {Moment.CHANGED: switch_back_for_all})
APP_REFRESH_BACK = Condition(
    "Background App Refresh is switched on again for the app", {Moment.CHANGED: switch_back_for_the_app}
)
REFRESH_BACK_LATE = Condition(
    "Background App Refresh is switched on again when the app is suspended",
    {Moment.SUSPENDED: switch_back_for_all},
)
APP_REFRESH_BACK_LATE = Condition(
    "Background App Refresh is switched on again for the app when it is suspended",
    {Moment.SUSPENDED: switch_back_for_the_app},
)
OPENED_BY_HAND = Condition("opened by its icon in the window", {Moment.RELEASED: open_by_hand})
OPENED_BY_HAND_ASLEEP = Condition("opened by its icon when it is suspended", {Moment.SUSPENDED: open_by_hand})
LOG_CUT_FROM_THE_START = cut_at(Moment.LAUNCHED, Line.LOG)
ALL_CUT_LEFT = cut_at(Moment.LEFT, *Line)
ALL_CUT_ASLEEP = cut_at(Moment.SUSPENDED, *Line)
ALL_CUT_ENDED = cut_at(Moment.KILLED, *Line)
