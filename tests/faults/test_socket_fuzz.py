"""Broken clients that come through the sockets of a rack, through TLS, or fail at it.

``--fuzz-frames`` is how many broken clients every socket has; behind TLS it is a twentieth of that.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import ssl
from collections.abc import AsyncGenerator

import pytest
from pymobiledevice3.services.dvt.instruments.device_info import DeviceInfo
from pymobiledevice3.services.dvt.instruments.dvt_provider import DvtProvider

from tests.faults.bench import complaints, footprint
from tests.faults.damage import Talk, conversation
from tests.faults.sockets import BEHIND_TLS, SOCKETS, SocketCase, Stage, connect, misbehave, stage
from tests.faults.talks import raw
from tests.virtual.rig import Rig, identity, until

HOSTS_BEHIND_TLS = 20
"""One in so many: a handshake costs more than all that is said after it."""


@contextlib.asynccontextmanager
async def unharmed(case: SocketCase) -> AsyncGenerator[Stage]:
    """A rack that is left as it was, with nothing to complain of."""
    async with stage(case.ios) as on:
        unserved = len(asyncio.all_tasks())
        with complaints() as heard:
            await case.honest(on)
            await until(lambda: not on.it.phone.clock.held)
            await _quiet(unserved)
            before = footprint(on.it.phone)
            yield on
            if case.keeps_phone and case.ios == "16.7":
                await _processes_are_told(on.it)
            await case.honest(on)
            await _quiet(unserved)
            assert heard.found == []
            after = footprint(on.it.phone)
            assert not case.keeps_phone or after == before
            assert (after.tasks, after.open_files, after.held) == (before.tasks, before.open_files, False)


async def _quiet(unserved: int) -> None:
    """Let what has been closed come to its end on both sides.

    Args:
        unserved: how many tasks there are when nobody is served.
    """
    # What went over this host's network arrives when the host has time for it.
    await until(lambda: len(asyncio.all_tasks()) <= unserved)
    for _ in range(200):
        await asyncio.sleep(0)


async def _processes_are_told(it: Rig) -> None:
    async with contextlib.AsyncExitStack() as stack:
        lockdown = await it.lockdown()
        stack.push_async_callback(lockdown.close)
        provider = await stack.enter_async_context(DvtProvider(lockdown))
        rows = await (await stack.enter_async_context(DeviceInfo(provider))).proclist()
        assert {row["name"] for row in rows} >= {"SpringBoard", "lockdownd"}


def _count(request: pytest.FixtureRequest) -> int:
    count = request.config.getoption("--fuzz-frames")
    assert isinstance(count, int)
    return count


@pytest.mark.parametrize("case", SOCKETS.values(), ids=SOCKETS.keys())
def test_a_socket_outlives_broken_clients(case: SocketCase, request: pytest.FixtureRequest) -> None:
    async def main() -> None:
        async with unharmed(case) as on:
            for number in range(_count(request)):
                await case.broken(on, number)

    asyncio.run(main())


@pytest.mark.parametrize("case", BEHIND_TLS.values(), ids=BEHIND_TLS.keys())
def test_a_service_behind_tls_outlives_broken_clients(
    case: SocketCase, request: pytest.FixtureRequest
) -> None:
    async def main() -> None:
        async with unharmed(case) as on:
            for number in range(_count(request) // HOSTS_BEHIND_TLS):
                await case.broken(on, number)

    asyncio.run(main())


def test_a_service_outlives_clients_that_fail_at_tls(request: pytest.FixtureRequest) -> None:
    async def main() -> None:
        case = BEHIND_TLS["com.apple.afc"]
        async with unharmed(case) as on:
            for number in range(_count(request) // HOSTS_BEHIND_TLS):
                dice = random.Random(f"TLS {number}")
                await _fail_at_tls(on, dice)

    asyncio.run(main())


async def _fail_at_tls(on: Stage, dice: random.Random) -> None:
    end = on.it.rack.end(on.it.phone.spec.udid)
    offer, host = end.offer("com.apple.afc"), end.trust.get(identity().host_id)
    assert offer is not None
    assert host is not None
    reader, writer = await connect(on, end.start_service(offer, host))
    with contextlib.suppress(OSError):
        await misbehave(reader, writer, conversation(_first_flight(dice), dice), dice)


def _first_flight(dice: random.Random) -> Talk:
    """What a client of TLS says first, and something that is no second flight."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    outgoing = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), outgoing)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return Talk((), (raw(outgoing.read()), raw(b"\x16\x03\x03" + dice.randbytes(40))), b"")
