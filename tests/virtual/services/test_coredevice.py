"""CoreDevice and its neighbours over RemoteXPC, asked by an unmodified client."""

from __future__ import annotations

import asyncio
import plistlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pymobiledevice3.exceptions import CoreDeviceError
from pymobiledevice3.remote.core_device.app_service import AppServiceService
from pymobiledevice3.remote.core_device.device_info import DeviceInfoService
from pymobiledevice3.remote.remote_service_discovery import RemoteServiceDiscoveryService
from pymobiledevice3.remote.xpc_message import XpcInt64Type
from pymobiledevice3.services.dvt.instruments.device_info import DeviceInfo
from pymobiledevice3.services.dvt.instruments.dvt_provider import DvtProvider
from pymobiledevice3.services.notification_proxy import RemoteNotificationProxyService
from pymobiledevice3.services.timesync import TimeSyncService

from harness.model.states import AppState
from harness.virtual.apps.uikit import UIApplication, UIApplicationDelegate
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.services.coredevice import appservice, deviceinfo, features
from harness.virtual.services.support.coredevice_session import NOT_IMPLEMENTED
from harness.virtual.transport.offers import Feature
from tests.virtual.rig import APP, INSTALLED, STORE_APP, Rig, rig

APP_SERVICE = "com.apple.coredevice.appservice"
GONE = 99_999
"""A process identifier that no phone has given."""

WARNED: list[str] = []


class Warned(UIApplicationDelegate):
    """Writes down memory warnings."""

    def application_did_receive_memory_warning(self, application: UIApplication) -> None:
        WARNED.append(application.process.bundle_id)


GREEDY = AppBundle("dev.harness.greedy", "Greedy", "1.0", "Greedy", delegate=Warned)

Check = Callable[[Rig, RemoteServiceDiscoveryService], Awaitable[None]]


def behind_rsd(check: Check, ios: str = "18.5") -> None:
    """Run a check with a client of a phone's RSD."""

    async def main() -> None:
        async with rig(ios) as it:
            address = await it.rack.open_direct(it.address)
            host, _, port = address.phones[0].rsd.rpartition(":")
            async with RemoteServiceDiscoveryService((host, int(port))) as rsd:
                await check(it, rsd)

    asyncio.run(asyncio.wait_for(main(), 30))


def with_apps(check: Callable[[Rig, AppServiceService], Awaitable[None]], ios: str = "18.5") -> None:
    """Run a check with a client of the app service."""

    async def connected(it: Rig, rsd: RemoteServiceDiscoveryService) -> None:
        async with AppServiceService(rsd) as apps:
            await check(it, apps)

    behind_rsd(connected, ios)


def pid_of(launched: Any) -> int:
    """The process identifier that a launch was answered with."""
    return int(launched["processToken"]["processIdentifier"])


@pytest.mark.parametrize(
    ("told", "done"),
    [
        (features.APP_SERVICE, appservice.MESSAGES),
        (features.DEVICE_INFO_SERVICE, deviceinfo.MESSAGES),
    ],
)
def test_what_is_told_is_what_is_done(told: tuple[Feature, ...], done: dict[str, object]) -> None:
    assert {feature.name for feature in told} == set(done)


def test_the_list_says_what_a_service_can_do_on_this_version() -> None:
    async def check(_it: Rig, rsd: RemoteServiceDiscoveryService) -> None:
        entry = (rsd.peer_info or {})["Services"][APP_SERVICE]
        assert entry["Properties"]["UsesRemoteXPC"] is True
        assert entry["Entitlement"] == "com.apple.private.CoreDevice.canInstallCustomerContent"
        assert features.LAUNCH in rsd.get_service_features(APP_SERVICE)
        assert features.STREAM_APPS not in rsd.get_service_features(APP_SERVICE)

    behind_rsd(check)


def test_without_the_image_there_is_no_core_device() -> None:
    async def main() -> None:
        async with rig("18.5") as it:
            it.phone.image_mounted = False
            address = await it.rack.open_direct(it.address)
            host, _, port = address.phones[0].rsd.rpartition(":")
            async with RemoteServiceDiscoveryService((host, int(port))) as rsd:
                services = (rsd.peer_info or {})["Services"]
        assert APP_SERVICE not in services
        assert "com.apple.mobile.notification_proxy.remote" in services

    asyncio.run(asyncio.wait_for(main(), 30))


@pytest.mark.parametrize("ios", ["18.5", "26.0"])
def test_apps_are_listed_in_one_answer_or_streamed(ios: str) -> None:
    async def check(it: Rig, apps: AppServiceService) -> None:
        listed = {app["bundleIdentifier"]: app for app in await apps.list_apps()}
        assert set(listed) == {app.bundle_id for app in it.phone.apps}
        assert listed[APP.bundle_id]["isDeveloperApp"]
        assert not listed[STORE_APP.bundle_id]["isDeveloperApp"]
        assert listed[APP.bundle_id]["version"] == APP.version
        own = await apps.list_apps(include_default_apps=False)
        assert {app["bundleIdentifier"] for app in own} == set(INSTALLED)

    with_apps(check, ios)


def test_from_26_on_the_list_in_one_answer_never_comes() -> None:
    async def check(_it: Rig, apps: AppServiceService) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(apps.invoke(features.LIST_APPS, {}), 0.2)

    with_apps(check, "26.0")


def test_an_app_is_launched_with_arguments_and_environment() -> None:
    async def check(it: Rig, apps: AppServiceService) -> None:
        pid = pid_of(await apps.launch_application(APP.bundle_id, ["-x", "1"], environment={"A": "b"}))
        process = it.phone.processes.of_bundle(APP.bundle_id)
        assert process is not None
        assert (process.pid, process.arguments, process.environment["A"]) == (pid, ("-x", "1"), "b")
        assert process.state is AppState.FOREGROUND_ACTIVE

    with_apps(check)


def test_a_running_app_is_replaced_or_kept() -> None:
    async def check(_it: Rig, apps: AppServiceService) -> None:
        first = pid_of(await apps.launch_application(APP.bundle_id))
        assert pid_of(await apps.launch_application(APP.bundle_id, kill_existing=False)) == first
        assert pid_of(await apps.launch_application(APP.bundle_id, kill_existing=True)) != first

    with_apps(check)


def test_an_app_is_launched_stopped_or_behind_others() -> None:
    async def check(it: Rig, apps: AppServiceService) -> None:
        pid = pid_of(await apps.launch_application(APP.bundle_id, start_suspended=True))
        process = it.phone.processes.get(pid)
        assert process is not None
        assert process.stopped
        options = {"ActivateSuspended": True}
        await apps.launch_application(STORE_APP.bundle_id, extra_options=options)
        behind = it.phone.processes.of_bundle(STORE_APP.bundle_id)
        assert behind is not None
        assert not behind.state.is_foreground

    with_apps(check)


def test_a_refused_launch_says_why() -> None:
    async def check(it: Rig, apps: AppServiceService) -> None:
        with pytest.raises(CoreDeviceError) as refused:
            await apps.launch_application("no.such.app")
        assert refused.value.code == appservice.LAUNCH_FAILED
        reason = (refused.value.user_info or {})["NSLocalizedFailureReason"]
        assert reason == "The requested application no.such.app is not installed."
        it.phone.conditions.passcode = "1234"
        it.phone.lock()
        with pytest.raises(CoreDeviceError) as refused:
            await apps.launch_application(APP.bundle_id)
        assert "Locked" in (refused.value.user_info or {})["NSLocalizedFailureReason"]

    with_apps(check)


def test_processes_are_listed_and_signalled() -> None:
    async def check(it: Rig, apps: AppServiceService) -> None:
        pid = pid_of(await apps.launch_application(APP.bundle_id))
        listed = {
            one["processIdentifier"]: one["executableURL"]["relative"] for one in await apps.list_processes()
        }
        assert set(listed) == {process.pid for process in it.phone.running_processes()}
        assert listed[pid].startswith("file:///private/var/containers/Bundle/Application/")
        told = await apps.send_signal_to_process(pid, 9)
        assert (told["process"]["processIdentifier"], told["signal"]) == (pid, 9)
        assert it.phone.processes.get(pid) is None
        with pytest.raises(CoreDeviceError) as failed:
            await apps.send_signal_to_process(pid, 9)
        assert failed.value.code == appservice.SIGNAL_FAILED

    with_apps(check)


def test_processes_are_streamed_from_26_on() -> None:
    async def check(it: Rig, apps: AppServiceService) -> None:
        streamed = [one["processIdentifier"] async for one in apps.stream_processes()]
        assert streamed == [process.pid for process in it.phone.running_processes()]

    with_apps(check, "26.0")


def test_a_memory_warning_reaches_the_app() -> None:
    async def check(it: Rig, apps: AppServiceService) -> None:
        it.phone.install(GREEDY)
        WARNED.clear()
        pid = pid_of(await apps.launch_application(GREEDY.bundle_id))
        token = {"processIdentifier": XpcInt64Type(pid)}
        await apps.invoke(features.SEND_MEMORY_WARNING, {"process": token})
        assert [GREEDY.bundle_id] == WARNED

    with_apps(check)


def test_the_end_of_a_process_is_told_when_it_comes() -> None:
    async def check(it: Rig, apps: AppServiceService) -> None:
        pid = it.phone.launch(APP.bundle_id)
        request = {
            "CoreDevice.featureIdentifier": features.MONITOR_TERMINATION,
            "CoreDevice.input": {"processToken": {"processIdentifier": XpcInt64Type(pid)}},
        }
        await apps.service.send_request(request, wanting_reply=True)
        # What was asked for later is answered first, and by then the process is watched.
        assert pid in {one["processIdentifier"] for one in await apps.list_processes()}
        it.phone.signal(pid, 9)
        ended = await apps.service.receive_response()
        assert ended["CoreDevice.output"]["status"]["signal"] == 9
        assert "status" in await apps.monitor_process_termination(GONE)

    with_apps(check)


def test_an_app_is_uninstalled_and_one_that_is_gone_is_no_error() -> None:
    async def check(it: Rig, apps: AppServiceService) -> None:
        await apps.uninstall_app(APP.bundle_id)
        assert it.phone.apps.get(APP.bundle_id) is None
        await apps.uninstall_app(APP.bundle_id)
        with pytest.raises(CoreDeviceError, match="cannot be removed"):
            await apps.uninstall_app("com.apple.Preferences")

    with_apps(check)


def test_what_a_phone_does_not_do_it_refuses() -> None:
    async def check(_it: Rig, apps: AppServiceService) -> None:
        request: dict[str, Any] = {"CoreDevice.featureIdentifier": "com.apple.coredevice.feature.none"}
        answer = await apps.service.send_receive_request(request)
        assert answer["CoreDevice.error"]["code"] == NOT_IMPLEMENTED
        with pytest.raises(CoreDeviceError, match="named signal"):
            await apps.invoke(features.SEND_SIGNAL, {"process": {"processIdentifier": XpcInt64Type(1)}})

    with_apps(check)


def test_platform_options_that_are_no_property_list_are_passed_over() -> None:
    async def check(_it: Rig, apps: AppServiceService) -> None:
        for options in (b"nonsense", plistlib.dumps([1])):
            given = {
                "applicationSpecifier": {"bundleIdentifier": {"_0": APP.bundle_id}},
                "options": {"platformSpecificOptions": options},
            }
            assert pid_of(await apps.invoke(features.LAUNCH, given)) > 0

    with_apps(check)


def test_the_phone_says_who_it_is_and_whether_it_is_locked() -> None:
    async def check(it: Rig, rsd: RemoteServiceDiscoveryService) -> None:
        async with DeviceInfoService(rsd) as info:
            told = await info.get_device_info()
            assert (told["udid"], told["osVersionNumber"]) == (it.phone.spec.udid, "18.5")
            [display] = (await info.get_display_info())["displays"]
            assert display["nativeSize"] == {"width": 1125.0, "height": 2436.0}
            assert await info.get_lockstate() == {"passcodeRequired": False, "unlockedSinceBoot": True}
            it.phone.conditions.passcode = "1234"
            it.phone.lock()
            assert (await info.get_lockstate())["passcodeRequired"] is True

    behind_rsd(check)


def test_the_name_that_a_client_gives_the_phone_is_told_everywhere() -> None:
    async def check(it: Rig, rsd: RemoteServiceDiscoveryService) -> None:
        await rsd.set_value("Another name", key="DeviceName")
        assert await rsd.get_value(key="DeviceName") == "Another name"
        async with DeviceInfoService(rsd) as info:
            assert (await info.get_device_info())["name"] == "Another name"
        async with DvtProvider(rsd) as provider, DeviceInfo(provider) as of_instruments:
            told = await of_instruments.system_information()
            assert told["_deviceDisplayName"] == "Another name"

    behind_rsd(check)


def test_a_notification_is_posted_and_relayed() -> None:
    async def check(it: Rig, rsd: RemoteServiceDiscoveryService) -> None:
        async with RemoteNotificationProxyService(rsd) as observer:
            await observer.notify_register_dispatch("dev.harness.ping")
            heard = asyncio.create_task(anext(observer.receive_notification()))
            async with RemoteNotificationProxyService(rsd, insecure=True) as poster:
                while not heard.done():
                    await poster.notify_post("dev.harness.ping")
                    await asyncio.sleep(0)
            assert (await heard)["Name"] == "dev.harness.ping"

    behind_rsd(check)


def test_the_clock_is_the_phones_own() -> None:
    async def check(it: Rig, rsd: RemoteServiceDiscoveryService) -> None:
        async with TimeSyncService(rsd) as clock:
            sample = await clock.exchange()
        assert sample.device_time == pytest.approx(it.phone.clock.now_s, abs=1e-6)
        assert (sample.stratum, sample.reference_id) == (1, b"LCOL")

    behind_rsd(check, "26.0")


def test_a_client_that_breaks_the_protocol_is_cut_off() -> None:
    async def check(_it: Rig, rsd: RemoteServiceDiscoveryService) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", rsd.get_service_port(APP_SERVICE))
        writer.write(b"GET / HTTP/1.1\r\n\r\n" * 4)
        assert b"HTTP" not in await reader.read()
        writer.close()

    behind_rsd(check)
