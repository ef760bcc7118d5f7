"""The media directory, which afc shows and from which packages are installed."""

from __future__ import annotations

import contextlib
from pathlib import Path

from harness.virtual.kernel.phone import VirtualPhone

MEDIA = "com.apple.media-directory"
"""Under this name the phone's containers keep the media directory; no app can have it."""

STAGING = "PublicStaging"
"""Where clients put packages. Source: the paths that independent clients send."""

FOLDERS = ("Books", "DCIM", "Downloads", "Photos", STAGING)
"""What is in a media directory from the start."""


def media_directory(phone: VirtualPhone) -> Path:
    """The directory on this host; what of it is not there is made."""
    media = phone.containers.path(MEDIA) / "Media"
    for folder in FOLDERS:
        # An earlier client may have put a file in the place of one.
        with contextlib.suppress(FileExistsError):
            (media / folder).mkdir(parents=True, exist_ok=True)
    return media
