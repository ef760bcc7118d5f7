"""Apps that come to an end, each in its own way; beside that they are the sample app."""

from __future__ import annotations

from harness.virtual.apps.downloader import BUNDLE_ID, Downloader
from harness.virtual.apps.uikit import UIApplication, lock_file, sleep
from harness.virtual.kernel.installed import AppBundle

LONG_S = 60.0
"""Longer than any watchdog waits, in phone time."""


class Calm(Downloader):
    """Does nothing wrong; what ends it comes from outside, or because it was told to leave."""


class Crashing(Downloader):
    """Lets an exception escape when it leaves the front."""

    def application_did_enter_background(self, application: UIApplication) -> None:
        """Crash."""
        raise RuntimeError("it was not ready for this")


class SlowToLaunch(Downloader):
    """Blocks its main thread at launch."""

    def application_did_become_active(self, application: UIApplication) -> None:
        """Be there too late: what launches it waits for the main thread."""
        super().application_did_become_active(application)

    def application_did_finish_launching(self, application: UIApplication, options: object) -> None:
        """Block."""
        super().application_did_finish_launching(application, {})
        sleep(LONG_S)


class SlowToLeave(Downloader):
    """Blocks its main thread when it leaves the front."""

    def application_will_resign_active(self, application: UIApplication) -> None:
        """Block."""
        super().application_will_resign_active(application)
        sleep(LONG_S)


class Overrunning(Downloader):
    """Begins a background task and never ends it."""

    def application_did_enter_background(self, application: UIApplication) -> None:
        """Ask for time, and keep it."""
        super().application_did_enter_background(application)
        application.begin_background_task("upload")


class Locking(Downloader):
    """Keeps a shared file locked when it leaves the front."""

    def application_did_enter_background(self, application: UIApplication) -> None:
        """Lock it."""
        super().application_did_enter_background(application)
        lock_file("shared.db")


KINDS: dict[str, type[Downloader]] = {
    "calm": Calm,
    "crashing": Crashing,
    "slow-to-launch": SlowToLaunch,
    "slow-to-leave": SlowToLeave,
    "overrunning": Overrunning,
    "locking": Locking,
}
"""Last part of the bundle identifier -> the app."""


def bundle_id_of(kind: str) -> str:
    """The bundle identifier of a kind of app."""
    return f"{BUNDLE_ID}.{kind}"


def bundle_of(kind: str, version: str = "1.0") -> AppBundle:
    """What is installed of a kind of app."""
    return AppBundle(
        bundle_id_of(kind), kind.title(), version, f"Exit-{kind}", delegate=KINDS[kind], debuggable=True
    )


APPS = tuple(bundle_of(kind) for kind in KINDS)
