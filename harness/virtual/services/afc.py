"""afc: the media directory."""

from __future__ import annotations

from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.support.afc_files import Jail
from harness.virtual.services.support.afc_session import AfcSession
from harness.virtual.services.support.media import media_directory
from harness.virtual.transport.stream import Stream


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    await AfcSession(phone, stream, Jail(media_directory(phone))).serve()
