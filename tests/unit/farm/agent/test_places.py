from __future__ import annotations

import fcntl
import multiprocessing
import os
import stat
import threading
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from harness.errors import ConfigError, HostTaken
from harness.farm.agent.places import (
    AgentAddress,
    agents_dir,
    only_agent,
    parse_address,
    running_agents,
    sockets_of,
)

SPAWN = multiprocessing.get_context("spawn")


def test_an_address_reads_back_as_it_was_written() -> None:
    address = AgentAddress("mini1", 7, "/x/door", "/x")
    assert parse_address(address.to_json()) == address
    with pytest.raises(ValueError, match="address of an agent"):
        parse_address('{"host": "mini1"}')


def test_a_second_agent_of_a_host_is_refused_and_told_who_the_first_is() -> None:
    with only_agent("mini1"):
        with pytest.raises(HostTaken, match=f"process {os.getpid()}"), only_agent("mini1"):
            pass
        with only_agent("mini2"):
            pass
    with only_agent("mini1"):
        pass


def test_who_only_looks_whether_an_agent_runs_keeps_none_from_starting() -> None:
    with only_agent("mini1"):
        pass

    def start() -> None:
        with only_agent("mini1"):
            started.set()

    starting, started = threading.Thread(target=start), threading.Event()
    with (agents_dir() / "mini1.lock").open() as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        starting.start()
        assert not started.wait(0.1)
        assert starting.is_alive()
    assert started.wait(30)
    starting.join()


@pytest.mark.parametrize("host", ["", "../mini1", "mini 1", "a:b", ".."])
def test_a_host_that_no_file_could_be_named_after_is_refused(host: str) -> None:
    with pytest.raises(ConfigError, match="expected a word"), only_agent(host):
        pass


def _serve(started: Event) -> None:
    with only_agent("mini1"), sockets_of("mini1"):
        started.set()
        SPAWN.Event().wait()


def test_a_killed_agent_is_told_from_one_that_runs_and_its_sockets_are_swept() -> None:
    started = SPAWN.Event()
    process = SPAWN.Process(target=_serve, args=(started,))
    process.start()
    assert started.wait(30)
    (left,) = running_agents()
    assert (left.host, left.pid) == ("mini1", process.pid)
    process.kill()
    process.join()
    assert running_agents() == ()
    assert Path(left.directory).is_dir()
    with only_agent("mini1"), sockets_of("mini1") as address:
        assert not Path(left.directory).exists()
        assert running_agents() == (address,)


def test_sockets_are_private_and_gone_with_the_agent() -> None:
    with only_agent("mini1"), sockets_of("mini1") as address:
        directory = Path(address.directory)
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        assert stat.S_IMODE((agents_dir() / "mini1.json").stat().st_mode) == 0o600
        assert len(str(directory / "0123456789abcdef.123456789.sock")) <= 100
    assert not directory.exists()
    assert running_agents() == ()


def test_sockets_are_in_the_state_directory_where_its_path_is_short(
    short_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_STATE_DIR", str(short_dir))
    with only_agent("mini1"), sockets_of("mini1") as address:
        assert Path(address.directory).parent == short_dir / "agents"


def test_nothing_but_a_directory_of_sockets_is_ever_swept(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    told = agents_dir() / "mini1.json"
    told.write_text(AgentAddress("mini1", 1, "x", str(precious)).to_json())
    with only_agent("mini1"), sockets_of("mini1"):
        assert precious.is_dir()
