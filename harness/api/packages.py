"""Packages to install over an app: the one its profile names, or the next build for a virtual phone."""

from __future__ import annotations

import plistlib
import tempfile
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from harness.config.profile import AppProfile
from harness.errors import PreconditionError
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.raw import InstalledApp


@contextmanager
def next_build(profile: AppProfile, phone: PhoneIdentity, installed: InstalledApp) -> Generator[Path]:
    """A package to install over an app, for the length of the block.

    A virtual phone runs the code that it was started with under a bundle identifier, so all that its package
    has to say is which one, and another version.

    Args:
        profile: of the app.
        phone: where it is installed.
        installed: what is installed there.

    Raises:
        PreconditionError: the profile names no package, and the phone is a real one.
    """
    if profile.package_path is not None:
        yield profile.package_path
        return
    if phone.hardware is Hardware.REAL:
        raise PreconditionError(
            f"there is no package of {profile.bundle_id} to install",
            phone=phone.name,
            fix="Name an .ipa that is signed for this phone as `package:` in the app's profile.",
        )
    with tempfile.TemporaryDirectory() as directory:
        package = Path(directory) / f"{installed.executable}.ipa"
        write_package(package, installed, version=_after(installed.version))
        yield package


def write_package(path: Path, app: InstalledApp, *, version: str) -> None:
    """Write an ``.ipa`` that has an Info.plist and an executable without code.

    Args:
        path: the file.
        app: what it is a build of.
        version: ``CFBundleShortVersionString``.
    """
    about = {
        "CFBundleIdentifier": app.bundle_id,
        "CFBundleExecutable": app.executable,
        "CFBundleDisplayName": app.name,
        "CFBundleName": app.name,
        "CFBundleShortVersionString": version,
        "CFBundleVersion": version,
        "UIBackgroundModes": list(app.background_modes),
    }
    inside = f"Payload/{app.executable}.app"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr(f"{inside}/Info.plist", plistlib.dumps(about))
        package.writestr(f"{inside}/{app.executable}", b"")


def _after(version: str) -> str:
    """The next version: the last number of it, one higher."""
    head, dot, last = version.rpartition(".")
    return f"{head}{dot}{int(last) + 1}" if last.isdigit() else f"{version}.1"
