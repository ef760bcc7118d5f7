"""The tunnel judged by an unmodified client with a TCP of its own."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections.abc import AsyncGenerator, Awaitable, Callable

import pytest
from pymobiledevice3.exceptions import (
    ConnectionTerminatedError,
    InvalidServiceError,
    UserspaceTunnelUnavailableError,
)
from pymobiledevice3.lockdown import RemoteLockdownClient
from pymobiledevice3.remote.remote_service_discovery import RemoteServiceDiscoveryService
from pymobiledevice3.remote.tunnel_service import CoreDeviceTunnelProxy
from pymobiledevice3.remote.userspace_tunnel import UserspaceRsdTunnel, UserspaceTun
from pymobiledevice3.service_connection import ServiceConnection
from pymobiledevice3.services.dvt.instruments.device_info import DeviceInfo
from pymobiledevice3.services.dvt.instruments.dvt_provider import DvtProvider
from pymobiledevice3.services.dvt.instruments.process_control import ProcessControl
from pymobiledevice3.services.house_arrest import HouseArrestService
from pymobiledevice3.services.installation_proxy import InstallationProxyService
from pymobiledevice3.services.notification_proxy import NotificationProxyService
from pymobiledevice3.services.os_trace import OsTraceService

from harness.virtual.transport.stream import Stream
from tests.virtual.rig import APP, INSTALLED, Rig, rig

IOS = "18.5"
PORT = 8100
BIG = random.Random(5).randbytes(5_000_000)
BIG_PATH = "Documents/big.bin"


@contextlib.asynccontextmanager
async def tunnel(it: Rig) -> AsyncGenerator[RemoteServiceDiscoveryService]:
    """An open tunnel to the rig's phone."""
    opened = UserspaceRsdTunnel(serial=it.phone.spec.udid, remotepairing_fallback=False)
    rsd = await opened.aopen()
    try:
        yield rsd
    finally:
        await opened.aclose()


def over_tunnel(check: Callable[[Rig, RemoteServiceDiscoveryService], Awaitable[None]]) -> None:
    """Run a check against a phone of iOS 18 over its tunnel."""

    async def main() -> None:
        async with rig(IOS) as it, tunnel(it) as rsd:
            await check(it, rsd)

    asyncio.run(asyncio.wait_for(main(), 60))


def test_rsd_tells_who_the_phone_is_and_lockdown_needs_no_session() -> None:
    async def check(it: Rig, rsd: RemoteServiceDiscoveryService) -> None:
        assert rsd.udid == it.phone.spec.udid
        assert rsd.product_type == it.phone.spec.model
        assert rsd.product_version == IOS
        assert rsd.product_build_version == it.phone.spec.build
        assert isinstance(rsd.lockdown, RemoteLockdownClient)
        assert rsd.all_values["SerialNumber"]
        assert rsd.ecid == rsd.all_values["UniqueChipID"]
        assert await rsd.get_value("com.apple.international", "Language") == "en"

    over_tunnel(check)


def test_apps_are_launched_listed_and_killed() -> None:
    async def check(it: Rig, rsd: RemoteServiceDiscoveryService) -> None:
        async with DvtProvider(rsd) as dvt, ProcessControl(dvt) as control, DeviceInfo(dvt) as info:
            pid = await control.launch(APP.bundle_id)
            rows = {row["pid"]: row for row in await info.proclist()}
            assert rows[pid]["isApplication"] is True
            await control.kill(pid)
            assert pid not in {row["pid"] for row in await info.proclist()}
            assert pid not in {process.pid for process in it.phone.running_processes()}

    over_tunnel(check)


def test_a_port_that_a_process_listens_on_is_there_too() -> None:
    async def serve(stream: Stream) -> None:
        stream.write(await stream.read())
        stream.close()

    async def check(it: Rig, rsd: RemoteServiceDiscoveryService) -> None:
        pid = it.phone.user_launch(APP.bundle_id)
        it.phone.listeners.listen(PORT, serve, pid)
        connection = await rsd.create_service_connection(PORT)
        await connection.sendall(b"hello")
        assert await connection.recvall(5) == b"hello"
        await connection.close()

    over_tunnel(check)


def test_the_services_of_lockdown_are_there_after_a_check_in() -> None:
    async def check(it: Rig, rsd: RemoteServiceDiscoveryService) -> None:
        heard: list[str] = []
        it.phone.darwin.observe("to.phone", heard.append)
        async with InstallationProxyService(rsd) as proxy:
            assert set(await proxy.get_apps("User")) == set(INSTALLED)
        async with NotificationProxyService(rsd, timeout=5) as notifications:
            await notifications.notify_register_dispatch("from.phone")
            await notifications.notify_post("to.phone")
            await notifications.notify_post("from.phone")
            assert (await anext(notifications.receive_notification())).name == "from.phone"
        assert heard == ["to.phone"]

    over_tunnel(check)


def test_the_log_is_heard() -> None:
    async def check(it: Rig, rsd: RemoteServiceDiscoveryService) -> None:
        async with OsTraceService(rsd) as trace:
            lines = trace.syslog()
            first = asyncio.create_task(anext(lines))
            # The stream begins with the answer to its start, and only then is anything heard.
            while not first.done():
                it.phone.log.emit("tester", 999, "a line of the log")
                await asyncio.sleep(0)
            assert (await first).message == "a line of the log"

    over_tunnel(check)


def test_a_file_of_five_megabytes_comes_whole_both_ways() -> None:
    async def check(it: Rig, rsd: RemoteServiceDiscoveryService) -> None:
        path = it.phone.containers.path(APP.bundle_id) / BIG_PATH
        path.write_bytes(BIG)
        async with await HouseArrestService.create(rsd, APP.bundle_id) as files:
            assert await files.get_file_contents(BIG_PATH) == BIG
            await files.set_file_contents("Documents/copy.bin", BIG)
        assert path.with_name("copy.bin").read_bytes() == BIG

    over_tunnel(check)


def test_what_a_full_buffer_of_the_client_drops_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = itertools.count()
    write = UserspaceTun.write

    def drop_some(self: UserspaceTun, data: bytes) -> None:
        # The handshake is spared: it is the phone's answers in bulk that fill a buffer.
        if len(data) < 1000 or next(seen) % 40:
            write(self, data)

    monkeypatch.setattr(UserspaceTun, "write", drop_some)

    async def check(it: Rig, rsd: RemoteServiceDiscoveryService) -> None:
        path = it.phone.containers.path(APP.bundle_id) / BIG_PATH
        path.write_bytes(BIG)
        async with await HouseArrestService.create(rsd, APP.bundle_id) as files:
            assert await files.get_file_contents(BIG_PATH) == BIG
        assert next(seen) > len(BIG) / 16_000

    over_tunnel(check)


def test_connections_side_by_side_do_not_mix() -> None:
    async def check(it: Rig, rsd: RemoteServiceDiscoveryService) -> None:
        path = it.phone.containers.path(APP.bundle_id) / BIG_PATH
        path.write_bytes(BIG)

        async def read_file() -> bytes:
            async with await HouseArrestService.create(rsd, APP.bundle_id) as files:
                return await files.get_file_contents(BIG_PATH)

        async def list_processes() -> int:
            async with DvtProvider(rsd) as dvt, DeviceInfo(dvt) as info:
                return min([len(await info.proclist()) for _ in range(20)])

        first, second, processes = await asyncio.gather(read_file(), read_file(), list_processes())
        assert first == second == BIG
        assert processes == len(it.phone.running_processes())

    over_tunnel(check)


def test_a_tunnel_can_be_closed_and_opened_again() -> None:
    async def main() -> None:
        async with rig(IOS) as it:
            for _ in range(3):
                async with tunnel(it) as rsd, DvtProvider(rsd) as dvt, DeviceInfo(dvt) as info:
                    assert len(await info.proclist()) == len(it.phone.running_processes())

    asyncio.run(asyncio.wait_for(main(), 60))


def test_two_phones_one_after_the_other() -> None:
    async def main() -> None:
        for ios in (IOS, "26.0"):
            async with rig(ios) as it, tunnel(it) as rsd:
                assert rsd.udid == it.phone.spec.udid
                assert rsd.product_version == ios

    asyncio.run(asyncio.wait_for(main(), 60))


def test_a_pulled_cable_breaks_what_runs_through_the_tunnel() -> None:
    async def main() -> None:
        async with rig(IOS) as it, tunnel(it) as rsd:
            service = await rsd.start_lockdown_service("com.apple.afc.shim.remote")
            it.rack.mux.detach(it.phone.spec.udid)
            with pytest.raises((ConnectionTerminatedError, ConnectionError)):
                await service.recvall(1)
            await service.close()

    asyncio.run(asyncio.wait_for(main(), 60))


def test_a_client_that_does_not_check_in_gets_nothing() -> None:
    async def check(_it: Rig, rsd: RemoteServiceDiscoveryService) -> None:
        service = await rsd.start_lockdown_service_without_checkin("com.apple.afc.shim.remote")
        await service.send_plist({"Request": "StartService"})
        with pytest.raises(ConnectionTerminatedError):
            await service.recv_plist()
        await service.close()

    over_tunnel(check)


def test_a_port_where_nothing_listens_refuses() -> None:
    async def check(_it: Rig, rsd: RemoteServiceDiscoveryService) -> None:
        service = await rsd.create_service_connection(1)
        with pytest.raises(ConnectionTerminatedError):
            await service.recvall(1)
        await service.close()

    over_tunnel(check)


def test_dvt_is_behind_the_tunnel_only() -> None:
    async def check(it: Rig, rsd: RemoteServiceDiscoveryService) -> None:
        lockdown = await it.lockdown()
        for name in (
            "com.apple.instruments.remoteserver.DVTSecureSocketProxy",
            "com.apple.instruments.remoteserver",
            "com.apple.instruments.dtservicehub",
        ):
            with pytest.raises(InvalidServiceError):
                await lockdown.start_lockdown_service(name)
        await lockdown.close()
        assert rsd.get_service_port("com.apple.instruments.dtservicehub") > 0

    over_tunnel(check)


@pytest.mark.parametrize("ios", ["16.7", "17.3"])
def test_before_seventeen_four_there_is_no_tunnel(ios: str) -> None:
    async def main() -> None:
        async with rig(ios) as it:
            opened = UserspaceRsdTunnel(serial=it.phone.spec.udid, remotepairing_fallback=False)
            with pytest.raises(UserspaceTunnelUnavailableError):
                await opened.aopen()

    asyncio.run(asyncio.wait_for(main(), 60))


def test_foreign_bytes_instead_of_a_handshake_end_the_connection() -> None:
    async def main() -> None:
        async with rig(IOS) as it:
            lockdown = await it.lockdown()
            proxy: ServiceConnection = await lockdown.start_lockdown_service(
                CoreDeviceTunnelProxy.SERVICE_NAME
            )
            await proxy.sendall(b"GET / HTTP/1.1\r\n\r\n")
            with pytest.raises(ConnectionTerminatedError):
                await proxy.recvall(1)
            await proxy.close()
            await lockdown.close()

    asyncio.run(asyncio.wait_for(main(), 60))
