"""Apps that get background downloads wrong, one way each, and a person's hand; for ``serve --apps``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harness.virtual.apps.delegate import UIApplicationDelegate
from harness.virtual.apps.downloader import BUNDLE_ID, Downloader
from harness.virtual.apps.foundation import URLSession, URLSessionDownloadTask
from harness.virtual.apps.uikit import ProcessInfo, UIApplication
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.processes.process import current_process

HAND = "dev.harness.hand"
"""Opened with a bundle identifier as its argument, it swipes that app out of the app switcher."""


class Forgetful(Downloader):
    """Is woken for its events and never opens the session again."""

    def recreate_session(self, identifier: str) -> None:
        """Open nothing."""


class Mistaken(Downloader):
    """Opens a session again, under an identifier of another making."""

    def recreate_session(self, identifier: str) -> None:
        """Open a session that has no events."""
        self.open_session(f"{identifier}.again")


class Ungrateful(Downloader):
    """Never gives the system its completion handler back."""

    def finish_events(self, identifier: str) -> None:
        """Keep it."""


class Confused(Downloader):
    """Takes every callback for one of another session."""

    def session_name(self, session: URLSession) -> str:
        """Another session's identifier."""
        return f"{BUNDLE_ID}.shared"


class Crashing(Downloader):
    """Crashes when it is told that a file has come, unless it is being reset."""

    def url_session_download_task_did_finish_downloading_to(
        self, session: URLSession, task: URLSessionDownloadTask, location: Path
    ) -> None:
        """Let an exception escape; iOS tells the next process the same again."""
        if not self.is_resetting:
            raise RuntimeError("no place for the file")


class Hand(UIApplicationDelegate):
    """Does to another app what a person does in the app switcher."""

    def application_did_finish_launching(
        self, application: UIApplication, options: Mapping[str, object]
    ) -> None:
        """Swipe away the apps that the launch arguments name."""
        phone = current_process().phone
        for bundle_id in ProcessInfo.current().arguments:
            phone.force_quit(bundle_id)


VARIANTS: dict[str, type[Downloader]] = {
    "forgetful": Forgetful,
    "mistaken": Mistaken,
    "ungrateful": Ungrateful,
    "confused": Confused,
    "crashing": Crashing,
}
"""Last part of the bundle identifier -> the app."""


def bundle_id_of(variant: str) -> str:
    """The bundle identifier of a variant; the sample app's own for ``correct``."""
    return BUNDLE_ID if variant == "correct" else f"{BUNDLE_ID}.{variant}"


APPS = (
    *(
        AppBundle(
            bundle_id_of(name), name.title(), "1.0", f"Downloader-{name}", delegate=app, debuggable=True
        )
        for name, app in VARIANTS.items()
    ),
    AppBundle(HAND, "Hand", "1.0", "Hand", delegate=Hand, debuggable=True),
)
