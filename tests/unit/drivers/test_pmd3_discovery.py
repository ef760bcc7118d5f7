"""What is opened through a tunnel, on a machine that has too much to do."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from harness.drivers.pmd3.discovery import Discovery, Streams

LIBRARY_S = 1.0
"""Wall seconds that the library gives a connection to be made."""


def test_a_dial_within_this_machine_outlasts_the_librarys_deadline_for_networks() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        began, far_ends = loop.time, list[socket.socket]()

        async def dial(*_: Any, **__: Any) -> Streams:
            vars(loop)["time"] = lambda: began() + 2 * LIBRARY_S  # another process had its turn for so long
            await asyncio.sleep(0.001)
            near, far = socket.socketpair()
            far_ends.append(far)
            return await asyncio.open_connection(sock=near)

        services = Discovery(("fd00::1", 1), dial)
        connection = await services.create_service_connection(2)
        await connection.close()
        await services.close()
        far_ends[0].close()

    asyncio.run(main())
