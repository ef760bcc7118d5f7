"""The app without Xcode around it: what it was started by and what it was stopped by must change nothing.

S47, S48, S58, S59, S66 and S67 of the catalogue. Only a debugger changes something, and all of it: the app is
never suspended, so it is never ended and never started again, and what is wrong with that part of it cannot
show.
"""

from __future__ import annotations

import pytest

from harness.api import App, Device, End, Origin
from harness.model.callbacks import Callback
from harness.model.exits import ExitCause
from harness.model.states import AppState
from harness.model.triggers import Trigger
from harness.scenarios.downloading import (
    ASLEEP_WITHIN_S,
    WHOLE_STORY,
    WOKEN_WITHIN_S,
    expect_woken,
    start_and_leave,
)

STOPPED_WITHIN_S = 20.0
"""By when the phone has told of the end of a process; its reports come last."""


@pytest.mark.scenario("S47")
@pytest.mark.device(ios=">=15")
def test_what_works_under_a_debugger_works_without_one(device: Device, app: App, origin: Origin) -> None:
    """S47: the download comes under a debugger; without one the app has to be started again for it."""
    first = origin.file("first.mp4", size_bytes=2_000_000, hold_after_bytes=500_000)
    app.launch()
    with app.debugger():
        begun = app.do(Trigger.START_DOWNLOAD, url=first.url, id="e41")
        app.background()
        came = first.release()
        # It never stopped running, so it is told at once, and iOS has no need to wake it.
        app.expect_callbacks(
            Callback.DID_FINISH_DOWNLOADING,
            Callback.DID_COMPLETE,
            session=begun.session,
            since=came,
            within_s=60,
        )
    second = origin.file("second.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    sent = start_and_leave(app, second)
    app.kill()
    wake = expect_woken(app, since=second.release())
    wake.expect_callbacks(*WHOLE_STORY, session=sent.session)


@pytest.mark.scenario("S48")
@pytest.mark.device(each="ios")
def test_an_app_opened_by_its_icon_is_woken_like_any_other(device: Device, app: App, origin: Origin) -> None:
    """S48: opened from the home screen it is woken just as S1 has it, where a tool has launched it."""
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    app.tap_icon()
    sent = app.do(Trigger.START_DOWNLOAD, url=episode.url, id="e42")
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=ASLEEP_WITHIN_S)
    app.kill()
    wake = expect_woken(app, since=episode.release())
    wake.expect_callbacks(*WHOLE_STORY, session=sent.session)


@pytest.mark.scenario("S58")
@pytest.mark.device(each="ios")
def test_a_second_run_from_the_home_screen_is_none_the_worse_for_the_first(
    device: Device, app: App, origin: Origin
) -> None:
    """S58: run by a tool and stopped while in front, as Xcode does; the next run is by the icon."""
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    app.launch()
    stopped = app.kill()
    app.expect_exit(cause=ExitCause.OUR_KILL, since=stopped, within_s=STOPPED_WITHIN_S)
    app.tap_icon()
    sent = app.do(Trigger.START_DOWNLOAD, url=episode.url, id="e42")
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=ASLEEP_WITHIN_S)
    wake = expect_woken(app, since=episode.release(), end=End.SUSPENDED)
    wake.expect_callbacks(*WHOLE_STORY, session=sent.session)


@pytest.mark.scenario("S59")
@pytest.mark.device(ios=">=15")
def test_the_build_that_people_get_is_woken(device: Device, app: App, origin: Origin) -> None:
    """S59: told with the profile of a build from TestFlight, which behaves as the App Store's does.

    With any other profile it is the same story, so that the two can be told side by side.
    """
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    sent = start_and_leave(app, episode)
    app.kill()
    wake = expect_woken(app, since=episode.release())
    wake.expect_callbacks(*WHOLE_STORY, session=sent.session)


@pytest.mark.scenario("S66")
@pytest.mark.device(ios=">=15")
def test_an_app_that_called_exit_is_woken_all_the_same(device: Device, app: App, origin: Origin) -> None:
    """S66: a button for developers calls ``exit``; that is no wish of its user's, so iOS wakes it later."""
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    sent = start_and_leave(app, episode)
    left = app.end(End.EXIT)
    app.expect_exit(cause=ExitCause.VOLUNTARY, since=left, within_s=STOPPED_WITHIN_S)
    released = episode.release()
    app.expect_transfer(episode.name, requests=None, since=released, within_s=WOKEN_WITHIN_S)
    wake = expect_woken(app, since=released)
    wake.expect_callbacks(*WHOLE_STORY, session=sent.session)


@pytest.mark.scenario("S67")
@pytest.mark.device(ios=">=15")
def test_an_app_that_xcode_stopped_is_woken_all_the_same(device: Device, app: App, origin: Origin) -> None:
    """S67: Xcode's Stop is a SIGKILL, which sets no flag; the end is the signal's, and the wake comes."""
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    sent = start_and_leave(app, episode)
    stopped = app.kill()
    app.expect_exit(cause=ExitCause.OUR_KILL, since=stopped, within_s=STOPPED_WITHIN_S)
    wake = expect_woken(app, since=episode.release())
    wake.expect_callbacks(*WHOLE_STORY, session=sent.session)
