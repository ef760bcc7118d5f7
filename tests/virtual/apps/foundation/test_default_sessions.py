from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from harness.virtual.apps.foundation import (
    NetworkUnavailableReason,
    URLSession,
    URLSessionConfiguration,
    URLSessionTask,
    URLSessionUploadTask,
)
from harness.virtual.kernel.localsession.rules import REQUEST_TIMEOUT_S, SUSPENDED_CONNECTION_S
from harness.virtual.kernel.network.link import Link, LinkSpeed
from harness.virtual.kernel.processes.transitions import Move
from tests.virtual.apps.foundation.stage import BUNDLE_ID, URL, Notebook, Stage
from tests.virtual.urlsession.server import until

Tell = Callable[[Stage, Notebook], Awaitable[None]]


def play(root: Path, tell: Tell) -> tuple[Stage, Notebook]:
    """Tell one story on one phone."""
    stage, notebook = Stage(root), Notebook()

    async def scenario() -> None:
        await tell(stage, notebook)
        stage.phone.switch_off()

    asyncio.run(scenario())
    return stage, notebook


def start(stage: Stage, notebook: Notebook, *, kind: str = "download", **fields: object) -> URLSessionTask:
    """Start a task of a default session whose configuration has these fields."""
    made: list[URLSessionTask] = []

    def begin() -> None:
        configuration = URLSessionConfiguration.default()
        for name, value in fields.items():
            assert hasattr(configuration, name)
            setattr(configuration, name, value)
        session = URLSession(configuration, notebook)
        made.append(session.data_task(URL) if kind == "data" else session.download_task(URL))
        made[0].resume()

    stage.run(begin)
    return made[0]


def test_many_tasks_that_lose_their_network_at_once_are_told_so_the_same_in_every_run(tmp_path: Path) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        for count in range(1, 21):
            start(stage, notebook, kind="data")
            await stage.connected(count)
            stage.answer(b"x", of_bytes=500, gates=(1,))
        stage.phone.conditions.switch_wifi(False)
        await stage.wait(1)

    runs = [play(tmp_path / name, tell) for name in ("first", "second")]
    told, again = [[(one.mono_s, one.message) for one in stage.log] for stage, _ in runs]
    assert sum("finished with error [-1005]" in message for _, message in told) == 20
    assert told == again


def test_the_log_tells_of_the_radio_before_it_tells_of_what_was_lost_with_it(tmp_path: Path) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        start(stage, notebook, kind="data")
        await stage.connected()
        stage.answer(b"x", of_bytes=500, gates=(1,))
        stage.phone.conditions.switch_wifi(False)

    stage, _ = play(tmp_path, tell)
    texts = ("WiFi state changed: Off", "Link went down", "finished with error [-1005]")
    at = [next(at for at, one in enumerate(stage.log) if text in one.message) for text in texts]
    assert at == sorted(at)


def test_a_task_that_is_resumed_twice_asks_once(tmp_path: Path) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        task = start(stage, notebook)
        stage.run(task.resume)
        await stage.connected()
        assert (len(stage.dialler.opened), len(stage.said("resuming"))) == (1, 1)
        stage.answer(b"x" * 500)

    play(tmp_path, tell)


def test_a_download_ends_with_its_file_and_leaves_none_behind(tmp_path: Path) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        task = start(stage, notebook)
        await stage.connected()
        stage.answer(b"x" * 500)
        assert (task.count_of_bytes_received, task.state) == (500, "completed")

    stage, notebook = play(tmp_path, tell)
    assert notebook.told == ["file", "end 200"]
    assert notebook.files == [b"x" * 500]
    assert stage.downloads == []
    assert stage.said("finished successfully")


def test_a_data_task_tells_its_body_piece_by_piece_on_a_queue_of_its_own(tmp_path: Path) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        start(stage, notebook, kind="data")
        await stage.connected()
        stage.answer(b"x" * 300, of_bytes=500)
        stage.send(b"y" * 200)

    _, notebook = play(tmp_path, tell)
    assert notebook.told == ["data 300", "data 200", "end 200"]
    assert notebook.threads == {"other"}


def test_an_upload_sends_its_file(tmp_path: Path) -> None:
    source = tmp_path / "body"
    source.write_bytes(b"multipart" * 10)
    tasks: list[URLSessionUploadTask] = []

    async def tell(stage: Stage, notebook: Notebook) -> None:
        def begin() -> None:
            session = URLSession(URLSessionConfiguration.default(), notebook)
            tasks.append(session.upload_task(URL, from_file=source, headers={"Content-Type": "x/y"}))
            tasks[0].resume()

        stage.run(begin)
        await stage.connected()
        stage.answer(b"thanks")
        assert stage.server.got.startswith(b"POST /file HTTP/1.1")
        assert b"Content-Type: x/y" in stage.server.got
        assert stage.server.got.endswith(b"multipart" * 10)

    _, notebook = play(tmp_path / "phone", tell)
    assert notebook.told == ["data 6", "end 200"]
    assert tasks[0].count_of_bytes_sent == tasks[0].count_of_bytes_expected_to_send == 90


def test_an_upload_can_send_data_that_is_in_no_file(tmp_path: Path) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        def begin() -> None:
            session = URLSession(URLSessionConfiguration.default(), notebook)
            session.upload_task(URL, from_data=b"in memory").resume()

        stage.run(begin)
        await stage.connected()
        stage.answer(b"thanks")
        assert stage.server.got.endswith(b"in memory")

    stage, notebook = play(tmp_path, tell)
    assert notebook.told == ["data 6", "end 200"]
    assert stage.downloads == []


def test_an_http_error_is_an_answer(tmp_path: Path) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        start(stage, notebook)
        await stage.connected()
        stage.send(b"HTTP/1.1 404 Gone\r\nContent-Length: 4\r\n\r\ngone")

    _, notebook = play(tmp_path, tell)
    assert (notebook.told, notebook.files) == (["file", "end 404"], [b"gone"])


def test_a_task_that_had_not_begun_when_its_app_was_suspended_begins_when_it_runs(tmp_path: Path) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        stage.phone.press_home()
        start(stage, notebook)
        # RunningBoard may suspend it at any moment; here within the hundredth before its request leaves.
        stage.phone.runningboard.move(stage.process, Move.IDLE)
        await stage.wait(3600)
        assert not stage.dialler.opened
        stage.phone.user_launch(BUNDLE_ID)
        await stage.connected()
        stage.answer(b"whole")

    _, notebook = play(tmp_path, tell)
    assert notebook.told == ["file", "end 200"]


def test_without_a_network_a_task_fails_at_once(tmp_path: Path) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        stage.phone.conditions.switch_airplane(True)
        begun_s = stage.phone.clock.now_s
        start(stage, notebook)
        assert notebook.told == ["end -1009"]
        assert notebook.at_s == [begun_s]
        assert not stage.dialler.opened

    play(tmp_path, tell)


def test_a_task_that_waits_for_connectivity_says_so_and_begins_when_there_is_a_network(
    tmp_path: Path,
) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        stage.phone.conditions.switch_airplane(True)
        start(stage, notebook, waits_for_connectivity=True)
        await stage.wait(3600)
        assert notebook.told == ["waits"]
        stage.phone.conditions.switch_airplane(False)
        await stage.connected()
        stage.answer(b"late")

    _, notebook = play(tmp_path, tell)
    assert notebook.told == ["waits", "file", "end 200"]


def test_a_task_that_waits_while_its_app_is_suspended_begins_when_the_app_runs_again(tmp_path: Path) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        stage.phone.conditions.switch_airplane(True)
        start(stage, notebook, waits_for_connectivity=True)
        await stage.suspend()
        stage.phone.conditions.switch_airplane(False)
        await stage.wait(3600)
        assert not stage.dialler.opened
        stage.phone.user_launch(BUNDLE_ID)
        await stage.connected()

    play(tmp_path, tell)


def test_a_refused_connection_fails_at_once(tmp_path: Path) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        stage.dialler.refuses = True
        start(stage, notebook, waits_for_connectivity=True)
        await stage.wait(1)

    _, notebook = play(tmp_path, tell)
    assert notebook.told == ["end -1004"]


def test_a_connection_that_breaks_is_not_tried_again(tmp_path: Path) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        start(stage, notebook)
        await stage.connected()
        stage.answer(b"x" * 10, of_bytes=500)
        stage.server.phone.connection_lost(ConnectionResetError("reset"))
        await stage.wait(600)
        assert len(stage.dialler.opened) == 1

    stage, notebook = play(tmp_path, tell)
    assert notebook.told == ["end -1005"]
    assert stage.downloads == []
    assert stage.said("finished with error [-1005]")


@pytest.mark.parametrize(
    ("allows_cellular", "has_cellular", "code"),
    [(False, True, -1009), (True, True, -1005), (True, False, -1009), (False, False, -1009)],
)
def test_wifi_that_goes_mid_transfer_fails_the_task_at_that_moment(
    tmp_path: Path, allows_cellular: bool, has_cellular: bool, code: int
) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        stage.phone.conditions.switch_cellular(has_cellular)
        task = start(stage, notebook, allows_cellular_access=allows_cellular)
        await stage.connected()
        stage.answer(b"x" * 10, of_bytes=500, gates=(10,))
        lost_s = stage.phone.clock.now_s
        stage.phone.conditions.switch_wifi(False)
        assert notebook.told == [f"end {code}"]
        assert notebook.at_s == [lost_s]
        assert task.error is not None
        denied = has_cellular and not allows_cellular
        assert (task.error.network_unavailable_reason is NetworkUnavailableReason.CELLULAR) is denied

    play(tmp_path, tell)


def test_a_transfer_by_cellular_stays_there_when_wifi_comes(tmp_path: Path) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        stage.phone.conditions.switch_wifi(False)
        start(stage, notebook)
        await stage.connected()
        stage.answer(b"x" * 10, of_bytes=20)
        stage.phone.conditions.switch_wifi(True)
        stage.send(b"x" * 10)

    _, notebook = play(tmp_path, tell)
    assert notebook.told == ["file", "end 200"]


def test_the_request_timeout_counts_from_the_last_byte(tmp_path: Path) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        start(stage, notebook, kind="data", timeout_interval_for_request=5.0)
        await stage.connected()
        stage.answer(b"x", of_bytes=100, gates=(1, 2, 3, 4))
        for _ in range(3):
            await stage.wait(4)
            stage.send(b"x")
        await stage.wait(4)
        assert notebook.told == ["data 1"] * 4
        await stage.wait(2)
        assert notebook.told[-1] == "end -1001"

    play(tmp_path, tell)


@pytest.mark.parametrize("timeout_s", [5.0, REQUEST_TIMEOUT_S])
def test_a_server_that_stops_in_the_middle_is_given_up_after_the_request_timeout(
    tmp_path: Path, timeout_s: float
) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        start(stage, notebook, timeout_interval_for_request=timeout_s)
        await stage.connected()
        stage.answer(b"x", of_bytes=100, gates=(1,))
        last_s = stage.phone.clock.now_s
        await stage.wait(timeout_s - 0.5)
        assert notebook.told == []
        await stage.wait(1)
        assert notebook.told == ["end -1001"]
        assert notebook.at_s[0] - last_s == pytest.approx(timeout_s, abs=0.01)

    play(tmp_path, tell)


def test_the_resource_timeout_counts_from_the_start_even_while_waiting(tmp_path: Path) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        stage.phone.conditions.switch_airplane(True)
        start(stage, notebook, waits_for_connectivity=True, timeout_interval_for_resource=100.0)
        await stage.wait(99)
        assert notebook.told == ["waits"]
        await stage.wait(2)
        assert notebook.told == ["waits", "end -1001"]

    play(tmp_path, tell)


def test_a_suspended_app_reads_nothing_and_goes_on_when_it_runs_again_soon(tmp_path: Path) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        task = start(stage, notebook)
        await stage.connected()
        stage.answer(b"x" * 10, of_bytes=20, gates=(10,))
        await stage.suspend()
        stage.send(b"x" * 10)
        await stage.wait(SUSPENDED_CONNECTION_S - 10)
        assert (task.count_of_bytes_received, notebook.told) == (10, [])
        stage.phone.user_launch(BUNDLE_ID)
        await stage.wait(1)

    _, notebook = play(tmp_path, tell)
    assert notebook.told == ["file", "end 200"]


def test_an_app_that_was_suspended_for_long_learns_that_its_connection_is_gone_when_it_runs(
    tmp_path: Path,
) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        start(stage, notebook)
        await stage.connected()
        stage.answer(b"x" * 10, of_bytes=20, gates=(10,))
        await stage.suspend()
        await stage.wait(3600)
        assert notebook.told == []
        assert stage.server.closed_by
        stage.phone.user_launch(BUNDLE_ID)
        assert notebook.told == ["end -1005"]

    play(tmp_path, tell)


def test_what_befalls_a_suspended_app_is_told_when_it_runs(tmp_path: Path) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        start(stage, notebook, allows_cellular_access=False)
        await stage.connected()
        stage.answer(b"x" * 10, of_bytes=20, gates=(10,))
        await stage.suspend()
        stage.phone.conditions.switch_wifi(False)
        stage.phone.conditions.switch_wifi(True)
        await stage.wait(1)
        assert notebook.told == []
        stage.phone.user_launch(BUNDLE_ID)
        assert notebook.told == ["end -1009"]

    play(tmp_path, tell)


def test_a_task_ends_with_its_process_and_the_next_one_knows_nothing_of_it(tmp_path: Path) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        start(stage, notebook)
        await stage.connected()
        stage.answer(b"x" * 10, of_bytes=20, gates=(10,))
        stage.phone.signal(stage.process.pid, 9)
        await stage.wait(1)
        assert stage.server.closed_by
        assert stage.downloads == []
        stage.phone.user_launch(BUNDLE_ID)
        await stage.wait(60)
        assert notebook.told == []
        assert len(stage.dialler.opened) == 1

    play(tmp_path, tell)


def test_a_cancelled_task_is_told_of_and_its_session_can_go(tmp_path: Path) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        sessions: list[URLSession] = []

        def begin() -> None:
            sessions.append(URLSession(URLSessionConfiguration.default(), notebook))
            sessions[0].download_task(URL).resume()

        stage.run(begin)
        await stage.connected()
        stage.run(sessions[0].invalidate_and_cancel)
        assert notebook.told == ["end -999", "invalid"]

    play(tmp_path, tell)


def test_a_session_that_finishes_its_tasks_goes_after_the_last(tmp_path: Path) -> None:
    async def tell(stage: Stage, notebook: Notebook) -> None:
        def begin() -> None:
            session = URLSession(URLSessionConfiguration.default(), notebook)
            session.download_task(URL).resume()
            session.finish_tasks_and_invalidate()

        stage.run(begin)
        await stage.connected()
        stage.answer(b"last")

    _, notebook = play(tmp_path, tell)
    assert notebook.told == ["file", "end 200", "invalid"]


def test_a_closure_is_told_in_place_of_the_delegate(tmp_path: Path) -> None:
    heard: list[object] = []

    async def tell(stage: Stage, notebook: Notebook) -> None:
        def begin() -> None:
            session = URLSession(URLSessionConfiguration.default(), notebook)
            session.data_task(
                URL, lambda data, response, error: heard.extend([data, response, error])
            ).resume()

        stage.run(begin)
        await stage.connected()
        stage.answer(b"all")

    _, notebook = play(tmp_path, tell)
    assert heard[0] == b"all"
    assert heard[2] is None
    assert notebook.told == []


def test_a_closure_of_a_download_gets_the_file_or_the_error(tmp_path: Path) -> None:
    heard: list[object] = []

    def take(location: Path | None, _response: object, error: object) -> None:
        heard.append(location.read_bytes() if location is not None else error)

    async def tell(stage: Stage, notebook: Notebook) -> None:
        def begin() -> None:
            URLSession(URLSessionConfiguration.default()).download_task(URL, take).resume()

        stage.run(begin)
        await stage.connected()
        stage.answer(b"whole")
        stage.dialler.refuses = True
        stage.run(begin)
        await stage.wait(1)

    play(tmp_path, tell)
    assert heard[0] == b"whole"
    assert getattr(heard[1], "code", None) == -1004


def test_tasks_can_be_listed_until_they_end(tmp_path: Path) -> None:
    listed: list[list[URLSessionTask]] = []

    async def tell(stage: Stage, notebook: Notebook) -> None:
        sessions: list[URLSession] = []

        def begin() -> None:
            sessions.append(URLSession(URLSessionConfiguration.default(), notebook))
            task = sessions[0].download_task(URL)
            task.task_description = "e42"
            task.resume()
            sessions[0].get_all_tasks(listed.append)

        stage.run(begin)
        await stage.connected()
        stage.answer(b"done")
        stage.run(lambda: sessions[0].get_all_tasks(listed.append))

    play(tmp_path, tell)
    assert [[task.task_description for task in tasks] for tasks in listed] == [["e42"], []]


def test_a_suspended_app_sends_nothing_more_of_an_upload_and_the_rest_when_it_runs(tmp_path: Path) -> None:
    source = tmp_path / "body"
    source.write_bytes(b"x" * 1_000_000)
    tasks: list[URLSessionUploadTask] = []

    async def tell(stage: Stage, notebook: Notebook) -> None:
        # So slow that some of it is under way for eight seconds.
        slow = LinkSpeed(1000, 0)
        stage.phone.network.induce(Link(slow, slow))

        def begin() -> None:
            session = URLSession(URLSessionConfiguration.default(), notebook)
            tasks.append(session.upload_task(URL, from_file=source))
            tasks[0].resume()

        stage.run(begin)
        await stage.wait(1)
        await stage.suspend()
        sent = tasks[0].count_of_bytes_sent
        await stage.wait(20)
        assert 0 < sent == tasks[0].count_of_bytes_sent < 1_000_000
        assert len(stage.server.got) < sent + 1000
        stage.phone.user_launch(BUNDLE_ID)
        going_on = asyncio.create_task(stage.wait(10))
        await until(lambda: stage.server.got.count(b"x") == 1_000_000)
        stage.answer(b"")
        await going_on

    _, notebook = play(tmp_path / "phone", tell)
    assert notebook.told == ["end 200"]
