"""What one phone has kept of its log, over os_trace_relay."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING

from harness.errors import DeviceLost

if TYPE_CHECKING:
    from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider

END_OF_TAR = bytes(1024)
"""The two empty records that end a tar; that every phone writes them is guessed."""


async def read_archive(provider: LockdownServiceProvider, phone: str, since_s: float) -> bytes:
    """A tar of a log archive.

    The phone ends it by hanging up, which a cut cable looks like too; what ends like a tar is whole.

    Args:
        provider: the open way to the phone.
        phone: the phone's name.
        since_s: from when on, phone time; the phone counts whole seconds.

    Raises:
        DeviceLost: it ended in the middle.
    """
    from pymobiledevice3.services.os_trace import OsTraceService

    service = OsTraceService(provider)
    archive = io.BytesIO()
    try:
        await service.create_archive(archive, start_time=int(since_s))
    finally:
        await asyncio.shield(service.close())
    if not archive.getvalue().endswith(END_OF_TAR):
        raise DeviceLost("the log archive was cut off", phone=phone, fix="Check the cable.")
    return archive.getvalue()
