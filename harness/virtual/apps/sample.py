"""The bundle of the sample app, whose code is imported when it first runs."""

from __future__ import annotations

from harness.virtual.apps.delegate import UIApplicationDelegate
from harness.virtual.kernel.installed import AppBundle

BUNDLE_ID = "dev.harness.downloader"


def _downloader() -> UIApplicationDelegate:
    # Racks boot sooner, and many run no app.
    from harness.virtual.apps.downloader import Downloader

    return Downloader()


DOWNLOADER = AppBundle(
    bundle_id=BUNDLE_ID,
    name="Downloader",
    version="1.0",
    executable="Downloader",
    delegate=_downloader,
    debuggable=True,
    file_sharing=True,  # as the Info.plist of the one for a real phone has it
)
"""The bundle to install."""
