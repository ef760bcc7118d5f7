"""What pymobiledevice3's classes are to get out of the phone where its command line has no command."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pymobiledevice3.ca import create_keybag_file
from pymobiledevice3.dtx.exceptions import DTXNsError
from pymobiledevice3.dtx.ns_types import NSUUID
from pymobiledevice3.dtx_proxy_service import DtxProxyService
from pymobiledevice3.dtx_service_provider import DtxServiceProvider
from pymobiledevice3.exceptions import PyMobileDevice3Exception
from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider
from pymobiledevice3.remote.core_device.app_service import AppServiceService
from pymobiledevice3.remote.remote_service_discovery import RemoteServiceDiscoveryService
from pymobiledevice3.services.afc import AFC_LOCK_EX, AFC_LOCK_UN, AfcLinkType, AfcService
from pymobiledevice3.services.diagnostics import DiagnosticsService
from pymobiledevice3.services.dvt.instruments.device_info import DeviceInfo, DeviceInfoService
from pymobiledevice3.services.dvt.instruments.dvt_provider import DvtProvider
from pymobiledevice3.services.dvt.instruments.notifications import Notifications
from pymobiledevice3.services.dvt.instruments.process_control import ProcessControl
from pymobiledevice3.services.dvt.testmanaged.dtx_services import (
    XCTestDriverInterface,
    XCTestManager_DaemonConnectionInterface,
    XCTestManager_IDEInterface,
)
from pymobiledevice3.services.dvt.testmanaged.xctest_types import XCTestConfiguration
from pymobiledevice3.services.installation_proxy import InstallationProxyService
from pymobiledevice3.services.mobile_config import MobileConfigService
from pymobiledevice3.services.mobile_image_mounter import MobileImageMounterService
from pymobiledevice3.services.timesync import TimeSyncService
from pymobiledevice3.tcp_forwarder import LockdownTcpForwarder

from harness.virtual.kernel.developer.images import ReceivedImage
from harness.virtual.kernel.phone import VirtualPhone
from tests.virtual.judges.tables.acts import (
    PROFILE,
    in_media,
    is_the_version_of_the_package,
    package,
    run_app,
    runs,
)
from tests.virtual.judges.tables.command import Act, nothing
from tests.virtual.rig import APP

Ask = Callable[[LockdownServiceProvider, Path], Awaitable[object]]
"""Asks the phone; the directory is its own."""

DVT = "com.apple.instruments.server.services"
PROFILES = "com.apple.mobile.MCInstall"
MANAGER = "dtxproxy:XCTestManager_IDEInterface:XCTestManager_DaemonConnectionInterface"

OLD, MIDDLE, LAST = "16.7", "18.5", "26.0"

WITHIN_S = 10.0
"""Wall seconds in which what the phone pushes comes; a loaded host is slow."""


def end_app(phone: VirtualPhone) -> None:
    """End the sample app if it runs."""
    process = phone.processes.of_bundle(APP.bundle_id)
    if process is not None:
        phone.signal(process.pid, 9)


@dataclass(frozen=True)
class Call:
    """One row.

    Attributes:
        proves: the service and its message, with a slash between.
        how: class and method by which it is asked.
        ask: asks it.
        told: whether what came back is what the phone has to tell.
        ios: the version it is asked on.
        before: done to the phone first.
        then: what must be true of the phone afterwards.
        undo: done to the phone last, whatever came of it; ends the sample app unless told otherwise.
    """

    proves: str
    how: str
    ask: Ask
    told: Callable[[Any, VirtualPhone], bool]
    ios: str = OLD
    before: Act = nothing
    then: Callable[[VirtualPhone], bool] = lambda _phone: True
    undo: Act = end_app


def is_none(found: object, _phone: VirtualPhone) -> bool:
    """Whether nothing came back, which is what there was to tell."""
    return found is None


async def refusal(asking: Awaitable[object], kind: type[Exception]) -> str:
    """The text of the refusal of something that is to be refused; an empty one where it was not."""
    try:
        await asking
    except kind as refused:
        return str(refused)
    return ""


# Lockdown's services.


async def hello(provider: LockdownServiceProvider, _home: Path) -> object:
    """Say who the host is, which comes to nothing that is told."""
    async with MobileConfigService(provider) as service:
        await service.hello()


async def flush(provider: LockdownServiceProvider, _home: Path) -> object:
    """Ask for what is not yet written to be."""
    async with MobileConfigService(provider) as service:
        await service.flush()


async def stored_profile(provider: LockdownServiceProvider, _home: Path) -> object:
    """Store a profile, and ask for it again."""
    async with MobileConfigService(provider) as service:
        await service.store_profile(PROFILE)
        return (await service.get_stored_profile())["ProfileData"]


async def escalate(provider: LockdownServiceProvider, home: Path) -> object:
    """Ask to be the supervisor of a phone that has none."""
    create_keybag_file(home / "keybag.pem", "Harness")
    async with MobileConfigService(provider) as service:
        return await refusal(service.escalate(home / "keybag.pem"), PyMobileDevice3Exception)


async def hdmi(provider: LockdownServiceProvider, _home: Path) -> object:
    """Ask for one part of the diagnostics."""
    async with DiagnosticsService(provider) as service:
        return await service.info("HDMI")


async def upgrade(provider: LockdownServiceProvider, home: Path) -> object:
    """Send another version of the sample app."""
    (home / "app.ipa").write_bytes(package())
    async with InstallationProxyService(provider) as service:
        await service.upgrade(str(home / "app.ipa"))


async def link(provider: LockdownServiceProvider, _home: Path) -> object:
    """Make a link, and read through it."""
    async with AfcService(provider) as files:
        await files.set_file_contents("/linked", b"text")
        await files.link("linked", "/link", AfcLinkType.SYMLINK)
        return await files.get_file_contents("/link")


async def lock(provider: LockdownServiceProvider, _home: Path) -> object:
    """Lock a file against another connection, and unlock it."""
    async with AfcService(provider) as one, AfcService(provider) as other:
        await one.set_file_contents("/locked", b"text")
        held, wanted = await one.fopen("/locked", "r+"), await other.fopen("/locked", "r+")
        await one.lock(held, AFC_LOCK_EX)
        refused = await refusal(other.lock(wanted, AFC_LOCK_EX), PyMobileDevice3Exception)
        await one.lock(held, AFC_LOCK_UN)
        await other.lock(wanted, AFC_LOCK_EX)
        return refused


def debugger(service: str) -> Ask:
    """How a debugger that knows nothing of the phone gets to it through a port of this host."""

    async def ask(provider: LockdownServiceProvider, _home: Path) -> object:
        listening = asyncio.Event()
        forwarder = LockdownTcpForwarder(provider, 0, service, listening)
        serving = asyncio.create_task(forwarder.start())
        async with asyncio.timeout(WITHIN_S):
            await listening.wait()
            assert forwarder.server is not None
            answer = await _ask_debugger(forwarder.server.sockets[0].getsockname()[1])
        forwarder.stopped.set()
        await serving
        return answer

    return ask


async def _ask_debugger(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"$qSupported#37")
    answer = await reader.readuntil(b"#")
    writer.close()
    return answer


# Instruments.


@asynccontextmanager
async def process_control(provider: LockdownServiceProvider) -> AsyncGenerator[tuple[ProcessControl, int]]:
    """The channel of process control, and the process of the sample app."""
    async with DvtProvider(provider) as dvt, ProcessControl(dvt) as control:
        yield control, await control.process_identifier_for_bundle_identifier(APP.bundle_id)


async def suspend(provider: LockdownServiceProvider, _home: Path) -> object:
    """Suspend the sample app."""
    async with process_control(provider) as (control, pid):
        await control.suspend(pid)


async def resume(provider: LockdownServiceProvider, _home: Path) -> object:
    """Suspend the sample app, and resume it."""
    async with process_control(provider) as (control, pid):
        await control.suspend(pid)
        await control.resume(pid)


async def observe(provider: LockdownServiceProvider, _home: Path) -> object:
    """Observe the sample app, and do so no more."""
    async with process_control(provider) as (control, pid):
        await control.service.startObservingPid_(pid)
        await control.service.stopObservingPid_(pid)


async def states(provider: LockdownServiceProvider, _home: Path) -> object:
    """Wait for the state of the sample app."""
    async with DvtProvider(provider) as dvt, Notifications(dvt) as notifications:
        async with asyncio.timeout(WITHIN_S):
            while True:
                event = cast("tuple[str, list[dict[str, Any]]]", await notifications.service.events.get())
                if event[1][0]["displayID"] == APP.bundle_id:
                    break
        # An answer on the same connection: what was only sent before it has been read too.
        async with DeviceInfo(dvt) as info:
            await info.mach_kernel_name()
        return event


async def cancel(provider: LockdownServiceProvider, _home: Path) -> object:
    """Cancel a channel, and open it again."""
    async with DvtProvider(provider) as dvt:
        async with await dvt.dtx.open_channel(DeviceInfoService) as channel:
            first = await channel.mach_kernel_name()
        async with await dvt.dtx.open_channel(DeviceInfoService) as channel:
            return first == await channel.mach_kernel_name()


# CoreDevice and what else is behind a tunnel.


def rsd(provider: LockdownServiceProvider) -> RemoteServiceDiscoveryService:
    """The same provider, which is one of RSD."""
    assert isinstance(provider, RemoteServiceDiscoveryService)
    return provider


async def list_apps(provider: LockdownServiceProvider, _home: Path) -> object:
    """List the apps where they are not streamed yet."""
    async with AppServiceService(rsd(provider)) as service:
        return await service.list_apps()


async def termination(provider: LockdownServiceProvider, _home: Path) -> object:
    """Watch the sample app until it is killed."""
    async with AppServiceService(rsd(provider)) as one, AppServiceService(rsd(provider)) as other:
        launched = cast("dict[str, Any]", await one.launch_application(APP.bundle_id))
        pid = launched["processToken"]["processIdentifier"]
        watching = asyncio.create_task(one.monitor_process_termination(pid))
        # Its question is on its way when the first of these is answered, and read when the second is.
        for _ in range(2):
            await other.list_processes()
        await other.send_signal_to_process(pid, 9)
        async with asyncio.timeout(WITHIN_S):
            return (await watching)["status"]


async def time(provider: LockdownServiceProvider, _home: Path) -> object:
    """Ask what time it is on the phone."""
    async with TimeSyncService(rsd(provider)) as service:
        return (await service.exchange()).device_time


IMAGE = b"personalized"

MANIFEST = b"\x30\x20\x16\x04IM4M" + b"\x16\x04ECID\x02"


def mount(phone: VirtualPhone) -> None:
    """Mount an image in place of that which is."""
    ecid = int(phone.spec.udid.partition("-")[2], 16).to_bytes(9, "big").lstrip(b"\0")
    manifest = MANIFEST + bytes([len(ecid)]) + ecid
    digest = hashlib.sha384(IMAGE).digest()
    phone.images.unmount(phone.images.mount_path)
    phone.images.receive(phone.images.kind, ReceivedImage(len(IMAGE), digest, manifest))
    phone.images.mount(phone.images.kind, manifest)


async def manifest(provider: LockdownServiceProvider, _home: Path) -> object:
    """Ask for the manifest of an image that was mounted."""
    async with MobileImageMounterService(provider) as service:
        return await service.query_personalization_manifest(
            "DeveloperDiskImage", hashlib.sha384(IMAGE).digest()
        )


# testmanagerd.


class Manager(DtxServiceProvider):
    """A connection to testmanagerd."""

    SERVICE_NAME = "com.apple.testmanagerd.lockdown.secure"
    RSD_SERVICE_NAME = "com.apple.dt.testmanagerd.remote"
    REGISTER_SERVICES = (
        XCTestManager_IDEInterface,
        XCTestManager_DaemonConnectionInterface,
        XCTestDriverInterface,
    )


class Sessions(DtxProxyService[XCTestManager_IDEInterface, XCTestManager_DaemonConnectionInterface]):
    """The channel of the sessions there."""


Session = Callable[[XCTestManager_DaemonConnectionInterface], Awaitable[object]]


def session(begin: Session) -> Ask:
    """How a session of tests is begun that a phone without a test runner refuses."""

    async def ask(provider: LockdownServiceProvider, _home: Path) -> object:
        async with Manager(provider) as manager, Sessions(manager) as sessions:
            daemon = cast("XCTestManager_DaemonConnectionInterface", sessions.service.remote_service)
            return await refusal(begin(daemon), DTXNsError)

    return ask


def sessions() -> tuple[Call, ...]:
    """The rows of testmanagerd: what is asked depends on the version that its client takes the phone for."""
    begin = "_IDE_initiateControlSession"
    nobody = NSUUID(bytes=bytes(16))
    run = XCTestConfiguration({"testBundleURL": "file:///none.xctest", "sessionIdentifier": nobody})
    asked: tuple[tuple[str, str, Session], ...] = (
        (f"{begin}WithCapabilities:", "init_ctrl_session(17)", lambda one: one.init_ctrl_session(17)),
        (f"{begin}WithProtocolVersion:", "init_ctrl_session(11)", lambda one: one.init_ctrl_session(11)),
        (
            "_IDE_initiateSessionWithIdentifier:capabilities:",
            "init_session(17)",
            lambda one: one.init_session(17, nobody, run),
        ),
        (
            "_IDE_initiateSessionWithIdentifier:forClient:atPath:protocolVersion:",
            "init_session(11)",
            lambda one: one.init_session(11, nobody, run),
        ),
        (
            "_IDE_authorizeTestSessionWithProcessID:",
            "authorize_test(12)",
            lambda one: one.authorize_test(12, 1),
        ),
        (
            f"{begin}ForTestProcessID:protocolVersion:",
            "authorize_test(10)",
            lambda one: one.authorize_test(10, 1),
        ),
        (f"{begin}ForTestProcessID:", "authorize_test(9)", lambda one: one.authorize_test(9, 1)),
    )
    return tuple(
        Call(
            f"{MANAGER}/{message}",
            f"XCTestManager_DaemonConnectionInterface.{how}",
            session(begins),
            lambda found, _phone: "Test sessions cannot be run on this device." in found,
        )
        for message, how, begins in asked
    )


def stopped(phone: VirtualPhone) -> bool:
    """Whether the sample app is, by a signal."""
    process = phone.processes.of_bundle(APP.bundle_id)
    return process is not None and process.stopped


LOCKDOWN_CALLS: tuple[Call, ...] = (
    Call(f"{PROFILES}/HelloHostIdentifier", "MobileConfigService.hello", hello, is_none),
    Call(f"{PROFILES}/Flush", "MobileConfigService.flush", flush, is_none),
    Call(
        f"{PROFILES}/GetStoredProfile",
        "MobileConfigService.get_stored_profile",
        stored_profile,
        lambda found, _phone: found == PROFILE,
        undo=lambda phone: phone.profiles.stored.clear(),
    ),
    Call(
        f"{PROFILES}/Escalate",
        "MobileConfigService.escalate",
        escalate,
        lambda found, _phone: "CertificateRejected" in found,
    ),
    Call(
        "com.apple.mobile.diagnostics_relay/HDMI",
        "DiagnosticsService.info('HDMI')",
        hdmi,
        lambda found, _phone: found is not None,
    ),
    Call(
        "com.apple.mobile.installation_proxy/Upgrade",
        "InstallationProxyService.upgrade",
        upgrade,
        is_none,
        then=lambda phone: is_the_version_of_the_package(phone, Path()),
        undo=lambda phone: phone.install(APP),
    ),
    Call(
        "AFC/MakeLink",
        "AfcService.link",
        link,
        lambda found, _phone: found == b"text",
        then=lambda phone: in_media(phone, "link").is_symlink(),
    ),
    Call("AFC/FileLock", "AfcService.lock", lock, lambda found, _phone: "WOULD_BLOCK" in found),
    *(
        Call(
            f"{service}/connected",
            f"LockdownTcpForwarder to {service}",
            debugger(service),
            lambda found, _phone: b"PacketSize=" in found,
            ios,
        )
        for service, ios in (
            ("com.apple.debugserver", OLD),
            ("com.apple.debugserver.DVTSecureSocketProxy", OLD),
            ("com.apple.internal.dt.remote.debugproxy", LAST),
        )
    ),
)
"""Rows about lockdown's services."""

DTX_CALLS: tuple[Call, ...] = (
    Call(
        f"{DVT}.processcontrol/suspendPid:",
        "ProcessControl.suspend",
        suspend,
        is_none,
        before=run_app,
        then=stopped,
    ),
    Call(
        f"{DVT}.processcontrol/resumePid:",
        "ProcessControl.resume",
        resume,
        is_none,
        before=run_app,
        then=lambda phone: runs(phone) and not stopped(phone),
    ),
    Call(
        f"{DVT}.processcontrol/startObservingPid:",
        "ProcessControlService.startObservingPid_",
        observe,
        is_none,
        before=run_app,
    ),
    Call(
        f"{DVT}.mobilenotifications/setApplicationStateNotificationsEnabled:",
        "Notifications",
        states,
        lambda found, _phone: (
            found[0] == "applicationStateNotification:"
            and (found[1][0]["state"], found[1][0]["execName"]) == (8, APP.executable)
        ),
        before=run_app,
    ),
    Call(
        "DTX/_channelCanceled:", "DTXConnection.cancel_channel", cancel, lambda found, _phone: found is True
    ),
    *sessions(),
)
"""Rows about instruments and testmanagerd."""

TUNNEL_CALLS: tuple[Call, ...] = (
    Call(
        "com.apple.coredevice.appservice/com.apple.coredevice.feature.listapps",
        "AppServiceService.list_apps",
        list_apps,
        lambda found, phone: (
            {one["bundleIdentifier"] for one in found} == {one.bundle_id for one in phone.apps}
        ),
        MIDDLE,
    ),
    Call(
        "com.apple.coredevice.appservice/com.apple.coredevice.feature.monitorprocesstermination",
        "AppServiceService.monitor_process_termination",
        termination,
        lambda found, _phone: found["signal"] == 9,
        LAST,
        then=lambda phone: not runs(phone),
    ),
    Call(
        "com.apple.timed.remote/Timesync",
        "TimeSyncService.exchange",
        time,
        lambda found, phone: abs(found - phone.clock.now_s) < WITHIN_S,
        LAST,
    ),
    Call(
        "com.apple.mobile.mobile_image_mounter/QueryPersonalizationManifest",
        "MobileImageMounterService.query_personalization_manifest",
        manifest,
        lambda found, phone: found == phone.images.signature,
        LAST,
        before=mount,
    ),
)
"""Rows about what is behind a tunnel."""

CALLS: tuple[Call, ...] = (*LOCKDOWN_CALLS, *DTX_CALLS, *TUNNEL_CALLS)
"""Every row."""
