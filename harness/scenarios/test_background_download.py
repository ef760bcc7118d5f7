"""Background downloads: the app is suspended or dead while its file comes in, and must be told of it.

S1, S9, S10, S56 and S57 of the catalogue, with an app that does everything right.
"""

from __future__ import annotations

import pytest

from harness.api import App, Device, Origin
from harness.model.callbacks import Callback, WakeReason
from harness.model.states import AppState

WHOLE_STORY = (
    Callback.HANDLE_EVENTS,
    Callback.DID_FINISH_DOWNLOADING,
    Callback.DID_COMPLETE,
    Callback.DID_FINISH_EVENTS,
    Callback.COMPLETION_HANDLER,
)
"""What an app that was woken for a finished download gets, in this order (background-execution.md §1.8.8)."""


@pytest.mark.device(each="ios")
def test_download_finishes_while_app_is_dead_and_relaunches_it(
    device: Device, app: App, origin: Origin
) -> None:
    """S1, S57: the system ends the suspended app, the download goes on, and the app is started for it."""
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    app.launch()
    sent = app.do("start-download", url=episode.url, id="e42")
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=30)
    app.kill()
    released = episode.release()
    wake = app.expect_relaunch(reason=WakeReason.URL_SESSION, since=released, within_s=120)
    wake.expect_callbacks(*WHOLE_STORY, session=sent.session)


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


@pytest.mark.device(each="ios")
def test_opening_the_app_while_it_downloads_finds_the_task_and_starts_no_second(
    device: Device, app: App, origin: Origin
) -> None:
    """S9: a person opens the app while its download runs; the session still lists the one task."""
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    app.launch()
    sent = app.do("start-download", url=episode.url, id="e42")
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=30)
    app.kill()
    opened = app.launch()
    app.expect_state(AppState.FOREGROUND_ACTIVE, within_s=20, since=opened)
    tasks = app.do("list-tasks", session=sent.session).detail["tasks"]
    assert [task["session"] for task in tasks] == [sent.session]
    released = episode.release()
    app.expect_callbacks(
        Callback.DID_FINISH_DOWNLOADING,
        Callback.DID_COMPLETE,
        session=sent.session,
        since=released,
        within_s=120,
    )
    # That no second request comes takes the whole time to prove, so it is a short one.
    app.expect_transfer(episode.name, requests=1, since=released, within_s=20)


@pytest.mark.device(each="ios")
def test_a_finished_download_is_never_orphaned(device: Device, app: App, origin: Origin) -> None:
    """S10: once the origin is done, the app's own record says so too; nothing stays "downloading"."""
    episode = origin.file("episode.mp4", size_bytes=2_000_000, hold_after_bytes=0)
    app.launch()
    sent = app.do("start-download", url=episode.url, id="e42")
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=30)
    app.kill()
    released = episode.release()
    wake = app.expect_relaunch(reason=WakeReason.URL_SESSION, since=released, within_s=120)
    wake.expect_callbacks(Callback.DID_COMPLETE, Callback.COMPLETION_HANDLER, session=sent.session)
    app.launch()
    assert app.do("probe").detail["downloads"]["e42"] == "finished"
