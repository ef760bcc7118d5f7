"""A download fails in the background: what the app is told, and what iOS keeps to itself. S4."""

from __future__ import annotations

import pytest

from harness.api import NEVER, App, Device, Origin
from harness.model.callbacks import Callback
from harness.model.triggers import Trigger
from harness.scenarios.downloading import (
    RETRIED_WITHIN_S,
    WOKEN_WITHIN_S,
    expect_known_as_failed,
    expect_woken,
    start_and_leave,
)


@pytest.mark.scenario("S4", triggers=(Trigger.START_DOWNLOAD, Trigger.PROBE))
@pytest.mark.device(ios=">=15")
def test_a_404_is_told_as_an_answer_and_the_app_must_look_at_its_status(
    device: Device, app: App, origin: Origin
) -> None:
    """S4: to iOS a page that says "not found" is a file that came; only the app can know better."""
    episode = origin.file("episode.mp4", size_bytes=2_000_000, status=404)
    origin.refuse()
    sent = start_and_leave(app, episode)
    app.kill()
    back = origin.listen()
    expect_woken(app, since=back, within_s=RETRIED_WITHIN_S)
    app.expect_callback(
        Callback.DID_COMPLETE, session=sent.session, error="none", since=back, within_s=RETRIED_WITHIN_S
    )
    expect_known_as_failed(app)


@pytest.mark.scenario("S4")
@pytest.mark.device(ios=">=15")
def test_a_connection_that_is_reset_is_tried_again_and_no_error_is_told(
    device: Device, app: App, origin: Origin
) -> None:
    """S4: the server goes down in the middle of the file; iOS asks again, and tells of success only."""
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    sent = start_and_leave(app, episode)
    app.kill()
    down = origin.refuse()
    app.expect_callback(Callback.DID_COMPLETE, count=NEVER, since=down, within_s=60)
    back = origin.listen()
    episode.release()
    app.expect_transfer(episode.name, requests=None, since=back, within_s=RETRIED_WITHIN_S)
    expect_woken(app, since=back, within_s=RETRIED_WITHIN_S + WOKEN_WITHIN_S)
    app.expect_callback(
        Callback.DID_COMPLETE, session=sent.session, error="none", since=back, within_s=RETRIED_WITHIN_S
    )
