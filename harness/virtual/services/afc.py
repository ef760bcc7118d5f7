"""afc: the media directory."""

from __future__ import annotations

import contextlib

from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.support.afc_files import Jail
from harness.virtual.services.support.afc_session import AfcSession
from harness.virtual.transport.stream import Stream

MEDIA = "com.apple.media-directory"
"""Under this name the phone's containers keep the media directory; no app can have it."""

FOLDERS = ("Books", "DCIM", "Downloads", "Photos", "PublicStaging")
"""What is in a media directory from the start."""


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    media = phone.containers.path(MEDIA) / "Media"
    for folder in FOLDERS:
        # An earlier client may have put a file in the place of one.
        with contextlib.suppress(FileExistsError):
            (media / folder).mkdir(parents=True, exist_ok=True)
    await AfcSession(phone, stream, Jail(media)).serve()
