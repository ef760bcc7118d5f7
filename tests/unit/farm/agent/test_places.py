from __future__ import annotations

import multiprocessing
import os
import stat
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from harness.errors import ConfigError, HostTaken
from harness.farm.agent.places import (
    AgentAddress,
    agents_dir,
    only_agent,
    parse_address,
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


@pytest.mark.parametrize("host", ["", "../mini1", "mini 1", "a:b", ".."])
def test_a_host_that_no_file_could_be_named_after_is_refused(host: str) -> None:
    with pytest.raises(ConfigError, match="expected a word"), only_agent(host):
        pass


def _serve(started: Event) -> None:
    with only_agent("mini1"), sockets_of("mini1"):
        started.set()
        SPAWN.Event().wait()


def told() -> AgentAddress:
    return parse_address((agents_dir() / "mini1.json").read_text())


def test_what_a_killed_agent_left_is_swept_by_the_next() -> None:
    started = SPAWN.Event()
    process = SPAWN.Process(target=_serve, args=(started,))
    process.start()
    assert started.wait(30)
    left = told()
    assert (left.host, left.pid) == ("mini1", process.pid)
    process.kill()
    process.join()
    assert Path(left.directory).is_dir()
    with only_agent("mini1"), sockets_of("mini1") as address:
        assert not Path(left.directory).exists()
        assert told() == address


def test_sockets_are_private_and_gone_with_the_agent() -> None:
    with only_agent("mini1"), sockets_of("mini1") as address:
        directory = Path(address.directory)
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        assert stat.S_IMODE((agents_dir() / "mini1.json").stat().st_mode) == 0o600
        assert len(str(directory / "0123456789abcdef.123456789.sock")) <= 100
    assert not directory.exists()
    assert not (agents_dir() / "mini1.json").exists()


def test_sockets_are_in_the_state_directory_where_its_path_is_short(
    short_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_STATE_DIR", str(short_dir))
    with only_agent("mini1"), sockets_of("mini1") as address:
        assert Path(address.directory).parent == short_dir / "agents"
