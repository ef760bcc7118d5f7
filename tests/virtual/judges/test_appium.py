"""What Appium's driver does to a phone by itself: launching its runner, listing apps, inducing conditions.

The harness asks nothing of this of it. Its clients of usbmux, lockdown, the developer tools and RemoteXPC are
written from scratch in TypeScript, and so judge the virtual iPhone beside the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pymobiledevice3.exceptions import ConnectionFailedError
from pymobiledevice3.usbmux import select_device

from harness.config.places import STATE_DIR_VARIABLE
from harness.drivers.pmd3 import open_phone
from harness.drivers.ui.appium.caps import LASTING
from harness.drivers.ui.appium.client import Driver, open_session
from harness.drivers.ui.appium.server import AppiumServer, start_server
from harness.drivers.ui.supervisor import Runner
from harness.drivers.ui.ways import RUNNER
from harness.model.identity import Hardware, PhoneIdentity
from harness.virtual.address import PhoneAddress, RackAddress
from harness.virtual.launcher import start_rack
from tests.virtual.judges.client import APP

pytestmark = pytest.mark.judge("appium")

DEVICES = """\
version: 1
devices:
  - name: appium-16
    virtual: {ios: "16.7", model: "iPhone10,3", seed: 1}
  - name: appium-18
    virtual: {ios: "18.5", model: "iPhone14,5", seed: 2}
  - name: appium-26
    virtual: {ios: "26.0", model: "iPhone17,3", seed: 3}
"""

REGISTRY = Path("data", "appium-xcuitest-driver-nodejs", "strongbox", "tunnelRegistryPort")
"""Where the driver reads at which port the registry of tunnels is, below what it keeps between sessions."""

PREINSTALLED = {"usePreinstalledWDA": True, "updatedWDABundleId": "io.appium.wda"}
"""The driver launches a runner that is on the phone, by the developer tools' process control."""

SETTINGS = "com.apple.Preferences"
GENERAL = "com.apple.settings.general"
WHOLE_LOSS = {"conditionID": "SlowNetworkCondition", "profileID": "SlowNetwork100PctLoss"}


@pytest.fixture(scope="module")
def rack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RackAddress]:
    """Three phones; those that have RSD are in the registry of tunnels."""
    directory: Path = tmp_path_factory.mktemp("appium-rack")
    (directory / "devices.yaml").write_text(DEVICES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(STATE_DIR_VARIABLE, str(directory / "state"))
        with start_rack(directory / "devices.yaml", direct=True) as running:
            yield running.address


@pytest.fixture(scope="module")
def server(rack: RackAddress, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppiumServer]:
    """An Appium server that is led to the rack and to nothing else."""
    directory = tmp_path_factory.mktemp("appium-server")
    (directory / REGISTRY).parent.mkdir(parents=True)
    (directory / REGISTRY).write_text(rack.endpoints.rpartition(":")[2])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("USBMUXD_SOCKET_ADDRESS", rack.usbmux)
        with start_server(directory) as running:
            yield running


@contextmanager
def session(server: AppiumServer, phone: PhoneAddress, **more: object) -> Generator[Driver]:
    """A session that asks for what the harness's own ask for, and for more."""
    named = {"platformName": "iOS", "automationName": "XCUITest"}
    who = {"udid": phone.udid, "platformVersion": phone.ios}
    driver = open_session(server.url, {**named, **who, **LASTING, **more})
    try:
        yield driver
    finally:
        driver.quit()


def mobile(driver: Driver, command: str, **arguments: object) -> Any:
    """What one of the driver's own commands answers."""
    return driver.execute_script(f"mobile: {command}", arguments)


def listens(rack: RackAddress, phone: PhoneAddress, port: int) -> bool:
    """Whether a process of the phone listens at a port, as another client sees it."""

    async def dial() -> bool:
        device = await select_device(phone.udid, usbmux_address=rack.usbmux)
        assert device is not None
        try:
            connection = await device.connect(port, usbmux_address=rack.usbmux)
        except ConnectionFailedError:
            return False
        connection.close()
        return True

    return asyncio.run(dial())


def title(driver: Driver) -> str | None:
    """Of the page of Settings that is shown."""
    return driver.find_element("-ios class chain", "**/XCUIElementTypeNavigationBar[1]").get_attribute("name")


@pytest.mark.parametrize("index", [1, 2], ids=["18", "26"])
def test_the_driver_launches_the_runner_itself_and_works_the_screen(
    rack: RackAddress, server: AppiumServer, index: int
) -> None:
    phone, port = rack.phones[index], 18_200 + index
    assert not listens(rack, phone, port)
    with session(server, phone, **PREINSTALLED, wdaLocalPort=port) as driver:
        assert listens(rack, phone, port), "where USE_PORT said"
        mobile(driver, "activateApp", bundleId=SETTINGS)
        assert mobile(driver, "activeAppInfo")["bundleId"] == SETTINGS
        driver.find_element("accessibility id", GENERAL).click()
        assert title(driver) == "General"
    assert not listens(rack, phone, port), "a runner that the driver launched, it ends"


@pytest.mark.parametrize("index", [1, 2], ids=["18", "26"])
def test_the_driver_kills_an_app_by_the_developer_tools(
    rack: RackAddress, server: AppiumServer, index: int
) -> None:
    phone = rack.phones[index]
    with session(server, phone, **PREINSTALLED, wdaLocalPort=18_300 + index) as driver:
        mobile(driver, "launchApp", bundleId=APP)
        assert mobile(driver, "killApp", bundleId=APP) is True
        assert mobile(driver, "queryAppState", bundleId=APP) == 1, "it does not run"
        assert mobile(driver, "killApp", bundleId=APP) is False


@pytest.mark.parametrize("index", [1, 2], ids=["18", "26"])
def test_the_driver_induces_a_condition_and_ends_it(
    rack: RackAddress, server: AppiumServer, index: int
) -> None:
    phone = rack.phones[index]
    with session(server, phone, **PREINSTALLED, wdaLocalPort=18_400 + index) as driver:
        assert mobile(driver, "enableConditionInducer", **WHOLE_LOSS) is True
        assert active(driver) == WHOLE_LOSS["profileID"]
        assert mobile(driver, "disableConditionInducer") is True
        assert active(driver) == ""


def active(driver: Driver) -> str:
    """The network condition that the phone says it simulates; empty for none."""
    told: list[dict[str, Any]] = mobile(driver, "listConditionInducers")
    (network,) = (each for each in told if each["identifier"] == WHOLE_LOSS["conditionID"])
    return network["activeProfile"] if network["isActive"] else ""


# Attached to a runner that somebody else has started, the driver still asks the phone about its apps.


def attached(rack: RackAddress, phone: PhoneAddress, check: Callable[[str], None]) -> None:
    """Run a check while our own driver runs the runner; the check gets where its port is forwarded to."""

    async def main() -> None:
        identity = PhoneIdentity(phone.name, phone.udid, phone.ios, phone.model, Hardware.VIRTUAL)
        ours = await open_phone(identity, usbmux=rack.usbmux)
        runner = Runner(ours, phone.name, RUNNER)
        try:
            url = await runner.up()
            await asyncio.to_thread(check, url)
            assert await ours.pid_of(RUNNER) is not None, "the driver ends no runner that it did not start"
        finally:
            await runner.close()
            await ours.close()

    asyncio.run(main())


EVERY_PHONE = pytest.mark.parametrize("index", [0, 1, 2], ids=["16", "18", "26"])


@EVERY_PHONE
def test_a_session_that_is_bound_to_an_app_has_it_in_front(
    rack: RackAddress, server: AppiumServer, index: int
) -> None:
    phone = rack.phones[index]

    def check(url: str) -> None:
        bound = {"webDriverAgentUrl": url, "bundleId": APP, "autoLaunch": True}
        with session(server, phone, **bound) as driver:
            assert mobile(driver, "activeAppInfo")["bundleId"] == APP
        with session(server, phone, webDriverAgentUrl=url) as driver:
            assert mobile(driver, "queryAppState", bundleId=APP) == 4, "it outlives the session"
            assert mobile(driver, "terminateApp", bundleId=APP) is True

    attached(rack, phone, check)


@EVERY_PHONE
def test_the_apps_and_the_time_of_the_phone_are_read_over_usbmux(
    rack: RackAddress, server: AppiumServer, index: int
) -> None:
    phone = rack.phones[index]

    def check(url: str) -> None:
        with session(server, phone, webDriverAgentUrl=url) as driver:
            assert mobile(driver, "isAppInstalled", bundleId=APP) is True
            assert mobile(driver, "isAppInstalled", bundleId="com.example.nothing") is False
            assert mobile(driver, "listApps")[APP]["CFBundleName"] == "Downloader"
            assert datetime.fromisoformat(mobile(driver, "getDeviceTime")).utcoffset() is not None

    attached(rack, phone, check)


def test_before_remotexpc_an_app_is_killed_by_the_instruments_of_old(
    rack: RackAddress, server: AppiumServer
) -> None:
    phone = rack.phones[0]

    def check(url: str) -> None:
        with session(server, phone, webDriverAgentUrl=url) as driver:
            mobile(driver, "launchApp", bundleId=APP)
            assert mobile(driver, "killApp", bundleId=APP) is True
            assert mobile(driver, "queryAppState", bundleId=APP) == 1, "it does not run"

    attached(rack, phone, check)


def test_before_remotexpc_a_condition_is_induced_by_the_instruments_of_old(
    rack: RackAddress, server: AppiumServer
) -> None:
    phone = rack.phones[0]

    def check(url: str) -> None:
        with session(server, phone, webDriverAgentUrl=url) as driver:
            assert mobile(driver, "enableConditionInducer", **WHOLE_LOSS) is True
            assert active(driver) == WHOLE_LOSS["profileID"]
            assert mobile(driver, "disableConditionInducer") is True
            assert active(driver) == ""

    attached(rack, phone, check)
