"""The commands that the documents show are run on a virtual phone, in the order in which they are shown."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Iterator

import pytest

from tests.unit.docs.pages import blocks, page
from tests.virtual.cli.desk import WITHIN_S, Desk, running_desk, stdout_of

PAGE = page("docs/command-line.md")
SECTION = page("README.md").split("\n## Set things,", 1)[1].split("\n## ", 1)[0]


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with running_desk(tmp_path_factory.mktemp("desk")) as desk:
        yield desk


def _shown(text: str) -> list[list[str]]:
    lines = [line.partition("  #")[0].strip() for block in blocks(text, "sh") for line in block.splitlines()]
    return [shlex.split(line)[1:] for line in lines]


def _holds(desk: Desk, words: list[str]) -> None:
    """A command that goes on until Ctrl-C."""
    with desk.start(*words) as holding:
        assert "Ctrl-C ends it" in stdout_of(holding).readline()
        holding.send_signal(signal.SIGINT)
        assert holding.wait(WITHIN_S) == 130


@pytest.mark.parametrize("text", [PAGE, SECTION], ids=["page", "readme"])
def test_what_is_shown_does_what_it_says(desk: Desk, text: str) -> None:
    said: list[str] = []
    for words in _shown(text):
        if words[0] == "condition" and words[1] not in ("list", "off"):
            _holds(desk, words)
            continue
        done = desk.run(*words)
        assert done.returncode == 0, (words, done.stderr)
        said.append(done.stdout)
    assert len(said) > 5
    for block in blocks(text, "text"):
        assert block in said
    assert "nothing is to be put back" in desk.run("restore", "--all").stderr
