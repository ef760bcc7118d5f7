"""The server is down: stuck at 0 %, no error, and on its own when it is up again. S7, S11."""

from __future__ import annotations

import pytest

from harness.api import NEVER, App, Device, Origin
from harness.model.callbacks import Callback
from harness.scenarios.downloading import (
    GAP_S,
    RETRIED_WITHIN_S,
    WHOLE_STORY,
    WOKEN_WITHIN_S,
    expect_woken,
    start_and_leave,
)


@pytest.mark.scenario("S7")
@pytest.mark.device(ios=">=15")
def test_a_download_from_a_server_that_is_not_running_starts_when_it_is(
    device: Device, app: App, origin: Origin
) -> None:
    """S7: connections are refused."""
    episode = origin.file("episode.mp4", size_bytes=2_000_000)
    down = origin.refuse()
    sent = start_and_leave(app, episode)
    app.kill()
    app.expect_callback(Callback.DID_COMPLETE, count=NEVER, since=down, within_s=GAP_S)
    up = origin.listen()
    app.expect_transfer(episode.name, requests=None, since=up, within_s=RETRIED_WITHIN_S)
    wake = expect_woken(app, since=up, within_s=RETRIED_WITHIN_S + WOKEN_WITHIN_S)
    wake.expect_callbacks(*WHOLE_STORY, session=sent.session)


@pytest.mark.scenario("S7")
@pytest.mark.device(ios=">=15")
def test_a_download_from_a_server_that_never_answers_starts_when_it_is_restarted(
    device: Device, app: App, origin: Origin
) -> None:
    """S7: connections are accepted, and nothing comes over them."""
    episode = origin.file("episode.mp4", size_bytes=2_000_000)
    silent = origin.ignore()
    sent = start_and_leave(app, episode)
    app.kill()
    app.expect_callback(Callback.DID_COMPLETE, count=NEVER, since=silent, within_s=GAP_S)
    origin.refuse()
    up = origin.listen()
    app.expect_transfer(episode.name, requests=None, since=up, within_s=RETRIED_WITHIN_S)
    wake = expect_woken(app, since=up, within_s=RETRIED_WITHIN_S + WOKEN_WITHIN_S)
    wake.expect_callbacks(*WHOLE_STORY, session=sent.session)


@pytest.mark.scenario("S11")
@pytest.mark.device(ios=">=15")
def test_a_download_that_takes_long_is_not_marked_failed(device: Device, app: App, origin: Origin) -> None:
    """S11: opened after two minutes at 0 %, the app must not give up what iOS goes on with."""
    episode = origin.file("episode.mp4", size_bytes=2_000_000)
    origin.refuse()
    sent = start_and_leave(app, episode)
    device.wait(GAP_S)
    app.launch()
    origin.listen()
    within_s = GAP_S + RETRIED_WITHIN_S
    app.expect_callback(
        Callback.DID_COMPLETE, session=sent.session, error="none", since=sent.mark, within_s=within_s
    )
    app.expect_callback(Callback.MARKED_FAILED, count=NEVER, since=sent.mark, within_s=within_s)
