"""Darwin notifications, over notification_proxy."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider


async def post(provider: LockdownServiceProvider, name: str) -> None:
    """Post a notification; returns once the phone has posted it.

    A post has no answer, so the proxy is told behind it, on the same connection, to shut down, which it
    does answer. Without that, phone time could run past a deadline before the post has even arrived.
    """
    from pymobiledevice3.exceptions import ConnectionTerminatedError
    from pymobiledevice3.services.notification_proxy import NotificationProxyService

    async with NotificationProxyService(provider) as proxy:
        await proxy.notify_post(name)
        await proxy.service.send_plist({"Command": "Shutdown"})
        with suppress(ConnectionTerminatedError):  # hanging up is an answer too
            await proxy.service.recv_plist()
