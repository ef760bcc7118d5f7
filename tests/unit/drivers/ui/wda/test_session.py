"""What becomes of a session and of what is asked in it, when runner or connection go away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from harness.drivers.ui.backend import AppOnScreen, Element, Locator, Using
from harness.drivers.ui.wda.backend import WdaBackend
from harness.errors import RunnerFailed, ScreenUnexpected
from tests.unit.drivers.ui.bench import Answer, RunnerPhone, refused, worked

WIFI = Locator(Using.ID, "com.apple.settings.wifi")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
FOUND = 200, {ELEMENT: "E1"}

Check = Callable[[WdaBackend], Awaitable[None]]


def on(phone: RunnerPhone, check: Check) -> None:
    async def main() -> None:
        async with worked(phone) as backend:
            await check(backend)

    asyncio.run(main())


def finds(method: str, path: str, body: Any) -> Answer:
    return FOUND if path == "element" else (200, None)


def test_nothing_is_started_before_the_first_request() -> None:
    phone = RunnerPhone()

    async def check(backend: WdaBackend) -> None:
        await backend.close()

    on(phone, check)
    assert phone.starts == []


def test_one_session_serves_all_requests() -> None:
    phone = RunnerPhone(finds)

    async def check(backend: WdaBackend) -> None:
        found = await asyncio.gather(*(backend.find(WIFI) for _ in range(4)))
        assert found == [Element("E1", WIFI)] * 4

    on(phone, check)
    assert phone.sessions == 1
    assert phone.asked[-1] == "DELETE "


def test_a_session_is_bound_to_no_app() -> None:
    phone = RunnerPhone(finds)
    on(phone, lambda backend: _ignore(backend.find(WIFI)))
    (capabilities,) = phone.capabilities
    assert "bundleId" not in capabilities["alwaysMatch"]
    assert capabilities["alwaysMatch"]["shouldTerminateApp"] is False


async def _ignore(what: Awaitable[object]) -> None:
    await what


def test_a_session_that_another_client_evicted_is_made_anew_and_that_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    phone = RunnerPhone(finds)

    async def check(backend: WdaBackend) -> None:
        await backend.find(WIFI)
        phone.session = "of somebody else"
        with caplog.at_level(logging.WARNING):
            await backend.lock()

    on(phone, check)
    assert phone.sessions == 2
    assert phone.asked.count("POST wda/lock") == 2
    assert "locking the phone: the session is gone, and made anew" in caplog.text


def test_a_session_that_is_evicted_each_time_is_an_error_and_no_miss() -> None:
    phone = RunnerPhone(lambda method, path, body: refused("invalid session id"))

    async def check(backend: WdaBackend) -> None:
        with pytest.raises(RunnerFailed, match="failed 3 times"):
            await backend.find(WIFI)

    on(phone, check)
    assert phone.sessions == 3


def test_settings_of_a_session_are_those_of_the_next_one() -> None:
    looked_at: list[str] = []

    def answer(method: str, path: str, body: Any) -> Answer:
        if path == "appium/settings":
            looked_at.append(body["settings"]["defaultActiveApplication"])
        return FOUND

    phone = RunnerPhone(answer)

    async def check(backend: WdaBackend) -> None:
        await backend.look_at("com.apple.springboard")
        phone.session = "of somebody else"
        await backend.find(WIFI)
        assert looked_at == ["com.apple.springboard"] * 2
        await backend.look_at(None)
        assert looked_at[-1] == "auto"

    on(phone, check)


def test_after_settings_that_were_not_confirmed_the_next_session_has_them() -> None:
    looked_at: list[tuple[str, str]] = []

    def answer(method: str, path: str, body: Any) -> Answer:
        if path == "appium/settings":
            looked_at.append((phone.session, body["settings"]["defaultActiveApplication"]))
            return refused("unknown error", 500) if len(looked_at) == 2 else FOUND
        return FOUND

    phone = RunnerPhone(answer)

    async def check(backend: WdaBackend) -> None:
        await backend.look_at("com.apple.springboard")
        with pytest.raises(ScreenUnexpected):
            await backend.look_at(None)
        await backend.find(WIFI)

    on(phone, check)
    assert looked_at == [("S1", "com.apple.springboard"), ("S1", "auto"), ("S2", "auto")]


def test_a_session_made_anew_that_does_not_take_the_settings_is_not_used() -> None:
    sessions: list[str] = []

    def answer(method: str, path: str, body: Any) -> Answer:
        if path == "appium/settings":
            sessions.append(phone.session)
            return refused("unknown error", 500) if phone.session == "S2" else FOUND
        return FOUND

    phone = RunnerPhone(answer)

    async def check(backend: WdaBackend) -> None:
        await backend.look_at("com.apple.springboard")
        phone.session = "of somebody else"
        with pytest.raises(ScreenUnexpected):
            await backend.find(WIFI)
        await backend.find(WIFI)

    on(phone, check)
    assert sessions == ["S1", "S2", "S3"]


def test_a_look_that_was_cut_off_is_taken_again() -> None:
    phone = RunnerPhone(finds)

    async def check(backend: WdaBackend) -> None:
        await backend.find(WIFI)
        phone.cuts = 1
        assert await backend.find(WIFI) == Element("E1", WIFI)

    on(phone, check)
    assert phone.sessions == 1
    assert len(phone.starts) == 1


def test_a_touch_that_was_cut_off_is_not_repeated_and_the_next_one_works() -> None:
    phone = RunnerPhone()

    async def check(backend: WdaBackend) -> None:
        await backend.tap_at(1, 2)
        phone.cuts = 1
        with pytest.raises(RunnerFailed, match="nobody knows whether the phone has done it"):
            await backend.tap_at(3, 4)
        await backend.tap_at(5, 6)

    on(phone, check)
    assert phone.asked.count("POST wda/tap") == 3


def test_a_touch_that_nobody_heard_is_repeated() -> None:
    phone = RunnerPhone()

    async def check(backend: WdaBackend) -> None:
        await backend.tap_at(1, 2)
        await phone.drop_connections()
        phone.dials_fail = 1
        await backend.tap_at(3, 4)

    on(phone, check)
    assert phone.asked.count("POST wda/tap") == 2


def test_after_the_runner_died_the_next_look_finds_another_one() -> None:
    phone = RunnerPhone(finds)

    async def check(backend: WdaBackend) -> None:
        await backend.find(WIFI)
        await phone.die()
        assert await backend.find(WIFI) == Element("E1", WIFI)

    on(phone, check)
    assert len(phone.starts) == 2
    assert phone.sessions == 2


def test_a_runner_that_cannot_be_had_again_is_no_miss() -> None:
    phone = RunnerPhone(finds)

    async def check(backend: WdaBackend) -> None:
        await backend.find(WIFI)
        await phone.die()
        phone.installed = False
        with pytest.raises(RunnerFailed, match="not installed"):
            await backend.find(WIFI)

    on(phone, check)


def test_ping_makes_a_session_anew_too() -> None:
    phone = RunnerPhone(lambda method, path, body: (200, 4))

    async def check(backend: WdaBackend) -> None:
        await backend.ping()
        phone.session = "of somebody else"
        await backend.ping()
        assert await backend.app_state("com.apple.Preferences") is AppOnScreen.FOREGROUND

    on(phone, check)
    assert phone.sessions == 2


def test_a_session_of_a_runner_that_is_gone_is_closed_all_the_same() -> None:
    phone = RunnerPhone(finds)

    async def check(backend: WdaBackend) -> None:
        await backend.find(WIFI)
        await phone.die()
        await backend.close()

    on(phone, check)
