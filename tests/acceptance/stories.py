"""The shipped stories, and some that claim what shipped ones do not, told on a stage."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from harness.api import NEVER, App, Device, Episode, Origin
from harness.api.axes import Axes
from harness.expect.story import ExpectationFailed
from harness.model.callbacks import Callback
from harness.model.exits import ExitCause
from harness.model.facts import Mark
from harness.model.states import AppState
from harness.model.verdict import Verdict
from harness.scenarios import test_background_download as shipped
from tests.acceptance.stage import Stage

Story = Callable[..., None]
"""A test of ``harness/scenarios``, or one that is told as those are."""

RELAUNCH = "relaunch"
RESUME = "resume"
OPEN = "open while downloading"
ORPHAN = "orphan check"
LEFT_ALONE = "left alone"
NOT_TO_BE_WOKEN = "woken where it must not be"
ENDED = "ended by the harness"
NEVER_ASLEEP = "kept in the foreground"


def _dead(app: App, origin: Origin) -> tuple[Episode, Mark]:
    """The app started a download that is held, was suspended, and then ended, at the mark."""
    episode = origin.file("episode.mp4", size_bytes=2_000_000, hold_after_bytes=500_000)
    app.launch()
    app.do("start-download", url=episode.url, id="e42")
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=30)
    return episode, app.kill()


def is_left_alone(device: Device, app: App, origin: Origin) -> None:
    """Its transfer is held, so nothing wakes it."""
    _, killed = _dead(app, origin)
    app.expect_no_relaunch(for_s=60, since=killed)


def is_not_to_be_woken(device: Device, app: App, origin: Origin) -> None:
    """Its transfer goes on, so iOS wakes it, against what is claimed."""
    episode, _ = _dead(app, origin)
    released = episode.release()
    app.expect_no_relaunch(for_s=60, since=released)


def is_ended(device: Device, app: App, origin: Origin) -> None:
    """Its process is ended by the harness."""
    _, killed = _dead(app, origin)
    app.expect_exit(cause=ExitCause.OUR_KILL, within_s=10, since=killed)


def is_silent_without_wifi(device: Device, app: App, origin: Origin) -> None:
    """It transfers nothing, so that nothing of its own shows whether the origin was out of reach."""
    device.network.wifi_off()
    origin.prove_out_of_reach(app)
    opened = app.launch()
    app.expect_callback(Callback.DID_COMPLETE, count=NEVER, since=opened, within_s=60)


def is_silent_in_a_bad_network(device: Device, app: App) -> None:
    """It transfers nothing, and the phone's own word is all that there is of its network."""
    device.network.lossy()
    opened = app.launch()
    app.expect_callback(Callback.DID_COMPLETE, count=NEVER, since=opened, within_s=60)


def is_never_asleep(device: Device, app: App, origin: Origin) -> None:
    """It stays in the foreground, against what is claimed."""
    app.launch()
    app.expect_state(AppState.SUSPENDED, within_s=10)


STORIES: dict[str, Story] = {
    RELAUNCH: shipped.test_download_finishes_while_app_is_dead_and_relaunches_it,
    RESUME: shipped.test_download_finishes_while_app_is_suspended_and_resumes_it,
    OPEN: shipped.test_opening_the_app_while_it_downloads_finds_the_task_and_starts_no_second,
    LEFT_ALONE: is_left_alone,
    NOT_TO_BE_WOKEN: is_not_to_be_woken,
    ENDED: is_ended,
    NEVER_ASLEEP: is_never_asleep,
    ORPHAN: shipped.test_a_finished_download_is_never_orphaned,
}
"""Story -> the test that tells it."""


def act(stage: Stage, story: Story, **given: object) -> None:
    """Call a story with what it takes, as pytest does: the objects of the stage, and what else is given.

    Raises:
        ExpectationFailed: an expectation of it did not pass.
    """
    there = {"device": stage.device, "app": stage.app, "origin": stage.origin, "axes": Axes()} | given
    story(**{name: there[name] for name in inspect.signature(story).parameters})


def play(stage: Stage, story: str) -> Verdict | None:
    """Play a story to its end, or until an expectation of it does not pass, whose verdict is returned."""
    try:
        act(stage, STORIES[story])
    except ExpectationFailed as failed:
        return failed.verdict
    return None
