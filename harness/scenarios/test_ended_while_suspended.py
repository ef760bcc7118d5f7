"""The system ends a suspended app, of which the app is told nothing. S51 and S52 of the catalogue.

That memory runs out is slow and uncertain on a real phone; S1 tells the same with a kill, which is what iOS
sends. Its app is on every virtual phone, for a real one it has to be installed.
"""

from __future__ import annotations

import pytest

from harness.api import App, Device, End, Origin
from harness.model.exits import ExitCause
from harness.scenarios.downloading import WHOLE_STORY, WOKEN_WITHIN_S, expect_woken, start_and_leave

TOLD_WITHIN_S = 60.0
"""By when the phone has told why it ended a process, its report included."""


@pytest.mark.scenario("S51")
@pytest.mark.device(ios=">=15")
def test_an_app_that_is_ended_for_memory_is_woken_for_its_download(
    device: Device, app: App, origin: Origin
) -> None:
    """S51: another app uses up the memory; the suspended one goes, its download goes on, and it is woken."""
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    sent = start_and_leave(app, episode)
    pressed = app.end(End.JETSAM)
    app.expect_exit(cause=ExitCause.JETSAM, since=pressed, within_s=TOLD_WITHIN_S)
    released = episode.release()
    app.expect_transfer(episode.name, requests=None, since=released, within_s=WOKEN_WITHIN_S)
    wake = expect_woken(app, since=released)
    wake.expect_callbacks(*WHOLE_STORY, session=sent.session)


@pytest.mark.scenario("S52")
@pytest.mark.device(ios=">=15")
def test_a_download_goes_to_the_build_that_is_installed_meanwhile(
    device: Device, app: App, origin: Origin
) -> None:
    """S52: an update ends the suspended app; what the old build began, the new one is woken for."""
    episode = origin.file("episode.mp4", size_bytes=5_000_000, hold_after_bytes=1_000_000)
    sent = start_and_leave(app, episode)
    updated = app.upgrade()
    app.expect_exit(cause=ExitCause.UPDATE, since=updated, within_s=TOLD_WITHIN_S)
    released = episode.release()
    app.expect_transfer(episode.name, requests=None, since=released, within_s=WOKEN_WITHIN_S)
    wake = expect_woken(app, since=released)
    wake.expect_callbacks(*WHOLE_STORY, session=sent.session)
