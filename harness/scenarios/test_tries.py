"""How often iOS tries: until it succeeds. Nobody can ask it for three tries and then an error. S23."""

from __future__ import annotations

import pytest

from harness.api import App, Device, End, Origin
from harness.model.callbacks import Callback
from harness.model.facts import TransferPhase, TransferSeen
from harness.model.states import AppState
from harness.model.triggers import Trigger
from harness.scenarios.downloading import ASLEEP_WITHIN_S, RETRIED_WITHIN_S, expect_woken

FAILURES = 4
"""How many tries fail: one more than anybody would wait for."""

REFUSED_FOR_S = 60.0
"""How long nobody answers after each: over all of them longer than who counts tries by time would wait."""

TOLD_WITHIN_S = 40.0
"""By when an app that was woken is told: the whole budget of a wake, and some more."""


@pytest.mark.scenario("S23")
@pytest.mark.device(ios=">=15")
def test_more_tries_fail_than_anybody_would_wait_for_and_the_app_hears_of_success_only(
    device: Device, app: App, origin: Origin
) -> None:
    """S23: the server breaks off each time, with the app in front; all that it is told of is its file."""
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    app.launch()
    sent = app.do(Trigger.START_DOWNLOAD, url=episode.url, id="e42")
    for _ in range(FAILURES):
        origin.refuse()
        device.wait(REFUSED_FOR_S)
        back = origin.listen()
        app.expect_fact(
            TransferSeen,
            about="iOS tries again",
            where=is_a_try,
            since=back,
            within_s=RETRIED_WITHIN_S,
        )
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=ASLEEP_WITHIN_S)
    wake = expect_woken(app, since=episode.release(), end=End.SUSPENDED)
    app.expect_callback(
        Callback.DID_COMPLETE,
        session=sent.session,
        error="none",
        since=sent.mark,
        within_s=wake.at_s - sent.mark.at.latest_s + TOLD_WITHIN_S,
    )


def is_a_try(seen: TransferSeen) -> bool:
    """Whether a receipt is of a request that just came."""
    return seen.phase is TransferPhase.STARTED
