"""installd's part before an app is put onto the phone: what package it is, and whether it may be.

The code of an app of a virtual phone is Python that its rack was started with (the sample app, ``--apps``);
a package brings none. So a package whose identifier the rack has code for becomes that app, in the package's
version, and any other is refused as one whose code cannot be verified: an app that is there and does nothing
would be judged for what it never had the chance to do.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.support.afc_files import AfcRefusal, Jail
from harness.virtual.services.support.media import media_directory
from harness.virtual.services.support.package import Package, PackageRefused, read_package


def staged_package(phone: VirtualPhone, path: str) -> Package:
    """The package at a path of the media directory.

    Raises:
        PackageRefused: there is none, or it is not fit for this phone.
    """
    try:
        place = Path(Jail(media_directory(phone)).followed(path))
    except (AfcRefusal, OSError, ValueError) as error:
        raise PackageRefused("PackageInspectionFailed", f"Nothing at {path}") from error
    # What cannot be looked for, because its name is too long, is not there either.
    if not os.path.exists(place):
        raise PackageRefused("PackageInspectionFailed", f"Nothing at {path}")
    package = read_package(place)
    if _numbers(package.least_ios) > _numbers(phone.spec.ios):
        text = f"{package.bundle_id} needs iOS {package.least_ios}, and this phone has {phone.spec.ios}"
        raise PackageRefused("DeviceOSVersionTooLow", text)
    return package


def bundle_of(phone: VirtualPhone, package: Package) -> AppBundle:
    """The app that a package becomes on a phone.

    Raises:
        PackageRefused: the phone has no code for it, or it came with the phone.
    """
    known = phone.apps.code_of(package.bundle_id)
    if known is None:
        text = f"this virtual iPhone has no code for {package.bundle_id}; its rack takes it by --apps"
        raise PackageRefused("ApplicationVerificationFailed", text)
    if known.is_system:
        raise PackageRefused("InstallProhibited", f"{package.bundle_id} came with the phone")
    return replace(
        known,
        name=package.name or known.name,
        version=package.version or known.version,
        build=package.build or known.build,
        executable=package.executable,
        file_sharing=package.file_sharing,
        background_modes=package.background_modes,
    )


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else ()
