"""What services a phone behind a tunnel has, asked anew."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider
    from pymobiledevice3.remote.remote_service_discovery import RemoteServiceDiscoveryService

LIST_S = 5.0
"""How long the phone has for its list, in wall seconds."""


async def list_again(provider: LockdownServiceProvider) -> bool:
    """Have a phone behind a tunnel list its services anew; says whether it did.

    The library keeps the list that it was given when the tunnel was opened. A developer image that is
    mounted later brings services that are not in it, and to open the tunnel anew would cost every
    connection that is open behind it. Lockdown without a tunnel keeps no list.

    Args:
        provider: what services are opened on; from now on by the new list.
    """
    from pymobiledevice3.remote.remote_service_discovery import RemoteServiceDiscoveryService

    if not isinstance(provider, RemoteServiceDiscoveryService):
        return False
    provider.peer_info = await read_list(provider)
    return True


async def read_list(provider: RemoteServiceDiscoveryService) -> dict[str, Any]:
    """What a phone behind a tunnel tells of itself and its services now, as it told when that was opened.

    Args:
        provider: what services are opened on; it keeps the list that it has.
    """
    from pymobiledevice3.remote.remotexpc import RemoteXPCConnection

    asking = RemoteXPCConnection(provider.service.address, open_connection=provider.open_connection)
    try:
        async with asyncio.timeout(LIST_S):
            await asking.connect()
            await asking.send_device_handshake(provider.handshake_uuid)
            return await asking.receive_response()
    finally:
        # Its connection is cancelled like the rest of it, and the library would leave that open.
        await asyncio.shield(asking.close())
