"""A password in devices.yaml is what an agent and the commands of a host get in with, and show to nobody."""

from __future__ import annotations

import subprocess
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from uuid import uuid4

import pytest

from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from tests.plugins.test_password import read
from tests.postgres import Server, server
from tests.virtual.cli.desk import HARNESS, Desk
from tests.virtual.farm.site import DEVICES, HOST, AgentProcess, Site, forget_epochs, wait_for

SECRET = "hunter2"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    """One whose role ``locked`` gets in with its password only."""
    with server() as running:
        running.demand("locked", SECRET)
        yield running


@pytest.fixture
def locked(postgres: Server, desk: Desk) -> Site:
    """A site whose devices.yaml has the password; the phones are served by whoever reads that."""
    url = postgres.create(f"farm{uuid4().hex}").replace("farm@", f"locked:{SECRET}@")
    (desk.directory / "locked.yaml").write_text(
        DEVICES.replace("version: 1\n", f"version: 1\nstore: {url}\n")
    )
    forget_epochs(desk)
    return Site(desk, url)


@contextmanager
def serving(site: Site) -> Generator[AgentProcess]:
    agent = AgentProcess([*HARNESS, "agent", "--host", HOST, "--devices", "locked.yaml", "--json"], site.desk)
    with closing(agent):
        wait_for(lambda: len(site.free()) == 2, "both phones can be had")
        yield agent


def shown_in(desk: Desk) -> list[str]:
    """Where the password is shown, besides the file that it was written into."""
    files = [one for one in desk.directory.rglob("*") if one.is_file() and one.name != "locked.yaml"]
    ps = ["ps", "-A", "-ww", "-o", "args="]
    listed = subprocess.run(ps, capture_output=True, text=True, check=True).stdout
    assert "locked.yaml" in listed
    return [*(str(one) for one in files if SECRET.encode() in read(one)), *listed.split(SECRET)[1:]]


@pytest.mark.judge("postgresql")
def test_an_agent_and_the_commands_of_its_host_get_in_with_it_and_do_not_show_it(locked: Site) -> None:
    desk, said = locked.desk, list[str]()
    with serving(locked) as agent:
        for words in (("devices",), ("leases",), ("set", "wifi", "off", "--phone", "v-a")):
            done = desk.run(*words, "--devices", "locked.yaml")
            assert done.returncode == 0, done.stderr
            said += [done.stdout, done.stderr]
        assert shown_in(desk) == []
    assert SECRET not in f"{said} {agent.said}"
    with closing(LeaseStore.of(locked.store)) as store:
        wait_for(lambda: store.ungate(HOST), "its agent has gone")
        store.recall(locked.udid("v-a"))
        done = desk.run("restore", "--devices", "locked.yaml")
        assert (done.returncode, "v-a: put back: wifi back to on" in done.stdout) == (0, True), done
        assert locked.state("v-a") is PhoneState.FREE
