"""One-offs that an agent does: what they say, how they are refused, and what the agent's end means."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.cli import fast
from harness.farm.leases.store import LeaseStore
from tests.virtual.cli.desk import CHECKOUT, HARNESS, Desk
from tests.virtual.farm.site import HOST, AgentProcess, environment_of, wait_for

DEVICES = """\
version: 1
hosts: {mini1: {}}
devices:
  - {name: v-16, host: mini1, virtual: {ios: "16.7", model: "iPhone10,3", seed: 1}}
  - {name: v-18, host: mini1, virtual: {ios: "18.5", model: "iPhone14,5", seed: 2}}
"""

APP = "dev.harness.downloader"
PHONES = ("v-16", "v-18")


@dataclass(frozen=True)
class Stage:
    """A host with an agent that has its phones open."""

    desk: Desk
    agent: AgentProcess

    def store(self) -> LeaseStore:
        return LeaseStore.open(self.desk.directory / "state" / "leases.sqlite3")

    def by_itself(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command that does without the agent's hand."""
        return self._run({fast.NO_AGENT_VARIABLE: "1"}, words)

    def by_agent(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command that an agent has to do: what would do it otherwise is not there."""
        return self._run({"PYTHONPATH": f"{self.desk.directory / 'cut'}{os.pathsep}{CHECKOUT}"}, words)

    def _run(self, environment: dict[str, str], words: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "harness.cli.fast", *words],
            env=self.desk.environment | environment,
            cwd=self.desk.directory,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def pid(self, phone: str) -> int | None:
        return json.loads(self.by_agent("state", APP, "--phone", phone, "--json").stdout)["pid"]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    directory: Path = tmp_path_factory.mktemp("desk")
    (directory / "devices.yaml").write_text(DEVICES)
    # Whoever imports it gets nowhere.
    (directory / "cut").mkdir()
    (directory / "cut" / "typer.py").write_text("raise ImportError('no agent has done it')\n")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment_of(directory).items():
            patch.setenv(name, value)
        desk = Desk(directory)
        with desk.serving():
            agent = AgentProcess([*HARNESS, "agent", "--host", HOST, "--json"], desk)
            try:
                for name in PHONES:
                    agent.has_told("attached", name)
                it = Stage(desk, agent)
                for name in PHONES:
                    wait_for(lambda name=name: it.by_agent("state", "--phone", name).returncode == 0, name)
                yield it
            finally:
                agent.close()


def plain(text: str) -> str:
    """Without what differs from one time to the next, as does whether an app has been suspended already."""
    text = re.sub(r"suspended|background running", "in the background", text)
    return re.sub(r" {2,}", "  ", re.sub(r"\b\d+(\.\d+)?\b(?! \()", "N", text))


@pytest.mark.parametrize(("phone", "as_json"), [("v-16", ()), ("v-18", ("--json",))], ids=PHONES)
def test_a_one_off_says_and_ends_as_it_does_without_an_agent(
    stage: Stage, phone: str, as_json: tuple[str, ...]
) -> None:
    told: list[list[tuple[int, str, str]]] = []
    for run in (stage.by_agent, stage.by_itself):
        lines = (
            ("kill-app", "no.such.app"),
            ("launch-app", APP),
            ("background-app", APP),
            ("state",),
            ("kill-app", APP),
            ("kill-app", APP),
            ("state", APP),
        )
        done = [run(*line, "--phone", phone, *as_json) for line in lines]
        told.append([(each.returncode, plain(each.stdout), plain(each.stderr)) for each in done])
    assert told[0] == told[1]
    assert [code for code, _, _ in told[0]] == [3, 0, 0, 0, 0, 3, 0]


@pytest.mark.parametrize("phone", PHONES)
def test_one_off_after_the_other_is_done(stage: Stage, phone: str) -> None:
    for _ in range(4):
        assert stage.by_agent("launch-app", APP, "--phone", phone).returncode == 0
        pid = stage.pid(phone)
        killed = json.loads(stage.by_agent("kill-app", APP, "--phone", phone, "--json").stdout)
        assert (killed["pid"], killed["gone"]) == (pid, True)


def test_a_phone_that_somebody_holds_is_refused_in_the_same_words_and_left_alone(stage: Stage) -> None:
    assert stage.by_agent("launch-app", APP, "--phone", "v-18").returncode == 0
    pid = stage.pid("v-18")
    store = stage.store()
    with store.register("pytest gw0") as holder:
        udid = next(one.udid for one in store.snapshot().phones if one.name == "v-18")
        with holder.acquire([udid], within_s=30, note="test_episode"):
            refused = stage.by_agent("kill-app", APP, "--phone", "v-18")
            assert refused.returncode == 4
            assert "held by pytest gw0" in refused.stderr
            assert "test_episode" in refused.stderr
            alike = stage.by_itself("kill-app", APP, "--phone", "v-18")
            assert (alike.returncode, plain(alike.stderr)) == (4, plain(refused.stderr))
    store.close()
    assert stage.pid("v-18") == pid


def test_a_one_off_holds_the_phone_under_its_own_name(stage: Stage) -> None:
    stage.by_agent("launch-app", APP, "--phone", "v-16")
    store = stage.store()
    phone = next(one for one in store.snapshot().phones if one.name == "v-16")
    store.close()
    assert str(phone.last_holder).startswith("harness launch-app")


def test_what_is_not_certain_is_not_done_by_the_agent(stage: Stage) -> None:
    environment = {"HARNESS_STATE_DIR": str(stage.desk.directory / "state")}
    for line in (["kill-app", APP], ["kill-app", APP, "--phone", "desk-15"]):
        assert fast.attempt(line, environment) is None
    several = stage.by_itself("state")
    assert several.returncode == 4
    assert several.stderr == stage.desk.run("state").stderr


def test_a_phone_that_was_lost_is_served_again_when_it_is_back(stage: Stage) -> None:
    for phone in PHONES:
        stage.desk.shell("--phone", phone, "cut-cable")
        lost = stage.by_agent("state", APP, "--phone", phone)
        # First the phone is lost; once the agent has seen that, it is not to be had; and then not its own.
        assert lost.returncode in (1, 3, 4)
        stage.desk.shell("--phone", phone, "plug-in")
        wait_for(
            lambda phone=phone: stage.by_agent("state", APP, "--phone", phone).returncode == 0,
            f"{phone} is served again",
        )


def test_an_agent_that_was_killed_is_not_asked(stage: Stage) -> None:
    stage.agent.kill()
    environment = {"HARNESS_STATE_DIR": str(stage.desk.directory / "state")}
    assert fast.attempt(["kill-app", APP, "--phone", "v-16"], environment) is None
