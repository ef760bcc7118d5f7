"""Clients that forget the connections they open."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider
from pymobiledevice3.service_connection import ServiceConnection


@asynccontextmanager
async def closed_for_it(provider: LockdownServiceProvider) -> AsyncGenerator[None]:
    """Close what is opened within, once that has gone well: in later tests it would be found open."""
    opened: list[ServiceConnection] = []
    start = provider.start_lockdown_service

    async def start_noted(name: str, include_escrow_bag: bool = False) -> ServiceConnection:
        opened.append(await start(name, include_escrow_bag))
        return opened[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provider, "start_lockdown_service", start_noted)
        yield
    for connection in opened:
        await connection.close()
