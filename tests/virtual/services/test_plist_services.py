from __future__ import annotations

import asyncio

import pytest
from pymobiledevice3.exceptions import ConnectionTerminatedError
from pymobiledevice3.services.diagnostics import DiagnosticsService
from pymobiledevice3.services.heartbeat import HeartbeatService
from pymobiledevice3.services.installation_proxy import InstallationProxyService
from pymobiledevice3.services.notification_proxy import NotificationProxyService

from harness.virtual.services.heartbeat import INTERVAL_S
from tests.virtual.rig import APP, INSTALLED, STORE_APP, rig


def test_installed_apps_are_looked_up_and_browsed_alike() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            async with InstallationProxyService(lockdown) as proxy:
                found = await proxy.get_apps("User")
                assert set(found) == set(INSTALLED)
                assert found[APP.bundle_id]["CFBundleExecutable"] == "Plain"
                assert found[APP.bundle_id]["Entitlements"]["get-task-allow"] is True
                assert "get-task-allow" not in found[STORE_APP.bundle_id]["Entitlements"]
                assert found[STORE_APP.bundle_id]["UIBackgroundModes"] == ["fetch"]
                browsed = await proxy.browse({"ApplicationType": "User"})
                assert {row["CFBundleIdentifier"]: row for row in browsed} == found
                everything = await proxy.get_apps()
                assert "com.apple.Preferences" in everything
            await lockdown.close()

    asyncio.run(main())


def test_a_lookup_keeps_to_the_apps_and_attributes_asked_for() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            async with InstallationProxyService(lockdown) as proxy:
                one = await proxy.lookup(
                    {"BundleIDs": [APP.bundle_id], "ReturnAttributes": ["CFBundleVersion"]}
                )
                assert one == {APP.bundle_id: {"CFBundleIdentifier": APP.bundle_id, "CFBundleVersion": "1"}}
            await lockdown.close()

    asyncio.run(main())


def test_uninstalling_takes_the_app_away() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            async with InstallationProxyService(lockdown) as proxy:
                await proxy.uninstall(APP.bundle_id)
            assert it.phone.apps.get(APP.bundle_id) is None
            await lockdown.close()

    asyncio.run(main())


@pytest.mark.parametrize("insecure", [False, True])
def test_notifications_are_posted_and_relayed(insecure: bool) -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            heard: list[str] = []
            it.phone.darwin.observe("to.phone", heard.append)
            async with NotificationProxyService(lockdown, insecure=insecure, timeout=5) as proxy:
                await proxy.notify_register_dispatch("from.phone")
                await proxy.notify_register_dispatch("from.phone")
                await proxy.notify_post("to.phone")
                await proxy.notify_post("from.phone")
                relayed = await anext(proxy.receive_notification())
                assert relayed.name == "from.phone"
                assert heard == ["to.phone"]
            await lockdown.close()

    asyncio.run(main())


def test_diagnostics_tell_the_battery_and_gestalt_and_hang_up_on_goodbye() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            async with DiagnosticsService(lockdown) as diagnostics:
                battery = await diagnostics.get_battery() or {}
                assert battery["CurrentCapacity"] == 100
                assert battery["AppleRawMaxCapacity"] == battery["DesignCapacity"]
                it.phone.conditions.switch_airplane(True)
                told = await diagnostics.mobilegestalt(["ProductType", "AirplaneMode", "NoSuchKey"])
                assert told == {"ProductType": "iPhone10,3", "AirplaneMode": True}
                assert "GasGauge" in (await diagnostics.info() or {})
                await diagnostics.action("Goodbye")
                with pytest.raises((ConnectionTerminatedError, ConnectionError)):
                    await diagnostics.action("All")
            await lockdown.close()

    asyncio.run(main())


def test_the_heart_beats() -> None:
    async def main() -> None:
        async with rig() as it:
            lockdown = await it.lockdown()
            service = await lockdown.start_lockdown_service(HeartbeatService.SERVICE_NAME)
            marco = {"Command": "Marco", "Interval": INTERVAL_S, "SupportsSleepyTime": True}
            assert await service.recv_plist() == marco
            await service.send_plist({"Command": "Polo"})
            await service.close()
            await lockdown.close()

    asyncio.run(main())
