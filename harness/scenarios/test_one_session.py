"""One session object for each identifier in a process: of two, nobody knows which one is told. S18."""

from __future__ import annotations

import pytest

from harness.api import App, Device, End, Origin
from harness.model.callbacks import Callback
from harness.model.facts import CallbackSeen
from harness.model.journal import ACKNOWLEDGED
from harness.model.states import AppState
from harness.model.triggers import Trigger
from harness.scenarios.downloading import ANSWERED_WITHIN_S, ASLEEP_WITHIN_S, expect_woken

SCREENS = 3
"""How often the app needs its session again."""


@pytest.mark.scenario("S18")
@pytest.mark.device(ios=">=15")
def test_an_app_that_needs_its_session_again_uses_the_one_it_has(
    device: Device, app: App, origin: Origin
) -> None:
    """S18: there is one object of that identifier, whoever in the app asks for it, and it is told."""
    episode = origin.file("episode.mp4", size_bytes=2_000_000, hold_after_bytes=500_000)
    app.launch()
    sent = app.do(Trigger.START_DOWNLOAD, url=episode.url, id="e42")
    for _ in range(SCREENS):
        asked = app.do(Trigger.OPEN_SESSION, session=sent.session)
        app.expect_fact(
            CallbackSeen,
            about="it says how many objects of the session there are",
            where=counts_objects,
            since=asked.mark,
            within_s=ANSWERED_WITHIN_S,
        )
    counted = app.do(Trigger.OPEN_SESSION, session=sent.session)
    app.expect_no_fact(
        CallbackSeen,
        about="there is a second object of the session",
        where=counts_a_second,
        since=sent.mark,
        for_s=counted.mark.at.latest_s - sent.mark.at.latest_s + ANSWERED_WITHIN_S,
    )
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=ASLEEP_WITHIN_S)
    wake = expect_woken(app, since=episode.release(), end=End.SUSPENDED)
    wake.expect_callbacks(
        Callback.DID_FINISH_DOWNLOADING,
        Callback.DID_COMPLETE,
        session=sent.session,
        task="e42",
        error="none",
    )


def counts_objects(answer: CallbackSeen) -> bool:
    """Whether an answer to ``open-session`` says how many objects there are."""
    return answer.name == ACKNOWLEDGED and _objects(answer) > 0


def counts_a_second(answer: CallbackSeen) -> bool:
    """Whether an answer to ``open-session`` counts more than one object."""
    return answer.name == ACKNOWLEDGED and _objects(answer) > 1


def _objects(answer: CallbackSeen) -> int:
    return int(answer.detail.get("objects", 0))
