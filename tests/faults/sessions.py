"""What a real client does with a phone, from its first byte to its last: one session of each kind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pymobiledevice3.remote.core_device.app_service import AppServiceService
from pymobiledevice3.remote.userspace_tunnel import UserspaceRsdTunnel
from pymobiledevice3.services.afc import AfcService
from pymobiledevice3.services.dvt.instruments.condition_inducer import ConditionInducer
from pymobiledevice3.services.dvt.instruments.device_info import DeviceInfo
from pymobiledevice3.services.dvt.instruments.dvt_provider import DvtProvider
from pymobiledevice3.services.dvt.instruments.location_simulation import LocationSimulation
from pymobiledevice3.services.dvt.instruments.process_control import ProcessControl
from pymobiledevice3.services.house_arrest import HouseArrestService
from pymobiledevice3.services.installation_proxy import InstallationProxyService
from pymobiledevice3.services.mobile_image_mounter import DeveloperDiskImageMounter
from pymobiledevice3.services.os_trace import OsTraceService

from tests.virtual.rig import APP, Rig
from tests.virtual.services.test_installing import info, ipa

NEW_VERSION, NEW_NAME = "2.0", "Plainer"
PACKAGE = ipa(info(CFBundleShortVersionString=NEW_VERSION))


@dataclass(frozen=True)
class Session:
    """One kind of session.

    Attributes:
        act: has a client do it, from connecting to hanging up.
        ios: the version of the phone.
    """

    act: Callable[[Rig], Awaitable[None]]
    ios: str = "16.7"


async def _pair(it: Rig) -> None:
    lockdown = await it.lockdown()
    try:
        assert await lockdown.get_value(key="ProductVersion") == "16.7"
        await lockdown.pair()
    finally:
        await lockdown.close()


async def _launch(it: Rig) -> None:
    lockdown = await it.lockdown()
    try:
        async with DvtProvider(lockdown) as provider, ProcessControl(provider) as control:
            pid = await control.launch(APP.bundle_id)
            assert it.phone.processes.get(pid) is not None
            await control.kill(pid)
    finally:
        await lockdown.close()


async def _induce(it: Rig) -> None:
    lockdown = await it.lockdown()
    try:
        async with (
            DvtProvider(lockdown) as provider,
            ConditionInducer(provider) as inducer,
            LocationSimulation(provider) as location,
        ):
            await inducer.set("ThermalSerious")
            await location.set(40.0, -74.0)
            assert it.phone.induced.active is not None
    finally:
        await lockdown.close()


async def _push(it: Rig) -> None:
    lockdown = await it.lockdown()
    try:
        async with AfcService(lockdown) as afc:
            await afc.makedirs("pushed")
            await afc.set_file_contents("pushed/file", b"data" * 500)
            assert await afc.get_file_contents("pushed/file") == b"data" * 500
            await afc.rm("pushed")
    finally:
        await lockdown.close()


async def _house_arrest(it: Rig) -> None:
    lockdown = await it.lockdown()
    try:
        async with HouseArrestService(lockdown) as afc:
            await afc.send_command(APP.bundle_id)
            await afc.set_file_contents("Documents/file", b"data" * 100)
            assert await afc.listdir("Documents") == ["file"]
            await afc.rm("Documents/file")
    finally:
        await lockdown.close()


async def _install(it: Rig) -> None:
    lockdown = await it.lockdown()
    try:
        async with InstallationProxyService(lockdown) as proxy:
            await proxy.install_from_bytes(PACKAGE)
        app = it.phone.apps.get(APP.bundle_id)
        assert app is not None
        assert app.version == NEW_VERSION
    finally:
        await lockdown.close()


async def _log(it: Rig) -> None:
    lockdown = await it.lockdown()
    try:
        async with OsTraceService(lockdown) as service:
            heard = asyncio.ensure_future(anext(service.syslog()))
            try:
                # The stream is asked for when its first line is; until then nobody listens.
                while not heard.done():
                    it.phone.log.emit("fuzz", 1, "heard")
                    await asyncio.sleep(0.01)
                assert (await heard).message
            finally:
                heard.cancel()
    finally:
        await lockdown.close()


async def _mount(it: Rig) -> None:
    lockdown = await it.lockdown()
    try:
        with TemporaryDirectory() as directory:
            image, signature = Path(directory) / "d.dmg", Path(directory) / "d.dmg.signature"
            image.write_bytes(bytes(range(256)) * 20)
            signature.write_bytes(b"signed")
            async with DeveloperDiskImageMounter(lockdown) as mounter:
                if it.phone.image_mounted:
                    await mounter.umount()
                await mounter.mount(image, signature)
        assert it.phone.image_mounted
    finally:
        await lockdown.close()


async def _tunnel(it: Rig) -> None:
    opened = UserspaceRsdTunnel(serial=it.phone.spec.udid, remotepairing_fallback=False)
    rsd = await opened.aopen()
    try:
        async with DvtProvider(rsd) as provider, DeviceInfo(provider) as device:
            assert await device.proclist()
        async with AppServiceService(rsd) as apps:
            assert await apps.launch_application(APP.bundle_id)
    finally:
        await opened.aclose()


SESSIONS: Mapping[str, Session] = {
    "lockdown": Session(_pair),
    "launch": Session(_launch),
    "conditions": Session(_induce),
    "push": Session(_push),
    "house_arrest": Session(_house_arrest),
    "install": Session(_install),
    "log": Session(_log),
    "mount": Session(_mount),
    "tunnel": Session(_tunnel, "18.5"),
}
"""Name -> session."""
