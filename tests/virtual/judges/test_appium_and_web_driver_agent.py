"""WebDriverAgent of the virtual phone judged by Appium's XCUITest driver, attached to it by its URL."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from harness.drivers.ui.appium.caps import capabilities
from harness.drivers.ui.appium.client import open_session
from harness.drivers.ui.appium.server import AppiumServer, start_server
from harness.model.identity import Hardware, PhoneIdentity
from harness.virtual.apps.runner import DEFAULT_PORT
from harness.virtual.kernel.installed import SETTINGS
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.stream import AsyncioStream
from harness.virtual.wda.server import WDA
from tests.fidelity.acceptance import accept
from tests.virtual.judges.client import COMMAND_WITHIN_S
from tests.virtual.judges.standing import Standing, standing
from tests.virtual.judges.tables.appium import ASKS, Ask
from tests.virtual.judges.tables.web_driver_agent import start

pytestmark = pytest.mark.judge("appium")

IOS = "26.0"
CLIENT = "Appium's XCUITest driver"


@pytest.fixture(scope="module")
def stand() -> Iterator[Standing]:
    with standing((IOS,), clock_rate=10.0) as it:
        yield it


@pytest.fixture(scope="module")
def server(stand: Standing) -> Iterator[AppiumServer]:
    directory = stand.home / "appium"
    directory.mkdir()
    with start_server(directory) as running:
        yield running


@contextmanager
def forwarded(stand: Standing) -> Generator[str]:
    """Where the runner's port is reached."""
    end = stand.rack.end(stand.phone(IOS).spec.udid)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handler = end.open_port(DEFAULT_PORT)
        assert handler is not None, "nobody listens"
        await handler(AsyncioStream(reader, writer))

    async def listen() -> asyncio.Server:
        return await asyncio.start_server(carry, "127.0.0.1", 0)

    listening = asyncio.run_coroutine_threadsafe(listen(), stand.loop).result(COMMAND_WITHIN_S)
    yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    stand.do(listening.close)


@pytest.fixture(scope="module")
def driver(stand: Standing, server: AppiumServer) -> Iterator[Any]:
    """A session of Appium's own client."""
    phone = stand.phone(IOS)
    spec = phone.spec
    identity = PhoneIdentity(spec.name, spec.udid, spec.ios, spec.model, Hardware.VIRTUAL)
    stand.do(lambda: start(phone))
    with forwarded(stand) as url:
        session = cast("Any", open_session(server.url, capabilities(identity, url)))
        try:
            yield session
        finally:
            session.quit()


def settle(phone: VirtualPhone) -> None:
    """Bring the phone to where every question finds it: unlocked, with Settings in front."""
    phone.front.alerts.clear()
    phone.unlock()
    phone.conditions.wake_up()
    phone.conditions.switch_wifi(True)
    phone.terminate_for_automation(SETTINGS.bundle_id)
    phone.user_launch(SETTINGS.bundle_id)


@pytest.mark.parametrize("ask", ASKS, ids=lambda ask: ask.how)
def test_what_a_client_of_appium_asks_for_is_answered_and_done(
    stand: Standing, driver: Any, ask: Ask
) -> None:
    phone = stand.phone(IOS)
    stand.do(lambda: settle(phone))
    stand.do(lambda: ask.before(phone))
    before = stand.do(stand.rack.asked)
    answer = ask.do(driver)
    assert ask.told(answer), answer
    assert stand.becomes(lambda: ask.then(phone)), "the phone is not as it should be"
    after = stand.do(stand.rack.asked)
    asked = {str(question) for question, count in after.items() if count > before.get(question, 0)}
    assert f"{WDA}/{ask.proves}" in asked, sorted(asked)
    # Whether it connects anew for a question is its own affair.
    accept(CLIENT, ask.how, {question for question in asked if question.startswith(f"{WDA}/")})
