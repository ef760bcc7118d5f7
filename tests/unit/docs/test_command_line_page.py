"""What the page on the command line says is what the program does."""

from __future__ import annotations

import re
import shlex
import sys

import pytest

from harness.cli import main, out
from harness.cli.work import Work
from tests.unit.docs.pages import blocks, page, rows

PAGE = page("docs/command-line.md")
README = page("README.md")
NAMES = ("rack", "agent", "ci", "rack-failures", "doctor", "health", "restoring")
OTHERS = [page(f"docs/{name}.md") for name in NAMES]
"""The pages that send their readers to the command line."""

CODES = {
    "0": out.OK,
    "1": out.EXPECTATION_FAILED,
    "2": out.USAGE,
    "3": out.DEVICE,
    "4": out.NO_DEVICE,
    "5": out.INCONCLUSIVE,
    "130": out.INTERRUPTED,
}


def shown(text: str) -> list[str]:
    """Every line of its shell blocks that is one of the harness, without its comment."""
    lines = [line.partition("  #")[0].strip() for block in blocks(text, "sh") for line in block.splitlines()]
    return list(dict.fromkeys(line for line in lines if line.startswith("harness ")))


def in_passing(text: str) -> list[str]:
    """Every command with an option that a sentence or a table has, where nothing is left out of it."""
    prose = " ".join(re.sub(r"```.*?```", "", text, flags=re.DOTALL).split())
    return [line for line in re.findall(r"`(harness [a-z][^`…]+)`", prose) if " --" in line]


def told_of_racks() -> list[str]:
    """Every command of the table on racks, which go on for ever or need a machine of their own."""
    return [told.strip("`") for told in rows(PAGE, "## A rack")]


def all_shown() -> list[str]:
    """Every command of all these pages, once."""
    lines = [line for text in (PAGE, README, *OTHERS) for line in (*shown(text), *in_passing(text))]
    return list(dict.fromkeys((*lines, *told_of_racks())))


def test_every_way_to_end_is_listed() -> None:
    listed = rows(PAGE, "## What holds for all commands")
    assert set(listed) == set(CODES)
    assert {str(code) for _, code in out.EXIT_CODES} <= set(listed)
    assert all(str(code) == written for written, code in CODES.items())


@pytest.mark.parametrize("line", all_shown())
def test_a_shown_command_is_one_that_the_program_understands(
    monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    understood: list[Work] = []

    def perform(work: Work) -> int:
        understood.append(work)
        return out.OK

    monkeypatch.setattr(main, "perform", perform)
    monkeypatch.setattr(sys, "argv", shlex.split(line))
    assert (main.run(), len(understood)) == (out.OK, 1)


def test_every_command_is_on_the_page() -> None:
    groups = [group.name for group in main.app.registered_groups]
    names = [command.name for command in main.app.registered_commands] + groups
    assert [name for name in names if not re.search(rf"(`|harness ){name}\b", PAGE)] == []
