"""Screens that show uploads: the one that is there is told, and those that are not are let go. S19, S20."""

from __future__ import annotations

import pytest

from harness.api import App, Device, End, Origin, Wake
from harness.api.app import Done
from harness.model.callbacks import Callback
from harness.model.facts import CallbackSeen
from harness.model.states import AppState
from harness.model.triggers import Trigger
from harness.scenarios.downloading import ASLEEP_WITHIN_S, WOKEN_WITHIN_S, expect_woken
from harness.scenarios.uploading import Upload, begin_upload

TIMES = 3
"""How often a screen is opened and closed."""

SHOWN_WITHIN_S = 20.0
"""By when a screen shows what has come, after the app was woken for it."""

LET_GO_WITHIN_S = 20.0
"""By when a screen that was closed is gone, after the app was woken."""


@pytest.mark.scenario("S19")
@pytest.mark.device(ios=">=15")
def test_the_screen_that_is_open_shows_the_upload_that_an_earlier_one_began(
    device: Device, app: App, origin: Origin
) -> None:
    """S19: the album is left while a photo goes up, and opened again; the new screen must hear of it."""
    app.launch()
    _open(app)
    upload = begin_upload(app, origin, "p1")
    _close(app)
    _open(app)
    wake = _leave_until_it_is_sent(app, upload)
    app.expect_fact(
        CallbackSeen,
        about="the second screen is told of the upload",
        where=tells_the_second_screen,
        since=wake.since,
        within_s=WOKEN_WITHIN_S + SHOWN_WITHIN_S,
    )


@pytest.mark.scenario("S20")
@pytest.mark.device(ios=">=15")
def test_screens_that_are_closed_are_let_go(device: Device, app: App, origin: Origin) -> None:
    """S20: counted by what each tells when it is gone; a session whose delegate it is would keep it."""
    app.launch()
    first = _open(app)
    upload = begin_upload(app, origin, "p1")
    _close(app)
    for _ in range(TIMES - 1):
        _open(app)
        _close(app)
    wake = _leave_until_it_is_sent(app, upload)
    took_s = wake.at_s - first.mark.at.latest_s
    app.expect_callback(
        Callback.SCREEN_GONE, count=TIMES, since=first.mark, within_s=took_s + LET_GO_WITHIN_S
    )


def _leave_until_it_is_sent(app: App, upload: Upload) -> Wake:
    """Leave the app, and have it resumed for the upload: by then nothing needs a screen that is closed."""
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=ASLEEP_WITHIN_S)
    return expect_woken(app, since=upload.inbox.release(), end=End.SUSPENDED)


def _open(app: App) -> Done:
    return app.do(Trigger.OPEN_SCREEN, screen="album")


def _close(app: App) -> Done:
    return app.do(Trigger.CLOSE_SCREEN, screen="album")


def tells_the_second_screen(line: CallbackSeen) -> bool:
    """Whether the screen that was made second shows something new."""
    return line.name == Callback.SCREEN_UPDATED and line.detail.get("object") == 2
