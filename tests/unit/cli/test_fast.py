from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from harness.cli import fast
from harness.config.places import STATE_DIR_VARIABLE, state_dir
from harness.farm.agent.places import AgentAddress

APP = "com.example.app"


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (f"kill-app {APP}", {"command": "kill-app", "bundle_id": APP, "json": False}),
        (f"kill-app --as system {APP}", {"command": "kill-app", "bundle_id": APP, "json": False}),
        (f"kill-app --as=system {APP}", {"command": "kill-app", "bundle_id": APP, "json": False}),
        (
            f"launch-app --json {APP} --phone desk-15 --by service",
            {"command": "launch-app", "bundle_id": APP, "device": "desk-15", "json": True},
        ),
        (
            "background-app --phone=desk-15",
            {"command": "background-app", "device": "desk-15", "json": False},
        ),
        (
            "background-app --device desk-15",
            {"command": "background-app", "device": "desk-15", "json": False},
        ),
        ("state", {"command": "state", "json": False}),
    ],
)
def test_a_plain_one_off_is_read(words: str, asked: dict[str, Any]) -> None:
    assert fast.read(words.split()) == {"ask": "one-off"} | asked


@pytest.mark.parametrize(
    "words",
    [
        "",
        "devices",
        "kill-app",
        f"kill-app {APP} --as user",
        f"kill-app {APP} --as",
        f"kill-app {APP} --wait 5",
        f"kill-app {APP} --devices devices.yaml",
        f"kill-app {APP} --no-agent",
        f"kill-app {APP} --phone",
        f"kill-app {APP} --phone=",
        f"kill-app {APP} {APP}",
        f"kill-app {APP} --json=yes",
        f"kill-app -- {APP}",
        "kill-app --help",
        f"launch-app {APP} --by icon",
        "background-app --by home",
        f"state {APP} --by service",
        f"state {APP} =",
    ],
)
def test_whatever_is_not_plain_is_left_to_who_reads_command_lines(words: str) -> None:
    assert fast.read(words.split(" ") if words else []) is None


@pytest.mark.parametrize(
    "environment",
    [
        {STATE_DIR_VARIABLE: "{}/named"},
        {STATE_DIR_VARIABLE: "{}/a/../named"},
        {"HOME": "{}"},
        {"HOME": "{}", "XDG_STATE_HOME": "{}/xdg"},
        {"HOME": "{}", "XDG_STATE_HOME": "relative"},
    ],
)
def test_the_state_directory_is_where_everybody_has_it(environment: dict[str, str], tmp_path: Path) -> None:
    there = {name: value.format(tmp_path) for name, value in environment.items()}
    assert os.path.samefile(state_dir(there), fast.state_path(there))


@contextmanager
def agents(*answers: bytes | None) -> Generator[tuple[Mapping[str, str], list[dict[str, Any]]]]:
    """Agents that each give one answer; ``None`` is one that was killed. Also what they were asked."""
    asked: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="ih-", dir="/tmp") as state:
        (Path(state) / "agents").mkdir()
        serving = [_agent(Path(state), n, answer, asked) for n, answer in enumerate(answers)]
        yield {STATE_DIR_VARIABLE: state}, asked
        for thread, path in serving:
            if thread.is_alive():
                with suppress(OSError), socket.socket(socket.AF_UNIX) as nobody:
                    nobody.connect(path)  # who waited in vain is let go
                thread.join()


def _agent(
    state: Path, number: int, answer: bytes | None, asked: list[dict[str, Any]]
) -> tuple[threading.Thread, str]:
    path = str(state / f"door-{number}")
    told = AgentAddress(f"mini{number}", os.getpid(), path, str(state)).to_json()
    (state / "agents" / f"mini{number}.json").write_text(told)
    door = socket.socket(socket.AF_UNIX)

    def serve() -> None:
        with door, door.accept()[0] as line, line.makefile("rwb") as words:
            if question := words.readline():
                asked.append(json.loads(question))
                words.write(answer or b"")

    thread = threading.Thread(target=serve)
    if answer is None:
        door.close()
    else:
        door.bind(path)
        door.listen()
        thread.start()
    return thread, path


DONE = b'{"is": {"exit_code": 5, "said": [["out", "data"], ["err", "talk"], ["out", "more"]]}}\n'
DECLINED = b'{"is": {"declined": "it is not here"}}\n'
REFUSED = b'{"error": {"kind": "WireError", "what": "expected status"}}\n'


def test_what_an_agent_has_done_is_said_as_if_it_had_been_done_here(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with agents(DONE) as (environment, asked):
        assert fast.attempt(["kill-app", APP], environment) == 5
    assert asked == [{"ask": "one-off", "command": "kill-app", "bundle_id": APP, "json": False}]
    told = capsys.readouterr()
    assert (told.out, told.err) == ("data\nmore\n", "talk\n")


@pytest.mark.parametrize("first", [DECLINED, REFUSED, None], ids=["declined", "refused", "killed"])
def test_the_next_agent_is_asked_when_one_does_not_serve_the_phone(first: bytes | None) -> None:
    with agents(first, DONE) as (environment, asked):
        assert fast.attempt(["kill-app", APP, "--phone", "desk-15"], environment) == 5
    assert len(asked) == (1 if first is None else 2)


def test_nothing_is_done_when_every_agent_declines() -> None:
    with agents(DECLINED) as (environment, _):
        assert fast.attempt(["kill-app", APP], environment) is None


def test_the_only_phone_is_not_meant_where_there_are_two_agents() -> None:
    with agents(DONE, DONE) as (environment, asked):
        assert fast.attempt(["kill-app", APP], environment) is None
    assert not asked


def test_no_agent_is_asked_who_is_not_to_be() -> None:
    with agents(DONE) as (environment, asked):
        assert fast.attempt(["kill-app", APP], {**environment, fast.NO_AGENT_VARIABLE: "1"}) is None
    assert not asked


@pytest.mark.parametrize("answer", [b"", b'{"is": {"exit'], ids=["none", "half"])
def test_what_was_handed_over_is_not_done_again_when_the_agent_goes_away(
    answer: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    with agents(answer) as (environment, _):
        assert fast.attempt(["kill-app", APP], environment) == 3
    assert "harness state" in capsys.readouterr().err


def test_there_need_be_no_state_directory(tmp_path: Path) -> None:
    assert fast.attempt(["state"], {STATE_DIR_VARIABLE: str(tmp_path / "none")}) is None
    assert not (tmp_path / "none").exists()


HEAVY = ("typer", "click", "rich", "asyncio", "pydantic", "sqlite3", "tempfile", "pathlib", "harness.errors")


def test_a_one_off_at_an_agent_imports_next_to_nothing() -> None:
    code = (
        "import json, sys\n"
        "from harness.cli import fast\n"
        f"assert fast.attempt(['kill-app', {APP!r}], {{'HARNESS_STATE_DIR': sys.argv[1]}}) == 5\n"
        f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))\n"
    )
    with agents(DONE) as (environment, _):
        # Without what this host's site-packages import by themselves.
        command = [sys.executable, "-S", "-c", code, environment[STATE_DIR_VARIABLE]]
        done = subprocess.run(
            command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True
        )
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_a_command_line_without_an_agent_is_read_by_the_whole_program(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "harness.cli.fast", "kill-app"]
    done = subprocess.run(
        command, env={**os.environ, STATE_DIR_VARIABLE: str(tmp_path)}, capture_output=True, check=False
    )
    assert done.returncode == 2
    assert b"BUNDLE" in done.stderr
