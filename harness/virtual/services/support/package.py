"""Packages of apps: what an .ipa or a bare .app says about itself, read from the media directory.

Source of the errors' names: the list that clients know of installation_proxy. Source of the texts: a report
of a phone's answer to a package whose Info.plist names nothing; the others are guessed.
"""

from __future__ import annotations

import os
import posixpath
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from harness.errors import WireError
from harness.wire.lockdown import read_plist_dict

MOST_INFO_BYTES = 4 * 1024 * 1024
"""What is read of an Info.plist at most."""

_INFO_IN_IPA = re.compile(r"Payload/([^/]+\.app)/Info\.plist")
_EXTRACTED = "/private/var/tmp/com.apple.appinstall.temp/temp.000000/Extracted"
"""Where the phone would unpack it; the last part is made up."""


class PackageRefused(Exception):
    """A package cannot be installed.

    Args:
        name: the error, as the phone calls it.
        text: what it says.
    """

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")
        self.name = name
        self.text = text


@dataclass(frozen=True)
class Package:
    """What a package says about the app in it.

    Attributes:
        bundle_id: ``CFBundleIdentifier``.
        name: ``CFBundleDisplayName`` or ``CFBundleName``; empty when it has neither.
        version: ``CFBundleShortVersionString``; empty when it has none.
        build: ``CFBundleVersion``; empty when it has none.
        executable: ``CFBundleExecutable``.
        least_ios: ``MinimumOSVersion``; empty when it has none.
        file_sharing: ``UIFileSharingEnabled``.
        background_modes: ``UIBackgroundModes``.
    """

    bundle_id: str
    name: str
    version: str
    build: str
    executable: str
    least_ios: str
    file_sharing: bool
    background_modes: tuple[str, ...]


def read_package(path: Path) -> Package:
    """What the package at a path says.

    Raises:
        PackageRefused: it is no package, or one that does not say what it must.
    """
    bundle, document = _info_in_directory(path) if path.is_dir() else _info_in_archive(path)
    try:
        info = read_plist_dict(document)
    except WireError:
        info = {}
    return _package(bundle, info)


def _package(bundle: str, info: dict[str, Any]) -> Package:
    def text(*keys: str) -> str:
        return next((value for key in keys if isinstance(value := info.get(key), str) and value), "")

    if not text("CFBundleIdentifier"):
        raise PackageRefused("APIInternalError", _no_bundle_id(f"{_EXTRACTED}/Payload/{bundle}"))
    if not text("CFBundleExecutable"):
        raise PackageRefused("MissingBundleExecutable", f"Bundle at {bundle} has no CFBundleExecutable")
    modes = info.get("UIBackgroundModes")
    given = cast("list[object]", modes) if isinstance(modes, list) else []
    return Package(
        bundle_id=text("CFBundleIdentifier"),
        name=text("CFBundleDisplayName", "CFBundleName"),
        version=text("CFBundleShortVersionString"),
        build=text("CFBundleVersion"),
        executable=text("CFBundleExecutable"),
        least_ios=text("MinimumOSVersion"),
        file_sharing=info.get("UIFileSharingEnabled") is True,
        background_modes=tuple(mode for mode in given if isinstance(mode, str)),
    )


def _no_bundle_id(place: str) -> str:
    text = f"Failed to get bundle ID from {place}"
    return (
        f'Error Domain=IXErrorDomain Code=13 "{text}" UserInfo={{NSLocalizedDescription={text}, '
        "NSLocalizedFailureReason=Missing bundle ID.}"
    )


def _info_in_directory(path: Path) -> tuple[str, bytes]:
    try:
        with (path / "Info.plist").open("rb") as file:
            return path.name, file.read(MOST_INFO_BYTES)
    except OSError as error:
        raise PackageRefused("PackageInspectionFailed", f"No Info.plist in {path.name}") from error


def _info_in_archive(path: Path) -> tuple[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            found = [match for name in archive.namelist() if (match := _INFO_IN_IPA.fullmatch(name))]
            if not found:
                raise PackageRefused("PackageInspectionFailed", "No Payload/*.app with an Info.plist in it")
            with archive.open(found[0][0]) as file:
                return found[0][1], file.read(MOST_INFO_BYTES)
    except (OSError, EOFError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        # The last two: encrypted, or packed in a way that this host cannot unpack.
        name = posixpath.basename(os.fspath(path))
        raise PackageRefused("PackageExtractionFailed", f"Could not extract archive {name}") from error
