from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.callbacks import Callback
from harness.model.journal import (
    ACKNOWLEDGED,
    COMMAND_NOTIFICATION_SUFFIX,
    COMMAND_PATH,
    JOURNAL_PATH,
    LOG_SUBSYSTEM,
    JournalLine,
)
from harness.model.states import AppState
from harness.virtual.apps.commanded import COMMAND_REFUSED
from harness.virtual.apps.commands import Command, commands_in, parse_command
from harness.virtual.apps.downloader import BUNDLE_ID
from harness.virtual.kernel.processes.exits import ExitDomain
from tests.virtual.urlsession.server import Server, body, gated_body
from tests.virtual.urlsession.stage import Stage


def command(verb: str, identifier: str = "k1", nonce: str = "n9", **args: str) -> str:
    return json.dumps({**args, "command": identifier, "nonce": nonce, "do": verb})


def acknowledged(stage: Stage) -> list[JournalLine]:
    return [line for line in stage.journal() if line.event == ACKNOWLEDGED]


WORDS = st.text(min_size=1, max_size=12)


@given(WORDS, WORDS, WORDS, st.dictionaries(WORDS, WORDS))
def test_a_command_keeps_what_stands_under_args(
    identifier: str, nonce: str, do: str, args: dict[str, str]
) -> None:
    text = json.dumps({"id": identifier, "nonce": nonce, "do": do, "args": args})
    assert parse_command(text) == Command(identifier, nonce, do, args)


def test_arguments_beside_the_verb_leave_id_to_the_thing_it_is_about() -> None:
    parsed = parse_command('{"command": "c1", "do": "start-download", "id": "e42", "url": "http://x/"}')
    assert (parsed.identifier, parsed.args["id"], parsed.args["url"]) == ("c1", "e42", "http://x/")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"do": "reset"}', '{"id": "c1"}'])
def test_what_is_no_command_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_command(text)


def test_commands_are_found_among_launch_arguments() -> None:
    arguments = ["-x", "--harness-command", "one", "y", "--harness-command", "two", "--harness-command"]
    assert list(commands_in(arguments)) == ["one", "two"]


def test_launch_arguments_are_obeyed_at_launch(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([body(b"hello")]) as server:
            stage = Stage(tmp_path)
            text = command("start-download", url=server.url(), id="e42")
            stage.phone.launch(BUNDLE_ID, arguments=("--harness-command", text))
            (line,) = acknowledged(stage)
            assert line.detail is not None
            assert line.detail["command"] == "k1"
            assert line.detail["session"] == f"{BUNDLE_ID}.n9.e42"
            await stage.wait(1)
            assert (stage.container / "Documents/downloads/e42").read_bytes() == b"hello"

    asyncio.run(scenario())


def test_a_command_is_done_once_however_often_it_is_announced(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.phone.user_launch(BUNDLE_ID)
    stage.do("probe")
    stage.phone.darwin.post(BUNDLE_ID + COMMAND_NOTIFICATION_SUFFIX)
    assert len(acknowledged(stage)) == 1


def test_a_command_for_a_suspended_app_waits_until_it_runs(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = Stage(tmp_path)
        stage.phone.user_launch(BUNDLE_ID)
        await stage.suspend()
        (stage.container / COMMAND_PATH).write_text(command("probe"))
        stage.phone.darwin.post(BUNDLE_ID + COMMAND_NOTIFICATION_SUFFIX)
        assert not acknowledged(stage)
        stage.phone.user_launch(BUNDLE_ID)
        assert len(acknowledged(stage)) == 1

    asyncio.run(scenario())


def test_an_unknown_verb_is_acknowledged_with_an_error_that_names_the_known(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.phone.user_launch(BUNDLE_ID)
    detail = stage.do("dance").detail
    assert detail is not None
    assert "dance" in detail["error"]
    assert "start-download" in detail["error"]


def test_a_command_file_that_is_none_is_refused_in_the_journal(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.phone.user_launch(BUNDLE_ID)
    (stage.container / COMMAND_PATH).write_text("{half")
    stage.phone.darwin.post(BUNDLE_ID + COMMAND_NOTIFICATION_SUFFIX)
    assert stage.events()[-1] == COMMAND_REFUSED
    assert stage.state is AppState.FOREGROUND_ACTIVE


def test_the_journal_counts_on_across_processes_and_anew_in_a_new_file(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = Stage(tmp_path)
        stage.phone.user_launch(BUNDLE_ID)
        await stage.kill()
        stage.phone.user_launch(BUNDLE_ID)
        lines = stage.journal()
        assert [line.seq for line in lines] == list(range(1, len(lines) + 1))
        assert len({line.pid for line in lines}) == 2
        (stage.container / JOURNAL_PATH).unlink()
        stage.phone.press_home()
        assert [line.seq for line in stage.journal()] == [1, 2]

    asyncio.run(scenario())


def test_every_line_of_the_journal_is_repeated_in_the_log_word_for_word(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.phone.user_launch(BUNDLE_ID)
    stage.do("probe")
    marks = [one.message for one in stage.log if one.subsystem == LOG_SUBSYSTEM]
    assert marks == (stage.container / JOURNAL_PATH).read_text().splitlines()


def test_a_debugged_process_says_so_in_its_journal(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    pid = stage.phone.user_launch(BUNDLE_ID)
    stage.phone.attach_debugger(pid)
    stage.phone.press_home()
    assert [line.traced for line in stage.journal()] == [False, False, True, True]


def test_opening_the_app_while_a_download_runs_finds_the_running_task(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with Server([gated_body(b"q" * 900, 300, gate)]) as server:
            stage = Stage(tmp_path)
            stage.phone.user_launch(BUNDLE_ID)
            session = stage.do("start-download", url=server.url(), id="e42").session
            await stage.kill()
            stage.phone.user_launch(BUNDLE_ID)
            detail = stage.do("list-tasks").detail
            assert detail is not None
            assert detail["tasks"] == [
                {
                    "session": session,
                    "task": "e42",
                    "state": "running",
                    "received_bytes": 300,
                    "expected_bytes": 900,
                    "sent_bytes": 0,
                }
            ]
            gate.set()
            await stage.wait(5)
            assert stage.events().count(Callback.DID_COMPLETE) == 1
            assert Callback.HANDLE_EVENTS not in stage.events()
            assert len(server.requests) == 1

    asyncio.run(scenario())


def test_cancel_all_ends_every_task_with_cancelled(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with Server([gated_body(b"q" * 900, 300, gate)]) as server:
            stage = Stage(tmp_path)
            stage.phone.user_launch(BUNDLE_ID)
            for name in ("one", "two"):
                stage.do("start-download", url=server.url(), id=name)
            await stage.wait(1)
            detail = stage.do("cancel-all").detail
            assert detail is not None
            assert detail["cancelled"] == 2
            await stage.wait(1)
            ends = [line for line in stage.journal() if line.event == Callback.DID_COMPLETE]
            assert [(line.detail or {})["code"] for line in ends] == [-999, -999]

    asyncio.run(scenario())


def test_a_reset_is_acknowledged_after_the_last_callback_of_what_it_cancelled(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with Server([body(b"done"), gated_body(b"q" * 900, 300, gate)]) as server:
            stage = Stage(tmp_path)
            stage.phone.user_launch(BUNDLE_ID)
            stage.do("start-download", url=server.url(), id="one")
            await stage.wait(1)
            stage.do("start-download", url=server.url(), id="two")
            await stage.wait(1)
            stage.do("reset")
            told = stage.events()
            assert told[-1] == ACKNOWLEDGED
            assert told.count(Callback.DID_COMPLETE) == 2
            await stage.wait(60)
            assert stage.events() == told
            assert stage.phone.urlsession.sessions() == ()
            assert not (stage.container / "Documents/downloads").exists()
            detail = stage.do("probe").detail
            assert detail is not None
            assert (detail["downloads"], detail["sessions"]) == ({}, [])
            assert not stage.phone.clock.held

    asyncio.run(scenario())


def test_a_reset_with_nothing_to_cancel_is_acknowledged_at_once(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.phone.user_launch(BUNDLE_ID)
    assert stage.do("reset").detail == {"command": "c1", "do": "reset"}


def test_a_response_of_an_error_status_is_no_file(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([body(b"nothing here", status=404)]) as server:
            stage = Stage(tmp_path)
            stage.phone.user_launch(BUNDLE_ID)
            stage.do("start-download", url=server.url(), id="e42")
            await stage.wait(1)
            assert not (stage.container / "Documents/downloads/e42").exists()
            end = next(line for line in stage.journal() if line.event == Callback.DID_COMPLETE)
            assert end.detail == {"status": 404}

    asyncio.run(scenario())


def test_exit_ends_the_process_by_itself(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.phone.user_launch(BUNDLE_ID)
    stage.do("exit", code="3")
    assert (stage.exits[-1].domain, stage.exits[-1].code) == (ExitDomain.VOLUNTARY, 3)


def test_crash_ends_the_process_by_sigabrt(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.phone.user_launch(BUNDLE_ID)
    stage.do("crash")
    assert stage.exits[-1].signal == 6
