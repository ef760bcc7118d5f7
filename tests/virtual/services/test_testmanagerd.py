"""testmanagerd as far as it goes; the client is pymobiledevice3."""

from __future__ import annotations

import asyncio

import pytest
from pymobiledevice3.dtx import DTXNsError
from pymobiledevice3.dtx.service import DTXProxyService
from pymobiledevice3.services.dvt.testmanaged import xcuitest

from harness.virtual.services.testmanagerd import PROXY
from tests.virtual.rig import rig


def test_a_session_is_refused_and_the_connection_lives_on() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            kind = xcuitest._TestManagerProvider  # pyright: ignore[reportPrivateUsage]
            async with kind(lockdown) as provider:
                channel = await provider.dtx.open_channel(PROXY)
                assert isinstance(channel, DTXProxyService)
                for _ in range(2):
                    with pytest.raises(DTXNsError, match="cannot be run"):
                        await channel.invoke("_IDE_authorizeTestSessionWithProcessID:", 1)
            await lockdown.close()

    asyncio.run(main())
