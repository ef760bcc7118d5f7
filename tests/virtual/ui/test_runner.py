"""The runner of a virtual phone is started, reached and watched over usbmux, and each failure has a name."""

from __future__ import annotations

import logging

import pytest
from aiohttp import ClientSession
from pymobiledevice3.services.wda import WdaServiceClient

from harness.drivers.ui.backend import Locator, Using
from harness.drivers.ui.supervisor import PORTS
from harness.drivers.ui.ways import UiWay
from harness.drivers.ui.wda.client import is_ready
from harness.errors import CommandRefused, RunnerFailed, ScreenUnexpected
from harness.virtual.kernel.front.front import Shown
from harness.virtual.wda.server import server_of
from tests.virtual.ui.bench import NOTEPAD, PROMPT, SETTINGS, Worked, work

FIRST = Locator(Using.ID, "first")

BOTH_WAYS = ("16.7", "18.5")
"""Over usbmux alone, and beside the tunnel."""


async def _fails(on: Worked) -> RunnerFailed:
    with pytest.raises(RunnerFailed) as failed:
        await on.backend.ping()
    assert failed.value.phone == on.phone.spec.name
    assert failed.value.fix
    return failed.value


def _runner_pid(on: Worked) -> int | None:
    process = on.phone.processes.of_bundle(on.runner.bundle_id)
    return process.pid if process else None


# Started, reached and ended.


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_it_runs_behind_what_is_in_front_and_is_reached_on_this_host(ios: str) -> None:
    async def check(on: Worked) -> None:
        on.phone.user_launch(NOTEPAD)
        url = await on.runner.up()
        assert await is_ready(url, "any")
        assert on.phone.springboard.front is on.phone.processes.of_bundle(NOTEPAD)
        assert _runner_pid(on) is not None
        await on.runner.close()
        assert _runner_pid(on) is None

    work(check, ios=ios)


def test_its_url_is_for_any_client_of_this_host() -> None:
    async def check(on: Worked) -> None:
        async with ClientSession() as client, client.get(f"{await on.runner.up()}/status") as answer:
            assert (await answer.json())["value"]["ready"] is True

    work(check)


def test_ports_where_nobody_listens_are_refused() -> None:
    async def check(on: Worked) -> None:
        with pytest.raises(CommandRefused, match="nothing listens at its port 8199"):
            await on.driver.connect(8199)

    work(check)


def test_connections_that_nobody_closed_are_closed_with_the_phone() -> None:
    async def check(on: Worked) -> None:
        await on.runner.up()
        _, writer = await on.driver.connect(PORTS[0])
        await on.driver.close()
        assert writer.is_closing()

    work(check)


def test_a_runner_of_an_earlier_run_is_ended_and_its_port_is_not_waited_for() -> None:
    async def check(on: Worked) -> None:
        left_over = await on.driver.start_runner(on.runner.bundle_id, {"USE_PORT": str(PORTS[0])})
        await on.backend.ping()
        assert _runner_pid(on) not in (None, left_over)
        assert on.phone.processes.get(left_over) is None

    work(check)


def test_a_port_that_another_process_has_is_left_to_it() -> None:
    async def check(on: Worked) -> None:
        pid = on.phone.user_launch(NOTEPAD)
        process = on.phone.processes.get(pid)
        assert process is not None
        on.phone.listeners.listen(PORTS[0], server_of(process), pid)
        await on.runner.up()
        assert on.phone.listeners.at(PORTS[1]) is not None

    work(check)


# What keeps it from coming up.


def test_one_that_is_not_installed_is_named() -> None:
    async def check(on: Worked) -> None:
        error = await _fails(on)
        assert "com.example.nothing is not installed" in error.what

    work(check, UiWay(runner="com.example.nothing"))


def test_a_locked_phone_is_named() -> None:
    async def check(on: Worked) -> None:
        on.do("passcode 1234")
        on.do("lock")
        error = await _fails(on)
        assert (error.fix or "").startswith("Unlock the phone")

    work(check)


def test_an_app_that_is_no_runner_is_named() -> None:
    async def check(on: Worked) -> None:
        error = await _fails(on)
        assert f"{NOTEPAD} runs as process" in error.what
        assert "nothing listened at its port" in error.what

    work(check, UiWay(runner=NOTEPAD), patience=PROMPT)


def test_a_phone_that_asks_whether_it_may_work_the_screen_is_named() -> None:
    async def check(on: Worked) -> None:
        on.do("ask-automation on")
        error = await _fails(on)
        assert "allow UI automation" in (error.fix or "")
        on.do("allow-automation")
        await on.backend.ping()

    work(check)


def test_one_that_crashes_while_it_is_waited_for_is_named() -> None:
    async def check(on: Worked) -> None:
        on.do("runner crash")  # at the first request, which asks for its status
        error = await _fails(on)
        assert "ended at once" in error.what

    work(check)


# What takes it away.


def test_after_a_crash_the_next_look_is_answered_by_another_one(caplog: pytest.LogCaptureFixture) -> None:
    async def check(on: Worked) -> None:
        on.phone.user_launch(NOTEPAD)
        await on.backend.ping()
        before = _runner_pid(on)
        on.do("runner crash")
        with caplog.at_level(logging.WARNING):
            assert await on.backend.find(FIRST) is not None
        assert _runner_pid(on) not in (None, before)
        assert "the runner is started again after: looking for" in caplog.text

    work(check)


def test_a_tap_in_which_it_crashed_is_not_made_twice() -> None:
    async def check(on: Worked) -> None:
        on.phone.user_launch(NOTEPAD)
        button = await on.shown("first")
        on.do("runner crash")
        with pytest.raises(RunnerFailed, match="nobody knows whether the phone has done it"):
            await on.backend.click(button)
        assert on.notes == []
        await on.backend.click(await on.shown("first"))
        assert on.notes == ["first"]

    work(check)


def test_one_that_crashes_at_each_request_is_given_up() -> None:
    async def check(on: Worked) -> None:
        await on.backend.ping()
        for _ in range(3):
            on.do("runner crash")
            await on.backend.ping()
        on.do("runner crash")
        error = await _fails(on)
        assert "was started again 3 times" in error.what

    work(check)


def test_a_session_that_wifi_takes_along_is_made_anew_by_the_same_runner() -> None:
    async def check(on: Worked) -> None:
        on.do("runner lose-session on")
        await on.backend.launch(SETTINGS)
        before = _runner_pid(on)
        on.do("wifi off")
        assert await on.backend.find(Locator(Using.CLASS_NAME, "XCUIElementTypeCell")) is not None
        assert _runner_pid(on) == before
        assert on.runner.starts == 1

    work(check)


def test_a_session_that_another_client_made_is_taken_back() -> None:
    async def check(on: Worked) -> None:
        await on.backend.ping()
        lockdown = await on.it.lockdown()
        client = WdaServiceClient(lockdown, port=PORTS[0])
        await client.start_session()
        await on.backend.go_home()
        assert on.phone.front.shown is Shown.HOME
        await lockdown.close()

    work(check)


def test_a_restart_of_the_phone_takes_it_away_and_the_next_look_starts_it() -> None:
    async def check(on: Worked) -> None:
        await on.backend.ping()
        back_after_s = float(on.do("reboot")["back_after_s"])
        back_at_s = on.phone.clock.now_s + back_after_s + 1
        while on.phone.clock.now_s < back_at_s:
            await on.phone.clock.let_pass(back_at_s)
        on.do("mount-image")
        await on.backend.ping()
        assert on.runner.starts == 2

    work(check)


def test_an_element_that_went_stale_is_named_and_not_touched() -> None:
    async def check(on: Worked) -> None:
        on.phone.user_launch(NOTEPAD)
        button = await on.shown("first")
        on.do("stale-elements")
        with pytest.raises(ScreenUnexpected, match="stale element reference"):
            await on.backend.click(button)
        assert on.notes == []

    work(check)


def test_an_error_of_its_own_is_named_and_is_no_miss() -> None:
    async def check(on: Worked) -> None:
        await on.backend.ping()
        on.do("runner fail")
        with pytest.raises(ScreenUnexpected, match="unknown error"):
            await on.backend.find(FIRST)

    work(check)
