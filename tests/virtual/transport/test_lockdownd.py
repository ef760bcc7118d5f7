from __future__ import annotations

import asyncio
import dataclasses
import socket
from typing import Any

import pytest
from pymobiledevice3.exceptions import (
    ConnectionFailedError,
    GetProhibitedError,
    InvalidHostIDError,
    InvalidServiceError,
    LockdownError,
    MissingValueError,
    PairingDialogResponsePendingError,
    PasswordRequiredError,
    SetProhibitedError,
    UserDeniedPairingError,
)
from pymobiledevice3.lockdown import LockdownClient, create_using_usbmux

from harness.virtual.kernel.log import LogEvent
from harness.virtual.transport.identity import make_identity
from harness.virtual.transport.lockdownd import LockdownSession
from harness.virtual.transport.stream import AsyncioStream
from harness.wire.lockdown import encode_plist
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


def test_a_value_that_is_not_for_everyone_is_prohibited_and_one_that_is_not_there_missing() -> None:
    async def main() -> None:
        async with rig() as it:
            stranger = await unpaired(it.phone.spec.udid)
            assert await stranger.get_value(key="DeviceName") == "v-16"
            with pytest.raises(GetProhibitedError):
                await stranger.get_value(key="SerialNumber")
            with pytest.raises(GetProhibitedError):
                await stranger.get_value("com.apple.disk_usage", "TotalDiskCapacity")
            with pytest.raises(MissingValueError):
                await stranger.get_value(key="Nonsense")
            await stranger.close()

    asyncio.run(main())


def test_what_a_host_sets_is_told_to_it_and_to_others() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            await lockdown.set_value("shelf", key="DeviceName")
            await lockdown.set_timezone("Asia/Tokyo")
            await lockdown.set_uses24h_clock(False)
            await lockdown.set_assistive_touch(True)
            again = await it.lockdown()
            assert await again.get_value(key="DeviceName") == "shelf"
            assert await again.get_value(key="TimeZoneOffsetFromUTC") == 9 * 3600.0
            assert await again.get_value(key="Uses24HourClock") is False
            assert await again.get_assistive_touch() is True
            await again.close()
            await lockdown.close()

    asyncio.run(main())


def test_a_name_that_is_changed_is_announced() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            heard: list[str] = []
            it.phone.darwin.observe("com.apple.mobile.lockdown.device_name_changed", heard.append)
            await lockdown.set_value("shelf", key="DeviceName")
            assert len(heard) == 1
            await lockdown.close()

    asyncio.run(main())


def test_what_may_not_be_changed_stays() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            for key, value in (("ProductVersion", "99"), ("TimeIntervalSince1970", 0), ("DeviceName", 7)):
                with pytest.raises(SetProhibitedError):
                    await lockdown.set_value(value, key=key)
            with pytest.raises(LockdownError, match="RemoveProhibited"):
                await lockdown.remove_value(key="DeviceName")
            assert await lockdown.get_value(key="DeviceName") == "v-16"
            await lockdown.close()
            stranger = await unpaired(it.phone.spec.udid)
            with pytest.raises(SetProhibitedError):
                await stranger.set_value("mine", key="DeviceName")
            await stranger.close()

    asyncio.run(main())


def test_a_removed_value_is_as_on_a_new_phone() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            await lockdown.set_enable_wifi_connections(False)
            await lockdown.remove_value("com.apple.mobile.wireless_lockdown", "EnableWifiConnections")
            assert await lockdown.get_enable_wifi_connections() is True
            await lockdown.close()

    asyncio.run(main())


def test_a_phone_that_asks_is_paired_with_when_a_person_has_tapped_trust() -> None:
    async def main() -> None:
        async with rig() as it:
            udid = it.phone.spec.udid
            trust = it.rack.end(udid).trust
            trust.untrust()
            lockdown = await it.lockdown(autopair=False)
            assert not lockdown.paired
            with pytest.raises(PairingDialogResponsePendingError):
                await lockdown.pair(timeout=0)
            trust.tap_dont_trust()
            with pytest.raises(UserDeniedPairingError):
                await lockdown.pair(timeout=0)
            with pytest.raises(PairingDialogResponsePendingError):
                await lockdown.pair(timeout=0)
            trust.tap_trust()
            await lockdown.pair(timeout=0)
            await lockdown.close()
            again = await it.lockdown(autopair=False)
            assert again.paired
            await again.close()

    asyncio.run(main())


def test_a_phone_locked_with_a_passcode_shows_no_dialog() -> None:
    async def main() -> None:
        async with rig() as it:
            it.rack.end(it.phone.spec.udid).trust.untrust()
            it.phone.conditions.passcode = "1234"
            it.phone.lock()
            lockdown = await it.lockdown(autopair=False)
            with pytest.raises(PasswordRequiredError):
                await lockdown.pair(timeout=0)
            await lockdown.close()

    asyncio.run(main())


def test_before_the_first_unlock_services_start_only_with_the_escrow_bag() -> None:
    async def main() -> None:
        async with rig() as it:
            it.phone.conditions.passcode = "1234"
            it.phone.lock()
            it.phone.springboard.first_unlock_done = False
            lockdown = await it.lockdown()
            assert await lockdown.get_value(key="PasswordProtected") is True
            with pytest.raises(PasswordRequiredError):
                await lockdown.start_lockdown_service("com.apple.afc")
            with_bag = await lockdown.start_lockdown_service("com.apple.afc", include_escrow_bag=True)
            await with_bag.close()
            it.phone.unlock()
            service = await lockdown.start_lockdown_service("com.apple.afc")
            await service.close()
            await lockdown.close()

    asyncio.run(main())


@pytest.mark.parametrize("what", ["image", "developer mode"])
def test_developer_services_take_the_image_and_developer_mode(what: str) -> None:
    async def main() -> None:
        async with rig() as it:
            name = "com.apple.instruments.remoteserver.DVTSecureSocketProxy"
            lockdown = await it.lockdown()
            if what == "image":
                it.phone.conditions.unmount_image()
            else:
                it.phone.conditions.turn_developer_mode(False)
                assert await lockdown.get_developer_mode_status() is False
            with pytest.raises(InvalidServiceError):
                await lockdown.start_lockdown_service(name)
            it.phone.conditions.mount_image()
            it.phone.conditions.turn_developer_mode(True)
            service = await lockdown.start_lockdown_service(name)
            await service.close()
            await lockdown.close()

    asyncio.run(main())


def test_the_battery_is_told_as_it_stands() -> None:
    async def main() -> None:
        async with rig() as it:
            it.phone.conditions.set_battery(37, external_power=True)
            lockdown = await it.lockdown()
            told = await lockdown.get_value("com.apple.mobile.battery")
            assert (told["BatteryCurrentCapacity"], told["BatteryIsCharging"], told["FullyCharged"]) == (
                37,
                True,
                False,
            )
            await lockdown.close()

    asyncio.run(main())


def test_a_silent_client_is_dropped_and_one_that_talks_is_not() -> None:
    async def main() -> None:
        async with rig() as it:
            ours, theirs = socket.socketpair()
            client, writer = await asyncio.open_connection(sock=ours)
            phone_side = AsyncioStream(*await asyncio.open_connection(sock=theirs))
            session = LockdownSession(it.rack.end(it.phone.spec.udid), phone_side, idle_s=0.2)
            serving = asyncio.create_task(session.serve())
            writer.write(encode_plist({"Request": "QueryType"}))
            assert b"com.apple.mobile.lockdown" in await client.read(4096)
            assert not serving.done()
            await asyncio.wait_for(serving, 30)
            phone_side.close()
            assert await client.read() == b""
            writer.close()

    asyncio.run(main())


def test_there_is_no_recovery_to_enter() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            with pytest.raises(LockdownError, match="InvalidRequest"):
                await lockdown.enter_recovery()
            assert await lockdown.get_value(key="ProductVersion") == "16.7"
            await lockdown.close()

    asyncio.run(main())
