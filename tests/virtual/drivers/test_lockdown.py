"""Lockdown's session, shared by all that is started on a phone, when it is lost beneath several who ask."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pymobiledevice3.exceptions import ConnectionTerminatedError, MuxException, NotPairedError
from pymobiledevice3.service_connection import ServiceConnection

from harness.drivers.pmd3.lockdown import Lockdown, open_lockdown
from harness.virtual.transport.conversation import LOCKDOWN, USBMUX, Question
from tests.virtual.rig import Rig, rig

AT_ONCE = 3
"""How many ask."""

TURNS = range(0, 60, 5)
"""Of the event loop, from the questions to the pull of the cable: up to when all have been answered."""

SERVICE = "com.apple.mobile.notification_proxy"

CONNECT = Question(USBMUX, "Connect")

LOST = (ConnectionTerminatedError, MuxException)
"""What may be told of a phone that is lost under a question."""


@asynccontextmanager
async def _opened(it: Rig) -> AsyncGenerator[Lockdown]:
    client = await open_lockdown(it.phone.spec.udid, it.address.usbmux)
    try:
        yield client
    finally:
        await client.close_all()


def _pull_and_plug_in(it: Rig) -> None:
    it.rack.pull_cable(it.phone.spec.udid)
    it.rack.plug_in(it.phone.spec.udid)


def _sessions(it: Rig) -> int:
    return it.rack.asked()[Question(LOCKDOWN, "StartSession")]


async def _ask_and_pull(it: Rig, client: Lockdown, after_turns: int) -> list[BaseException]:
    """Have several ask at once, and the cable out and in again meanwhile; what was raised."""
    asking = [asyncio.create_task(client.start_lockdown_service(SERVICE)) for _ in range(AT_ONCE)]
    for _ in range(after_turns):
        await asyncio.sleep(0)
    _pull_and_plug_in(it)
    answers = await asyncio.gather(*asking, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, ServiceConnection):
            await answer.close()
    return [answer for answer in answers if isinstance(answer, BaseException)]


def _on_a_session(check: Callable[[Rig, Lockdown], Awaitable[None]]) -> None:
    async def main() -> None:
        async with rig() as it, _opened(it) as client:
            await check(it, client)

    asyncio.run(main())


async def _start_one(client: Lockdown) -> None:
    service = await client.start_lockdown_service(SERVICE)
    await service.close()


async def _amid_questions(client: Lockdown) -> list[asyncio.Task[Any]]:
    """Several ask; one of them waits for the answer, the others for their turn."""
    asking = [asyncio.create_task(client.get_value(key="ProductVersion")) for _ in range(AT_ONCE)]
    await asyncio.sleep(0)
    return asking


def test_all_who_miss_it_share_one_new_session() -> None:
    async def check(it: Rig, client: Lockdown) -> None:
        before = _sessions(it)
        asking = await _amid_questions(client)
        client.service.writer.transport.abort()
        assert await asyncio.gather(*asking) == [it.phone.spec.ios] * AT_ONCE
        assert _sessions(it) == before + 1
        await _start_one(client)

    _on_a_session(check)


def test_whenever_the_cable_is_out_for_a_moment_services_can_be_started_afterwards() -> None:
    async def check(it: Rig, client: Lockdown) -> None:
        for turns in TURNS:
            raised = await _ask_and_pull(it, client, turns)
            strange = [error for error in raised if not isinstance(error, LOST)]
            assert not strange, (turns, strange)
            await _start_one(client)

    _on_a_session(check)


def test_a_host_that_is_trusted_no_more_is_told_so_in_the_new_session() -> None:
    async def check(it: Rig, client: Lockdown) -> None:
        it.rack.end(it.phone.spec.udid).trust.untrust()
        client.service.writer.transport.abort()
        with pytest.raises(NotPairedError):
            await _start_one(client)

    _on_a_session(check)


def test_nobody_is_given_a_new_one_once_it_is_closed() -> None:
    async def check(it: Rig, client: Lockdown) -> None:
        before = it.rack.asked()[CONNECT]
        asking = await _amid_questions(client)
        await client.close_all()
        answers = await asyncio.gather(*asking, return_exceptions=True)
        assert all(isinstance(answer, ConnectionTerminatedError) for answer in answers)
        assert it.rack.asked()[CONNECT] == before

    _on_a_session(check)
