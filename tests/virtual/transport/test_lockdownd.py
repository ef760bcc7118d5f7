from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest
from pymobiledevice3.exceptions import (
    ConnectionFailedError,
    InvalidHostIDError,
    InvalidServiceError,
    LockdownError,
    MissingValueError,
)
from pymobiledevice3.lockdown import LockdownClient, create_using_usbmux

from harness.virtual.kernel.log import LogEvent
from harness.virtual.transport.identity import make_identity
from tests.virtual.rig import identity, rig


def test_a_session_tells_who_the_phone_is() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            assert lockdown.paired
            assert lockdown.product_version == "16.7"
            assert lockdown.product_type == "iPhone10,3"
            assert lockdown.udid == it.phone.spec.udid
            assert lockdown.all_values["TimeIntervalSince1970"] == it.phone.clock.now_s
            assert await lockdown.get_value("com.apple.international", "Language") == "en"
            with pytest.raises(MissingValueError):
                await lockdown.get_value(key="Nonsense")
            await lockdown.close()

    asyncio.run(main())


def test_without_a_session_little_is_told_and_nothing_starts() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown(autopair=False)
            await lockdown.stop_session()
            await lockdown.close()
            plain = await unpaired(it.phone.spec.udid)
            assert plain.product_version == "16.7"
            assert "SerialNumber" not in plain.all_values
            plain.paired = True
            with pytest.raises(LockdownError, match="SessionInactive"):
                await plain.start_lockdown_service("com.apple.afc")
            await plain.close()

    asyncio.run(main())


async def unpaired(udid: str) -> LockdownClient:
    """A connection to lockdown without a session."""
    stranger = {**identity().pair_record(udid, ""), "HostID": "00000000-0000-0000-0000-000000000000"}
    return await create_using_usbmux(serial=udid, autopair=False, pair_record=stranger)


def test_an_unknown_host_is_refused_by_its_id() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await unpaired(it.phone.spec.udid)
            assert not lockdown.paired
            with pytest.raises(InvalidHostIDError):
                await lockdown._request(  # pyright: ignore[reportPrivateUsage]
                    "StartSession", {"HostID": "00000000-0000-0000-0000-000000000000"}
                )
            await lockdown.close()

    asyncio.run(main())


def test_a_host_that_does_not_own_the_paired_certificate_gets_no_session() -> None:
    # Its host id is one that the phone trusts, so that only the certificate can be what is wrong.
    async def main() -> None:
        async with rig() as it:
            impostor = dataclasses.replace(make_identity(), host_id=identity().host_id)
            udid = it.phone.spec.udid
            record = impostor.pair_record(udid, "")
            refused = await create_using_usbmux(serial=udid, autopair=False, pair_record=record)
            assert not refused.paired
            await refused.close()

    asyncio.run(main())


def test_a_host_pairs_from_nothing_and_is_trusted_at_once() -> None:
    async def main() -> None:
        async with rig() as it:
            udid = it.phone.spec.udid
            it.rack.mux.delete_pair_record(udid)
            lockdown = await it.lockdown()
            assert lockdown.paired
            assert it.rack.mux.pair_record(udid) is not None
            again = await it.lockdown(autopair=False)
            assert again.paired
            await again.unpair()
            await again.close()
            await lockdown.close()
            forgotten = await it.lockdown(autopair=False)
            assert not forgotten.paired
            await forgotten.close()

    asyncio.run(main())


@pytest.mark.parametrize("value", [10**12, "PEM", [1, 2], b"\xff"])
@pytest.mark.parametrize("name", ["HostCertificate", "RootCertificate", "DeviceCertificate"])
def test_a_pair_record_with_something_else_for_a_certificate_is_refused(name: str, value: Any) -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown(autopair=False)
            kept = identity().pair_record(it.phone.spec.udid, "02:00:00:00:00:00")
            answer = await lockdown.service.send_recv_plist(
                {"Request": "Pair", "PairRecord": kept | {name: value}}
            )
            assert answer["Error"] == "InvalidPairRecord"
            await lockdown.close()

    asyncio.run(main())


def test_starting_a_service_is_logged_so_that_a_quiet_log_can_be_made_to_speak() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            lines: list[LogEvent] = []
            it.phone.log.subscribe(lines.append)
            service = await lockdown.start_lockdown_service("com.apple.afc")
            daemon = it.phone.processes.named("lockdownd")
            assert daemon is not None
            assert [(line.process, line.pid) for line in lines] == [("lockdownd", daemon.pid)]
            assert "com.apple.afc" in lines[0].message
            await service.close()
            await lockdown.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("ios", "name"),
    [
        ("16.7", "com.apple.nonsense"),
        ("16.7", "com.apple.instruments.remoteserver"),
        ("17.5.1", "com.apple.instruments.remoteserver.DVTSecureSocketProxy"),
    ],
)
def test_a_service_that_this_version_lacks_is_invalid(ios: str, name: str) -> None:
    async def main() -> None:
        async with rig(ios) as it:
            lockdown = await it.lockdown()
            with pytest.raises(InvalidServiceError):
                await lockdown.start_lockdown_service(name)
            await lockdown.close()

    asyncio.run(main())


def test_a_service_port_takes_one_connection() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            attributes = await lockdown.get_service_connection_attributes("com.apple.afc")
            first = await lockdown.create_service_connection(attributes["Port"])
            with pytest.raises(ConnectionFailedError):
                await lockdown.create_service_connection(attributes["Port"])
            await first.close()
            await lockdown.close()

    asyncio.run(main())
