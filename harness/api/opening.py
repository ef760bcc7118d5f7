"""Opening and closing the session of one test."""

from __future__ import annotations

from harness.api.session import TestSession
from harness.config.profile import AppProfile
from harness.errors import AppNotInstalled
from harness.evidence.recorder import Recorder, WatchedApp
from harness.evidence.timeline import Timeline
from harness.model.capabilities import Phone
from harness.runtime.loop import LoopThread

OPEN_S = 60.0
"""Protective deadline of starting all sources, in wall time."""


def open_session(loop: LoopThread, phone: Phone, profile: AppProfile, timeline: Timeline) -> TestSession:
    """Start every source of evidence for the app; returns when all are confirmed live.

    Raises:
        AppNotInstalled: the app is not on the phone.
        DeviceError: a source could not be started.
    """
    watched = loop.run(_watched(phone, profile), OPEN_S, what=f"looking for {profile.bundle_id}")
    recorder = Recorder(phone, timeline, watched)
    loop.run(recorder.start(), OPEN_S, what="starting the sources of evidence")
    return TestSession(loop, phone, profile, timeline, recorder)


async def _watched(phone: Phone, profile: AppProfile) -> WatchedApp:
    info = await phone.app_info(profile.bundle_id)
    if info is None:
        raise AppNotInstalled(
            f"{profile.bundle_id} is not installed",
            phone=phone.identity.name,
            fix="Install it, or name the app you have with --app-profile.",
        )
    return WatchedApp(profile.bundle_id, info.executable, profile.journal, profile.log_subsystem)
