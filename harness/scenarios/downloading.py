"""What stories of downloads have in common: how they begin, and how an app is seen to be woken for them."""

from __future__ import annotations

from collections.abc import Callable

from harness.api import NEVER, App, Device, End, Episode, Origin, Wake
from harness.api.app import Done
from harness.api.axes import Axes, Link
from harness.model.callbacks import Callback, WakeReason
from harness.model.facts import CallbackSeen, Mark
from harness.model.journal import ACKNOWLEDGED
from harness.model.states import AppState
from harness.model.triggers import Transfer, Trigger

WHOLE_STORY = (
    Callback.HANDLE_EVENTS,
    Callback.DID_FINISH_DOWNLOADING,
    Callback.DID_COMPLETE,
    Callback.DID_FINISH_EVENTS,
    Callback.COMPLETION_HANDLER,
)
"""What an app that was woken for a finished download gets, in this order (background-execution.md §1.8.8)."""

ASLEEP_WITHIN_S = 30.0
"""By when an app that was left is suspended: a second usually, and half a minute with a background task."""

WOKEN_WITHIN_S = 120.0
"""By when iOS runs an app whose download is done; its first wakes are delayed by a minute or two (§1.8.7)."""

RETRIED_WITHIN_S = 600.0
"""By when iOS asks again for what it could not get. Nobody has published how often it does."""

ANSWERED_WITHIN_S = 20.0
"""By when what an app has acknowledged is in the evidence."""

GAP_S = 120.0
"""How long a network or a server is gone: longer than any timeout of a request."""


def start_and_leave(app: App, episode: Episode, **how: str) -> Done:
    """Open the app, have it download an episode, and leave it until iOS has suspended it.

    Args:
        app: the app.
        episode: what it downloads, as ``e42``.
        how: words of ``model.triggers.Transfer`` and their values.
    """
    app.launch()
    sent = app.do(Trigger.START_DOWNLOAD, url=episode.url, id="e42", **how)
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=ASLEEP_WITHIN_S)
    return sent


def way_of(axes: Axes) -> dict[str, str]:
    """How a download is to be made so that the network's position is what it says.

    With Wi-Fi off a phone goes on by cellular, and then nothing is missing.
    """
    return {Transfer.CELLULAR: "no"} if axes.network is Link.OFF else {}


def disturb(device: Device, app: App, origin: Origin, axes: Axes) -> None:
    """Take away what the axes say is between phone and origin, and give it back: the app is told nothing."""
    gone = axes.cut_off(device, origin)
    if gone:
        app.expect_callback(Callback.DID_COMPLETE, count=NEVER, since=gone, within_s=GAP_S)
        axes.restore(device, origin)


def expect_woken(
    app: App, *, since: Mark | None, end: End = End.SIGKILL, within_s: float = WOKEN_WITHIN_S
) -> Wake:
    """The app is run for its session: the same process where it was only suspended, else a new one."""
    expect = app.expect_resume if end is End.SUSPENDED else app.expect_relaunch
    return expect(reason=WakeReason.URL_SESSION, since=since, within_s=within_s)


def expect_known_as_finished(app: App) -> None:
    """The app's own record of ``e42``, when it is opened, says that it has the file."""
    _expect_record(app, "the app's record says that e42 is finished", knows_e42_finished)


def expect_known_as_failed(app: App) -> None:
    """The app's own record of ``e42``, when it is opened, says that it has not got the file."""
    _expect_record(app, "the app's record says that e42 failed", knows_e42_failed)


def _expect_record(app: App, about: str, where: Callable[[CallbackSeen], object]) -> None:
    app.launch()
    asked = app.do(Trigger.PROBE)
    app.expect_fact(CallbackSeen, about=about, where=where, since=asked.mark, within_s=ANSWERED_WITHIN_S)


# What an app's answers say. Functions with names of their own, so that `harness replay` can judge by them.


def knows_e42_finished(answer: CallbackSeen) -> bool:
    """Whether an answer to ``probe`` says that the app has the file."""
    return _record(answer, "e42") == "finished"


def knows_e42_failed(answer: CallbackSeen) -> bool:
    """Whether an answer to ``probe`` says that the app has not got the file."""
    return _record(answer, "e42") == "failed"


def lists_a_task(answer: CallbackSeen) -> bool:
    """Whether an answer to ``list-tasks`` lists any."""
    return answer.name == ACKNOWLEDGED and bool(answer.detail.get("tasks"))


def _record(answer: CallbackSeen, identifier: str) -> object:
    return answer.detail.get("downloads", {}).get(identifier) if answer.name == ACKNOWLEDGED else None
