"""docs/ci.md and its job files: they can be read, and every command in them is one that there is."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.cli import main, out
from harness.cli.work import Work
from tests.plugins.runs import Place
from tests.unit.docs.pages import ROOT, page

CI = ROOT / "docs/ci"
GITHUB: dict[str, Any] = yaml.safe_load((CI / "github-actions.yml").read_text())
BUILDKITE: dict[str, Any] = yaml.safe_load((CI / "buildkite.yml").read_text())
JENKINS = (CI / "Jenkinsfile").read_text()

HOSTED = """\
version: 1
hosts: {mini1: {}, mini2: {}}
devices:
  - {name: v-a, host: mini1, virtual: {ios: "16.7"}}
  - {name: v-b, host: mini2, virtual: {ios: "16.7"}}
"""


def scripts() -> Iterator[tuple[str, str]]:
    """Everything that a shell is given, with the file that it is in."""
    for job in GITHUB["jobs"].values():
        for step in job["steps"]:
            if "run" in step:
                yield "github-actions.yml", step["run"].replace("${{ matrix.host }}", "mini1")
    for step in BUILDKITE["steps"]:
        yield from (("buildkite.yml", command) for command in step["commands"])
    for quoted in re.findall(r"""^\s*sh (['"])(.*)\1$""", JENKINS, re.MULTILINE):
        yield "Jenkinsfile", quoted[1]


SCRIPTS = list(scripts())


def commands(program: str) -> list[list[str]]:
    """The words of every call of a program of this environment, each once."""
    called = [re.split(rf"\.venv/bin/{program}(?=\s)", script)[1:] for _, script in SCRIPTS]
    words = [shlex.split(re.split(r"&&|\|\|", rest)[0]) for found in called for rest in found]
    return [list(line) for line in dict.fromkeys(map(tuple, words))]


@pytest.mark.parametrize("name", ["github-actions.yml", "Jenkinsfile", "buildkite.yml"])
def test_each_file_runs_the_phones_and_keeps_what_came_of_it(name: str) -> None:
    assert any(
        "pytest -n 40" in script and "--report out" in script for file, script in SCRIPTS if file == name
    )
    assert f"(ci/{name})" in page("docs/ci.md")


@pytest.mark.parametrize("script", [script for _, script in SCRIPTS])
def test_what_a_shell_is_given_is_shell(script: str) -> None:
    assert subprocess.run(["sh", "-n", "-c", script], check=False).returncode == 0


@pytest.mark.parametrize("words", commands("harness"), ids=" ".join)
def test_every_command_is_one_that_the_program_understands(
    monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    understood: list[Work] = []

    def perform(work: Work) -> int:
        understood.append(work)
        return out.OK

    monkeypatch.setattr(main, "perform", perform)
    monkeypatch.setattr(sys, "argv", ["harness", *words])
    assert (main.run(), len(understood)) == (out.OK, 1)


@pytest.mark.parametrize("words", commands("pytest"), ids=" ".join)
def test_a_run_is_begun_as_it_stands(tmp_path: Path, words: list[str]) -> None:
    """On virtual phones, and with as many workers as this machine has room for."""
    here = ["virtual" if word == "real" else word for word in words]
    here[here.index("-n") + 1] = "1"
    ended = Place(tmp_path, "def test_it():\n    pass\n", HOSTED).run(*here, "-q")
    assert "1 passed" in ended.said, ended.said
    assert (tmp_path / "out/junit.xml").is_file()


def test_the_night_is_a_schedule_and_artifacts_are_kept_when_it_is_red() -> None:
    assert GITHUB["on"]["schedule"][0]["cron"].split()[1] == "1"
    for job in GITHUB["jobs"].values():
        *_, kept = job["steps"]
        assert (kept["if"], kept["with"]["path"]) == ("always()", "out")
        assert kept["uses"].startswith("actions/upload-artifact@")
        assert job["timeout-minutes"] > 0
        assert job["runs-on"][0] == "self-hosted"
    assert GITHUB["jobs"]["minis"]["strategy"]["fail-fast"] is False
    for step in BUILDKITE["steps"]:
        assert step["artifact_paths"] == ["out/**/*"]
        assert step["timeout_in_minutes"] > 0
        assert step["agents"].keys() == {"queue"}
    assert re.search(r"triggers \{ cron\('H 1 \* \* \*'\) \}", JENKINS)
    always = JENKINS.partition("always {")[2]
    assert "junit testResults: 'out/junit.xml'" in always
    assert "archiveArtifacts artifacts: 'out/**'" in always


def test_the_brackets_of_the_jenkinsfile_match() -> None:
    bare = re.sub(r"//.*|'[^']*'|\"[^\"]*\"", "", JENKINS)
    while bare != (less := re.sub(r"\{[^{}()]*\}|\([^{}()]*\)", "", bare)):
        bare = less
    assert not re.search(r"[{}()]", bare)
    assert re.match(r"\s*pipeline\s*$", bare)
