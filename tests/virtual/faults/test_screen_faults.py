"""Breaking who works the screen, as a person at the shell does, and what a client of usbmuxd sees of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import pytest
from pymobiledevice3.exceptions import ConnectionFailedError
from pymobiledevice3.usbmux import list_devices

from harness.virtual.apps.runner import DEFAULT_PORT
from harness.virtual.faults.words import FaultRefused, UnknownWord
from harness.virtual.kernel.installed import SETTINGS
from harness.virtual.wda.bundle import WEB_DRIVER_AGENT
from tests.virtual.faults.bench import Do, on_a_phone
from tests.virtual.rig import Rig
from tests.virtual.wda.world import Client

NEW_SESSION = {"capabilities": {"alwaysMatch": dict[str, object]()}}


def launch(it: Rig) -> None:
    """Launch the runner, as tools do."""
    it.phone.install(WEB_DRIVER_AGENT)
    it.phone.launch(WEB_DRIVER_AGENT.bundle_id, activate_suspended=True)


@contextlib.asynccontextmanager
async def connected(it: Rig) -> AsyncGenerator[Client]:
    """A client of the runner, through usbmuxd and the cable."""
    (device,) = await list_devices(it.address.usbmux)
    sock = await device.connect(DEFAULT_PORT, it.address.usbmux)
    client = Client(*await asyncio.open_connection(sock=sock))
    try:
        yield client
    finally:
        client.close()


def test_a_crash_breaks_the_connection_and_closes_the_port_until_the_runner_is_launched_again() -> None:
    async def check(it: Rig, do: Do) -> None:
        launch(it)
        async with connected(it) as client:
            await client.open()
            do("runner crash after=1")
            assert (await client.get("/wda/locked")).status == 200
            with pytest.raises(ConnectionError):
                await client.get("/wda/locked")
        with pytest.raises(ConnectionFailedError):
            async with connected(it):
                pass
        launch(it)
        async with connected(it) as client:
            await client.open()

    on_a_phone(check)


@pytest.mark.parametrize("line", ["wifi off", "airplane on"])
def test_switching_wifi_by_whoever_breaks_the_connection_and_the_session_is_lost(line: str) -> None:
    async def check(it: Rig, do: Do) -> None:
        launch(it)
        async with connected(it) as client:
            await client.open()
            do("runner lose-session on")
            do(line)
            with pytest.raises(ConnectionError):
                await client.get("/wda/locked")
            old = client.session
        async with connected(it) as again:
            again.session = old
            assert (await again.get("/wda/locked")).error == "invalid session id"
            assert (await again.bare("POST", "/session", NEW_SESSION)).status == 200

    on_a_phone(check)


def test_a_runner_that_is_asked_about_is_allowed_by_the_person_at_the_phone() -> None:
    async def check(it: Rig, do: Do) -> None:
        do("passcode 1234")
        do("ask-automation on")
        launch(it)
        async with connected(it) as client:
            assert (await client.bare("GET", "/status")).status == 200
            assert (await client.bare("POST", "/session", NEW_SESSION)).error == "session not created"
            do("allow-automation")
            assert (await client.bare("POST", "/session", NEW_SESSION)).status == 200

    on_a_phone(check)


def test_what_the_next_runner_was_to_be_asked_about_can_be_taken_back() -> None:
    async def check(it: Rig, do: Do) -> None:
        do("ask-automation on")
        do("ask-automation off")
        launch(it)
        assert it.phone.front.alerts.showing is None

    on_a_phone(check)


def test_the_next_uses_of_elements_and_the_next_requests_fail() -> None:
    async def check(it: Rig, do: Do) -> None:
        launch(it)
        it.phone.user_launch(SETTINGS.bundle_id)
        async with connected(it) as client:
            await client.open()
            element = await client.find("id", "Wi-Fi")
            do("stale-elements")
            do("runner fail")
            answers = [await client.get(f"/element/{element}/rect") for _ in range(3)]
            assert [each.error for each in answers] == ["unknown error", "stale element reference", ""]

    on_a_phone(check)


def test_mending_takes_back_what_was_to_come() -> None:
    async def check(it: Rig, do: Do) -> None:
        launch(it)
        for line in ("runner crash", "runner fail count=9", "runner slow by_s=9", "stale-elements count=9"):
            do(line)
        do("ignore-switches on")
        do("runner lose-session on")
        do("mend")
        faults = it.phone.service_faults.screen
        assert not faults.switches_ignore_taps
        async with connected(it) as client:
            await client.open()
            do("wifi off")
            assert (await client.get("/wda/locked")).status == 200

    on_a_phone(check)


def test_an_alert_is_shown_and_its_buttons_are_pressed_by_their_labels() -> None:
    async def check(it: Rig, do: Do) -> None:
        alerts = it.phone.front.alerts
        do("alert low-battery")
        do("alert trust")
        with pytest.raises(FaultRefused, match=r"there is no button 'Later'.*Trust, Don’t Trust"):
            do("press-alert Later")
        do("press-alert Trust")
        assert alerts.showing is not None
        assert alerts.showing.title == "Low Battery"
        do("press-alert Close")
        with pytest.raises(FaultRefused, match="no alert is shown"):
            do("press-alert Close")
        with pytest.raises(UnknownWord, match=r"near it: .*low-battery"):
            do("alert battery")

    on_a_phone(check)
