"""Opening and closing the session of one test."""

from __future__ import annotations

import time
from contextlib import suppress

from harness.api.accesspoint import AccessPoint
from harness.api.changes import Journal
from harness.api.session import TestSession
from harness.config.profile import AppProfile
from harness.errors import AppNotInstalled, HarnessError
from harness.evidence.recorder import Recorder, WatchedApp
from harness.evidence.tape import Tape
from harness.evidence.timeline import Timeline
from harness.evidence.watched import LinePattern
from harness.model.capabilities import Phone
from harness.model.journal import ACKNOWLEDGED
from harness.model.raw import InstalledApp
from harness.model.run import Begun
from harness.runtime.loop import LoopThread

OPEN_S = 60.0
"""Protective deadline of starting all sources, in wall time."""


def open_session(
    loop: LoopThread,
    phone: Phone,
    profile: AppProfile,
    timeline: Timeline,
    installed: dict[str, InstalledApp] | None = None,
    *,
    test: str = "",
    tape: Tape | None = None,
    observe_exits: bool = False,
    journal: Journal | None = None,
    access_point: AccessPoint | None = None,
) -> TestSession:
    """Start every source of evidence for the app; returns when all are confirmed live.

    Args:
        loop: the loop that the phone was opened on.
        phone: the phone.
        profile: the app under test.
        timeline: of this test.
        installed: bundle identifier -> what is installed, as far as this phone was asked; added to.
        test: pytest's name of the test.
        tape: keeps all that the sources are told; ``None`` for none.
        observe_exits: whether the app's processes are observed for their ends; see ``ExitSource``.
        journal: of the lease that the phone is held by; ``None`` when it is held by none.
        access_point: of the network that the phone is in; ``None`` where nothing here commands it.

    Raises:
        AppNotInstalled: the app is not on the phone.
        DeviceError: a source could not be started.
    """
    known = installed if installed is not None else {}
    if profile.bundle_id not in known:
        looking = _look_up(phone, profile.bundle_id)
        known[profile.bundle_id] = loop.run(looking, OPEN_S, what=f"looking for {profile.bundle_id}")
    executable = known[profile.bundle_id].executable
    watched = watched_app(profile, executable)
    recorder = Recorder(phone, timeline, watched, tape, observe_exits=observe_exits)
    session = TestSession(loop, phone, profile, timeline, recorder, journal, access_point)
    begun = _begun(test, timeline.nonce, phone, profile)
    try:
        loop.run(_start(recorder, begun), OPEN_S, what="starting the sources of evidence")
    except BaseException:
        # Those that had started would go on writing into the timeline of a test that is over.
        with suppress(HarnessError):
            session.close()
        raise
    return session


def watched_app(profile: AppProfile, executable: str) -> WatchedApp:
    """What the sources look for, of what a profile says.

    Args:
        profile: of the app.
        executable: name of its executable, as it is installed.
    """
    patterns = [
        LinePattern(callback, pattern) for callback, each in profile.recognise.items() for pattern in each
    ]
    answers = {
        (trigger, way.acknowledged): None for trigger, ways in profile.triggers.items() for way in ways
    }
    patterns += [LinePattern(ACKNOWLEDGED, pattern, word) for word, pattern in answers if pattern is not None]
    return WatchedApp(
        profile.bundle_id,
        executable,
        profile.journal,
        profile.log_subsystem,
        tuple(patterns),
        profile.own_log.process or "",
        profile.own_log.subsystem or "",
        profile.own_log.category or "",
    )


async def _start(recorder: Recorder, begun: Begun) -> None:
    recorder.note(begun)
    await recorder.start()


def _begun(test: str, nonce: str, phone: Phone, profile: AppProfile) -> Begun:
    bundle_id = profile.bundle_id
    return Begun(test=test, nonce=nonce, phone=phone.identity, bundle_id=bundle_id, host_s=time.time())


async def _look_up(phone: Phone, bundle_id: str) -> InstalledApp:
    info = await phone.app_info(bundle_id)
    if info is None:
        raise AppNotInstalled(
            f"{bundle_id} is not installed",
            phone=phone.identity.name,
            fix="Install it, or name the app you have with --app.",
        )
    return info
