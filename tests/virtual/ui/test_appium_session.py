"""A session through a real Appium server is lost in every way that a session is, and told as without one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from harness.drivers.ui.appium.backend import AppiumBackend
from harness.drivers.ui.appium.server import AppiumServer, server_at
from harness.drivers.ui.appium.session import AppiumSession
from harness.drivers.ui.backend import AppOnScreen, Element, Locator, Using
from harness.errors import CapabilityMissing, RunnerFailed, ScreenUnexpected
from harness.model.identity import Hardware, PhoneIdentity
from tests.unit.drivers.ui.bench import PHONE, Answer, RunnerPhone, refused, supervised

pytestmark = pytest.mark.judge("appium")

IDENTITY = PhoneIdentity(PHONE, "00008030-00000000001", "18.5", "iPhone14,5", Hardware.VIRTUAL)

SWITCH = Locator(Using.CLASS_CHAIN, "**/XCUIElementTypeSwitch[1]")
FOUND = {"element-6066-11e4-a52e-4f735466cecf": "E1", "ELEMENT": "E1"}
ON_SCREEN = Element("E1", SWITCH)
WITHIN_S = 60.0
STATE_OF_SPRINGBOARD = "POST wda/apps/state"


def answering(**answers: Answer) -> Any:
    """Answers by the last part of the path; WebDriverAgent's word for what it does not know otherwise."""
    known: dict[str, Answer] = {"state": (200, 3)} | answers

    def answer(_method: str, path: str, _body: Any) -> Answer:
        return known.get(path.rpartition("/")[2], refused("unknown command"))

    return answer


@asynccontextmanager
async def through(server: AppiumServer, phone: RunnerPhone) -> AsyncGenerator[AppiumBackend]:
    """The screen of a phone through a server, nothing of it started yet."""
    async with supervised(phone) as runner:
        backend = AppiumBackend(server_at(server.url), IDENTITY, runner)
        try:
            yield backend
        finally:
            await backend.close()


def test_nothing_is_started_before_something_is_asked(appium: AppiumServer) -> None:
    async def scene() -> None:
        phone = RunnerPhone()
        async with through(appium, phone):
            assert phone.starts == []

    asyncio.run(scene())


def test_the_session_is_opened_once_and_ended_with_the_backend(appium: AppiumServer) -> None:
    async def scene() -> None:
        phone = RunnerPhone(answering=answering())
        async with through(appium, phone) as backend:
            await backend.ping()
            assert await backend.app_state("com.apple.Preferences") is AppOnScreen.BACKGROUND
            assert phone.sessions == 1
        assert phone.pid == 0, "the runner ends with it"

    asyncio.run(scene())


def test_a_session_that_another_client_took_is_opened_anew_and_the_tap_is_done(appium: AppiumServer) -> None:
    async def scene() -> None:
        phone = RunnerPhone(answering=answering(tap=(200, None)))
        async with through(appium, phone) as backend:
            await backend.ping()
            phone.session = "somebody else's"
            await backend.tap_at(10, 20)
            assert phone.sessions == 2
            assert phone.asked.count("POST wda/tap") == 2, "the first was refused unheard"

    asyncio.run(scene())


def test_a_runner_that_died_is_started_again(appium: AppiumServer) -> None:
    async def scene() -> None:
        phone = RunnerPhone(answering=answering())
        async with through(appium, phone) as backend:
            await backend.ping()
            await phone.die()
            await backend.ping()
            assert (len(phone.starts), phone.sessions) == (2, 2)

    asyncio.run(scene())


def test_a_tap_that_was_cut_off_is_not_done_again_and_says_so(appium: AppiumServer) -> None:
    async def scene() -> None:
        phone = RunnerPhone(answering=answering(tap=(200, None)))
        async with through(appium, phone) as backend:
            await backend.ping()
            phone.cuts = 1
            with pytest.raises(RunnerFailed, match="tapping at 10, 20 was cut off, and nobody knows"):
                await backend.tap_at(10, 20)
            assert phone.asked.count("POST wda/tap") == 1
            await backend.ping()

    asyncio.run(scene())


def test_a_look_that_was_cut_off_is_done_again(appium: AppiumServer) -> None:
    async def scene() -> None:
        phone = RunnerPhone(answering=answering(locked=(200, True)))
        async with through(appium, phone) as backend:
            await backend.ping()
            phone.cuts = 1
            assert await backend.is_locked()

    asyncio.run(scene())


def test_a_settings_of_the_session_is_given_to_the_one_opened_after_it(appium: AppiumServer) -> None:
    async def scene() -> None:
        phone = RunnerPhone(answering=answering(settings=(200, {})))
        async with through(appium, phone) as backend:
            await backend.look_at("com.apple.springboard")
            given = phone.asked.count("POST appium/settings")
            phone.session = "somebody else's"
            await backend.ping()
            assert phone.asked.count("POST appium/settings") > given

    asyncio.run(scene())


def test_settings_that_were_not_confirmed_are_those_of_another_session(appium: AppiumServer) -> None:
    async def scene() -> None:
        phone = RunnerPhone(answering=answering())
        async with through(appium, phone) as backend:
            await backend.ping()
            phone.answering = answering(settings=refused("unknown error", 500))
            with pytest.raises(ScreenUnexpected):
                await backend.look_at("com.apple.springboard")
            phone.answering = answering(settings=(200, {}))
            await backend.ping()
            assert phone.sessions == 2

    asyncio.run(scene())


# What the driver tells as a miss.


def test_a_miss_counts_when_the_runner_answers_and_a_second_look_misses(appium: AppiumServer) -> None:
    async def scene() -> None:
        phone = RunnerPhone(answering=answering(element=refused("no such element")))
        async with through(appium, phone) as backend:
            assert await backend.find(SWITCH) is None
            asked = [each for each in phone.asked if each in ("POST element", STATE_OF_SPRINGBOARD)]
            assert asked == ["POST element", STATE_OF_SPRINGBOARD, "POST element"]

    asyncio.run(scene())


def test_a_search_that_failed_once_is_no_miss(appium: AppiumServer) -> None:
    async def scene() -> None:
        answers = iter([refused("unknown error", 500), (200, FOUND)])
        phone = RunnerPhone(
            answering=lambda _method, path, _body: next(answers) if path == "element" else (200, 3)
        )
        async with through(appium, phone) as backend:
            assert await backend.find(SWITCH) == ON_SCREEN

    asyncio.run(scene())


def test_a_search_in_a_runner_that_is_dead_and_stays_so_is_no_miss(appium: AppiumServer) -> None:
    async def scene() -> None:
        phone = RunnerPhone(answering=answering())
        async with through(appium, phone) as backend:
            await backend.ping()
            phone.installed = False
            await phone.die()
            with pytest.raises(RunnerFailed, match="is not installed"):
                await backend.find(SWITCH)

    asyncio.run(scene())


@pytest.mark.parametrize("every", [False, True], ids=["the first", "all"])
def test_a_search_below_an_element_that_is_gone_is_no_miss(appium: AppiumServer, every: bool) -> None:
    async def scene() -> None:
        stale = refused("stale element reference")
        phone = RunnerPhone(answering=answering(element=stale, elements=stale, type=stale))
        async with through(appium, phone) as backend:
            search = backend.find_all if every else backend.find
            with pytest.raises(ScreenUnexpected, match="because of stale element reference"):
                await search(SWITCH, ON_SCREEN)

    asyncio.run(scene())


# What is refused.


def test_an_element_that_is_gone_is_a_screen_that_changed(appium: AppiumServer) -> None:
    async def scene() -> None:
        phone = RunnerPhone(answering=answering(click=refused("stale element reference")))
        async with through(appium, phone) as backend:
            with pytest.raises(ScreenUnexpected, match=r"tapping class chain .* it changed meanwhile"):
                await backend.click(ON_SCREEN)

    asyncio.run(scene())


def test_what_the_runner_has_no_route_for_is_missing(appium: AppiumServer) -> None:
    async def scene() -> None:
        phone = RunnerPhone(answering=answering())
        async with through(appium, phone) as backend:
            with pytest.raises(CapabilityMissing, match="Install a newer WebDriverAgent"):
                await backend.ask_siri("turn off wi-fi")

    asyncio.run(scene())


def test_a_server_that_is_gone_is_named(appium: AppiumServer) -> None:
    async def scene() -> None:
        async with supervised(RunnerPhone()) as runner:
            backend = AppiumBackend(server_at("http://127.0.0.1:9"), IDENTITY, runner)
            with pytest.raises(RunnerFailed, match="See that the Appium server runs"):
                await backend.ping()
            await backend.close()

    asyncio.run(scene())


def test_the_loop_turns_while_an_answer_is_waited_for(appium: AppiumServer) -> None:
    async def scene() -> None:
        asked, answer = asyncio.Event(), answering()

        def heard(method: str, path: str, body: Any) -> Answer:
            asked.set()
            return answer(method, path, body)

        phone = RunnerPhone(answering=answer)
        async with through(appium, phone) as backend:
            await backend.ping()
            phone.answering = heard
            pinging = asyncio.ensure_future(backend.ping())
            # The runner is asked on this loop, and so only while that turns.
            await asyncio.wait_for(asked.wait(), WITHIN_S)
            assert not pinging.done()
            await pinging

    asyncio.run(scene())


def test_a_session_that_does_not_end_does_not_keep_the_phone(
    appium: AppiumServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.drivers.ui.appium.session.CLOSE_S", 0.2)
    over, ended = threading.Event(), threading.Event()

    def hang() -> None:
        over.wait(10.0)
        ended.set()

    async def hangs(_session: AppiumSession) -> None:
        await asyncio.to_thread(hang)

    async def scene() -> None:
        phone = RunnerPhone(answering=answering())
        async with through(appium, phone) as backend:
            await backend.ping()
            monkeypatch.setattr(AppiumSession, "_drop", hangs)
            await backend.close()
            assert phone.pid == 0, "the runner has ended"
            assert not ended.is_set(), "the session has not"
            over.set()

    asyncio.run(scene())
