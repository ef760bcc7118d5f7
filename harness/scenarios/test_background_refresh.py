"""Background App Refresh, for all apps and for this one. S68, S69 and S70 of the catalogue.

Where it is off, downloads go on and their apps are not woken for them; they are told when they are opened.
That is the phone's rule and no fault of the app (background-execution.md §1.7). The axis ``refresh`` is what
these stories are about, so they heed the others only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.api import App, BackgroundRefresh, Device, End, Origin
from harness.api.app import Done
from harness.api.axes import Axes, Link, Refresh
from harness.errors import PreconditionError
from harness.model.callbacks import Callback
from harness.model.facts import CallbackSeen
from harness.model.journal import ACKNOWLEDGED
from harness.model.reasons import Reason
from harness.model.triggers import Trigger
from harness.scenarios.downloading import (
    ANSWERED_WITHIN_S,
    ASLEEP_WITHIN_S,
    GAP_S,
    RETRIED_WITHIN_S,
    WHOLE_STORY,
    WOKEN_WITHIN_S,
    disturb,
    expect_woken,
    start_and_leave,
    way_of,
)

UNAVAILABLE = 1
"""``BGTaskScheduler.Error.unavailable``: Background App Refresh is off. Source: §1.9."""


@pytest.mark.scenario("S68")
@pytest.mark.device(each="ios")
def test_with_background_refresh_off_a_download_comes_and_nobody_is_woken(
    device: Device, app: App, origin: Origin, axes: Axes
) -> None:
    """S68: off for the whole phone; the file is delivered, the app left alone, and told when it is opened."""
    device.settings.set_background_refresh(BackgroundRefresh.OFF)
    _set_up_the_rest(device, axes)
    _open_with_refresh_off(app)
    asked = app.do(Trigger.SCHEDULE_REFRESH, id="soon", earliest_s="0")
    _expect_answer(app, asked, "the request for a refresh refused", is_refused_as_unavailable)
    _expect_told_only_when_opened(device, app, origin, axes)


@pytest.mark.scenario("S69")
@pytest.mark.device(each="ios")
def test_with_background_refresh_off_for_this_app_it_is_not_woken(
    device: Device, app: App, origin: Origin, axes: Axes
) -> None:
    """S69: on for the phone and off for this app alone; for it that comes to the same as off for all."""
    device.settings.set_app_refresh(False)
    _set_up_the_rest(device, axes)
    _open_with_refresh_off(app)
    _expect_told_only_when_opened(device, app, origin, axes)


@pytest.mark.scenario("S70")
@pytest.mark.device(each="ios")
def test_with_background_refresh_on_the_app_is_woken(device: Device, app: App, origin: Origin) -> None:
    """S70: on for the phone and on for the app, as the app itself is told; and it is woken."""
    app.launch()
    seen = app.do(Trigger.PROBE).detail.get("background_refresh")
    if seen != "available":
        raise PreconditionError(
            f"Background App Refresh is {seen} for {app.bundle_id}",
            phone=device.name,
            fix="Switch it on in Settings, for the phone and for the app; Low Power Mode has to be off.",
        )
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    sent = start_and_leave(app, episode)
    app.kill()
    wake = expect_woken(app, since=episode.release())
    wake.expect_callbacks(*WHOLE_STORY, session=sent.session)


def _set_up_the_rest(device: Device, axes: Axes) -> None:
    """All that the axes say but ``refresh``, and last: in Low Power Mode its switches are grey."""
    replace(axes, refresh=Refresh.ON).set_up(device)


def _open_with_refresh_off(app: App) -> None:
    app.launch()
    _expect_answer(app, app.do(Trigger.PROBE), "Background App Refresh off", is_not_refreshed)


def _expect_told_only_when_opened(device: Device, app: App, origin: Origin, axes: Axes) -> None:
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    sent = start_and_leave(app, episode, **way_of(axes))
    app.end(axes.end)
    disturb(device, app, origin, axes)
    released = episode.release()
    if axes.end is End.FORCE_QUIT:
        # That counts for more, and puts an end to the download as well.
        app.expect_no_relaunch(for_s=GAP_S, because=Reason.NOT_WOKEN_FORCE_QUIT, since=released)
        return
    within_s = WOKEN_WITHIN_S if axes.network is Link.WIFI else RETRIED_WITHIN_S
    app.expect_transfer(episode.name, requests=None, since=released, within_s=within_s)
    app.expect_no_relaunch(for_s=within_s, because=Reason.NOT_WOKEN_BAR_OFF, since=released)
    opened = app.launch()
    app.expect_callbacks(
        Callback.DID_FINISH_DOWNLOADING,
        Callback.DID_COMPLETE,
        session=sent.session,
        since=opened,
        within_s=ASLEEP_WITHIN_S,
    )


def _expect_answer(app: App, asked: Done, about: str, where: Callable[[CallbackSeen], object]) -> None:
    app.expect_fact(CallbackSeen, about=about, where=where, since=asked.mark, within_s=ANSWERED_WITHIN_S)


def is_refused_as_unavailable(answer: CallbackSeen) -> bool:
    """Whether BGTaskScheduler has refused the app's request because Background App Refresh is off."""
    return answer.name == ACKNOWLEDGED and answer.detail.get("error") == UNAVAILABLE


def is_not_refreshed(answer: CallbackSeen) -> bool:
    """Whether the app sees that Background App Refresh is off for it."""
    return answer.name == ACKNOWLEDGED and answer.detail.get("background_refresh") in ("denied", "restricted")
