"""What the two timeouts of a configuration are to a background session: nothing, and seven days. S21, S22."""

from __future__ import annotations

import pytest

from harness.api import NEVER, App, Device, End, Origin
from harness.model.callbacks import Callback
from harness.model.rungs import Rung
from harness.model.states import AppState
from harness.model.triggers import Trigger
from harness.scenarios.downloading import ASLEEP_WITHIN_S, WOKEN_WITHIN_S, expect_woken
from harness.scenarios.lasting import DAY_S, LONG_S, SLACK_S, TIMED_OUT
from harness.scenarios.uploading import upload_and_leave

REQUEST_S = 5.0
"""``timeoutIntervalForRequest`` of these stories; nothing comes for much longer."""

SILENT_S = 60.0

RESOURCE_S = 120.0
"""``timeoutIntervalForResource`` of an upload that is not to wait for days."""


@pytest.mark.scenario("S21")
@pytest.mark.device(ios=">=15")
def test_a_background_session_does_not_heed_the_timeout_of_a_request(
    device: Device, app: App, origin: Origin
) -> None:
    """S21: 5 s are asked for, nothing comes for 60 s, the app hears of no error, and then gets its file."""
    episode = origin.file("episode.mp4", size_bytes=2_000_000, hold_after_bytes=0)
    app.launch()
    sent = app.do(Trigger.START_DOWNLOAD, url=episode.url, id="e42", request_timeout_s=f"{REQUEST_S:g}")
    app.expect_callback(Callback.DID_COMPLETE, count=NEVER, since=sent.mark, within_s=SILENT_S)
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=ASLEEP_WITHIN_S)
    wake = expect_woken(app, since=episode.release(), end=End.SUSPENDED)
    wake.expect_callbacks(Callback.DID_COMPLETE, session=sent.session, error="none")


@pytest.mark.scenario("S21")
@pytest.mark.device(ios=">=15")
def test_a_default_session_heeds_the_timeout_of_a_request(device: Device, app: App, origin: Origin) -> None:
    """S21: the same app in front of the same silence, in a session that lives in it: an error after 5 s."""
    episode = origin.file("episode.mp4", size_bytes=2_000_000, hold_after_bytes=0)
    app.launch()
    sent = app.do(
        Trigger.START_DOWNLOAD,
        url=episode.url,
        id="e42",
        kind="default",
        request_timeout_s=f"{REQUEST_S:g}",
    )
    app.expect_callback(
        Callback.DID_COMPLETE,
        session=sent.session,
        error=TIMED_OUT,
        since=sent.mark,
        within_s=REQUEST_S + SLACK_S,
    )


@pytest.mark.scenario("S22")
@pytest.mark.device(ios=">=15")
def test_an_upload_ends_with_an_error_when_its_own_timeout_has_passed(
    device: Device, app: App, origin: Origin
) -> None:
    """S22: two minutes are over and the photo has not gone: the app is told, and not before."""
    (upload,) = upload_and_leave(app, origin, "p1", resource_timeout_s=f"{RESOURCE_S:g}")
    began = upload.sent.mark
    app.expect_callback(Callback.DID_COMPLETE, count=NEVER, since=began, within_s=RESOURCE_S - SLACK_S)
    app.expect_callback(
        Callback.DID_COMPLETE,
        session=upload.sent.session,
        error=TIMED_OUT,
        since=began,
        within_s=RESOURCE_S + SLACK_S + WOKEN_WITHIN_S,
    )


@pytest.mark.scenario("S22")
@pytest.mark.device(ios=">=15")
def test_an_upload_without_a_timeout_of_its_own_is_still_waited_for(
    device: Device, app: App, origin: Origin
) -> None:
    """S22: a quarter of an hour without an answer is nothing, and then the photo is there all the same."""
    (upload,) = upload_and_leave(app, origin, "p1")
    app.expect_callback(Callback.DID_COMPLETE, count=NEVER, since=upload.sent.mark, within_s=LONG_S)
    released = upload.inbox.release()
    app.expect_callback(
        Callback.DID_COMPLETE,
        session=upload.sent.session,
        error="none",
        since=released,
        within_s=WOKEN_WITHIN_S,
    )


@pytest.mark.scenario("S22", rungs=(Rung.VIRTUAL_CLOCK,))
@pytest.mark.device(ios=">=15")
def test_an_upload_is_given_up_after_seven_days(device: Device, app: App, origin: Origin) -> None:
    """S22: a week at a server that does not answer; only a clock that runs ahead has the time."""
    (upload,) = upload_and_leave(app, origin, "p1")
    began = upload.sent.mark
    app.expect_callback(Callback.DID_COMPLETE, count=NEVER, since=began, within_s=6.9 * DAY_S)
    app.expect_callback(
        Callback.DID_COMPLETE,
        session=upload.sent.session,
        error=TIMED_OUT,
        since=began,
        within_s=7.1 * DAY_S,
    )
