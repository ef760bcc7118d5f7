"""Breaking the rig's phone, and seeing that the next client can use it."""

from __future__ import annotations

import asyncio
import contextlib
import plistlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any

from pymobiledevice3.services.installation_proxy import InstallationProxyService

from harness.model.identity import Hardware, PhoneIdentity
from harness.virtual.faults.bench import FaultBench
from harness.virtual.faults.verbs import GRAMMAR
from harness.virtual.faults.words import fields_of
from harness.wire.usbmux import MuxDecoder, MuxFrame, encode, swap_port
from tests.virtual.rig import APP, Rig, rig

LOCKDOWN_PORT = 62078
WITHIN_S = 60.0

Do = Callable[[str], Mapping[str, Any]]
"""Does what a line of the shell says."""


def on_a_phone(check: Callable[[Rig, Do], Awaitable[None]], ios: str = "16.7") -> None:
    """Run a check, and see afterwards that the mended phone can be used."""

    async def main() -> None:
        async with rig(ios) as it:
            do = doer(it)
            await check(it, do)
            do("mend")
            await can_be_used(it)

    asyncio.run(asyncio.wait_for(main(), WITHIN_S))


def doer(it: Rig) -> Do:
    """What does lines of the shell to the rig's phone."""
    bench = FaultBench(it.rack)

    def do(line: str) -> Mapping[str, Any]:
        return bench.ask(fields_of(line.split(), GRAMMAR))

    return do


async def can_be_used(it: Rig) -> None:
    """Have a client that knows nothing of what was list the apps."""
    lockdown = await it.lockdown()
    async with InstallationProxyService(lockdown) as service:
        assert APP.bundle_id in await service.get_apps()
    await lockdown.close()


@contextlib.asynccontextmanager
async def to_lockdown(
    it: Rig, address: str = ""
) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to lockdownd with no client in between; what is read of it has crossed the cable."""
    if address:
        host, _, port = address.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
    else:
        reader, writer = await asyncio.open_unix_connection(it.address.usbmux)
    writer.write(encode(MuxFrame(1, {"MessageType": "ListDevices"})))
    listed = await _frame(reader)
    device_id = listed["DeviceList"][0]["DeviceID"]
    connect = {"MessageType": "Connect", "DeviceID": device_id, "PortNumber": swap_port(LOCKDOWN_PORT)}
    writer.write(encode(MuxFrame(2, connect)))
    assert (await _frame(reader))["Number"] == 0
    try:
        yield reader, writer
    finally:
        writer.close()


async def _frame(reader: asyncio.StreamReader) -> dict[str, Any]:
    head = await reader.readexactly(4)
    rest = await reader.readexactly(int.from_bytes(head, "little") - 4)
    (frame,) = MuxDecoder().feed(head + rest)
    return dict(frame.body)


def question() -> bytes:
    """One question that lockdownd answers to anybody."""
    body = plistlib.dumps({"Label": "test", "Request": "QueryType"})
    return len(body).to_bytes(4, "big") + body


async def all_that_comes(reader: asyncio.StreamReader) -> int:
    """How many bytes come before the connection is over, however it ends."""
    count = 0
    with contextlib.suppress(ConnectionResetError):
        while data := await reader.read(65536):
            count += len(data)
    return count


def identity_of(it: Rig) -> PhoneIdentity:
    """Who the rig's phone is, as the driver wants to know it."""
    spec = it.phone.spec
    return PhoneIdentity(spec.name, spec.udid, spec.ios, spec.model, Hardware.VIRTUAL)
