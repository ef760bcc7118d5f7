"""A server that stops leaves no connection behind, however young."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest

from harness.origin.server import OriginServer


@pytest.mark.parametrize("turns", range(9))
def test_a_connection_that_is_just_being_accepted_is_closed_too(turns: int) -> None:
    async def play() -> bytes:
        server = OriginServer()
        await server.start()
        host, port = server.base_url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as peer:
            peer.setblocking(False)
            for _ in range(turns):
                await asyncio.sleep(0)
            await server.stop()
            async with asyncio.timeout(5):
                return await asyncio.get_running_loop().sock_recv(peer, 1)

    # Ended in order or cut: gone either way, and not left open until somebody collects it.
    with contextlib.suppress(ConnectionResetError):
        assert asyncio.run(play()) == b""
