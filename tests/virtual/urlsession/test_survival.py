"""What background transfers outlive: the app's end in every way, its update, a restart of the phone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.model.settings import BackgroundRefresh
from harness.model.states import AppState
from harness.virtual.kernel.nsurlsessiond.attempts import Attempts
from harness.virtual.kernel.nsurlsessiond.tasks import TaskState
from harness.virtual.kernel.processes.policies import Policy
from tests.virtual.urlsession.bench import BUNDLE_ID, Bench
from tests.virtual.urlsession.server import (
    Connection,
    Server,
    body,
    halfway,
    leaving_after,
    resumable,
    taking,
    until,
)

WOKEN = ["handleEvents", "file 500", "200", "finished"]
CONTENT = bytes(range(256)) * 2000


def killed(bench: Bench) -> None:
    bench.phone.signal(bench.process.pid, 9)


def jetsammed(bench: Bench) -> None:
    bench.phone.jetsam(bench.process.pid)


def terminated_by_automation(bench: Bench) -> None:
    bench.phone.terminate_for_automation(BUNDLE_ID)


def ended_by_the_system(bench: Bench) -> None:
    bench.phone.end_for(bench.process.pid, Policy.SYSTEM_BUSY)


def updated(bench: Bench) -> None:
    app = bench.phone.apps.get(BUNDLE_ID)
    assert app is not None
    bench.phone.install(replace(app, version="2.0", build="2"))


ENDS = [killed, jetsammed, terminated_by_automation, ended_by_the_system, updated]


@pytest.mark.parametrize("end", ENDS)
def test_a_download_goes_on_in_one_request_whatever_ends_the_app(
    tmp_path: Path, end: Callable[[Bench], None]
) -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with Server(resumable(gate)) as server:
            bench = Bench(tmp_path)
            bench.download(bench.launch(), server.url())
            await bench.suspend()
            end(bench)
            await bench.wait(60)
            assert bench.state is AppState.NOT_RUNNING
            gate.set()
            await bench.wait(10)
            assert (bench.told, len(server.requests)) == (WOKEN, 1)

    asyncio.run(scenario())


def test_an_upload_finds_its_file_where_an_update_of_the_app_has_taken_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([leaving_after(1000), taking(b"thanks")]) as server:
            bench = Bench(tmp_path)
            session = bench.launch()
            file = bench.phone.containers.path(BUNDLE_ID) / "Documents" / "body.multipart"
            file.write_bytes(CONTENT)
            bench.upload(session, server.url(), file)
            await bench.wait(0.5)
            updated(bench)
            assert not file.exists()
            await bench.wait(10)
            assert server.requests[1].body == CONTENT
            assert bench.told == ["handleEvents", "data 6", "200", "finished"]

    asyncio.run(scenario())


@pytest.mark.parametrize("passcode", [None, "1234"])
def test_a_restart_keeps_what_came_and_the_task_goes_on_after_the_first_unlock(
    tmp_path: Path, passcode: str | None
) -> None:
    async def scenario() -> None:
        async with Server(resumable()) as server:
            bench = Bench(tmp_path)
            bench.phone.conditions.passcode = passcode
            (task,) = bench.download(bench.launch(), server.url())
            await bench.kill()
            bench.phone.reboot()
            assert task.state is TaskState.HELD
            await bench.wait(600)
            if passcode is not None:
                assert (task.state, len(server.requests)) == (TaskState.HELD, 1)
                bench.phone.unlock()
                await bench.wait(10)
            assert server.requests[1].headers["range"] == "bytes=100-"
            assert bench.told == ["handleEvents", "file 500", "206", "finished"]

    asyncio.run(scenario())


def test_a_wake_that_falls_into_a_restart_is_made_up_for_after_the_first_unlock(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with Server(resumable(gate)) as server:
            bench = Bench(tmp_path)
            bench.phone.conditions.passcode = "1234"
            (task,) = bench.download(bench.launch(), server.url())
            await bench.kill()
            gate.set()
            await until(lambda: task.is_finished)
            bench.phone.reboot()
            await bench.wait(600)
            assert bench.told == []
            bench.phone.unlock()
            await bench.wait(5)
            assert bench.told == WOKEN

    asyncio.run(scenario())


def test_a_task_that_waits_for_the_request_delay_goes_on_after_a_restart(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([body(b"one"), body(b"three")]) as server:
            bench = Bench(tmp_path)
            bench.download(bench.launch(), server.url())
            bench.phone.press_home()
            bench.phone.signal(bench.process.pid, 9)
            await bench.wait(0.5)
            assert bench.told[-1] == "finished"
            (task,) = bench.download(bench.open("s"), server.url())
            assert task.state is TaskState.DELAYED
            bench.phone.reboot()
            assert task.state is TaskState.HELD
            await bench.wait(50)
            assert bench.told[-3:] == ["file 5", "200", "finished"]

    asyncio.run(scenario())


def test_locking_and_unlocking_the_phone_wakes_nobody_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([body(b"for nobody")]) as server:
            bench = Bench(tmp_path)
            bench.opens_when_woken = False
            bench.download(bench.launch(), server.url())
            bench.phone.press_home()
            bench.phone.signal(bench.process.pid, 9)
            await bench.wait(60)
            bench.phone.lock()
            bench.phone.unlock()
            await bench.wait(60)
            assert bench.told == ["handleEvents"]

    asyncio.run(scenario())


def test_the_time_an_app_gave_its_task_runs_on_through_a_restart(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([halfway()]) as server:
            bench = Bench(tmp_path)
            session = bench.launch()
            session.settings = replace(session.settings, resource_timeout_s=3000.0)
            bench.download(session, server.url())
            await bench.kill()
            bench.phone.conditions.passcode = "1234"
            bench.phone.reboot()
            await bench.wait(3100)
            assert bench.told == []
            bench.phone.unlock()
            await bench.wait(5)
            assert bench.told == ["handleEvents", "-1001", "finished"]

    asyncio.run(scenario())


def test_a_wake_that_was_refused_is_made_up_for_when_the_user_opens_the_app(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with Server(resumable(gate)) as server:
            bench = Bench(tmp_path)
            bench.download(bench.launch(), server.url())
            bench.phone.settings.set_background_refresh(BackgroundRefresh.OFF)
            await bench.kill()
            gate.set()
            await bench.wait(3600)
            assert bench.said("since background updates are not enabled")
            assert bench.told == []
            bench.phone.user_launch(BUNDLE_ID)
            bench.open("s")
            # Nobody was woken, so nothing is finished that it was woken for.
            assert bench.told == ["file 500", "200"]

    asyncio.run(scenario())


def test_a_force_quit_ends_what_runs_what_waits_and_what_was_not_resumed(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server(resumable()) as server:
            bench = Bench(tmp_path)
            session = bench.launch()
            bench.phone.urlsession.add_task(session, server.url())
            bench.download(session, server.url(), "http://127.0.0.1:9/")
            await bench.suspend()
            bench.phone.force_quit(BUNDLE_ID)
            await bench.wait(3600)
            assert (bench.told, bench.said("Waking up")) == ([], [])
            bench.phone.user_launch(BUNDLE_ID)
            bench.open("s")
            assert bench.told == ["-999 0"] * 3

    asyncio.run(scenario())


def test_no_partial_file_outlives_the_task_it_was_for(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server(resumable()) as server:
            bench = Bench(tmp_path)
            session = bench.launch()
            (task,) = bench.download(session, server.url())
            await bench.wait(1)
            assert task.download is not None
            path = task.download.path
            assert path.exists()
            bench.phone.urlsession.cancel(session, task)
            assert not path.exists()

    asyncio.run(scenario())


def test_a_transfer_that_is_over_is_moved_by_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([body(b"done")]) as server:
            bench = Bench(tmp_path)
            (task,) = bench.download(bench.launch(), server.url())
            await bench.wait(5)
            transfer: Attempts | None = task.transfer
            assert transfer is not None
            before = transfer.state
            transfer.start()
            transfer.pause()
            transfer.retry()
            transfer.cancel()
            transfer.network_changed()
            assert (transfer.state, bench.told) == (before, ["file 4", "200"])

    asyncio.run(scenario())


def test_the_same_script_gives_the_same_log_and_tells_the_same(tmp_path: Path) -> None:
    async def scenario(root: Path) -> tuple[list[str], list[str]]:
        downloads = resumable()
        turns = {"/down": downloads, "/up": [leaving_after(1000), taking(b"thanks")]}

        async def answer(connection: Connection) -> None:
            await turns[connection.path].pop(0)(connection)

        async with Server([answer]) as server:
            bench = Bench(root)
            session = bench.launch()
            file = bench.phone.containers.path(BUNDLE_ID) / "body"
            file.write_bytes(CONTENT)
            bench.download(session, server.url("/down"))
            bench.upload(session, server.url("/up"), file)
            await bench.kill()
            bench.phone.conditions.switch_wifi(False)
            bench.phone.conditions.switch_cellular(False)
            await bench.wait(3600)
            bench.phone.conditions.switch_cellular(True)
            await bench.wait(600)
            return bench.told, [f"{one.mono_s} {one.process} {one.message}" for one in bench.log]

    first, second = (asyncio.run(scenario(tmp_path / name)) for name in ("first", "second"))
    assert first == second
    assert first[0][-1] == "finished"
