from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from harness.drivers.ui.supervisor import PORTS, SIGKILL, Patience, Runner
from harness.drivers.ui.wda.client import is_ready
from harness.errors import RunnerFailed
from tests.unit.drivers.ui.bench import (
    BUSY,
    IMPATIENT,
    PATIENT,
    PHONE,
    READY,
    RUNNER,
    RunnerPhone,
    supervised,
)

Check = Callable[[Runner], Awaitable[None]]


def on(phone: RunnerPhone, check: Check, patience: Patience = PATIENT) -> None:
    async def main() -> None:
        async with supervised(phone, patience) as runner:
            await check(runner)

    asyncio.run(main())


async def _fails(runner: Runner) -> RunnerFailed:
    with pytest.raises(RunnerFailed) as failed:
        await runner.up()
    return failed.value


def test_a_runner_that_nobody_asked_for_is_not_started() -> None:
    phone = RunnerPhone()

    async def check(runner: Runner) -> None:
        assert runner.url == ""

    on(phone, check)
    assert phone.starts == []


def test_it_is_told_its_port_and_its_name_and_is_served_on_this_host() -> None:
    phone = RunnerPhone()

    async def check(runner: Runner) -> None:
        url = await runner.up()
        assert url == runner.url
        assert await is_ready(url, PHONE)

    on(phone, check)
    (environment,) = phone.starts
    port = int(environment["USE_PORT"])
    assert port == PORTS[0]
    assert int(environment["MJPEG_SERVER_PORT"]) != port
    assert environment["WDA_PRODUCT_BUNDLE_IDENTIFIER"] == RUNNER


def test_one_that_is_up_is_not_started_again() -> None:
    phone = RunnerPhone()

    async def check(runner: Runner) -> None:
        assert await runner.up() == await runner.up()

    on(phone, check)
    assert len(phone.starts) == 1


def test_a_port_that_somebody_listens_at_is_left_to_them() -> None:
    phone = RunnerPhone(taken={PORTS[0], PORTS[1]})

    async def check(runner: Runner) -> None:
        await runner.up()

    on(phone, check)
    assert [int(each["USE_PORT"]) for each in phone.starts] == [PORTS[2]]


def test_it_is_killed_when_it_is_closed() -> None:
    phone = RunnerPhone()

    async def check(runner: Runner) -> None:
        await runner.up()
        pid = phone.pid
        await runner.close()
        assert phone.signals == [(pid, SIGKILL)]

    on(phone, check)


def test_another_process_that_took_its_place_is_not_killed() -> None:
    phone = RunnerPhone()

    async def check(runner: Runner) -> None:
        await runner.up()
        phone.pid += 1
        await runner.close()
        assert phone.signals == []

    on(phone, check)


def test_one_that_is_not_installed_says_what_to_install() -> None:
    async def check(runner: Runner) -> None:
        error = await _fails(runner)
        assert RUNNER in error.what
        assert error.fix is not None
        assert "wda_bundle_id" in error.fix

    on(RunnerPhone(installed=False), check)


def test_a_locked_phone_is_to_be_unlocked() -> None:
    async def check(runner: Runner) -> None:
        error = await _fails(runner)
        assert "locked" in error.what
        assert (error.fix or "").startswith("Unlock")

    on(RunnerPhone(locked=True), check)


def test_one_that_ends_at_once_is_not_waited_for() -> None:
    phone = RunnerPhone(ends_at_once=True)

    async def check(runner: Runner) -> None:
        error = await _fails(runner)
        assert "process 101 was gone" in error.what

    on(phone, check)
    assert len(phone.starts) == 1


@pytest.mark.parametrize(
    ("phone", "seen"),
    [
        (RunnerPhone(listens=False), "nothing listened at its port"),
        (RunnerPhone(ready=BUSY), "not ready"),
        (RunnerPhone(ready="<html>"), "something else than WebDriverAgent"),
        (RunnerPhone(dials_fail=10_000), "nothing listened at its port"),
    ],
)
def test_one_that_does_not_get_ready_says_what_it_was_seen_to_do(phone: RunnerPhone, seen: str) -> None:
    async def check(runner: Runner) -> None:
        error = await _fails(runner)
        assert "process 101" in error.what
        assert seen in error.what
        assert error.fix

    on(phone, check, IMPATIENT)


def test_a_failed_start_can_be_tried_again() -> None:
    phone = RunnerPhone(locked=True)

    async def check(runner: Runner) -> None:
        await _fails(runner)
        phone.locked = False
        assert await is_ready(await runner.up(), PHONE)

    on(phone, check)


def test_one_whose_process_is_gone_is_started_again_and_that_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    phone = RunnerPhone()

    async def check(runner: Runner) -> None:
        await runner.up()
        await phone.die()
        with caplog.at_level(logging.WARNING):
            await runner.up("a tap was cut off")
        assert runner.starts == 2
        assert await is_ready(runner.url, PHONE)

    on(phone, check)
    assert "started again after: a tap was cut off" in caplog.text


def test_one_whose_process_runs_is_waited_for_and_not_started_again() -> None:
    phone = RunnerPhone()

    async def check(runner: Runner) -> None:
        before = await runner.up()
        phone.dials_fail = 2
        assert await runner.up("the connection was cut") == before
        assert runner.starts == 1

    on(phone, check)


def test_one_that_runs_and_does_not_come_back_is_started_anew() -> None:
    phone = RunnerPhone()

    async def check(runner: Runner) -> None:
        await runner.up()
        phone.ready, phone.ready_after_start = BUSY, READY
        await runner.up("no answer")
        assert runner.starts == 2

    on(phone, check, IMPATIENT)


def test_one_that_goes_away_again_and_again_is_given_up() -> None:
    phone = RunnerPhone()

    async def check(runner: Runner) -> None:
        await runner.up()
        for _ in range(2):
            await phone.die()
            await runner.up("gone")
        await phone.die()
        with pytest.raises(RunnerFailed, match="2 times within 120 s, and went away once more: gone"):
            await runner.up("gone")

    on(phone, check)
