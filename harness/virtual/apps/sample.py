"""The bundles of the sample apps, whose code is imported when one first runs."""

from __future__ import annotations

from harness.virtual.apps.delegate import UIApplicationDelegate
from harness.virtual.kernel.installed import AppBundle

BUNDLE_ID = "dev.harness.downloader"
UPLOADER_ID = "dev.harness.uploader"
WORKER_ID = "dev.harness.worker"
HOG_ID = "dev.harness.hog"
COURIER_ID = "dev.harness.courier"

REFRESH_TASK = "dev.harness.refresh"
"""Identifier of the app refresh task of the sample apps that have one."""

PROCESSING_TASK = "dev.harness.processing"
"""Identifier of their processing task."""

CONTINUED_TASKS = "dev.harness.continued.*"
"""The identifiers of their continued processing tasks."""


# Racks boot sooner when an app's code is imported as late as this, and many run no app.


def _downloader() -> UIApplicationDelegate:
    from harness.virtual.apps.downloader import Downloader

    return Downloader()


def _uploader() -> UIApplicationDelegate:
    from harness.virtual.apps.uploader import Uploader

    return Uploader()


def _worker() -> UIApplicationDelegate:
    from harness.virtual.apps.worker import Worker

    return Worker()


def _hog() -> UIApplicationDelegate:
    from harness.virtual.apps.hog import Hog

    return Hog()


def _courier() -> UIApplicationDelegate:
    from harness.virtual.apps.courier import Courier

    return Courier()


DOWNLOADER = AppBundle(
    bundle_id=BUNDLE_ID,
    name="Downloader",
    version="1.0",
    executable="Downloader",
    delegate=_downloader,
    background_modes=("fetch", "processing"),
    task_identifiers=(REFRESH_TASK, PROCESSING_TASK),
    url_schemes=("harness-downloader",),
    debuggable=True,
    file_sharing=True,  # as the Info.plist of the one for a real phone has it
)
"""Background downloads, one session each."""

UPLOADER = AppBundle(
    bundle_id=UPLOADER_ID,
    name="Uploader",
    version="1.0",
    executable="Uploader",
    delegate=_uploader,
    url_schemes=("harness-uploader",),
    debuggable=True,
)
"""Background uploads of multipart bodies, one session for all."""

WORKER = AppBundle(
    bundle_id=WORKER_ID,
    name="Worker",
    version="1.0",
    executable="Worker",
    delegate=_worker,
    url_schemes=("harness-worker",),
    background_modes=("audio", "location", "fetch", "processing"),
    task_identifiers=(REFRESH_TASK, PROCESSING_TASK, CONTINUED_TASKS),
    debuggable=True,
)
"""What else keeps an app running in the background, or gets it woken."""

HOG = AppBundle(bundle_id=HOG_ID, name="Hog", version="1.0", executable="Hog", delegate=_hog, debuggable=True)
"""Uses up the memory."""

COURIER = AppBundle(
    bundle_id=COURIER_ID,
    name="Courier",
    version="2.3",
    executable="Courier",
    delegate=_courier,
    url_schemes=("courier",),
    background_modes=("fetch",),
    debuggable=True,
)
"""Background downloads by an app that knows nothing of the harness."""

SAMPLES = (DOWNLOADER, UPLOADER, WORKER, HOG, COURIER)
"""What is on every virtual phone."""
