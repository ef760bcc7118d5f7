"""Closures are not for background sessions: Foundation ends an app that asks with one. S12."""

from __future__ import annotations

import pytest

from harness.api import App, Device, Origin
from harness.model.exits import ExitCause
from harness.model.triggers import Trigger


@pytest.mark.scenario("S12")
@pytest.mark.device(ios=">=15")
def test_a_background_task_with_a_closure_ends_the_app(device: Device, app: App, origin: Origin) -> None:
    """S12: by an exception that nobody catches. That a watchdog ended it would be another mistake."""
    episode = origin.file("episode.mp4", size_bytes=2_000_000)
    app.launch()
    asked = app.do(Trigger.USE_BLOCK_API, url=episode.url)
    app.expect_exit(cause=ExitCause.CRASH, since=asked.mark, within_s=30)
