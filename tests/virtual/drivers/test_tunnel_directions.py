"""A tunnel that ends in one direction has ended in both, and all that was opened through it ends at once."""

from __future__ import annotations

import asyncio
import socket
import tempfile
from typing import NoReturn

import pytest
from pymobiledevice3.exceptions import ConnectionTerminatedError
from pymobiledevice3.remote.userspace_tunnel import UserspaceTun
from pymobiledevice3.service_connection import ServiceConnection

from harness.drivers.pmd3 import tunnel
from harness.drivers.pmd3.transport import Transport, open_transport
from harness.drivers.pmd3.tunnelchild import hold
from harness.drivers.pmd3.tunnelchild_words import OPEN, SOCKET, Order, Report
from tests.virtual.faults.bench import identity_of
from tests.virtual.rig import APP, Rig, rig

SERVICE = "com.apple.mobile.house_arrest.shim.remote"

ENDS_WITHIN_S = 10.0
"""Wall seconds; far less than the TCP stack goes on sending what is not answered."""


class Direction:
    """One direction of every tunnel of this process, which the test can end.

    Args:
        patch: puts it in its place.
        to_phone: which.
        error: with what it ends, at the next packet.
    """

    def __init__(self, patch: pytest.MonkeyPatch, *, to_phone: bool, error: Exception) -> None:
        self._patch = patch
        self._to_phone = to_phone
        self._error = error

    def end(self) -> None:
        if self._to_phone:
            self._patch.setattr(tunnel, "rightly_summed", self._fail)
        else:
            self._patch.setattr(UserspaceTun, "write", self._fail)

    def mend(self) -> None:
        self._patch.undo()

    def _fail(self, *_: object) -> NoReturn:
        raise self._error


@pytest.fixture(params=[True, False], ids=["to-phone", "from-phone"])
def direction(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, error: Exception) -> Direction:
    return Direction(monkeypatch, to_phone=request.param, error=error)


@pytest.fixture(params=[ConnectionResetError("gone"), OSError("no buffer"), ValueError("a bug")], ids=repr)
def error(request: pytest.FixtureRequest) -> Exception:
    return request.param


async def _open(it: Rig) -> tuple[Transport, ServiceConnection]:
    way = await open_transport(identity_of(it), it.address.usbmux)
    return way, await way.provider.start_lockdown_service(SERVICE)


async def _ask(service: ServiceConnection) -> object:
    await service.send_plist({"Command": "VendContainer", "Identifier": APP.bundle_id})
    return await service.recv_plist()


def test_who_waits_for_an_answer_is_told_at_once_and_the_next_tunnel_opens(direction: Direction) -> None:
    async def main() -> None:
        async with rig("18.5") as it:
            way, service = await _open(it)
            direction.end()
            with pytest.raises(ConnectionTerminatedError):
                await asyncio.wait_for(_ask(service), ENDS_WITHIN_S)
            assert way.is_gone()
            await service.close()
            await way.close()
            direction.mend()
            way, service = await _open(it)
            assert await _ask(service) == {"Status": "Complete"}
            await service.close()
            await way.close()

    asyncio.run(main())


async def _dial(report: Report, directory: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_unix_connection(f"{directory}/{SOCKET}")
    writer.write(b"%d\n" % report.rsd_port)
    assert await reader.readline() == OPEN
    return reader, writer


def test_a_process_that_holds_it_ends_with_every_connection_through_it(direction: Direction) -> None:
    async def check(it: Rig, directory: str) -> None:
        ours, theirs = socket.socketpair()
        holding = asyncio.create_task(hold(theirs))
        reader, writer = await asyncio.open_connection(sock=ours)
        writer.write(Order("v-18", it.phone.spec.udid, directory, ENDS_WITHIN_S).line())
        dialled, asking = await _dial(Report.of(await reader.readline()), directory)
        direction.end()
        asking.write(b"PRI * HTTP/2.0")
        async with asyncio.timeout(ENDS_WITHIN_S):
            await dialled.read()
            await holding
        asking.close()
        writer.close()

    async def main() -> None:
        async with rig("18.5") as it:
            with tempfile.TemporaryDirectory(prefix="ih-", dir="/tmp") as directory:
                await check(it, directory)

    asyncio.run(main())
