"""A person removes the app from the app switcher, which is a wish: it is not to run until they open it again.

S62 to S65 of the catalogue. No kill, no exit and no automation sets that flag; only the switcher does, even
for an app that has no process any more (background-execution.md §1.6).
"""

from __future__ import annotations

import pytest

from harness.api import App, Device, Origin
from harness.api.axes import Axes
from harness.model.callbacks import Callback, WakeReason
from harness.model.exits import ExitCause
from harness.model.facts import CallbackSeen, ProcessEnded, TransferPhase, TransferSeen
from harness.model.reasons import Reason
from harness.model.triggers import Trigger
from harness.scenarios.downloading import (
    GAP_S,
    WHOLE_STORY,
    disturb,
    expect_woken,
    start_and_leave,
    way_of,
)
from harness.scenarios.walking import AWAY, CROSSED_WITHIN_S, watch_and_leave

ENDED_WITHIN_S = 20.0
"""By when the phone has told of the end of a process."""

TOLD_WITHIN_S = 60.0
"""By when an app that was opened has been told what became of its downloads."""

CANCELLED = -999
"""``NSURLErrorCancelled``."""

BY_FORCE_QUIT = 0
"""``NSURLErrorCancelledReasonUserForceQuitApplication``. Source: background-execution.md §1.8.10."""


@pytest.mark.scenario("S62")
@pytest.mark.device(each="ios")
def test_removing_an_app_that_is_dead_quits_nothing_and_counts_all_the_same(
    device: Device, app: App, origin: Origin
) -> None:
    """S62: the switcher still shows what was killed; no process ends of it, and no wake comes after it."""
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    sent = start_and_leave(app, episode)
    app.kill()
    removed = app.force_quit()
    app.expect_no_fact(ProcessEnded, about="a process of it that ends", since=removed, for_s=ENDED_WITHIN_S)
    released = episode.release()
    app.expect_no_relaunch(for_s=GAP_S, because=Reason.NOT_WOKEN_FORCE_QUIT, since=released)
    opened = app.launch()
    # Delivered or cancelled: whether iOS goes on with a download of a dead app nobody has said.
    app.expect_callback(Callback.DID_COMPLETE, session=sent.session, since=opened, within_s=TOLD_WITHIN_S)


@pytest.mark.scenario("S63")
@pytest.mark.device(each="ios")
def test_removing_the_app_cancels_its_download_and_keeps_it_asleep(
    device: Device, app: App, origin: Origin, axes: Axes
) -> None:
    """S63: its process ends, its download with it, nothing wakes it, and when it is opened it is told why.

    Of the axes it heeds all but ``end``: the switcher is its end.
    """
    axes.set_up(device)
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    start_and_leave(app, episode, **way_of(axes))
    quit_at = app.force_quit()
    app.expect_exit(cause=ExitCause.USER_FORCE_QUIT, since=quit_at, within_s=ENDED_WITHIN_S)
    app.expect_fact(
        TransferSeen,
        about="its connection closed",
        where=is_broken_off,
        since=quit_at,
        within_s=ENDED_WITHIN_S,
    )
    disturb(device, app, origin, axes)
    released = episode.release()
    app.expect_no_relaunch(for_s=GAP_S, because=Reason.NOT_WOKEN_FORCE_QUIT, since=released)
    opened = app.launch()
    about = "the download cancelled because the app was quit"
    app.expect_fact(
        CallbackSeen, about=about, where=is_cancelled_by_force_quit, since=opened, within_s=TOLD_WITHIN_S
    )


@pytest.mark.scenario("S64")
@pytest.mark.device(each="ios")
def test_opening_the_app_again_takes_the_flag_away(device: Device, app: App, origin: Origin) -> None:
    """S64: quit in the switcher, opened by its icon; what it downloads from then on wakes it."""
    app.launch()
    app.background()
    app.force_quit()
    app.tap_icon()
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    sent = start_and_leave(app, episode)
    app.kill()
    wake = expect_woken(app, since=episode.release())
    wake.expect_callbacks(*WHOLE_STORY, session=sent.session)


@pytest.mark.scenario("S65", triggers=(Trigger.WATCH_REGION,))
@pytest.mark.device(each="ios", ios=">=15,<19")
def test_a_region_still_relaunches_an_app_that_its_user_has_quit(device: Device, app: App) -> None:
    """S65: up to iOS 18 the location service does not heed the switcher (§1.6).

    From iOS 26 on one report has it otherwise, which is too little to hold an app to.
    """
    watch_and_leave(device, app)
    app.force_quit()
    moved = device.move_to(*AWAY)
    wake = app.expect_relaunch(reason=WakeReason.LOCATION, since=moved, within_s=CROSSED_WITHIN_S)
    wake.expect_callbacks(Callback.REGION_EXITED)


def is_broken_off(transfer: TransferSeen) -> bool:
    """Whether the phone has closed the connection of a transfer that was under way."""
    return transfer.phase is TransferPhase.BROKEN


def is_cancelled_by_force_quit(told: CallbackSeen) -> bool:
    """Whether the app was told that iOS has cancelled a task because its user quit the app."""
    reason = told.detail.get("reason")
    return (
        told.name == Callback.DID_COMPLETE
        and told.detail.get("code") == CANCELLED
        and reason == BY_FORCE_QUIT
    )
