"""How long a download is tried again: for ``timeoutIntervalForResource``, by default 7 days. S8."""

from __future__ import annotations

import pytest

from harness.api import NEVER, App, Device, Origin
from harness.model.callbacks import Callback
from harness.model.rungs import Rung
from harness.scenarios.downloading import WOKEN_WITHIN_S, start_and_leave
from harness.scenarios.lasting import DAY_S, LONG_S, SLACK_S, TIMED_OUT

TIMEOUT_S = 120.0
"""What a story gives a download that is not to wait for days."""


@pytest.mark.scenario("S8", "S4")
@pytest.mark.device(ios=">=15")
def test_a_download_ends_with_an_error_when_its_own_timeout_has_passed(
    device: Device, app: App, origin: Origin
) -> None:
    """S8, S4: two minutes are over and the file has not come: the app is told, and not before."""
    episode = origin.file("episode.mp4", size_bytes=2_000_000, hold_after_bytes=500_000)
    sent = start_and_leave(app, episode, resource_timeout_s=f"{TIMEOUT_S:g}")
    began = sent.mark
    app.expect_callback(Callback.DID_COMPLETE, count=NEVER, since=began, within_s=TIMEOUT_S - SLACK_S)
    app.expect_callback(
        Callback.DID_COMPLETE,
        session=sent.session,
        error=TIMED_OUT,
        since=began,
        within_s=TIMEOUT_S + SLACK_S + WOKEN_WITHIN_S,
    )


@pytest.mark.scenario("S8")
@pytest.mark.device(ios=">=15")
def test_a_download_without_a_timeout_of_its_own_is_still_waited_for(
    device: Device, app: App, origin: Origin
) -> None:
    """S8: a quarter of an hour without a byte is nothing, and then the file comes all the same."""
    episode = origin.file("episode.mp4", size_bytes=2_000_000, hold_after_bytes=500_000)
    sent = start_and_leave(app, episode)
    app.expect_callback(Callback.DID_COMPLETE, count=NEVER, since=sent.mark, within_s=LONG_S)
    released = episode.release()
    app.expect_callback(
        Callback.DID_COMPLETE, session=sent.session, error="none", since=released, within_s=WOKEN_WITHIN_S
    )


@pytest.mark.scenario("S8", rungs=(Rung.VIRTUAL_CLOCK,))
@pytest.mark.device(ios=">=15")
def test_a_download_is_given_up_after_seven_days(device: Device, app: App, origin: Origin) -> None:
    """S8: a week at a server that sends nothing more; only a clock that runs ahead has the time."""
    episode = origin.file("episode.mp4", size_bytes=2_000_000, hold_after_bytes=500_000)
    sent = start_and_leave(app, episode)
    app.expect_callback(Callback.DID_COMPLETE, count=NEVER, since=sent.mark, within_s=6.9 * DAY_S)
    app.expect_callback(
        Callback.DID_COMPLETE, session=sent.session, error=TIMED_OUT, since=sent.mark, within_s=7.1 * DAY_S
    )
