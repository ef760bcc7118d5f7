"""What rows do to a phone, and what they look at in it."""

from __future__ import annotations

from pathlib import Path

from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.support.media import media_directory
from tests.virtual.rig import APP


def run_app(phone: VirtualPhone) -> None:
    """Launch the sample app as a person does."""
    phone.user_launch(APP.bundle_id)


def runs(phone: VirtualPhone) -> bool:
    """Whether the sample app runs."""
    return phone.processes.of_bundle(APP.bundle_id) is not None


def crash(phone: VirtualPhone) -> None:
    """Let the sample app crash, which leaves a report."""

    def fail() -> None:
        raise RuntimeError("a bug")

    process = phone.processes.get(phone.launch(APP.bundle_id))
    if process is not None:
        process.enqueue(fail)


def forget_reports(phone: VirtualPhone) -> None:
    """Delete every crash report."""
    for path in phone.crash_reports.directory.iterdir():
        path.unlink()


def report_names(phone: VirtualPhone) -> list[str]:
    """The names of the reports on the phone."""
    return [path.name for path in phone.crash_reports.directory.iterdir()]


def in_media(phone: VirtualPhone, name: str) -> Path:
    """Where on this host a file of the media directory is."""
    return media_directory(phone) / name


def in_container(phone: VirtualPhone, name: str) -> Path:
    """Where on this host a file of the sample app's container is."""
    return phone.containers.path(APP.bundle_id) / name
