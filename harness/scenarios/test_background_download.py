"""Background downloads: the app is suspended or dead while its file comes in, and must be told of it.

S1, S9, S10, S56 and S57 of the catalogue, with an app that does everything right. S1 told with the axis
``end=suspended`` is S56 in every setting and on every network.
"""

from __future__ import annotations

import pytest

from harness.api import App, Device, End, Origin
from harness.api.axes import Axes, Link
from harness.model.callbacks import Callback, WakeReason
from harness.model.facts import CallbackSeen
from harness.model.states import AppState
from harness.scenarios.downloading import (
    RETRIED_WITHIN_S,
    WHOLE_STORY,
    WOKEN_WITHIN_S,
    disturb,
    expect_known_as_finished,
    expect_woken,
    lists_a_task,
    start_and_leave,
    way_of,
)


@pytest.mark.scenario("S1", "S57")
@pytest.mark.device(each="ios")
def test_download_finishes_while_app_is_dead_and_relaunches_it(
    device: Device, app: App, origin: Origin, axes: Axes
) -> None:
    """S1, S57: the system ends the suspended app, the download goes on, and the app is started for it."""
    axes.set_up(device)
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    app.launch()
    sent = app.do("start-download", url=episode.url, id="e42", **way_of(axes))
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=30)
    app.end(axes.end)
    disturb(device, app, origin, axes)
    released = episode.release()
    # Where the connection was lost, iOS has to ask again, and in its own time.
    again_s = 0 if axes.network is Link.WIFI and axes.end is not End.REBOOT else RETRIED_WITHIN_S
    if axes.keeps_asleep:
        if axes.end is not End.FORCE_QUIT:
            app.expect_transfer(episode.name, requests=None, since=released, within_s=again_s + 120)
        app.expect_no_relaunch(for_s=again_s + 120, because=axes.keeps_asleep, since=released)
        return
    wake = expect_woken(app, since=released, end=axes.end, within_s=again_s + 120)
    wake.expect_callbacks(*WHOLE_STORY, session=sent.session)


@pytest.mark.scenario("S1")
@pytest.mark.device(ios=">=15")
def test_download_goes_on_while_app_is_dead(device: Device, app: App, origin: Origin) -> None:
    """S1: what the origin sees of it. It goes on over the very connection that the app had asked for."""
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    start_and_leave(app, episode)
    app.kill()
    released = episode.release()
    app.expect_transfer(episode.name, requests=1, since=released, within_s=60)


@pytest.mark.scenario("S56")
@pytest.mark.device(each="ios")
def test_download_finishes_while_app_is_suspended_and_resumes_it(
    device: Device, app: App, origin: Origin
) -> None:
    """S56: the app is only suspended; the same process runs again to handle the events."""
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    app.launch()
    sent = app.do("start-download", url=episode.url, id="e42")
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=30)
    released = episode.release()
    wake = app.expect_resume(reason=WakeReason.URL_SESSION, since=released, within_s=120)
    wake.expect_callbacks(*WHOLE_STORY, session=sent.session)


@pytest.mark.scenario("S9")
@pytest.mark.device(each="ios")
def test_opening_the_app_while_it_downloads_finds_the_task_and_starts_no_second(
    device: Device, app: App, origin: Origin, axes: Axes
) -> None:
    """S9: a person opens the app while its download runs; the session still lists the one task."""
    axes.set_up(device)
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    sent = start_and_leave(app, episode, **way_of(axes))
    app.end(axes.end)
    disturb(device, app, origin, axes)
    opened = app.launch()
    app.expect_state(AppState.FOREGROUND_ACTIVE, within_s=20, since=opened)
    if axes.end is End.FORCE_QUIT:
        # It does not run any more: the app's user put an end to it with the app.
        app.expect_callback(
            Callback.DID_COMPLETE, session=sent.session, error=-999, since=opened, within_s=60
        )
        return
    listed = app.do("list-tasks", session=sent.session)
    about = "the session lists its task"
    app.expect_fact(CallbackSeen, about=about, where=lists_a_task, since=listed.mark, within_s=20)
    released = episode.release()
    # That no second request comes takes the whole time to prove, so it is a short one. Where the connection
    # was lost, iOS has to ask again, and in its own time.
    is_lost = axes.network is not Link.WIFI or axes.end is End.REBOOT
    requests, within_s = (None, RETRIED_WITHIN_S) if is_lost else (1, 20)
    app.expect_transfer(episode.name, requests=requests, since=released, within_s=within_s)
    app.expect_callbacks(
        Callback.DID_FINISH_DOWNLOADING,
        Callback.DID_COMPLETE,
        session=sent.session,
        since=released,
        within_s=within_s + WOKEN_WITHIN_S,
    )


@pytest.mark.scenario("S10")
@pytest.mark.device(each="ios")
def test_a_finished_download_is_never_orphaned(device: Device, app: App, origin: Origin) -> None:
    """S10: once the origin is done, the app's own record says so too; nothing stays "downloading"."""
    episode = origin.file("episode.mp4", size_bytes=2_000_000, hold_after_bytes=0)
    sent = start_and_leave(app, episode)
    app.kill()
    released = episode.release()
    wake = expect_woken(app, since=released, within_s=120)
    wake.expect_callbacks(Callback.DID_COMPLETE, Callback.COMPLETION_HANDLER, session=sent.session)
    expect_known_as_finished(app)
