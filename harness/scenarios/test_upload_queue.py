"""The upload queue: iOS sends from files, and wakes the app when all of them have gone. S16, S24, S27."""

from __future__ import annotations

import pytest

from harness.api import NEVER, App, Device, End, Origin
from harness.api.axes import Axes, Link
from harness.model.callbacks import Callback
from harness.model.exits import ExitCause
from harness.model.facts import StateSeen
from harness.scenarios.downloading import RETRIED_WITHIN_S, WOKEN_WITHIN_S, disturb, expect_woken, way_of
from harness.scenarios.uploading import PHOTOS, upload_and_leave

NOT_YET_S = 60.0
"""How long the app is watched while one of its uploads is missing."""

END_OF_A_WAKE = (Callback.HANDLE_EVENTS, Callback.DID_FINISH_EVENTS, Callback.COMPLETION_HANDLER)
"""What an app gets once in a wake, however many tasks have ended (background-execution.md §1.8.8)."""


@pytest.mark.scenario("S16")
@pytest.mark.device(ios=">=15")
def test_a_queue_is_uploaded_without_the_app_which_is_woken_when_the_last_has_gone(
    device: Device, app: App, origin: Origin, axes: Axes
) -> None:
    """S16: not woken for some of them; then woken once, and told of each."""
    axes.set_up(device)
    *others, last = upload_and_leave(app, origin, *PHOTOS, **way_of(axes))
    app.end(axes.end)
    disturb(device, app, origin, axes)
    some = [upload.inbox.release() for upload in others]
    app.expect_callback(Callback.HANDLE_EVENTS, count=NEVER, since=some[0], within_s=NOT_YET_S)
    released = last.inbox.release()
    if axes.end is not End.FORCE_QUIT:
        # Whoever removes an app from the switcher puts an end to its uploads too, and to nothing otherwise.
        for upload in (*others, last):
            app.expect_transfer(
                upload.inbox.name, requests=None, since=released, within_s=_sent_within_s(axes)
            )
    if axes.keeps_asleep:
        app.expect_no_relaunch(for_s=WOKEN_WITHIN_S, because=axes.keeps_asleep, since=released)
        return
    wake = expect_woken(app, since=released, end=axes.end, within_s=_sent_within_s(axes) + WOKEN_WITHIN_S)
    wake.expect_callbacks(*END_OF_A_WAKE, session=last.sent.session)
    for upload in (*others, last):
        wake.expect_callbacks(
            Callback.DID_COMPLETE, session=upload.sent.session, task=upload.name, error="none"
        )


@pytest.mark.scenario("S24")
@pytest.mark.device(ios=">=15")
def test_the_woken_app_gets_all_results_in_the_background_and_nothing_is_shown(
    device: Device, app: App, origin: Origin
) -> None:
    """S24: every result comes while the app is in the background, and it never comes to the front."""
    uploads = upload_and_leave(app, origin, *PHOTOS)
    app.kill()
    released = [upload.inbox.release() for upload in uploads]
    wake = expect_woken(app, since=released[0])
    wake.expect_callbacks(*END_OF_A_WAKE, app_state="background", session=uploads[0].sent.session)
    for upload in uploads:
        wake.expect_callbacks(Callback.DID_COMPLETE, app_state="background", task=upload.name, error="none")
    app.expect_no_fact(
        StateSeen,
        about="it comes to the front",
        where=is_in_front,
        since=released[0],
        for_s=WOKEN_WITHIN_S + 60,
    )


@pytest.mark.scenario("S27", rungs=())
@pytest.mark.device(ios=">=15")
def test_the_app_is_ended_and_its_uploads_are_not(device: Device, app: App, origin: Origin) -> None:
    """S27: by the system's kill, which stands for the buttons; a swipe in the app switcher would end both."""
    uploads = upload_and_leave(app, origin, *PHOTOS)
    killed = app.end(End.SIGKILL)
    app.expect_exit(cause=ExitCause.OUR_KILL, since=killed, within_s=10)
    released = [upload.inbox.release() for upload in uploads]
    wake = expect_woken(app, since=released[0])
    for upload in uploads:
        wake.expect_callbacks(Callback.DID_COMPLETE, task=upload.name, error="none")
    wake.expect_callbacks(*END_OF_A_WAKE, session=uploads[0].sent.session)


def _sent_within_s(axes: Axes) -> float:
    """By when what was released is sent; later where iOS has to find out first that it can be sent again."""
    return WOKEN_WITHIN_S if axes.network is Link.WIFI else RETRIED_WITHIN_S


def is_in_front(seen: StateSeen) -> bool:
    """Whether the app was seen in the foreground."""
    return seen.state.is_foreground
