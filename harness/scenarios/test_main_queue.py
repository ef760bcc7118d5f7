"""From the delegate's queue to the main queue: a way that is long enough to be suspended on. S25, S26."""

from __future__ import annotations

import pytest

from harness.api import App, Device, Origin
from harness.model.callbacks import Callback
from harness.model.facts import Mark
from harness.scenarios.downloading import expect_woken, start_and_leave
from harness.scenarios.uploading import Upload, upload_and_leave

TIMES = 10
"""How often the user is to be told. An app that is suspended on its way is so now and then, not always."""

TOLD_WITHIN_S = 40.0
"""By when the user is told after the last wake: its whole budget, and some more."""


@pytest.mark.scenario("S25")
@pytest.mark.device(ios=">=15")
def test_the_user_is_told_after_every_wake_and_not_only_after_some(
    device: Device, app: App, origin: Origin
) -> None:
    """S25: as often as the app is woken, it gets to its main queue before it is suspended again."""
    (upload,) = upload_and_leave(app, origin, "p0")
    queue, began = upload.sent.session, upload.sent.mark
    released = _wake(app, upload)
    for number in range(1, TIMES):
        # A session of its own each time, so that no wake is for what another one was for.
        (upload,) = upload_and_leave(app, origin, f"p{number}", session=f"{queue}.{number}")
        released = _wake(app, upload)
    took_s = released.at.latest_s - began.at.latest_s
    app.expect_callback(
        Callback.NOTIFICATION_POSTED, count=TIMES, since=began, within_s=took_s + TOLD_WITHIN_S
    )


def _wake(app: App, upload: Upload) -> Mark:
    """End the app, and have it started for its upload; returns the mark at which that could go on."""
    app.kill()
    released = upload.inbox.release()
    expect_woken(app, since=released)
    return released


@pytest.mark.scenario("S26")
@pytest.mark.device(ios=">=15")
def test_a_session_calls_its_delegate_on_a_queue_of_its_own(device: Device, app: App, origin: Origin) -> None:
    """S26: not on the main thread, where an app that touches its interface from there would be."""
    episode = origin.file("episode.mp4", size_bytes=2_000_000, hold_after_bytes=500_000)
    sent = start_and_leave(app, episode)
    app.kill()
    wake = expect_woken(app, since=episode.release())
    wake.expect_callbacks(
        Callback.DID_FINISH_DOWNLOADING, Callback.DID_COMPLETE, session=sent.session, thread="other"
    )
