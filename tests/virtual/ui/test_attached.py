"""A runner that somebody else keeps is worked where it is, if it is this phone's, and left running."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from signal import SIGKILL

import pytest

from harness.drivers.ui.ways import Via
from harness.errors import DeviceLost, RunnerFailed
from harness.virtual.kernel.front.front import Shown
from tests.virtual.ui.bench import SETTINGS
from tests.virtual.ui.kept import Pair, on_a_pair, runner_pid

BOTH = [Via.WDA, pytest.param(Via.APPIUM, marks=pytest.mark.judge("appium"))]

ELSEWHERE = 8123
"""A port of the phone that is not WebDriverAgent's own."""

Run = Callable[[Callable[[Pair], Awaitable[None]]], None]


@pytest.fixture(params=BOTH)
def on_pair(request: pytest.FixtureRequest) -> Run:
    """Runs a check on two phones, whose screens are worked directly and by an Appium server."""
    url = "" if request.param is Via.WDA else str(request.getfixturevalue("appium").url)
    return lambda check: on_a_pair(check, url)


async def _fails(pair: Pair, url: str) -> RunnerFailed:
    async with pair.attached(url) as (_, backend):
        with pytest.raises(RunnerFailed) as failed:
            await backend.ping()
    assert failed.value.phone == "ours"
    assert url in failed.value.what
    return failed.value


# The phone's own.


def test_what_somebody_else_keeps_works_the_screen_and_is_left_running(on_pair: Run) -> None:
    async def check(pair: Pair) -> None:
        pid = await pair.keeper.start(pair.ours)
        url = await pair.keeper.forward(pair.ours)
        async with pair.attached(url) as (runner, backend):
            assert (runner.url, runner_pid(pair.ours)) == ("", pid), "nothing is done before the first use"
            await backend.launch(SETTINGS)
            assert await backend.active_app() == SETTINGS
            assert runner.url == url
        assert pair.ours.front.shown is Shown.APP
        assert pair.other.front.shown is not Shown.APP
        assert runner_pid(pair.ours) == pid

    on_pair(check)


def test_one_at_another_port_is_forwarded_from_the_same_number() -> None:
    async def check(pair: Pair) -> None:
        await pair.keeper.start(pair.ours, ELSEWHERE)
        same = await pair.keeper.forward(pair.ours, ELSEWHERE, ELSEWHERE)
        async with pair.attached(f"{same}/") as (_, backend):
            await backend.ping()
        error = await _fails(pair, await pair.keeper.forward(pair.ours, ELSEWHERE))
        assert "nothing proves" in error.what
        assert "same number" in (error.fix or "")

    on_a_pair(check)


# Another phone's.


@pytest.mark.parametrize(
    ("ours_runs", "told"), [(True, "not the one on this phone"), (False, "nothing proves")]
)
def test_a_url_that_leads_to_another_phone_is_an_error_before_anything_is_touched(
    on_pair: Run, ours_runs: bool, told: str
) -> None:
    async def check(pair: Pair) -> None:
        await pair.keeper.start(pair.other)
        if ours_runs:
            await pair.keeper.start(pair.ours)
        url = await pair.keeper.forward(pair.other)
        async with pair.attached(url) as (runner, backend):
            for _ in range(2):
                with pytest.raises(RunnerFailed, match=told):
                    await backend.launch(SETTINGS)
            assert runner.url == ""
        assert pair.other.front.shown is Shown.HOME

    on_pair(check)


def test_a_port_that_is_forwarded_to_another_phone_amid_a_run_is_noticed(on_pair: Run) -> None:
    async def check(pair: Pair) -> None:
        for phone in (pair.ours, pair.other):
            await pair.keeper.start(phone)
        url = await pair.keeper.forward(pair.ours)
        async with pair.attached(url) as (_, backend):
            await backend.ping()
            await pair.keeper.stop_forwarding()
            await pair.keeper.forward(pair.other, to=int(url.rpartition(":")[2]))
            with pytest.raises(RunnerFailed, match="not the one on this phone"):
                await backend.launch(SETTINGS)
        assert pair.other.front.shown is Shown.HOME

    on_pair(check)


# Gone.


def test_one_that_was_never_started_says_who_keeps_it() -> None:
    async def check(pair: Pair) -> None:
        error = await _fails(pair, await pair.keeper.forward(pair.ours))
        assert "connections to it were not taken" in error.what
        assert "Have whoever keeps it start it again" in (error.fix or "")
        assert runner_pid(pair.ours) is None

    on_a_pair(check)


def test_one_that_ends_is_not_started_again_and_is_used_once_its_keeper_did() -> None:
    async def check(pair: Pair) -> None:
        await pair.keeper.start(pair.ours)
        async with pair.attached(await pair.keeper.forward(pair.ours)) as (_, backend):
            await backend.ping()
            pair.ours.signal(runner_pid(pair.ours) or 0, SIGKILL)
            with pytest.raises(RunnerFailed, match="does not answer"):
                await backend.ping()
            assert runner_pid(pair.ours) is None
            await pair.keeper.start(pair.ours)
            await backend.ping()

    on_a_pair(check)


def test_a_phone_that_is_gone_is_told_as_that() -> None:
    async def check(pair: Pair) -> None:
        await pair.keeper.start(pair.other)
        url = await pair.keeper.forward(pair.other)
        async with pair.attached(url) as (runner, _):
            pair.pull_out_the_cable()
            with pytest.raises(DeviceLost):
                await runner.up()

    on_a_pair(check)
