"""No cellular, and Wi-Fi goes: a default session fails at once, a background session waits. S5, S6."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.api import NEVER, App, Device, End, Origin
from harness.api.axes import Axes, Link
from harness.model.callbacks import Callback
from harness.model.triggers import Trigger
from harness.scenarios.downloading import (
    GAP_S,
    RETRIED_WITHIN_S,
    WHOLE_STORY,
    WOKEN_WITHIN_S,
    expect_woken,
    start_and_leave,
)

AT_ONCE_S = 15.0
"""What "immediately" means: no timeout of a request is as short, which would take 60 s."""


@pytest.mark.scenario("S5")
@pytest.mark.device(each="ios")
def test_a_default_session_fails_at_once_when_wifi_goes(device: Device, app: App, origin: Origin) -> None:
    """S5: in the middle of the file, with the app in the foreground."""
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    app.launch()
    sent = app.do(Trigger.START_DOWNLOAD, url=episode.url, id="e42", kind="default", cellular="no")
    gone = device.network.wifi_off()
    # Wi-Fi that is not really gone would now bring the file.
    episode.release()
    app.expect_callback(
        Callback.DID_COMPLETE, session=sent.session, error="any", since=gone, within_s=AT_ONCE_S
    )


@pytest.mark.scenario("S5")
@pytest.mark.device(ios=">=15")
def test_a_default_session_fails_at_once_where_there_is_no_wifi(
    device: Device, app: App, origin: Origin
) -> None:
    """S5: before the first byte. A session that waits for connectivity would wait here."""
    episode = origin.file("episode.mp4", size_bytes=2_000_000)
    app.launch()
    device.network.wifi_off()
    # The phone takes a moment to notice that it has lost its network.
    device.wait(10)
    sent = app.do(Trigger.START_DOWNLOAD, url=episode.url, id="e42", kind="default", cellular="no")
    app.expect_callback(
        Callback.DID_COMPLETE, session=sent.session, error="any", since=sent.mark, within_s=AT_ONCE_S
    )


@pytest.mark.scenario("S6")
@pytest.mark.device(each="ios")
def test_a_background_session_waits_for_wifi_and_goes_on(
    device: Device, app: App, origin: Origin, axes: Axes
) -> None:
    """S6: two minutes without Wi-Fi, of which the app hears nothing; with Wi-Fi again it is woken."""
    gap = replace(axes, network=Link.OFF) if axes.network is Link.WIFI else axes
    axes.set_up(device)
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    sent = start_and_leave(app, episode, cellular="no")
    app.end(axes.end)
    gone = gap.cut_off(device, origin)
    if gap.network is not Link.IGNORED:
        # Whatever the phone can still reach the origin by would now bring the file. An origin that never
        # answers goes on with an answer that it has begun.
        episode.release()
    app.expect_callback(Callback.DID_COMPLETE, count=NEVER, since=gone, within_s=GAP_S)
    back = gap.restore(device, origin)
    episode.release()
    if axes.end is not End.FORCE_QUIT:
        # Also where the app is not woken for it: else there is nothing that it could be woken for.
        app.expect_transfer(episode.name, requests=None, since=back, within_s=RETRIED_WITHIN_S)
    if axes.keeps_asleep:
        app.expect_no_relaunch(for_s=GAP_S, because=axes.keeps_asleep, since=back)
        return
    wake = expect_woken(app, since=back, end=axes.end, within_s=RETRIED_WITHIN_S + WOKEN_WITHIN_S)
    wake.expect_callbacks(*WHOLE_STORY, session=sent.session)
