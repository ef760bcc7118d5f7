"""Which download was it? A URL is no key: it redirects, it expires, two downloads may share it. S3."""

from __future__ import annotations

import pytest

from harness.api import App, Device, Origin
from harness.model.callbacks import Callback
from harness.model.states import AppState
from harness.model.triggers import Trigger
from harness.scenarios.downloading import expect_woken

TOLD_WITHIN_S = 600.0
"""The second of two sessions may have to wait for another wake, which iOS delays longer than the first."""


@pytest.mark.scenario("S3")
@pytest.mark.device(ios=">=15")
def test_two_downloads_of_one_url_are_told_apart(device: Device, app: App, origin: Origin) -> None:
    """S3: both were asked for by one URL, and both came from another, signed one that is soon void."""
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000, signed_for_s=30)
    app.launch()
    first = app.do(Trigger.START_DOWNLOAD, url=episode.url, id="e42")
    second = app.do(Trigger.START_DOWNLOAD, url=episode.url, id="e43")
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=30)
    app.kill()
    device.wait(60)
    released = episode.release()
    expect_woken(app, since=released)
    for sent, identifier in ((first, "e42"), (second, "e43")):
        app.expect_callbacks(
            Callback.DID_FINISH_DOWNLOADING,
            Callback.DID_COMPLETE,
            session=sent.session,
            task=identifier,
            error="none",
            since=released,
            within_s=TOLD_WITHIN_S,
        )
